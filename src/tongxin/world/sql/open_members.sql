-- The members of open chases who still need work, as the people who work on them see them; the call log tells when the
-- last attempt was. Expected plan: index of open chases, then members by tube.
SELECT m.id, t.barcode, p.person_no, left(lpad(m.owner_place_id::text, 19, '0'), 12), m.node, m.exception, m.calls,
       m.listed_at, (SELECT max(k.at) FROM chase_call k WHERE k.member_id = m.id), m.reached_at, m.held_at,
       m.resampled_at, m.received_at, m.resulted_at, coalesce(r.barcode, ''), m.retest
  FROM chase_chase c
  JOIN chase_member m ON m.tube_id = c.tube_id
  JOIN screening_tube t ON t.id = m.tube_id
  JOIN people_person p ON p.id = m.person_id
  LEFT JOIN screening_tube r ON r.id = m.retest_tube_id
 WHERE c.state = 'open' AND m.node = ANY (%(nodes)s)
 ORDER BY m.id
