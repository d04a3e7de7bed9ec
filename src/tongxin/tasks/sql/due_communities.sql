-- The communities (or streets, districts: whatever a task stands at, no deeper than the community) in which a task is
-- due to go up. Expects the partial index task_clock.
SELECT DISTINCT place_id - place_id %% %(community)s
FROM tasks_task
WHERE state IN ('open', 'claimed') AND escalate_at <= %(now)s
