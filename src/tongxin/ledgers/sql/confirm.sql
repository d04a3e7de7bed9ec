-- People whom a hospital's list names: their entry of the category is confirmed, or begins; its owner is the steward, as in
-- derive.sql. Answers how many entries began.
WITH terms AS (
    SELECT * FROM unnest(%(los)s::bigint[], %(his)s::bigint[], %(categories)s::text[], %(rhythms)s::interval[], %(rules)s::text[])
        AS t (lo, hi, category, rhythm, rule)
), posts AS MATERIALIZED (
    SELECT * FROM ledger_posts()
), written AS (
    INSERT INTO ledgers_entry AS e (person_id, place_id, category, source, owner_id, deputy_id, began_at, next_due, rule,
                                    last_seen_by, last_seen_how, ended_by, ended_reason, confirmed_at)
    SELECT p.id, p.place_id, t.category, 'hospital',
           coalesce(CASE WHEN u.steward_sees OR NOT %(sensitive)s THEN u.steward END,
                    CASE WHEN b.steward_sees OR NOT %(sensitive)s THEN b.steward END),
           coalesce(CASE WHEN u.deputy_sees OR NOT %(sensitive)s THEN u.deputy END,
                    CASE WHEN b.deputy_sees OR NOT %(sensitive)s THEN b.deputy END),
           %(now)s, %(now)s + t.rhythm, t.rule, '', '', '', '', %(now)s
      FROM people_person p
      JOIN terms t ON t.category = %(category)s AND p.place_id >= t.lo AND p.place_id < t.hi
      LEFT JOIN posts u ON u.place_id = p.place_id
      LEFT JOIN posts b ON b.place_id = p.place_id - p.place_id %% 100
     WHERE p.id = ANY (%(persons)s)
     ORDER BY p.id
    ON CONFLICT (person_id, category) WHERE ended_at IS NULL DO UPDATE SET confirmed_at = excluded.confirmed_at
    RETURNING e.began_at
)
SELECT count(*) FILTER (WHERE began_at = %(now)s) FROM written
