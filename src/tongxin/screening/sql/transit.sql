-- The tubes of a round that wait for a result, by the last step of their way that is known (0: scanned, nothing after).
-- Expected plan: one scan of the round's tubes, hand-overs by tube.
SELECT coalesce(h.step, 0) AS step, count(*), sum(t.members), min(coalesce(h.at, t.last_scan_at))
  FROM screening_tube t
  LEFT JOIN LATERAL (
       SELECT step, at FROM screening_handover WHERE tube_id = t.id ORDER BY step DESC LIMIT 1) h ON true
 WHERE t.round_id = %(round)s AND t.day = %(day)s AND t.purpose = 1 AND t.result IS NULL
   AND t.place_id >= %(lo)s AND t.place_id < %(hi)s
 GROUP BY 1 ORDER BY 1
