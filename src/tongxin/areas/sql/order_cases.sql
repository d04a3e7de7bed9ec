-- The cases of an order, those still inside first, then the latest: (case, person, place, name, door, positive since, left or
-- NULL, whether registered there). Expected plan: those of areas_cases.
SELECT k.case_id, k.person_id, coalesce(m.place_id, c.place_id), coalesce(p.name, ''), coalesce(h.number, ''), k.positive_at,
       k.removed_at, m.id IS NULL
  FROM areas_cases(%(order)s) k
  JOIN chase_case c ON c.id = k.case_id
  LEFT JOIN people_person p ON p.id = k.person_id
  LEFT JOIN areas_rollmark m ON m.order_id = %(order)s AND m.person_id = k.person_id AND m.status = 'unregistered'
  LEFT JOIN places_home h ON h.id = CASE WHEN m.id IS NULL THEN p.home_id ELSE m.home_id END
 ORDER BY k.removed_at IS NULL DESC, k.positive_at DESC, k.case_id DESC
 LIMIT %(limit)s
