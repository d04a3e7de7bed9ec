-- What was asked at a place in a time, counted by kind, by day (its number, from 1: the days given) and by building, in one
-- reading: what is counted (1 kind, 2 day, 3 building), its key, how many, how many wait, are done, were done in time.
SELECT CASE grouping(kind, day, building) WHEN 3 THEN 1 WHEN 5 THEN 2 ELSE 3 END, coalesce(kind, day::text, building::text),
       count(*), count(*) FILTER (WHERE state IN ('new', 'open', 'done')), count(done_at),
       count(*) FILTER (WHERE done_at <= due_at)
  FROM (SELECT kind, width_bucket(raised_at, %(days)s::timestamptz[]) AS day, state, done_at, due_at,
               CASE WHEN place_id %% 100000 <> 0 THEN place_id - place_id %% 100 END AS building
          FROM needs_need
         WHERE place_id >= %(lo)s AND place_id < %(hi)s AND raised_at >= %(since)s AND raised_at < %(until)s
           AND (NOT silent OR %(silent)s) AND state <> 'merged' AND (%(kind)s = '' OR kind = %(kind)s)) n
 GROUP BY GROUPING SETS ((kind), (day), (building))
