-- The laboratories of a round: reports, the last one, and the turnaround (received, else sampled → this report).
SELECT r.lab_id, coalesce(f.name, ''), count(*), count(*) FILTER (WHERE r.result = 0), count(*) FILTER (WHERE r.result >= 2), max(r.reported_at),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM r.reported_at - r.tested_at)::float8),
       count(r.tested_at)
  FROM screening_tube_result r
  LEFT JOIN places_facility f ON f.id = r.lab_id
 WHERE r.day = %(day)s AND r.place_id >= %(lo)s AND r.place_id < %(hi)s
 GROUP BY r.lab_id, f.name ORDER BY f.name
