-- Who on the roll of an order lacks a negative result of its last day (or days, in a sealed zone) or later, door by door: (person, place, home, name, door).
-- Expected plan: restrictions by index restriction_cause, members by (person, ...), tubes by id.
SELECT p.id, p.place_id, p.home_id, p.name, coalesce(h.number, ''), coalesce(h.floor, 0), waiting.barcode
  FROM areas_order o
  JOIN restrictions_restriction r ON r.cause_kind = 'order' AND r.cause_id = o.id AND r.released_at IS NULL
   AND r.subject_kind = 'person'
  JOIN people_person p ON p.id = r.subject_id
  LEFT JOIN places_home h ON h.id = p.home_id
  LEFT JOIN LATERAL (
       SELECT t.barcode, t.result FROM screening_tube_member m JOIN screening_tube t ON t.id = m.tube_id
        WHERE m.person_id = p.id AND m.scanned_at >= ((o.last_day - o.negative_within + 1)::timestamp AT TIME ZONE %(zone)s)
        ORDER BY t.result = 1 DESC NULLS LAST, m.scanned_at DESC LIMIT 1) waiting ON true
 WHERE o.id = %(order)s AND waiting.result IS DISTINCT FROM 1
   AND (p.place_id, coalesce(h.floor, 0), coalesce(h.number, ''), p.id) > (%(place)s, %(floor)s, %(number)s, %(person)s)
 ORDER BY p.place_id, coalesce(h.floor, 0), coalesce(h.number, ''), p.id
 LIMIT %(limit)s
