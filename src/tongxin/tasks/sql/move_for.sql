-- Open tasks follow their subjects to other places; the due times stay, whoever had taken one gives it back.
-- Expected plan: index look-ups by (subject_kind, subject_id).
WITH moved AS (
    UPDATE tasks_task t SET place_id = i.place, owner_id = NULL, state = 'open'
      FROM unnest(%(subjects)s::bigint[], %(places)s::bigint[]) AS i (subject, place)
     WHERE t.subject_kind = %(subject_kind)s AND t.subject_id = i.subject AND t.state IN ('open', 'claimed')
       AND t.place_id <> i.place
    RETURNING t.id, t.place_id
), noted AS (
    INSERT INTO tasks_taskevent (task_id, place_id, at, event, actor, note)
    SELECT id, place_id, %(now)s, 'hand_over', %(actor)s, '' FROM moved)
SELECT place_id, count(*) FROM moved GROUP BY place_id
