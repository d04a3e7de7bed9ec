-- How many cases are still inside orders: (order, count), of orders with any. Counted as sql/judge.sql counts them.
-- Expected plan: parts by order, cases by index on their place.
SELECT o.id, count(*)
  FROM unnest(%(ids)s::bigint[]) AS o (id)
 CROSS JOIN LATERAL (SELECT FROM areas_cases(o.id) k WHERE k.removed_at IS NULL) c
 GROUP BY o.id
