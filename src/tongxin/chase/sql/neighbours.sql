-- The screening tubes before (negative distance) and after one at its table, in the order of their first scans. A swab that was
-- opened at the same second counts by its number. A table stands in one place, which is named for the
-- planner's sake: it takes the scope for selective. Expected plan: index tube_queue, backwards and forwards.
(SELECT -row_number() OVER (ORDER BY b.first_scan_at DESC, b.id DESC) AS distance, b.barcode, b.result, b.members,
        b.first_scan_at, c.tube_id IS NOT NULL AS chased
   FROM (SELECT * FROM screening_tube
          WHERE place_id = %(place)s AND station_id = %(station)s AND purpose = 1 AND first_scan_at <= %(at)s AND (first_scan_at, id) < (%(at)s, %(tube)s)
          ORDER BY first_scan_at DESC, id DESC LIMIT %(before)s) b
   LEFT JOIN chase_chase c ON c.tube_id = b.id)
UNION ALL
(SELECT row_number() OVER (ORDER BY a.first_scan_at, a.id), a.barcode, a.result, a.members, a.first_scan_at,
        c.tube_id IS NOT NULL
   FROM (SELECT * FROM screening_tube
          WHERE place_id = %(place)s AND station_id = %(station)s AND purpose = 1 AND first_scan_at >= %(at)s AND (first_scan_at, id) > (%(at)s, %(tube)s)
          ORDER BY first_scan_at, id LIMIT %(after)s) a
   LEFT JOIN chase_chase c ON c.tube_id = a.id)
ORDER BY 1
