-- The pack at one place, given it and the places above it (`places`), at `at`. A place deeper in the tree has the
-- greater identifier, so the nearest one that has adopted a pack comes first; one that follows the place above again
-- (an empty pack) is passed over. Expects index period_place.
SELECT pack
FROM policy_period
WHERE place_id = ANY (%(places)s) AND starts_at <= %(at)s AND (ends_at > %(at)s) IS NOT FALSE AND pack <> ''
ORDER BY place_id DESC
LIMIT 1
