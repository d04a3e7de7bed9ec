-- Orders in force whose anchor is another one now, locked in the order of their keys: (order, kind, place, starts, ends, when
-- the last case left, how many are inside). Without any case left an order counts from its start again, if its anchor was
-- that of a case that was withdrawn. %(ids)s narrows it. Expected plan: parts by order, cases by place.
WITH found AS (
    SELECT o.id, c.cases, c.inside, CASE WHEN c.inside = 0 THEN c.left_at END AS anchor
      FROM areas_order o
     CROSS JOIN LATERAL (
           SELECT count(*) AS cases, count(*) FILTER (WHERE k.removed_at IS NULL) AS inside, max(k.removed_at) AS left_at
             FROM areas_cases(o.id) k) c
     WHERE o.state = 'in_force' AND o.kind <> 'temporary'
       AND (%(ids)s::bigint[] IS NULL OR o.id = ANY (%(ids)s::bigint[]))
       AND EXISTS (
           SELECT FROM areas_part a JOIN chase_case k ON k.place_id >= a.place_id AND k.place_id < a.place_end
            WHERE a.order_id = o.id)
)
SELECT o.id, o.kind, o.place_id, o.starts_at, o.ends_at, f.anchor, f.inside
  FROM found f JOIN areas_order o USING (id)
 WHERE o.state = 'in_force' AND o.anchor_at IS DISTINCT FROM f.anchor
   AND (f.cases > 0 OR EXISTS (SELECT FROM chase_case k WHERE k.withdrawn_at IS NOT NULL AND k.removed_at = o.anchor_at))
 ORDER BY o.id FOR NO KEY UPDATE OF o
