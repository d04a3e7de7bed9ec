-- Who on the roll of an order has not been sampled since a day began, door by door: (person, place, door).
-- Expected plan: restrictions by index restriction_cause, members by (person, ...).
SELECT r.subject_id, r.place_id, coalesce(h.number, '')
  FROM restrictions_restriction r
  LEFT JOIN people_person p ON p.id = r.subject_id
  LEFT JOIN places_home h ON h.id = p.home_id
 WHERE r.cause_kind = 'order' AND r.cause_id = %(order)s AND r.released_at IS NULL AND r.subject_kind = 'person'
   AND NOT EXISTS (
       SELECT FROM screening_tube_member m
        WHERE m.person_id = r.subject_id AND m.scanned_at >= (%(day)s::timestamp AT TIME ZONE %(zone)s))
 ORDER BY r.place_id, coalesce(h.floor, 0), coalesce(h.number, ''), r.subject_id
 LIMIT %(limit)s
