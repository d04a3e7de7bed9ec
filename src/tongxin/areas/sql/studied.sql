-- The cases in the places of an order that count no more, because a study found what its pack exempts: as sql/order_cases.sql.
-- Expected plan: parts by order, cases by index on their place.
SELECT c.id, c.person_id, c.place_id, coalesce(p.name, ''), coalesce(h.number, ''), c.positive_at, c.removed_at
  FROM areas_order o
  JOIN areas_study s ON s.finding = ANY (o.exempts) AND s.place_id >= o.place_id
  JOIN chase_case c ON c.id = s.case_id AND c.withdrawn_at IS NULL
  LEFT JOIN people_person p ON p.id = c.person_id
  LEFT JOIN places_home h ON h.id = p.home_id
 WHERE o.id = %(order)s
   AND EXISTS (SELECT FROM areas_part a
                WHERE a.order_id = o.id AND NOT a.excluded AND c.place_id >= a.place_id AND c.place_id < a.place_end)
 ORDER BY c.positive_at DESC, c.id DESC
 LIMIT 50
