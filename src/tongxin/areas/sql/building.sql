-- A building as it stands, a row a person and a row for each empty home: unit, home, door, floor, person, whether a case, what
-- limits the person, the tubes the person was scanned into since the earliest day that counts, and whether the person is here
-- without living here. %(today)s is the city's day; names come only of %(home)s, or of everybody where %(everybody)s is true, as
-- the caller may see them.
-- Expected plan: homes, people, marks, restrictions and cases by range of place; members by (person, ...).
WITH limits AS MATERIALIZED (
    SELECT r.subject_id, o.last_day, o.missing > 0 AND o.conditions_met_at IS NULL AND o.last_day <= %(today)s::date AS waits,
           jsonb_build_array(r.id, r.kind, r.ends_at, o.id, coalesce(o.name, ''), CASE WHEN o.missing > 0
               AND o.conditions_met_at IS NULL AND o.last_day <= %(today)s::date THEN o.last_day END) AS told
      FROM restrictions_restriction r
      LEFT JOIN areas_order o ON r.cause_kind = 'order' AND o.id = r.cause_id AND o.state = 'in_force'
     WHERE r.place_id >= %(lo)s AND r.place_id < %(hi)s AND r.subject_kind = 'person' AND r.released_at IS NULL
       AND r.starts_at <= %(now)s AND r.ends_at > %(now)s
), of_person AS (
    SELECT subject_id, jsonb_agg(told ORDER BY told -> 0) AS limits FROM limits GROUP BY subject_id
), since AS MATERIALIZED (
    SELECT least(%(today)s::date, min(last_day) FILTER (WHERE waits))::timestamp AT TIME ZONE %(zone)s AS at FROM limits
), homes AS (
    SELECT id, place_id, number, floor FROM places_home WHERE place_id >= %(lo)s AND place_id < %(hi)s
), lives AS (
    SELECT id, place_id, home_id, category, CASE WHEN %(everybody)s OR home_id = %(home)s THEN coalesce(nullif(name, ''), person_no) END AS name
      FROM people_person WHERE place_id >= %(lo)s AND place_id < %(hi)s AND NOT provisional
), guests AS (
    SELECT DISTINCT ON (m.person_id) m.person_id AS id, m.place_id, m.home_id, coalesce(p.category, s.category, '') AS category,
           CASE WHEN %(everybody)s OR m.home_id = %(home)s THEN coalesce(nullif(p.name, ''), nullif(s.name, ''), p.person_no, s.person_no) END AS name
      FROM areas_rollmark m
      JOIN areas_order o ON o.id = m.order_id AND o.state = 'in_force'
      LEFT JOIN people_person p ON p.id = m.person_id
      LEFT JOIN people_stay s ON s.person_id = m.person_id AND s.place_id = m.place_id AND s.cause = 'area'
     WHERE m.place_id >= %(lo)s AND m.place_id < %(hi)s AND m.status = 'unregistered'
       AND NOT EXISTS (SELECT FROM lives WHERE lives.id = m.person_id)
     ORDER BY m.person_id, m.id DESC
), people AS (
    SELECT lives.*, false AS guest FROM lives UNION ALL SELECT guests.*, true FROM guests
)
SELECT coalesce(p.place_id, h.place_id) AS unit, h.id, coalesce(h.number, '') AS number, coalesce(h.floor, 0) AS floor,
       p.id, p.name, coalesce(p.category, '') AS category, c.person_id IS NOT NULL AS positive, coalesce(l.limits, '[]') AS limits, s.tubes,
       coalesce(p.guest, false) AS guest
  FROM homes h
  FULL JOIN people p ON p.home_id = h.id
  LEFT JOIN chase_case c ON c.person_id = p.id AND (p.guest OR c.place_id >= %(lo)s AND c.place_id < %(hi)s) AND c.removed_at IS NULL
   AND c.withdrawn_at IS NULL
  LEFT JOIN of_person l ON l.subject_id = p.id
  LEFT JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_array(m.tube_id, (m.scanned_at AT TIME ZONE %(zone)s)::date)) AS tubes
         FROM screening_tube_member m
        WHERE m.person_id = p.id AND m.scanned_at >= (SELECT at FROM since)) s ON true
 ORDER BY unit, floor, number, h.id, p.id
