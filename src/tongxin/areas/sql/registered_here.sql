-- Whoever was found in an area and lives there now by the register needs no mark: (person). Only where a place is in the order
-- whole; who lives on another floor than the order names stays marked. Expected plan: marks by index roll_mark_here.
DELETE FROM areas_rollmark m
 USING people_person p, areas_part a
 WHERE m.status = 'unregistered' AND m.person_id = ANY (%(persons)s::bigint[])
   AND p.id = m.person_id AND NOT p.provisional
   AND a.order_id = m.order_id AND NOT a.excluded AND a.address_id IS NULL AND a.facility_id IS NULL
   AND a.floor IS NULL AND a.home_id IS NULL AND p.place_id >= a.place_id AND p.place_id < a.place_end
RETURNING m.person_id
