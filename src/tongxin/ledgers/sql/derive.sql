-- The register's categories as entries: new ones are made, those that the register no longer gives end (unless a hospital
-- confirmed them). One that a person ended is not made again. `persons` narrows it; NULL is everybody. `terms` are the
-- rhythms of the packs: between `lo` and `hi` a category has a rhythm under a rule. The owner is the steward of the unit,
-- else of the building, where that steward may see such a category. Answers (place, how many began, how many ended).
-- Expected plan: index look-ups for some persons, one scan of people_person for everybody.
WITH terms AS (
    SELECT * FROM unnest(%(los)s::bigint[], %(his)s::bigint[], %(categories)s::text[], %(rhythms)s::interval[], %(rules)s::text[])
        AS t (lo, hi, category, rhythm, rule)
), posts AS MATERIALIZED (
    SELECT * FROM ledger_posts()
), known AS (
    SELECT DISTINCT p.id AS person_id, p.place_id, t.category, t.rhythm, t.rule, t.category = ANY (%(sensitive)s) AS sensitive
      FROM people_person p
     CROSS JOIN LATERAL string_to_table(p.category, '|') AS c (category)
      JOIN terms t ON t.category = c.category AND p.place_id >= t.lo AND p.place_id < t.hi
     WHERE p.category <> '' AND NOT p.provisional
       AND (%(persons)s::bigint[] IS NULL OR p.id = ANY (%(persons)s::bigint[]))
), began AS (
    INSERT INTO ledgers_entry (person_id, place_id, category, source, owner_id, deputy_id, began_at, next_due, rule,
                               last_seen_by, last_seen_how, ended_by, ended_reason)
    SELECT k.person_id, k.place_id, k.category, 'register',
           coalesce(CASE WHEN u.steward_sees OR NOT k.sensitive THEN u.steward END,
                    CASE WHEN b.steward_sees OR NOT k.sensitive THEN b.steward END),
           coalesce(CASE WHEN u.deputy_sees OR NOT k.sensitive THEN u.deputy END,
                    CASE WHEN b.deputy_sees OR NOT k.sensitive THEN b.deputy END),
           %(now)s, %(now)s + k.rhythm, k.rule, '', '', '', ''
      FROM known k
      LEFT JOIN posts u ON u.place_id = k.place_id
      LEFT JOIN posts b ON b.place_id = k.place_id - k.place_id %% 100
     WHERE NOT EXISTS (
               SELECT FROM ledgers_entry e
                WHERE e.person_id = k.person_id AND e.category = k.category
                  AND (e.ended_at IS NULL OR e.ended_by <> 'register'))
    ON CONFLICT (person_id, category) WHERE ended_at IS NULL DO NOTHING
    RETURNING place_id
), ended AS (
    UPDATE ledgers_entry e
       SET ended_at = %(now)s, ended_by = 'register', ended_reason = 'no longer in the register'
      FROM people_person p
     WHERE p.id = e.person_id AND e.ended_at IS NULL AND e.source = 'register' AND e.confirmed_at IS NULL
       AND (%(persons)s::bigint[] IS NULL OR p.id = ANY (%(persons)s::bigint[]))
       AND NOT e.category = ANY (string_to_array(p.category, '|'))
    RETURNING e.place_id
)
SELECT place_id, sum(n)::int, sum(m)::int
  FROM (SELECT place_id, 1 AS n, 0 AS m FROM began UNION ALL SELECT place_id, 0, 1 FROM ended) x
 GROUP BY place_id
