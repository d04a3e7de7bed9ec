-- What happened around a chased tube, the latest first, as far as the caller may see it: (at, what, detail, actor,
-- member, note). Tasks that the system closed are left out: what closed them has a line of its own. Expected plan: index look-ups by tube, and by member for calls, retests and task events.
-- Subjects and tasks are given as arrays, so that the scope, which the planner takes for selective, does not lead.
WITH members AS MATERIALIZED (
    SELECT * FROM chase_member WHERE tube_id = %(tube)s
), work AS MATERIALIZED (
    SELECT id, kind, subject_id AS member_id FROM tasks_task
     WHERE subject_kind = 'member' AND subject_id = ANY (ARRAY(SELECT id FROM members))
    UNION ALL
    SELECT id, kind, NULL FROM tasks_task WHERE subject_kind = 'tube' AND subject_id = %(tube)s
)
SELECT at, what, detail, actor, member_id, note FROM (
    SELECT first_scan_at AS at, 'first_scan' AS what, '' AS detail, '' AS actor, NULL::bigint AS member_id, '' AS note
      FROM screening_tube WHERE id = %(tube)s
    UNION ALL
    SELECT last_scan_at, 'last_scan', '', '', NULL, '' FROM screening_tube WHERE id = %(tube)s AND members > 1
    UNION ALL
    SELECT at, 'handover', step::text, actor, NULL, box FROM screening_handover WHERE tube_id = %(tube)s
    UNION ALL
    SELECT reported_at, 'report', result::text, coalesce(f.name, ''), NULL, r.report_no
      FROM screening_tube_result r LEFT JOIN places_facility f ON f.id = r.lab_id
     WHERE r.tube_id = %(tube)s AND r.day = %(day)s
    UNION ALL
    SELECT min(listed_at), 'listed', count(*)::text, '', NULL, '' FROM members HAVING count(*) > 0
    UNION ALL
    SELECT k.at, 'call', k.channel || '.' || k.outcome, k.actor, k.member_id, k.note
      FROM members m JOIN chase_call k ON k.member_id = m.id
    UNION ALL
    SELECT resampled_at, 'resampled', '', '', id, '' FROM members WHERE resampled_at IS NOT NULL
    UNION ALL
    SELECT resulted_at, 'resulted', coalesce(retest, -1)::text, '', id, '' FROM members WHERE resulted_at IS NOT NULL
    UNION ALL
    SELECT resolved_at, 'resolved', resolution, '', id, '' FROM members WHERE resolved_at IS NOT NULL
    UNION ALL
    SELECT e.at, 'task', w.kind || ':' || e.event, e.actor, w.member_id, e.note
      FROM work w JOIN tasks_taskevent e ON e.task_id = w.id
     WHERE e.task_id = ANY (ARRAY(SELECT id FROM work)) AND e.event <> 'opened'
       AND NOT (e.actor = 'system' AND e.event IN ('complete', 'cancel'))
) happened
 WHERE at IS NOT NULL ORDER BY at DESC, what, member_id LIMIT %(limit)s
