-- Who is on the roll of an order and present: everybody who lives in one of its parts and in none that is taken out of it,
-- without cases who have left it, those marked away or exempt, with those found there unregistered, who stand where they were
-- found. Expected plan: people by range of place.
SELECT p.id AS subject_id, p.place_id
  FROM areas_part a
  JOIN people_person p ON p.place_id >= a.place_id AND p.place_id < a.place_end
  LEFT JOIN places_home h ON h.id = p.home_id AND (a.floor IS NOT NULL)
 WHERE a.order_id = %(order)s AND NOT a.excluded AND a.address_id IS NULL AND a.facility_id IS NULL
   AND (a.floor IS NULL OR h.floor = a.floor) AND (a.home_id IS NULL OR p.home_id = a.home_id)
   AND NOT EXISTS (
       SELECT FROM areas_part x LEFT JOIN places_home xh ON xh.id = p.home_id
        WHERE x.order_id = a.order_id AND x.excluded AND p.place_id >= x.place_id AND p.place_id < x.place_end
          AND (x.floor IS NULL OR xh.floor = x.floor) AND (x.home_id IS NULL OR p.home_id = x.home_id))
   AND NOT EXISTS (
       SELECT FROM chase_case k WHERE k.person_id = p.id AND k.removed_at IS NOT NULL AND k.withdrawn_at IS NULL)
   AND NOT EXISTS (
       SELECT FROM areas_rollmark m
        WHERE m.order_id = a.order_id AND m.person_id = p.id)
 UNION
SELECT m.person_id, m.place_id FROM areas_rollmark m
 WHERE m.order_id = %(order)s AND m.status = 'unregistered'
   AND NOT EXISTS (
       SELECT FROM chase_case k WHERE k.person_id = m.person_id AND k.removed_at >= m.since AND k.withdrawn_at IS NULL)
