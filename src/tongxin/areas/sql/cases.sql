-- The cases of places for which an order is being written, as areas_cases will take them for a signed one: those still inside
-- first, then the latest: (case, person, place, name, door, positive since, left or NULL).
-- Expected plan: cases by index on their place.
WITH piece AS (
    SELECT * FROM unnest(%(places)s::bigint[], %(ends)s::bigint[], %(floors)s::smallint[], %(homes)s::bigint[],
                         %(excluded)s::boolean[], %(people)s::boolean[]) AS t (lo, hi, floor, home, excluded, people)
)
SELECT c.id, c.person_id, c.place_id, coalesce(p.name, ''), coalesce(h.number, ''), c.positive_at, c.removed_at
  FROM chase_case c
  LEFT JOIN people_person p ON p.id = c.person_id
  LEFT JOIN places_home h ON h.id = p.home_id
 WHERE c.withdrawn_at IS NULL AND (c.removed_at IS NULL OR c.removed_at > %(since)s)
   AND EXISTS (
       SELECT FROM piece a
        WHERE NOT a.excluded AND a.people AND c.place_id >= a.lo AND c.place_id < a.hi
          AND (a.floor IS NULL OR h.floor = a.floor) AND (a.home IS NULL OR p.home_id = a.home))
   AND NOT EXISTS (
       SELECT FROM piece a
        WHERE a.excluded AND c.place_id >= a.lo AND c.place_id < a.hi
          AND (a.floor IS NULL OR h.floor = a.floor) AND (a.home IS NULL OR p.home_id = a.home))
 ORDER BY c.removed_at IS NULL DESC, c.positive_at DESC, c.id DESC
 LIMIT %(limit)s
