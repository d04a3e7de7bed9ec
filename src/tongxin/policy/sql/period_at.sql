-- The pack at one place, given it and the places above it (`places`), at `at`. A place deeper in the tree has the
-- greater identifier, so the nearest one that has adopted a pack comes first. Expects index period_once.
SELECT pack
FROM policy_period
WHERE place_id = ANY (%(places)s) AND starts_at <= %(at)s
ORDER BY place_id DESC, starts_at DESC
LIMIT 1
