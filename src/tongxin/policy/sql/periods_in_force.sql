-- The pack of every place that has adopted one, at `at`: the latest period there that has begun.
-- The table holds a row per adoption (tens, at most some thousands); it is read whole, or by index period_once.
SELECT DISTINCT ON (place_id) place_id, pack
FROM policy_period
WHERE starts_at <= %(at)s
ORDER BY place_id, starts_at DESC
