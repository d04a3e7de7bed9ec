-- Reports for tubes that nobody scanned, the oldest first; they stand at the place that holds all the tree, outside any
-- day. Expected plan: tubes by (place, day), reports by tube in the partition outside any day.
SELECT t.id, t.barcode, r.report_no, coalesce(f.name, ''), r.result, r.ct_orf1ab, r.ct_n, r.reported_at
  FROM screening_tube t
  JOIN screening_tube_result r ON r.tube_id = t.id AND r.day = t.day
  LEFT JOIN places_facility f ON f.id = r.lab_id
 WHERE t.purpose = 0 AND t.day = '1900-01-01' AND (t.id, r.report_no) > (%(after)s, %(report)s COLLATE "C")
 ORDER BY t.id, r.report_no LIMIT %(limit)s
