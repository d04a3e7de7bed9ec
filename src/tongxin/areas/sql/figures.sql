-- How many areas a day's list names, how many of them are new with it, how many ended with it or while it held (one that
-- became an area of a milder kind is neither), and how
-- many were open longer than their rule allows without anybody's cause. The list was published at %(listed)s and held until
-- %(until)s. Expected plan: orders by index order_history.
SELECT count(*) FILTER (WHERE issued_at < %(until)s AND (ended_at IS NULL OR ended_at >= %(until)s)),
       count(*) FILTER (WHERE issued_at >= %(listed)s AND issued_at < %(until)s AND after = ''),
       count(*) FILTER (WHERE state <> 'stepped' AND ended_at >= %(listed)s AND ended_at < %(until)s),
       count(*) FILTER (WHERE issued_at < %(until)s AND (ended_at IS NULL OR ended_at >= %(until)s)
                          AND ends_at <= %(listed)s AND extension_cause = '')
  FROM areas_order
 WHERE place_id >= %(lo)s AND place_id < %(hi)s AND kind IN ('high', 'medium', 'sealed')
