-- The doors of open rounds at which nobody has knocked: (knock, position, planned, user name of the steward).
-- Expected plan: rounds that are open, their doors, the post in force of each building.
SELECT k.id, k.position, r.planned_at, coalesce(u.username, 'community')
  FROM ledgers_round r
  JOIN ledgers_knock k ON k.round_id = r.id AND k.result = ''
  LEFT JOIN ledgers_post p ON p.place_id = k.place_id - k.place_id %% 100 AND p.duty = 'steward' AND p.until IS NULL
  LEFT JOIN access_user u ON u.id = p.user_id
 WHERE r.closed_at IS NULL AND r.planned_by = %(planner)s
 ORDER BY k.id
