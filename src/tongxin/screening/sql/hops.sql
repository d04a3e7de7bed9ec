-- Median and 90th percentile of each hop of the tubes of a round: sampled (last scan) → received by the laboratory →
-- reported (the report that holds). A hop counts where both its ends are known; its number is given.
-- Expected plan: one scan of the round's tubes, hand-overs hashed; percentiles by one sort each.
WITH times AS (
    SELECT t.last_scan_at AS sampled, h.at AS received, t.result_at AS reported
      FROM screening_tube t LEFT JOIN screening_handover h ON h.tube_id = t.id AND h.step = 4
     WHERE t.round_id = %(round)s AND t.day = %(day)s AND t.purpose = 1
       AND t.place_id >= %(lo)s AND t.place_id < %(hi)s
)
SELECT 1, count(received - sampled), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM received - sampled)::float8) FROM times
UNION ALL
SELECT 2, count(reported - received), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM reported - received)::float8) FROM times
UNION ALL
SELECT 3, count(reported - sampled), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM reported - sampled)::float8) FROM times
ORDER BY 1
