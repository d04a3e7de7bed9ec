-- The cases of an order, those still inside first, then the latest: (case, person, place, name, door, positive since, left or
-- NULL). Expected plan: those of areas_cases.
SELECT k.case_id, k.person_id, c.place_id, coalesce(p.name, ''), coalesce(h.number, ''), k.positive_at, k.removed_at
  FROM areas_cases(%(order)s) k
  JOIN chase_case c ON c.id = k.case_id
  LEFT JOIN people_person p ON p.id = k.person_id
  LEFT JOIN places_home h ON h.id = p.home_id
 ORDER BY k.removed_at IS NULL DESC, k.positive_at DESC, k.case_id DESC
 LIMIT %(limit)s
