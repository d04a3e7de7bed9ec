-- The orders in force that some people live in, or that limit them. A place is found by the identifiers around it (unit,
-- building, compound, community, street, district), not by its range: that would read half of all parts for each person.
-- Expected plan: parts by place, restrictions by subject.
SELECT a.order_id
  FROM people_person p
 CROSS JOIN LATERAL (
       VALUES (p.place_id), (p.place_id / 100 * 100), (p.place_id / 100000 * 100000), (p.place_id / 10000000 * 10000000),
              (p.place_id / 10000000000 * 10000000000), (p.place_id / 10000000000000 * 10000000000000)) AS around (id)
  JOIN areas_part a ON a.place_id = around.id AND a.address_id IS NULL
  JOIN areas_order o ON o.id = a.order_id AND o.state = 'in_force'
 WHERE p.id = ANY (%(persons)s::bigint[])
 UNION
SELECT r.cause_id
  FROM restrictions_restriction r
 WHERE r.subject_kind = 'person' AND r.subject_id = ANY (%(persons)s::bigint[]) AND r.cause_kind = 'order'
   AND r.released_at IS NULL
