-- Who was scanned into a tube, as far as the caller may see them. Expected plan: members by tube, people by primary key.
SELECT m.person_id, m.scanned_at, m.marks, m.nth, p.person_no, p.name, p.category, p.place_id, coalesce(h.number, '')
  FROM screening_tube_member m
  LEFT JOIN people_person p ON p.id = m.person_id
  LEFT JOIN places_home h ON h.id = p.home_id
 WHERE m.tube_id = %(tube)s AND m.day = %(day)s
 ORDER BY m.scanned_at, m.person_id
