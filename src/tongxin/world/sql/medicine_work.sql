-- The open steps of the medicine chain: (task, kind, opened, order, reference of its need, state, urgent, due, tour or
-- NULL). Expected plan: open tasks, then orders and needs by key.
SELECT t.id, t.kind, t.created_at, o.id, n.source_ref, o.state, o.urgent, o.due_at, o.tour_id
  FROM tasks_task t
  JOIN needs_medicineorder o ON o.id = t.subject_id
  JOIN needs_need n ON n.id = o.need_id
 WHERE t.state IN ('open', 'claimed') AND t.subject_kind = 'medicine'
 ORDER BY t.id
