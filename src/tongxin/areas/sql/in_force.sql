-- The areas in force just before %(until)s at a place: (kind, street, text). The words are those of the given list where the
-- order is on it, else those of the latest list before, else its own; the street as the list writes it, else the tree's name.
-- Expected plan: orders by index order_history, listings by index listing_order.
SELECT o.kind, coalesce(l.street, s.name), coalesce(l.text, o.name)
  FROM areas_order o
  LEFT JOIN LATERAL (
       SELECT l.street, l.text FROM areas_listing l JOIN areas_publication p ON p.id = l.publication_id
        WHERE l.order_id = o.id AND p.at < %(until)s
        ORDER BY l.publication_id = %(publication)s::bigint DESC NULLS LAST, p.at DESC LIMIT 1) l ON true
  LEFT JOIN places_place s ON s.id = o.place_id / %(street)s::bigint * %(street)s::bigint
 WHERE o.place_id >= %(lo)s AND o.place_id < %(hi)s AND o.kind IN ('high', 'medium', 'sealed')
   AND o.issued_at < %(until)s AND (o.ended_at IS NULL OR o.ended_at >= %(until)s)
 ORDER BY o.place_id / %(street)s::bigint, o.id
