-- Who on the roll of an order lacks a negative result of its last day (or days, in a sealed zone) or later, door by door, where
-- each one is: (person, place, home, name, door, floor, tube that waits, whether the caller may open the record). Who is
-- registered elsewhere is known to the caller by a stay. Expected plan: restrictions by index restriction_cause, members by (person, ...), tubes by id.
WITH listed AS (
    SELECT r.subject_id AS person, r.place_id, CASE WHEN m.id IS NULL THEN p.home_id ELSE m.home_id END AS home_id,
           coalesce(p.name, s.name, '') AS name, p.id IS NOT NULL AS known,
           (o.last_day - o.negative_within + 1)::timestamp AT TIME ZONE %(zone)s AS begins
      FROM areas_order o
      JOIN restrictions_restriction r ON r.cause_kind = 'order' AND r.cause_id = o.id AND r.released_at IS NULL
       AND r.subject_kind = 'person'
      LEFT JOIN areas_rollmark m ON m.order_id = o.id AND m.person_id = r.subject_id AND m.status = 'unregistered'
      LEFT JOIN people_person p ON p.id = r.subject_id
      LEFT JOIN people_stay s ON s.person_id = r.subject_id AND s.place_id = m.place_id AND s.cause = 'area'
     WHERE o.id = %(order)s
)
SELECT l.person, l.place_id, l.home_id, l.name, coalesce(h.number, ''), coalesce(h.floor, 0), waiting.barcode, l.known
  FROM listed l
  LEFT JOIN places_home h ON h.id = l.home_id
  LEFT JOIN LATERAL (
       SELECT t.barcode, t.result FROM screening_tube_member m JOIN screening_tube t ON t.id = m.tube_id
        WHERE m.person_id = l.person AND m.scanned_at >= l.begins
        ORDER BY t.result = 1 DESC NULLS LAST, m.scanned_at DESC LIMIT 1) waiting ON true
 WHERE waiting.result IS DISTINCT FROM 1
   AND (l.place_id, coalesce(h.floor, 0), coalesce(h.number, ''), l.person) > (%(place)s, %(floor)s, %(number)s, %(person)s)
 ORDER BY l.place_id, coalesce(h.floor, 0), coalesce(h.number, ''), l.person
 LIMIT %(limit)s
