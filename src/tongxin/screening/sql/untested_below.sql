-- Who of the residents of [lo, hi) is not tested in a round, counted by the places of one level below (%(width)s is the
-- number of identifiers of such a place): (place, residents, untested, of them: not sampled, waiting for a result, with an
-- invalid result, sampled at a site that the caller does not see). Who is sampled elsewhere is left out of `untested`: the
-- result is not to be seen here. The same residents and tubes as `untested.sql`.
-- A person's first tube of the round has nth = 0; only who is not tested by it is looked up again.
-- Expected plan: people by range of place, members by (person, round, nth, day), tubes by id; hash joins for a district.
WITH residents AS (
    SELECT p.id, p.place_id / %(width)s::bigint * %(width)s::bigint AS place, m.tube_id, t.id AS seen, t.result,
           t.result >= 1 AND t.purpose = 1 AS tested
      FROM people_person p
      LEFT JOIN screening_tube_member m
        ON m.person_id = p.id AND m.round_id = %(round)s AND m.nth = 0 AND m.day = %(day)s
      LEFT JOIN screening_tube t ON t.id = m.tube_id
     WHERE NOT p.provisional AND p.place_id >= %(lo)s AND p.place_id < %(hi)s
), judged AS MATERIALIZED (
    SELECT place,
           CASE WHEN tested THEN 'tested' WHEN tube_id IS NULL THEN 'not_sampled'
                WHEN EXISTS (SELECT FROM screening_tube_member m JOIN screening_tube t ON t.id = m.tube_id
                              WHERE m.person_id = residents.id AND m.round_id = %(round)s AND m.nth <> 0 AND m.day = %(day)s
                                AND t.result >= 1 AND t.purpose = 1) THEN 'tested'
                WHEN seen IS NULL THEN 'elsewhere' WHEN result IS NULL THEN 'waiting' ELSE 'invalid' END AS state
      FROM residents
)
SELECT place, count(*), count(*) FILTER (WHERE state IN ('not_sampled', 'waiting', 'invalid')),
       count(*) FILTER (WHERE state = 'not_sampled'), count(*) FILTER (WHERE state = 'waiting'),
       count(*) FILTER (WHERE state = 'invalid'), count(*) FILTER (WHERE state = 'elsewhere')
  FROM judged GROUP BY place ORDER BY place
