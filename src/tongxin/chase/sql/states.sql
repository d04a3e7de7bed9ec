-- How many chases of a place are open, resolved, corrected: for the filters of the board.
SELECT state, count(*) FROM chase_heads(%(lo)s::bigint, %(hi)s::bigint) h
 WHERE %(code)s::text IS NULL
    OR EXISTS (SELECT FROM screening_tube t WHERE t.id = h.tube_id AND strpos(t.barcode, %(code)s::text) > 0)
 GROUP BY state
