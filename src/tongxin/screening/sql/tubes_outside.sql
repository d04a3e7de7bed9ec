-- The tubes outside any day (retests, reports that met no scans) of which nothing is younger than %(before)s, a page
-- after another. Expected plan: the two small partitions of what stands outside, whole.
SELECT tube_id
  FROM (SELECT tube_id, scanned_at AS at FROM screening_tube_member WHERE day = %(day)s
         UNION ALL
        SELECT tube_id, reported_at FROM screening_tube_result WHERE day = %(day)s) t
 WHERE tube_id > %(after)s
 GROUP BY tube_id
HAVING max(at) < %(before)s
 ORDER BY tube_id
 LIMIT %(limit)s
