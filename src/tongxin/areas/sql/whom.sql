-- Whom an order would limit that is not signed yet: (persons, homes), counted as sql/people.sql takes them for a signed one.
-- Expected plan: people by range of place.
WITH piece AS (
    SELECT * FROM unnest(%(places)s::bigint[], %(ends)s::bigint[], %(floors)s::smallint[], %(homes)s::bigint[],
                         %(excluded)s::boolean[], %(people)s::boolean[]) AS t (lo, hi, floor, home, excluded, people)
), living AS (
    SELECT DISTINCT p.id, p.home_id
      FROM piece a
      JOIN people_person p ON p.place_id >= a.lo AND p.place_id < a.hi
      LEFT JOIN places_home h ON h.id = p.home_id
     WHERE NOT a.excluded AND a.people AND (a.floor IS NULL OR h.floor = a.floor) AND (a.home IS NULL OR p.home_id = a.home)
       AND NOT EXISTS (
           SELECT FROM piece x
            WHERE x.excluded AND p.place_id >= x.lo AND p.place_id < x.hi AND (x.floor IS NULL OR h.floor = x.floor)
              AND (x.home IS NULL OR p.home_id = x.home))
       AND NOT EXISTS (
           SELECT FROM chase_case k WHERE k.person_id = p.id AND k.removed_at IS NOT NULL AND k.withdrawn_at IS NULL)
)
SELECT count(*), count(DISTINCT home_id) FROM living
