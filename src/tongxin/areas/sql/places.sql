-- Places of a scope whose name holds one of some names, those inside %(at)s first, the larger first: (place).
-- Expected plan: the tree by ranges of the scope.
SELECT p.id
  FROM unnest(%(los)s::bigint[], %(his)s::bigint[]) AS scope (lo, hi)
  JOIN places_place p ON p.id >= scope.lo AND p.id < scope.hi
 WHERE EXISTS (SELECT FROM unnest(%(names)s::text[]) AS n (name) WHERE strpos(p.name, n.name) > 0)
 ORDER BY (p.id >= %(at)s AND p.id < %(end)s) DESC, p.level, p.id
 LIMIT %(limit)s
