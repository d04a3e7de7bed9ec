-- One task from a state to the next, if it still is in one of the states `before` and (where `only_owner` is given)
-- belongs to that user; with its event. No row: somebody else was there first. By primary key.
-- Opening a closed task again starts its climb anew, and yields to another open task of the same subject.
WITH changed AS (
    UPDATE tasks_task t
    SET state = %(state)s,
        owner_id = %(owner)s::bigint,
        outcome = '', closed_at = NULL, closed_by = '',
        escalation = CASE WHEN t.closed_at IS NULL THEN t.escalation ELSE 0 END,
        escalate_at = CASE WHEN t.closed_at IS NULL THEN t.escalate_at ELSE greatest(t.due_at, %(now)s) END
    WHERE t.id = %(task)s
      AND t.state = ANY (%(before)s)
      AND (%(only_owner)s::bigint IS NULL OR t.owner_id = %(only_owner)s::bigint)
      AND (t.closed_at IS NULL OR NOT EXISTS (
          SELECT FROM tasks_task o
          WHERE o.kind = t.kind AND o.subject_kind = t.subject_kind AND o.subject_id = t.subject_id
            AND o.state IN ('open', 'claimed')
      ))
    RETURNING id, place_id
), told AS (
    INSERT INTO tasks_taskevent (task_id, place_id, at, event, actor, note)
    SELECT id, place_id, %(now)s, %(event)s, %(actor)s, %(note)s FROM changed
)
SELECT place_id FROM changed
