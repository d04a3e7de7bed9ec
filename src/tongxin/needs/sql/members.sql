-- The people of some homes and those of some numbers, with their doors, as far as the viewer sees them. At most twelve of a
-- home. Expects person_home and the key.
SELECT p.id, p.name, p.person_no, p.place_id, p.home_id, coalesce(h.number, ''), p.category
  FROM (SELECT DISTINCT x.id FROM unnest(%(homes)s::bigint[]) AS w (id) CROSS JOIN LATERAL (
            SELECT q.id FROM people_person q WHERE q.home_id = w.id AND NOT q.provisional ORDER BY q.id LIMIT 12) x
        UNION SELECT unnest(%(persons)s::bigint[])) w
  JOIN people_person p ON p.id = w.id
  LEFT JOIN places_home h ON h.id = p.home_id
 ORDER BY p.place_id, h.number, p.id
