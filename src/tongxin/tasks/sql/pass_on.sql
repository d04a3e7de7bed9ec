-- What somebody has taken in some ranges of places becomes another's (or, without one, is open again), with an event each.
-- Expects index task_owner. Answers the places and how many at each.
WITH changed AS (
    UPDATE tasks_task t
       SET owner_id = %(new)s::bigint, state = CASE WHEN %(new)s::bigint IS NULL THEN 'open' ELSE 'claimed' END
     WHERE t.owner_id = %(old)s AND t.state IN ('open', 'claimed') AND %(ranges)s::int8multirange @> t.place_id
    RETURNING t.id, t.place_id
), told AS (
    INSERT INTO tasks_taskevent (task_id, place_id, at, event, actor, note)
    SELECT id, place_id, %(now)s, 'hand_over', %(actor)s, %(note)s FROM changed
)
SELECT place_id, count(*) FROM changed GROUP BY place_id
