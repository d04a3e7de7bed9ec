-- Pass tasks one level up: tasks.rules.next_escalation for many at once. `communities` with each one's grace and most
-- levels come from the packs; `straight` kinds go to their top at once; `community`, `street` and `district` are the widths of those levels. At its top a task
-- has no next time. Rows that somebody holds are left for the next run. Expects the partial index task_clock.
WITH packs AS (
    SELECT *
    FROM unnest(%(communities)s::bigint[], %(graces)s::interval[], %(most)s::int[]) AS p (community, grace, most)
), due AS (
    SELECT t.id, t.escalation AS before, t.escalate_at, p.grace, t.kind = ANY (%(straight)s::text[]) AS straight,
           least(p.most, CASE WHEN t.place_id %% %(district)s = 0 THEN 0
                              WHEN t.place_id %% %(street)s = 0 THEN 1
                              ELSE 2 END) AS top
    FROM tasks_task t
    JOIN packs p ON p.community = t.place_id - t.place_id %% %(community)s
    WHERE t.state IN ('open', 'claimed') AND t.escalate_at <= %(now)s
    ORDER BY t.id
    FOR UPDATE OF t SKIP LOCKED
), moved AS (
    UPDATE tasks_task t
    SET escalation = CASE WHEN d.before >= d.top THEN d.before WHEN d.straight THEN d.top ELSE d.before + 1 END,
        escalate_at = CASE WHEN d.straight OR d.before + 1 >= d.top THEN NULL
                           WHEN d.escalate_at + d.grace > %(now)s THEN d.escalate_at + d.grace
                           ELSE %(now)s + d.grace END
    FROM due d
    WHERE t.id = d.id
    RETURNING t.id, t.place_id, d.before < d.top AS up
), told AS (
    INSERT INTO tasks_taskevent (task_id, place_id, at, event, actor, note)
    SELECT id, place_id, %(now)s, %(event)s, %(actor)s, '' FROM moved WHERE up
)
SELECT place_id - place_id %% %(community)s, count(*) FROM moved WHERE up GROUP BY 1
