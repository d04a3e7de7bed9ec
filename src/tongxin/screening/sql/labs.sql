-- The laboratories of a round: their reports, the invalid and the found ones, the last one, and their turnaround: from
-- received to reported where the hand-over is known, and from tested to reported.
-- Expected plan: one scan of the day's reports, tubes and hand-overs hashed; one sort a laboratory.
SELECT x.lab_id, coalesce(f.name, ''), count(*), count(*) FILTER (WHERE x.result = 0), count(*) FILTER (WHERE x.result >= 2),
       max(x.reported_at), count(h.at),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM x.reported_at - h.at)::float8),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM x.reported_at - x.tested_at)::float8)
  FROM screening_tube_result x
  JOIN screening_tube t ON t.id = x.tube_id AND t.round_id = %(round)s AND t.purpose = 1
  LEFT JOIN screening_handover h ON h.tube_id = x.tube_id AND h.step = 4
  LEFT JOIN places_facility f ON f.id = x.lab_id
 WHERE x.day = %(day)s AND x.place_id >= %(lo)s AND x.place_id < %(hi)s
 GROUP BY x.lab_id, f.name ORDER BY f.name
