-- One page of the board: what needs a hand first (an exception, or the question who
-- was in the tube, for all are negative), then the open chases from the
-- oldest on, then the closed ones from the latest on. %(state)s, %(code)s (a part of the barcode) and %(after)s (the key
-- of the last row shown: urgency, nth, tube) may be NULL. Members who are counted are those the caller may see; of a tube
-- from elsewhere those of the place. Expected plan: chase_heads; the members once, against hashed subplans (joined, the
-- planner takes the scope for a few rows and loops); details for the rows of the page only, by primary key.
WITH heads AS MATERIALIZED (
    SELECT h.* FROM chase_heads(%(lo)s::bigint, %(hi)s::bigint) h
     WHERE (%(state)s::text IS NULL OR h.state = %(state)s::text)
       AND (%(code)s::text IS NULL
            OR EXISTS (SELECT FROM screening_tube t WHERE t.id = h.tube_id AND strpos(t.barcode, %(code)s::text) > 0))
), rechecks AS MATERIALIZED (
    SELECT subject_id AS tube_id FROM tasks_task
     WHERE kind = 'chase.recheck_binding' AND subject_kind = 'tube' AND state IN ('open', 'claimed')
), pressing AS (
    SELECT m.tube_id
      FROM chase_member m
     WHERE m.tube_id IN (SELECT tube_id FROM heads WHERE own AND state = 'open')
        OR (m.tube_id IN (SELECT tube_id FROM heads WHERE NOT own AND state = 'open')
            AND m.owner_place_id >= %(lo)s AND m.owner_place_id < %(hi)s)
     GROUP BY m.tube_id
    HAVING bool_or(m.node = 'refused' OR (m.exception <> '' AND m.node = ANY (%(open)s)))
    UNION
    SELECT tube_id FROM rechecks
), ranked AS (
    SELECT h.*,
           CASE WHEN h.state <> 'open' THEN 2 WHEN h.tube_id IN (SELECT tube_id FROM pressing) THEN 0 ELSE 1 END AS urgency,
           (CASE WHEN h.state = 'open' THEN 1 ELSE -1 END * extract(epoch FROM h.since) * 1000000)::bigint AS nth
      FROM heads h
), page AS MATERIALIZED (
    SELECT * FROM ranked r
     WHERE %(after)s::bigint[] IS NULL OR ARRAY[r.urgency, r.nth, r.tube_id] > %(after)s::bigint[]
     ORDER BY r.urgency, r.nth, r.tube_id LIMIT %(limit)s
), members AS (
    SELECT m.tube_id, array_agg(ARRAY[m.node, m.resolution, m.exception]) AS members
      FROM chase_member m JOIN page p ON p.tube_id = m.tube_id
     WHERE m.tube_id = ANY (ARRAY(SELECT tube_id FROM page))
       AND (p.own OR m.owner_place_id >= %(lo)s AND m.owner_place_id < %(hi)s)
     GROUP BY m.tube_id
)
SELECT p.tube_id, t.barcode, p.own, p.state, p.result, p.since, w.name, f.name, s.code, c.closed_at,
       p.tube_id IN (SELECT tube_id FROM rechecks), coalesce(k.members, '{}'), p.urgency, p.nth
  FROM page p
  LEFT JOIN members k ON k.tube_id = p.tube_id
  LEFT JOIN chase_chase c ON c.tube_id = p.tube_id
  LEFT JOIN screening_tube t ON t.id = p.tube_id
  LEFT JOIN screening_station s ON s.id = t.station_id
  LEFT JOIN places_facility f ON f.id = s.site_id
  LEFT JOIN places_place w ON w.id = p.place_id
 ORDER BY p.urgency, p.nth, p.tube_id
