-- The pack of every place that has one of its own, at `at`. Periods of a place do not overlap, so there is one row a place.
-- The table holds a row per adoption (tens, at most some thousands); it is read whole, or by index period_place.
SELECT place_id, pack
FROM policy_period
WHERE starts_at <= %(at)s AND (ends_at > %(at)s) IS NOT FALSE AND pack <> ''
