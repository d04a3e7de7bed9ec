-- Tubes under chase with members who live in some places, the latest first: (tube, barcode or NULL, how many, listed at).
-- Expected plan: members by scope; a place has few.
SELECT m.tube_id, t.barcode, count(*), min(m.listed_at)
  FROM chase_member m
  LEFT JOIN screening_tube t ON t.id = m.tube_id
 WHERE m.node NOT IN ('moved_away', 'wrong_person', 'deceased') AND m.resolution NOT IN ('corrected', 'released')
   AND EXISTS (SELECT FROM unnest(%(los)s::bigint[], %(his)s::bigint[]) AS r (lo, hi)
                WHERE m.place_id >= r.lo AND m.place_id < r.hi)
 GROUP BY m.tube_id, t.barcode
 ORDER BY min(m.listed_at) DESC, m.tube_id
 LIMIT %(limit)s
