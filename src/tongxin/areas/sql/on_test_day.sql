-- Orders in force for which today may be one of the days on which everybody present is tested, and that were not counted today
-- or whose turn it is again (%(turn)s of ten): (order, kind, place, anchor, ends). %(days)s of %(kinds)s are the days that some
-- pack names. The last day is not among them where its results decide: the next knock sees to that; nor is a next step's.
-- Expected plan: orders in force by index order_due or order_ends.
SELECT o.id, o.kind, o.place_id, coalesce(o.anchor_at, o.starts_at), o.ends_at
  FROM areas_order o
  JOIN unnest(%(kinds)s::text[], %(days)s::int[]) AS d (kind, day)
    ON d.kind = o.kind AND d.day = %(today)s::date - (coalesce(o.anchor_at, o.starts_at) AT TIME ZONE %(zone)s)::date
 WHERE o.state = 'in_force' AND o.source = 'own' AND o.ends_at > %(now)s AND o.after = '' AND o.last_day > %(today)s
   AND (o.test_day IS DISTINCT FROM %(today)s OR o.id %% 10 = %(turn)s)
 ORDER BY o.id
