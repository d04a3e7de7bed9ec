-- For members of chases whose persons are given: the latest retest that belongs to the chase, if any.
-- Of several retests the one scanned last holds. Retests stand outside any day (1900-01-01).
-- Expected plan: index look-ups by person in chase_member and in the partition of retests.
SELECT m.id, m.tube_id, m.person_id, m.place_id, m.owner_place_id, m.node, m.retest_tube_id, m.retest,
       r.id, r.last_scan_at, h.at, coalesce(r.result, -1), r.result_at, m.resolution
  FROM chase_member m
  JOIN screening_tube t ON t.id = m.tube_id
 CROSS JOIN LATERAL (
       SELECT q.id, q.last_scan_at, q.result, q.result_at
         FROM screening_tube_member s JOIN screening_tube q ON q.id = s.tube_id AND q.purpose = 2
        WHERE s.person_id = m.person_id AND s.day = '1900-01-01' AND s.round_id = 0
          AND q.last_scan_at >= t.first_scan_at - %(lookback)s::interval
        ORDER BY q.last_scan_at DESC, q.result DESC NULLS LAST, q.id DESC LIMIT 1) r
  LEFT JOIN screening_handover h ON h.tube_id = r.id AND h.step = 4
 WHERE m.person_id = ANY (%(persons)s) AND m.resolution <> 'corrected'
 ORDER BY m.id
