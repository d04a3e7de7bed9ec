-- The residents of [lo, hi) who are not tested in a round, door by door; the same as `untested_below.sql` counts, without
-- those sampled elsewhere. %(why)s narrows it to not_sampled, waiting or invalid; (%(place)s, %(floor)s, %(number)s,
-- %(person)s) is the key of the last one shown. For a community or less: a district has too many to sort for one page.
-- A second tube is looked up person by person (LIMIT keeps it a subplan), not joined: hardly anybody has one.
-- Expected plan: people by range of place, members by (person, round, nth, day), tubes by id.
WITH residents AS MATERIALIZED (
    SELECT p.id, p.place_id, p.home_id, p.person_no, p.name, p.category, t.barcode, m.scanned_at,
           CASE WHEN m.tube_id IS NULL THEN 'not_sampled' WHEN t.id IS NULL THEN 'elsewhere'
                WHEN t.result IS NULL THEN 'waiting' ELSE 'invalid' END AS state
      FROM people_person p
      LEFT JOIN screening_tube_member m
        ON m.person_id = p.id AND m.round_id = %(round)s AND m.nth = 0 AND m.day = %(day)s
      LEFT JOIN screening_tube t ON t.id = m.tube_id
     WHERE NOT p.provisional AND p.place_id >= greatest(%(lo)s, %(place)s) AND p.place_id < %(hi)s
       AND (t.result >= 1 AND t.purpose = 1) IS NOT TRUE
)
SELECT r.id, r.place_id, coalesce(h.number, ''), coalesce(h.floor, 0), r.state, r.person_no, r.name, r.category, r.barcode,
       r.scanned_at
  FROM residents r
  LEFT JOIN places_home h ON h.id = r.home_id
 WHERE CASE WHEN %(why)s::text IS NULL THEN r.state <> 'elsewhere' ELSE r.state = %(why)s::text END
   AND (SELECT true FROM screening_tube_member m JOIN screening_tube t ON t.id = m.tube_id
         WHERE m.person_id = r.id AND m.round_id = %(round)s AND m.nth <> 0 AND m.day = %(day)s
           AND t.result >= 1 AND t.purpose = 1 LIMIT 1) IS NULL
   AND (r.place_id, coalesce(h.floor, 0), coalesce(h.number, ''), r.id) > (%(place)s, %(floor)s, %(number)s, %(person)s)
 ORDER BY r.place_id, coalesce(h.floor, 0), coalesce(h.number, ''), r.id LIMIT %(limit)s
