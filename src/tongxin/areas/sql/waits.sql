-- What else some orders wait for, of those whose pack asks for it: (order, whether a case has left and nobody disinfected since,
-- the last exposure of a contact inside or NULL). As sql/judge.sql has it.
-- Expected plan: cases by place, restrictions by index restriction_cause, members by person.
SELECT o.id,
       o.anchor_event <> 'removed' AND c.left_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM areas_disinfection d WHERE d.order_id = o.id AND d.at >= c.left_at), e.exposed_at
  FROM areas_order o
 CROSS JOIN LATERAL (SELECT max(k.removed_at) AS left_at FROM areas_cases(o.id) k) c
 CROSS JOIN LATERAL (
       SELECT max(m.listed_at) AS exposed_at
         FROM restrictions_restriction r
         JOIN chase_member m ON m.person_id = r.subject_id AND m.contact
        WHERE o.contact_days > 0 AND r.cause_kind = 'order' AND r.cause_id = o.id AND r.released_at IS NULL
          AND r.subject_kind = 'person') e
 WHERE o.id = ANY (%(ids)s::bigint[])
