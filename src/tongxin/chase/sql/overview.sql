-- The chases of a place in figures: open chases, those of them with an exception; of their members (all of a tube that was
-- sampled in the place, of other tubes those of the place) how many are not reached, in work, an exception; and of the
-- work on them how much is overdue and due soon. Expected plan: as the board; tasks by the index of open work.
WITH heads AS MATERIALIZED (
    SELECT tube_id, own FROM chase_heads(%(lo)s::bigint, %(hi)s::bigint) WHERE state = 'open'
), members AS MATERIALIZED (
    SELECT m.tube_id, m.node, m.node = 'refused' OR (m.exception <> '' AND m.node = ANY (%(open)s)) AS pressing
      FROM chase_member m
     WHERE m.tube_id IN (SELECT tube_id FROM heads WHERE own)
        OR (m.tube_id IN (SELECT tube_id FROM heads WHERE NOT own)
            AND m.owner_place_id >= %(lo)s AND m.owner_place_id < %(hi)s)
), tubes AS (
    SELECT tube_id FROM members WHERE pressing
    UNION
    SELECT h.tube_id FROM heads h WHERE h.tube_id IN (
           SELECT subject_id FROM tasks_task
            WHERE kind = 'chase.recheck_binding' AND subject_kind = 'tube' AND state IN ('open', 'claimed'))
), work AS (
    SELECT due_at FROM tasks_task k
     WHERE k.state IN ('open', 'claimed') AND k.kind LIKE 'chase.%%'
       AND k.place_id >= %(lo)s AND k.place_id < %(hi)s AND k.due_at < %(soon)s
)
SELECT (SELECT count(*) FROM heads), (SELECT count(*) FROM tubes),
       count(*) FILTER (WHERE node = 'listed'), count(*) FILTER (WHERE node = ANY (%(open)s)),
       count(*) FILTER (WHERE pressing),
       (SELECT count(*) FROM work WHERE due_at < %(now)s), (SELECT count(*) FROM work WHERE due_at >= %(now)s)
  FROM members
