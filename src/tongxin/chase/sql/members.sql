-- The members of a chased tube that the caller may see, who presses first, each with what the page shows beside it.
-- A person who lives outside the caller's scope is known by the stay that the hand-over wrote; without one, person and home
-- are NULL.
-- Expected plan: members by tube, everything else by primary key or the index of its subject.
SELECT m.id, m.tube_id, m.person_id, m.node, m.exception, m.calls, m.call_code, m.listed_at, m.reached_at, m.resampled_at,
       m.resulted_at, m.resolved_at, m.resolution, m.retest, m.contact, m.owner_place_id, o.name AS owner,
       m.owner_place_id <> m.place_id / 10000000 * 10000000 AS elsewhere,
       q.barcode AS retest_barcode, coalesce(p.person_no, s.person_no) AS person_no, coalesce(p.name, s.name) AS name,
       coalesce(p.category, s.category) AS category, coalesce(p.phone, s.phone) AS phone, p.provisional,
       l.place_id AS home_place_id, ARRAY[w5.name, w6.name, w7.name, w8.name] AS home_names,
       coalesce(h.number, s.door, '') AS door, p.id IS NOT NULL AS has_record,
       k.at AS called_at, k.outcome AS call_outcome, r.ends_at AS held_until, d.due_at, d.kind AS due_kind
  FROM chase_member m
  LEFT JOIN people_person p ON p.id = m.person_id
  LEFT JOIN places_home h ON h.id = p.home_id
  LEFT JOIN people_stay s
    ON s.person_id = m.person_id AND s.place_id = m.owner_place_id AND s.cause = 'chase' AND p.id IS NULL
  CROSS JOIN LATERAL (SELECT coalesce(p.place_id, s.home_place_id) AS place_id) l
  LEFT JOIN places_place w5 ON w5.id = l.place_id / 10000000 * 10000000
  LEFT JOIN places_place w6 ON w6.id = l.place_id / 100000 * 100000 AND w6.level = 6
  LEFT JOIN places_place w7 ON w7.id = l.place_id / 100 * 100 AND w7.level = 7
  LEFT JOIN places_place w8 ON w8.id = l.place_id AND w8.level = 8
  LEFT JOIN places_place o ON o.id = m.owner_place_id
  LEFT JOIN screening_tube q ON q.id = m.retest_tube_id
  LEFT JOIN LATERAL (
       SELECT at, outcome FROM chase_call WHERE member_id = m.id ORDER BY id DESC LIMIT 1) k ON true
  LEFT JOIN LATERAL (
       SELECT max(ends_at) AS ends_at FROM restrictions_restriction r
        WHERE r.subject_kind = 'person' AND r.subject_id = m.person_id AND r.cause_kind = 'result'
          AND r.cause_id = m.tube_id AND r.released_at IS NULL AND r.ends_at > %(now)s) r ON true
  LEFT JOIN LATERAL (
       SELECT due_at, kind FROM tasks_task t
        WHERE t.subject_kind = 'member' AND t.subject_id = m.id AND t.state IN ('open', 'claimed')
        ORDER BY due_at LIMIT 1) d ON true
 WHERE m.tube_id = %(tube)s
 ORDER BY NOT (m.node = 'refused' OR (m.exception <> '' AND m.node = ANY (%(open)s))), m.node <> ALL (%(open)s), m.id
