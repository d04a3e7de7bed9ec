-- Of the tubes given, those that wait for a result and hold somebody who is missing for the lift of an area on its last day:
-- (tube, how many of its members are, the area's persons, missing and end), a row an area.
-- Expected plan: orders in force that lack somebody (few), their restrictions by index restriction_cause, members by (person, ...).
WITH lacking AS MATERIALIZED (
    SELECT o.id, o.persons, o.missing, o.ends_at, r.subject_id,
           (o.last_day - o.negative_within + 1)::timestamp AT TIME ZONE %(zone)s AS begins
      FROM areas_order o
      JOIN restrictions_restriction r ON r.cause_kind = 'order' AND r.cause_id = o.id AND r.released_at IS NULL
       AND r.subject_kind = 'person'
     WHERE o.state = 'in_force' AND o.missing > 0 AND o.conditions_met_at IS NULL AND o.ends_at > %(now)s
)
SELECT m.tube_id, count(*), l.persons, l.missing, l.ends_at
  FROM lacking l
  JOIN screening_tube_member m ON m.person_id = l.subject_id AND m.scanned_at >= l.begins
  JOIN screening_tube t ON t.id = m.tube_id AND t.result IS NULL
 WHERE m.tube_id = ANY (%(tubes)s::bigint[])
   AND NOT EXISTS (
       SELECT FROM screening_tube_member n JOIN screening_tube nt ON nt.id = n.tube_id
        WHERE n.person_id = l.subject_id AND n.scanned_at >= l.begins AND nt.result = 1)
 GROUP BY m.tube_id, l.id, l.persons, l.missing, l.ends_at
