-- Open tasks of some kinds and subjects become somebody's, ``owners`` one for each of ``subjects``; whose they already are
-- stays. With an event each. Expects index task_subject. Answers the places and how many changed at each.
WITH wanted AS (
    SELECT * FROM unnest(%(subjects)s::bigint[], %(owners)s::bigint[]) AS w (subject, owner)
), changed AS (
    UPDATE tasks_task t
       SET owner_id = w.owner, state = 'claimed'
      FROM wanted w
     WHERE t.subject_kind = %(subject_kind)s AND t.subject_id = w.subject AND t.kind = ANY (%(kinds)s)
       AND t.state IN ('open', 'claimed') AND t.owner_id IS DISTINCT FROM w.owner AND (%(taken)s OR t.owner_id IS NULL)
    RETURNING t.id, t.place_id
), told AS (
    INSERT INTO tasks_taskevent (task_id, place_id, at, event, actor, note)
    SELECT id, place_id, %(now)s, 'claim', %(actor)s, %(note)s FROM changed
)
SELECT place_id, count(*) FROM changed GROUP BY place_id
