-- The rounds, the latest first, with how many communities of the caller's scope are on the roll and how many of the tubes
-- taken there are positive or inconclusive. %(day)s and %(id)s are the key of the last round shown, or NULL.
-- Expected plan: rounds by key; rolls by round; found tubes by the index of results.
SELECT r.id, r.name, r.day,
       (SELECT count(*) FROM screening_roundplace p WHERE p.round_id = r.id AND p.place_id >= %(lo)s AND p.place_id < %(hi)s),
       (SELECT count(*) FROM screening_tube t
         WHERE t.result = 3 AND t.day = r.day AND t.round_id = r.id AND t.place_id >= %(lo)s AND t.place_id < %(hi)s),
       (SELECT count(*) FROM screening_tube t
         WHERE t.result = 2 AND t.day = r.day AND t.round_id = r.id AND t.place_id >= %(lo)s AND t.place_id < %(hi)s)
  FROM screening_round r
 WHERE %(day)s::date IS NULL OR (r.day, r.id) < (%(day)s::date, %(id)s::int)
 ORDER BY r.day DESC, r.id DESC LIMIT %(limit)s
