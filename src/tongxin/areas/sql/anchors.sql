-- Orders in force whose anchor is another one now, locked in the order of their keys: (order, kind, the kind before, place,
-- starts, ends, the anchor, whether it waits: a case is inside, or has left and nobody disinfected since, where days count from
-- that). Without any case left an order counts from its start again, if its anchor was that of a case that was withdrawn, or
-- of which a study found that it counts no more. %(ids)s narrows it. Expected plan: parts by order, cases by place.
WITH touched AS (
    SELECT o.id
      FROM areas_order o
     WHERE o.state = 'in_force' AND o.kind <> 'temporary'
       AND (%(ids)s::bigint[] IS NULL OR o.id = ANY (%(ids)s::bigint[]))
       AND EXISTS (
           SELECT FROM areas_part a JOIN chase_case k ON k.place_id >= a.place_id AND k.place_id < a.place_end
            WHERE a.order_id = o.id)
     UNION
    SELECT f.order_id
      FROM areas_rollmark f JOIN chase_case k ON k.person_id = f.person_id JOIN areas_order o ON o.id = f.order_id
     WHERE f.status = 'unregistered' AND o.state = 'in_force' AND o.kind <> 'temporary'
       AND (%(ids)s::bigint[] IS NULL OR o.id = ANY (%(ids)s::bigint[]))
), found AS (
    SELECT o.id, c.cases, a.anchor, c.inside > 0 OR (c.cases > 0 AND a.anchor IS NULL) AS waits
      FROM touched JOIN areas_order o USING (id)
     CROSS JOIN LATERAL (
           SELECT count(*) AS cases, count(*) FILTER (WHERE k.removed_at IS NULL) AS inside, max(k.removed_at) AS left_at
             FROM areas_cases(o.id) k) c
     CROSS JOIN LATERAL (
           SELECT CASE WHEN c.inside > 0 THEN NULL
                       WHEN o.anchor_event = 'removed' THEN c.left_at
                       ELSE (SELECT min(d.at) FROM areas_disinfection d WHERE d.order_id = o.id AND d.at >= c.left_at)
                  END AS anchor) a
)
SELECT o.id, o.kind, o.after, o.place_id, o.starts_at, o.ends_at, f.anchor, f.waits
  FROM found f JOIN areas_order o USING (id)
 WHERE o.state = 'in_force' AND o.anchor_at IS DISTINCT FROM f.anchor
   AND (f.cases > 0
        OR EXISTS (SELECT FROM chase_case k
                    WHERE k.removed_at = o.anchor_at
                      AND (k.withdrawn_at IS NOT NULL
                           OR EXISTS (SELECT FROM areas_study s WHERE s.case_id = k.id AND s.finding = ANY (o.exempts))))
        OR EXISTS (SELECT FROM areas_disinfection d WHERE d.order_id = o.id AND d.at = o.anchor_at))
 ORDER BY o.id FOR NO KEY UPDATE OF o
