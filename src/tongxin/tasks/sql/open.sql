-- Open many tasks at once, with an event each. One list per column, all of one length. A subject that has an open task
-- of the kind keeps that one (unique index task_open_once). Answers the places and how many tasks are new at each.
WITH wanted AS (
    SELECT *
    FROM unnest(
        %(kinds)s::text[], %(places)s::bigint[], %(subject_kinds)s::text[], %(subjects)s::bigint[],
        %(persons)s::bigint[], %(params)s::jsonb[], %(teams)s::text[], %(dues)s::timestamptz[], %(rules)s::text[],
        %(frees)s::int[]
    ) AS w (kind, place_id, subject_kind, subject_id, person_id, params, team, due_at, rule, frees)
), opened AS (
    INSERT INTO tasks_task (
        kind, state, place_id, subject_kind, subject_id, person_id, params, team, created_at, due_at, escalation,
        escalate_at, rule, frees, outcome, evidence, closed_by
    )
    SELECT kind, 'open', place_id, subject_kind, subject_id, person_id, params, team, %(now)s, due_at, 0,
           due_at, rule, frees, '', '{}', ''
    FROM wanted
    ON CONFLICT (kind, subject_kind, subject_id) WHERE state IN ('open', 'claimed') DO NOTHING
    RETURNING id, place_id
), told AS (
    INSERT INTO tasks_taskevent (task_id, place_id, at, event, actor, note)
    SELECT id, place_id, %(now)s, 'opened', %(actor)s, %(note)s FROM opened
)
SELECT place_id, count(*) FROM opened GROUP BY place_id
