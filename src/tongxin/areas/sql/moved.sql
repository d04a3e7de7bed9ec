-- What the rolls of the orders in force say of some people against what limits them now, where the two differ: (order, person,
-- where the person stands by the roll or NULL: not on it, the restriction or NULL: none yet). The roll is that of sql/people.sql
-- (tests compare them); %(orders)s narrows it. A place is found by the identifiers around it (unit, building, … province), not
-- by its range: that would read half of all parts for each person.
-- Expected plan: people by id, parts by place, marks by index roll_mark_here, restrictions by subject.
WITH someone AS MATERIALIZED (
    SELECT p.id, p.place_id, p.home_id, h.floor
      FROM people_person p LEFT JOIN places_home h ON h.id = p.home_id
     WHERE p.id = ANY (%(persons)s::bigint[])
), living AS (
    SELECT DISTINCT a.order_id, s.id, s.place_id, s.home_id, s.floor
      FROM someone s
     CROSS JOIN LATERAL (
           VALUES (s.place_id), (s.place_id / 100 * 100), (s.place_id / 100000 * 100000), (s.place_id / 10000000 * 10000000),
                  (s.place_id / 10000000000 * 10000000000), (s.place_id / 10000000000000 * 10000000000000),
                  (s.place_id / 1000000000000000 * 1000000000000000),
                  (s.place_id / 100000000000000000 * 100000000000000000)) AS around (id)
      JOIN areas_part a ON a.place_id = around.id AND NOT a.excluded AND a.address_id IS NULL AND a.facility_id IS NULL
       AND (a.floor IS NULL OR a.floor = s.floor) AND (a.home_id IS NULL OR a.home_id = s.home_id)
      JOIN areas_order o ON o.id = a.order_id AND o.state = 'in_force'
     WHERE %(orders)s::bigint[] IS NULL OR o.id = ANY (%(orders)s::bigint[])
), roll AS (
    SELECT l.order_id, l.id AS person, l.place_id
      FROM living l
     WHERE NOT EXISTS (
           SELECT FROM areas_part x
            WHERE x.order_id = l.order_id AND x.excluded AND l.place_id >= x.place_id AND l.place_id < x.place_end
              AND (x.floor IS NULL OR x.floor = l.floor) AND (x.home_id IS NULL OR x.home_id = l.home_id))
       AND NOT EXISTS (
           SELECT FROM chase_case k WHERE k.person_id = l.id AND k.removed_at IS NOT NULL AND k.withdrawn_at IS NULL)
       AND NOT EXISTS (SELECT FROM areas_rollmark m WHERE m.order_id = l.order_id AND m.person_id = l.id)
     UNION ALL
    SELECT m.order_id, m.person_id, m.place_id
      FROM areas_rollmark m JOIN areas_order o ON o.id = m.order_id AND o.state = 'in_force'
     WHERE m.person_id = ANY (%(persons)s::bigint[]) AND m.status = 'unregistered'
       AND (%(orders)s::bigint[] IS NULL OR o.id = ANY (%(orders)s::bigint[]))
       AND NOT EXISTS (
           SELECT FROM chase_case k WHERE k.person_id = m.person_id AND k.removed_at >= m.since AND k.withdrawn_at IS NULL)
), limits AS MATERIALIZED (
    SELECT r.cause_id AS order_id, r.subject_id AS person, r.id, r.place_id
      FROM restrictions_restriction r
     WHERE r.subject_kind = 'person' AND r.subject_id = ANY (%(persons)s::bigint[]) AND r.cause_kind = 'order'
       AND r.released_at IS NULL AND (%(orders)s::bigint[] IS NULL OR r.cause_id = ANY (%(orders)s::bigint[]))
), held AS (
    SELECT l.* FROM limits l JOIN areas_order o ON o.id = l.order_id AND o.state = 'in_force'
)
SELECT order_id, person, roll.place_id, held.id
  FROM roll FULL JOIN held USING (order_id, person)
 WHERE roll.place_id IS DISTINCT FROM held.place_id
 ORDER BY order_id, person
