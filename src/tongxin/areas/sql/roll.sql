-- Who is (or, of an order that has ended, was) limited by an order, and who is marked on its roll, door by door, where each one
-- is. %(status)s: '' all, 'limited', or a mark; %(text)s a part of name, number or door. The last column: whether the caller may
-- open the record; who is registered elsewhere is known to the caller by a stay.
-- Expected plan: restrictions by index restriction_cause, marks by order, people by id.
WITH ended AS (
    SELECT ended_at FROM areas_order WHERE id = %(order)s
), listed AS (
    SELECT r.subject_id AS person, true AS limited, r.place_id
      FROM restrictions_restriction r, ended e
     WHERE r.cause_kind = 'order' AND r.cause_id = %(order)s AND r.subject_kind = 'person'
       AND (r.released_at IS NULL OR r.released_at >= e.ended_at)
     UNION ALL
    SELECT m.person_id, false, m.place_id FROM areas_rollmark m
     WHERE m.order_id = %(order)s AND m.status IN ('away', 'exempt')
), standing AS (
    SELECT person, bool_and(limited) AS limited, max(place_id) AS place_id FROM listed GROUP BY person
), known AS (
    SELECT k.person, k.place_id, k.limited, m.status, m.since, m.by, m.reason, p.id IS NOT NULL AS known,
           coalesce(p.name, s.name, '') AS name, coalesce(p.person_no, s.person_no, '') AS person_no, h.number, h.floor
      FROM standing k
      LEFT JOIN areas_rollmark m ON m.order_id = %(order)s AND m.person_id = k.person
      LEFT JOIN people_person p ON p.id = k.person
      LEFT JOIN people_stay s ON s.person_id = k.person AND s.place_id = m.place_id AND s.cause = 'area'
      LEFT JOIN places_home h ON h.id = CASE WHEN m.status = 'unregistered' THEN m.home_id ELSE p.home_id END
)
SELECT person, place_id, name, person_no, coalesce(number, ''), coalesce(floor, 0), limited, coalesce(status, ''), since,
       coalesce(by, ''), coalesce(reason, ''), known
  FROM known
 WHERE (%(status)s = '' OR (%(status)s = 'limited' AND limited) OR status = %(status)s)
   AND (%(text)s = '' OR strpos(number, %(text)s) > 0
        OR (%(named)s AND (strpos(name, %(text)s) > 0 OR strpos(person_no, %(text)s) > 0)))
   AND (place_id, coalesce(floor, 0), coalesce(number, ''), person) > (%(place)s, %(floor)s, %(number)s, %(person)s)
 ORDER BY place_id, coalesce(floor, 0), coalesce(number, ''), person
 LIMIT %(limit)s
