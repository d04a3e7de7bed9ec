-- Who is (or, of an order that has ended, was) limited by an order, and who is marked on its roll, door by door.
-- %(status)s: '' all, 'limited', or a mark; %(text)s a part of name, number or door.
-- Expected plan: restrictions by index restriction_cause, marks by order, people by id.
WITH ended AS (
    SELECT ended_at FROM areas_order WHERE id = %(order)s
), listed AS (
    SELECT r.subject_id AS person, true AS limited
      FROM restrictions_restriction r, ended e
     WHERE r.cause_kind = 'order' AND r.cause_id = %(order)s AND r.subject_kind = 'person'
       AND (r.released_at IS NULL OR r.released_at >= e.ended_at)
     UNION
    SELECT m.person_id, false FROM areas_rollmark m
     WHERE m.order_id = %(order)s AND m.status IN ('away', 'exempt')
), known AS (
    SELECT person, bool_and(limited) AS limited FROM listed GROUP BY person
)
SELECT p.id, p.place_id, p.name, p.person_no, coalesce(h.number, ''), coalesce(h.floor, 0), k.limited,
       coalesce(m.status, ''), m.since, coalesce(m.by, ''), coalesce(m.reason, '')
  FROM known k
  JOIN people_person p ON p.id = k.person
  LEFT JOIN places_home h ON h.id = p.home_id
  LEFT JOIN areas_rollmark m ON m.order_id = %(order)s AND m.person_id = p.id
 WHERE (%(status)s = '' OR (%(status)s = 'limited' AND k.limited) OR m.status = %(status)s)
   AND (%(text)s = '' OR strpos(h.number, %(text)s) > 0
        OR (%(named)s AND (strpos(p.name, %(text)s) > 0 OR strpos(p.person_no, %(text)s) > 0)))
   AND (p.place_id, coalesce(h.floor, 0), coalesce(h.number, ''), p.id) > (%(place)s, %(floor)s, %(number)s, %(person)s)
 ORDER BY p.place_id, coalesce(h.floor, 0), coalesce(h.number, ''), p.id
 LIMIT %(limit)s
