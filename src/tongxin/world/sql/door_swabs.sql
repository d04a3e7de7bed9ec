-- Swabs that were taken at the doors of areas and wait for their result: (barcode, person, scanned, received or NULL).
-- Expected plan: tubes by barcode, members and hand-overs by tube.
SELECT t.barcode, p.person_no, m.scanned_at, h.at
  FROM screening_tube t
  JOIN screening_tube_member m ON m.tube_id = t.id
  JOIN people_person p ON p.id = m.person_id
  LEFT JOIN screening_handover h ON h.tube_id = t.id AND h.step = %(received)s
 WHERE t.barcode >= %(prefix)s AND t.barcode < %(prefix)s || 'z' AND t.result IS NULL
 ORDER BY t.barcode
