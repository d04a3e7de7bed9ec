-- Close every open task of some kinds and subjects, with an event each; locked in the order of their keys, so that two
-- such statements never deadlock. Expects index task_subject. Answers the places and how many were closed at each.
WITH found AS (
    SELECT id
    FROM tasks_task
    WHERE subject_kind = %(subject_kind)s
      AND subject_id = ANY (%(subjects)s::bigint[])
      AND kind = ANY (%(kinds)s)
      AND state = ANY (%(before)s)
    ORDER BY id
    FOR UPDATE
), closed AS (
    UPDATE tasks_task t
    SET state = %(state)s, outcome = %(outcome)s, closed_at = %(now)s, closed_by = %(actor)s, escalate_at = NULL
    FROM found f
    WHERE t.id = f.id
    RETURNING t.id, t.place_id
), told AS (
    INSERT INTO tasks_taskevent (task_id, place_id, at, event, actor, note)
    SELECT id, place_id, %(now)s, %(event)s, %(actor)s, %(note)s FROM closed
)
SELECT place_id, count(*) FROM closed GROUP BY place_id
