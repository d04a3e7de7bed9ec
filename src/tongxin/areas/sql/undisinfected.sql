-- Orders in force whose last case has left, of which days count from the terminal disinfection, and nobody disinfected since:
-- (order, place). Expected plan: orders in force by anchor_event (few), cases by place.
SELECT o.id, o.place_id
  FROM areas_order o
 CROSS JOIN LATERAL (
       SELECT max(k.removed_at) AS left_at, count(*) FILTER (WHERE k.removed_at IS NULL) AS inside FROM areas_cases(o.id) k) c
 WHERE o.state = 'in_force' AND o.source = 'own' AND o.anchor_event <> 'removed' AND c.left_at IS NOT NULL AND c.inside = 0
   AND NOT EXISTS (SELECT FROM areas_disinfection d WHERE d.order_id = o.id AND d.at >= c.left_at)
 ORDER BY o.id
