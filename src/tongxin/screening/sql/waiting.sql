-- The tubes of a round that wait for a result: (tube, last step of its way that is known; 0: scanned, nothing after).
-- Expected plan: one scan of the round's tubes, hand-overs by tube.
SELECT t.id, coalesce(h.step, 0)
  FROM screening_tube t
  LEFT JOIN LATERAL (
       SELECT step FROM screening_handover WHERE tube_id = t.id ORDER BY step DESC LIMIT 1) h ON true
 WHERE t.round_id = %(round)s AND t.day = %(day)s AND t.purpose = 1 AND t.result IS NULL
   AND t.place_id >= %(lo)s AND t.place_id < %(hi)s
