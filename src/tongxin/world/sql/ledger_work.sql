-- The open work of the ledger with whoever answers for it: (task, kind, subject, person_no, opened, due, user name).
-- Expected plan: open tasks of these kinds, then people and users by key.
SELECT t.id, t.kind, t.subject_id, coalesce(p.person_no, ''), t.created_at, t.due_at, coalesce(u.username, 'community')
  FROM tasks_task t
  LEFT JOIN people_person p ON p.id = t.subject_id AND t.subject_kind = 'ledger'
  LEFT JOIN access_user u ON u.id = t.owner_id
 WHERE t.state IN ('open', 'claimed') AND t.kind = ANY (%(kinds)s)
 ORDER BY t.id
