-- Median and 90th percentile of each hop, in seconds, over the members that are resolved (chases taken back by a
-- correction apart). Of a hop count the members who passed both its ends. Small: one row a resolved member.
WITH points AS (
    SELECT t.last_scan_at AS sampled, h.at AS received, c.reported_at AS reported, m.reached_at AS reached,
           m.resampled_at AS retested, m.resulted_at AS resulted, m.resolved_at AS resolved
      FROM chase_member m
      JOIN chase_chase c ON c.tube_id = m.tube_id AND c.state <> 'corrected'
      JOIN screening_tube t ON t.id = m.tube_id
      LEFT JOIN screening_handover h ON h.tube_id = t.id AND h.step = 4
     WHERE m.resolved_at IS NOT NULL
), hops AS (
    SELECT v.nth, v.name, extract(epoch FROM v.till - v.since)::float8 AS seconds
      FROM points,
           LATERAL (VALUES (1, 'received', sampled, received), (2, 'reported', received, reported),
                           (3, 'reached', reported, reached), (4, 'retested', reached, retested),
                           (5, 'resulted', retested, resulted), (6, 'resolved', resulted, resolved),
                           (7, 'whole', sampled, resolved)) AS v (nth, name, since, till)
)
SELECT name, count(seconds), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds)
  FROM hops GROUP BY nth, name ORDER BY nth
