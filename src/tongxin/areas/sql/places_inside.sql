-- The places of a level in an order, without those that are taken out of it whole: (place). Expected plan: the tree by ranges.
SELECT DISTINCT p.id
  FROM areas_part a
  JOIN places_place p ON p.id >= a.place_id AND p.id < a.place_end AND p.level = %(level)s
 WHERE a.order_id = %(order)s AND NOT a.excluded AND a.address_id IS NULL AND a.facility_id IS NULL
   AND NOT EXISTS (
       SELECT FROM areas_part x
        WHERE x.order_id = a.order_id AND x.excluded AND x.floor IS NULL AND x.home_id IS NULL
          AND p.id >= x.place_id AND p.id < x.place_end)
 ORDER BY p.id
 LIMIT %(limit)s
