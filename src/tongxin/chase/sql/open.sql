-- Open the chases of tubes that hold a positive or inconclusive result, and list their members, each once.
-- Returns the new members. %(tubes)s are tube ids that were found positive or inconclusive.
-- Expected plan: index look-ups by tube id, then (tube, person, day).
WITH opened AS (
    INSERT INTO chase_chase AS c (tube_id, place_id, state, result, opened_at, reported_at)
    SELECT t.id, t.place_id, 'open', t.result, %(now)s, t.result_at FROM screening_tube t WHERE t.id = ANY (%(tubes)s)
    ON CONFLICT (tube_id) DO UPDATE SET
           state = CASE WHEN c.state = 'corrected' THEN 'open' ELSE c.state END,
           closed_at = CASE WHEN c.state = 'corrected' THEN NULL ELSE c.closed_at END,
           result = excluded.result, reported_at = excluded.reported_at, place_id = excluded.place_id)
INSERT INTO chase_member AS m (tube_id, person_id, place_id, owner_place_id, tube_place_id, node, exception, calls,
                               call_code, listed_at, resolution)
SELECT t.id, s.person_id, s.place_id, p.place_id / 10000000 * 10000000, t.place_id, 'listed',
       CASE WHEN p.phone IS NULL THEN 'no_phone' ELSE '' END, 0,
       lpad((abs(hashint8extended(s.person_id, t.id)) %% 10000)::text, 4, '0'), %(now)s, ''
  FROM screening_tube t
  JOIN screening_tube_member s ON s.tube_id = t.id AND s.day = t.day
  JOIN people_person p ON p.id = s.person_id
 WHERE t.id = ANY (%(tubes)s)
 ORDER BY t.id, s.person_id
ON CONFLICT (tube_id, person_id) DO UPDATE SET
       node = 'listed', listed_at = excluded.listed_at, exception = excluded.exception, calls = 0, resolution = '',
       resolved_at = NULL, reached_at = NULL, held_at = NULL, resampled_at = NULL, received_at = NULL,
       resulted_at = NULL, retest = NULL, retest_tube_id = NULL, contact = NULL
 WHERE m.resolution = 'corrected'
RETURNING m.id, m.tube_id, m.person_id, m.place_id, m.owner_place_id, m.tube_place_id
