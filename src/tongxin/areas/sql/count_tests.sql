-- Count who of the people limited by some orders has not been sampled since the day began, and note it on the orders: (order,
-- how many). A sample counts whatever comes of it.
-- Expected plan: restrictions by index restriction_cause, members by (person, ...).
WITH counted AS MATERIALIZED (
    SELECT o.id, count(*) FILTER (WHERE r.subject_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM screening_tube_member m
                WHERE m.person_id = r.subject_id AND m.scanned_at >= (%(today)s::timestamp AT TIME ZONE %(zone)s)))::int AS untested
      FROM unnest(%(orders)s::bigint[]) AS o (id)
      LEFT JOIN restrictions_restriction r ON r.cause_kind = 'order' AND r.cause_id = o.id AND r.released_at IS NULL
       AND r.subject_kind = 'person'
     GROUP BY o.id
), noted AS (
    UPDATE areas_order o SET test_day = %(today)s, untested = c.untested
      FROM counted c
     WHERE o.id = c.id AND o.state = 'in_force' AND (o.test_day, o.untested) IS DISTINCT FROM (%(today)s::date, c.untested)
)
SELECT id, untested FROM counted ORDER BY id
