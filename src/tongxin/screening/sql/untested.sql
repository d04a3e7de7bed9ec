-- For each community of each round's roll, how many registered residents are in no screening tube of that round whose
-- result holds as negative, inconclusive or positive. %(round)s and %(place)s narrow it when given.
-- Expected plan: for one round the members of its day, for all rounds one scan of every day; hash joins.
WITH tested AS MATERIALIZED (
    SELECT DISTINCT m.round_id, m.person_id
      FROM screening_round r
      JOIN screening_tube_member m ON m.day = r.day AND m.round_id = r.id
      JOIN screening_tube t ON t.id = m.tube_id AND t.result >= 1 AND t.purpose = 1
     WHERE %(round)s::int IS NULL OR r.id = %(round)s::int
), residents AS (
    SELECT p.id, p.place_id / 10000000 * 10000000 AS community FROM people_person p WHERE NOT p.provisional
)
SELECT r.name, rp.place_id, count(p.id) - count(t.person_id)
  FROM screening_roundplace rp
  JOIN screening_round r ON r.id = rp.round_id
  LEFT JOIN residents p ON p.community = rp.place_id
  LEFT JOIN tested t ON t.round_id = r.id AND t.person_id = p.id
 WHERE (%(round)s::int IS NULL OR r.id = %(round)s::int) AND (%(place)s::bigint IS NULL OR rp.place_id = %(place)s::bigint)
 GROUP BY r.name, rp.place_id
 ORDER BY r.name, rp.place_id
