-- After a contact with a person: `seen` sets when, by whom and how; the next is due a rhythm from now where `moves`.
WITH terms AS (
    SELECT * FROM unnest(%(los)s::bigint[], %(his)s::bigint[], %(categories)s::text[], %(rhythms)s::interval[], %(rules)s::text[])
        AS t (lo, hi, category, rhythm, rule)
)
UPDATE ledgers_entry e
   SET last_seen_at = CASE WHEN %(seen)s THEN %(now)s ELSE e.last_seen_at END,
       last_seen_by = CASE WHEN %(seen)s THEN %(by)s ELSE e.last_seen_by END,
       last_seen_how = CASE WHEN %(seen)s THEN %(how)s ELSE e.last_seen_how END,
       next_due = CASE WHEN %(moves)s THEN %(now)s + t.rhythm ELSE e.next_due END,
       rule = CASE WHEN %(moves)s THEN t.rule ELSE e.rule END
  FROM terms t
 WHERE e.person_id = ANY (%(persons)s) AND e.ended_at IS NULL
   AND t.category = e.category AND e.place_id >= t.lo AND e.place_id < t.hi
