-- A pack that has begun to hold never makes a lift harder: of what the orders and the pack ask for, each keeps the easier.
-- Answers the orders that changed.
UPDATE areas_order o
   SET anchor_event = n.anchor_event, exempts = n.exempts, negative_within = n.negative_within, contact_days = n.contact_days
  FROM (SELECT id, CASE WHEN %(anchor_event)s = 'removed' THEN 'removed' ELSE anchor_event END AS anchor_event,
               (SELECT array_agg(DISTINCT f ORDER BY f) FROM unnest(coalesce(exempts, '{}') || %(exempts)s::text[]) AS f) AS exempts,
               greatest(negative_within, %(negative_within)s) AS negative_within, least(contact_days, %(contact_days)s) AS contact_days
          FROM areas_order WHERE id = ANY (%(ids)s::bigint[]) AND state = 'in_force') n
 WHERE o.id = n.id
   AND (o.anchor_event, coalesce(o.exempts, '{}'), o.negative_within, o.contact_days)
       IS DISTINCT FROM (n.anchor_event, coalesce(n.exempts, '{}'), n.negative_within, n.contact_days)
RETURNING o.id
