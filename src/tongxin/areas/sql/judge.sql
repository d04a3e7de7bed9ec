-- Judge orders whose day has come (`areas.rules.standing` for many at once): no case inside, and where the pack asks for it
-- disinfected since the last one left, the last contact inside past its days, and everybody present negative on the last day
-- (in a sealed zone, the last days), or since. %(asked)s says for each order whether the pack at its place asks for the last
-- day's test. Answers what was seen: (order, persons, missing, inside, met at or NULL, was met at or NULL, missing before, who is missing and
-- has not been sampled, who is missing, whether it waits for disinfection, when its contacts are past); the lists are empty where more than %(most)s are missing.
-- An order that is not asked for whole (%(whole)s) is judged by those who lacked a result the last time alone: who was
-- negative is so still, but for a correction, and before a lift the whole is asked again.
-- Expected plan: restrictions by index restriction_cause, members by (person, ...), tubes by id, cases by place.
WITH wanted AS MATERIALIZED (
    SELECT o.id, o.due_at, o.last_day, o.conditions_met_at, o.missing AS missing_was, t.asked,
           t.whole OR o.lacking IS NULL AS whole, o.lacking, o.tested_at, o.persons,
           (o.last_day - o.negative_within + 1)::timestamp AT TIME ZONE %(zone)s AS tests_from, o.anchor_event, o.contact_days
      FROM areas_order o
      JOIN unnest(%(orders)s::bigint[], %(asked)s::boolean[], %(whole)s::boolean[]) AS t (id, asked, whole) ON t.id = o.id
     WHERE o.state = 'in_force'
     ORDER BY o.id FOR NO KEY UPDATE OF o
), inside AS MATERIALIZED (
    SELECT w.id, n.inside::int AS n
      FROM wanted w
     CROSS JOIN LATERAL (
           SELECT count(*) AS inside FROM areas_cases(w.id) c WHERE c.removed_at IS NULL) n
     WHERE EXISTS (
           SELECT FROM areas_part a JOIN chase_case k ON k.place_id >= a.place_id AND k.place_id < a.place_end
            WHERE a.order_id = w.id AND k.withdrawn_at IS NULL AND k.removed_at IS NULL)
     UNION
    SELECT w.id, n.inside::int
      FROM wanted w
      JOIN (SELECT DISTINCT f.order_id FROM areas_rollmark f JOIN chase_case k ON k.person_id = f.person_id
             WHERE f.status = 'unregistered' AND k.withdrawn_at IS NULL AND k.removed_at IS NULL) f ON f.order_id = w.id
     CROSS JOIN LATERAL (
           SELECT count(*) AS inside FROM areas_cases(w.id) c WHERE c.removed_at IS NULL) n
), dirty AS MATERIALIZED (
    SELECT w.id
      FROM wanted w
     CROSS JOIN LATERAL (SELECT max(removed_at) AS left_at FROM areas_cases(w.id)) c
     WHERE w.anchor_event <> 'removed' AND c.left_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM areas_disinfection d WHERE d.order_id = w.id AND d.at >= c.left_at)
), contacts AS MATERIALIZED (
    SELECT w.id, ((max(m.listed_at) AT TIME ZONE %(zone)s)::date + max(w.contact_days))::timestamp AT TIME ZONE %(zone)s AS free_at
      FROM wanted w
      JOIN restrictions_restriction r ON r.cause_kind = 'order' AND r.cause_id = w.id AND r.released_at IS NULL
       AND r.subject_kind = 'person'
      JOIN chase_member m ON m.person_id = r.subject_id AND m.contact
     WHERE w.contact_days > 0
     GROUP BY w.id
), persons AS MATERIALIZED (
    SELECT w.id, r.subject_id, w.asked, w.tests_from
      FROM wanted w
      JOIN restrictions_restriction r ON r.cause_kind = 'order' AND r.cause_id = w.id AND r.released_at IS NULL
     WHERE r.subject_kind = 'person' AND w.whole
     UNION ALL
    SELECT w.id, u.person, w.asked, w.tests_from
      FROM wanted w
     CROSS JOIN unnest(w.lacking) AS u (person)
     WHERE NOT w.whole AND EXISTS (
           SELECT FROM restrictions_restriction r
            WHERE r.subject_kind = 'person' AND r.subject_id = u.person AND r.cause_kind = 'order' AND r.cause_id = w.id
              AND r.released_at IS NULL)
), tested AS (
    SELECT p.id, p.subject_id, n.at, n.swabs, p.asked AND n.at IS NULL AS lacks
      FROM persons p
     CROSS JOIN LATERAL (
           SELECT min(t.result_at) FILTER (WHERE t.result = 1) AS at, count(*) FILTER (WHERE t.result IS NULL) AS swabs
             FROM screening_tube_member m
             JOIN screening_tube t ON t.id = m.tube_id
            WHERE p.asked AND m.person_id = p.subject_id
              AND m.scanned_at >= p.tests_from) n
), counted AS (
    SELECT id, count(*) AS persons, count(*) FILTER (WHERE lacks) AS missing, max(at) AS last_at,
           array_agg(subject_id) FILTER (WHERE lacks AND swabs = 0) AS unsampled,
           array_agg(subject_id) FILTER (WHERE lacks) AS lacking
      FROM tested GROUP BY id
), judged AS MATERIALIZED (
    SELECT w.id, CASE WHEN w.whole THEN coalesce(c.persons, 0) ELSE w.persons END AS persons, coalesce(c.missing, 0) AS missing, coalesce(i.n, 0) AS inside,
           CASE WHEN coalesce(i.n, 0) = 0 AND coalesce(c.missing, 0) = 0 AND w.due_at <= %(now)s AND d.id IS NULL
                 AND coalesce(k.free_at, w.due_at) <= %(now)s
                THEN greatest(w.due_at, c.last_at, CASE WHEN NOT w.whole THEN w.tested_at END, k.free_at) END AS met_at,
           d.id IS NOT NULL AS dirty, k.free_at,
           greatest(c.last_at, CASE WHEN NOT w.whole THEN w.tested_at END) AS tested_at,
           w.conditions_met_at AS was, w.missing_was,
           CASE WHEN c.missing <= %(most)s THEN c.unsampled END AS unsampled,
           CASE WHEN coalesce(c.missing, 0) <= %(most)s THEN coalesce(c.lacking, '{}') END AS lacking
      FROM wanted w
      LEFT JOIN counted c USING (id)
      LEFT JOIN inside i USING (id)
      LEFT JOIN dirty d USING (id)
      LEFT JOIN contacts k USING (id)
), noted AS (
    UPDATE areas_order o SET persons = j.persons, missing = j.missing, conditions_met_at = j.met_at,
           lacking = j.lacking, tested_at = j.tested_at
      FROM judged j
     WHERE o.id = j.id AND (o.persons, o.missing, o.conditions_met_at, o.lacking, o.tested_at)
           IS DISTINCT FROM (j.persons, j.missing, j.met_at, j.lacking, j.tested_at)
)
SELECT id, persons, missing, inside, met_at, was, missing_was, coalesce(unsampled, '{}'), coalesce(lacking, '{}'), dirty, free_at
  FROM judged
