-- The callers of a need, each with the people behind the number (at most ten), and the people of the need's home, as JSON:
-- whoever may be meant. Under the viewer's jurisdiction: people who live elsewhere are not in it. Expects need_caller_need,
-- person_phone_hash and person_home.
SELECT c.id, c.channel, c.source_ref, c.raised_at, c.person_id, c.name, c.phone, c.told_at,
       (SELECT json_agg(json_build_object('id', p.id, 'name', p.name, 'number', p.person_no, 'place', p.place_id::text,
                                          'home', p.home_id, 'door', p.door, 'category', p.category) ORDER BY p.id)
          FROM (SELECT p.*, h.number AS door FROM people_person p LEFT JOIN places_home h ON h.id = p.home_id
                 WHERE p.phone_hash = c.phone_hash AND NOT p.provisional ORDER BY p.id LIMIT 10) p)
  FROM needs_caller c
 WHERE c.need_id = %(need)s
 ORDER BY c.raised_at, c.id
 LIMIT 100
