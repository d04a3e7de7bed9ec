-- Where orders are: (order, place, lon, lat) of each part that is not taken out; lon and lat are a facility's own, else NULL.
-- Expected plan: parts by order.
SELECT DISTINCT a.order_id, a.place_id, f.lon, f.lat
  FROM areas_part a
  LEFT JOIN places_facility f ON f.id = a.facility_id
 WHERE a.order_id = ANY (%(orders)s::bigint[]) AND NOT a.excluded
 ORDER BY 1, 2
