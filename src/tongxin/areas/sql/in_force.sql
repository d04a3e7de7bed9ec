-- The areas in force at a place when each district's list of a day had come to its end: (kind, district, street, text, order).
-- The words
-- are those of that list (%(publications)s) where the order is on it, or the order of a list whose place it took, else those of
-- the latest list before, else its own; the street as the list writes it, else the tree's name. Where no list is, %(over)s is the
-- end of the day.
-- Expected plan: orders by index order_history, listings by index listing_order.
SELECT o.kind, t.district, coalesce(l.street, s.name, ''), coalesce(l.text, o.name), o.id
  FROM areas_order o
 CROSS JOIN LATERAL (SELECT o.place_id / %(width)s::bigint * %(width)s::bigint AS district) t
  LEFT JOIN unnest(%(districts)s::bigint[], %(until)s::timestamptz[], %(publications)s::bigint[]) AS d (district, until, publication)
    USING (district)
 CROSS JOIN LATERAL (SELECT coalesce(d.until, %(over)s) AS until) e
  LEFT JOIN areas_order b ON b.id = o.parent_id AND b.source = 'list' AND NOT (o.cause_kind = 'order' AND o.cause_id = b.id)
  LEFT JOIN LATERAL (
       SELECT l.street, l.text FROM areas_listing l JOIN areas_publication p ON p.id = l.publication_id
        WHERE l.order_id = ANY (ARRAY[o.id, b.id]) AND p.at < e.until
        ORDER BY l.publication_id = d.publication DESC NULLS LAST, p.at DESC LIMIT 1) l ON true
  LEFT JOIN places_place s ON s.id = o.place_id / %(street)s::bigint * %(street)s::bigint
 WHERE o.place_id >= %(lo)s AND o.place_id < %(hi)s AND o.kind IN ('high', 'medium', 'sealed')
   AND o.issued_at < e.until AND (o.ended_at IS NULL OR o.ended_at >= e.until)
 ORDER BY o.place_id / %(street)s::bigint, o.id
