-- How many areas the lists of a day name, how many of them are new with it, how many ended with it or while it held, and how
-- many were open longer than their rule allows without anybody's cause. Each district's list was published and held until the
-- next one by its own times (%(districts)s, %(listed)s, %(until)s); elsewhere %(day)s and %(over)s hold. An area that was narrowed
-- or split, or became one of a milder kind, is neither lifted nor are its parts new. Expected plan: orders by index order_history.
SELECT count(*) FILTER (WHERE o.issued_at < s.until AND (o.ended_at IS NULL OR o.ended_at >= s.until)),
       count(*) FILTER (WHERE o.issued_at >= s.listed AND o.issued_at < s.until AND o.parent_id IS NULL AND o.after = ''),
       count(*) FILTER (WHERE o.ended_at >= s.listed AND o.ended_at < s.until AND o.state NOT IN ('replaced', 'stepped')),
       count(*) FILTER (WHERE o.issued_at < s.until AND (o.ended_at IS NULL OR o.ended_at >= s.until)
                          AND o.ends_at <= s.listed AND o.extension_cause = '')
  FROM areas_order o
  LEFT JOIN unnest(%(districts)s::bigint[], %(listed)s::timestamptz[], %(until)s::timestamptz[]) AS d (district, listed, until)
    ON d.district = o.place_id / %(width)s::bigint * %(width)s::bigint
 CROSS JOIN LATERAL (
       SELECT coalesce(d.listed, %(day)s) AS listed, coalesce(d.until, %(over)s) AS until) s
 WHERE o.place_id >= %(lo)s AND o.place_id < %(hi)s AND o.kind IN ('high', 'medium', 'sealed')
