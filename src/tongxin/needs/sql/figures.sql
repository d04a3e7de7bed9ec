-- The Care clock of a place: live needs from the index need_place, those done in the last day from need_done.
SELECT count(*) FILTER (WHERE state IN ('new', 'open')),
       count(*) FILTER (WHERE state IN ('new', 'open') AND due_at < %(now)s),
       count(*) FILTER (WHERE state IN ('new', 'open') AND due_at >= %(now)s AND due_at < %(soon)s),
       count(*) FILTER (WHERE state = 'new'),
       count(*) FILTER (WHERE state = 'done'),
       count(*) FILTER (WHERE state IN ('new', 'open') AND urgency = 0),
       min(raised_at) FILTER (WHERE state IN ('new', 'open')),
       (SELECT count(*) FROM needs_need d
        WHERE d.place_id >= %(lo)s AND d.place_id < %(hi)s AND d.done_at >= %(day)s AND (NOT d.silent OR %(silent)s)),
       (SELECT count(*) FROM needs_need d
        WHERE d.place_id >= %(lo)s AND d.place_id < %(hi)s AND d.done_at >= %(day)s AND d.done_at <= d.due_at
          AND (NOT d.silent OR %(silent)s))
FROM needs_need
WHERE place_id >= %(lo)s AND place_id < %(hi)s AND state IN ('new', 'open', 'done') AND (NOT silent OR %(silent)s)
