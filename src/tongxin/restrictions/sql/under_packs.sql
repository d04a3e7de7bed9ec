-- What is in force of a kind in some ranges, as it ends under one pack and under another: free at once, free earlier, or
-- longer; the first `most` of each, by their present end, with how many there are. What was extended keeps its end under
-- the first pack and may not pass the ceiling of the second. Expects index restriction_place.
WITH held AS (
    SELECT id, subject_kind, subject_id, place_id, conditions_met_at,
           CASE WHEN extended_by = '' THEN least(ends_at, starts_at + %(ends_before)s) ELSE ends_at END AS ends_before,
           CASE WHEN extended_by = '' THEN starts_at + %(ends_after)s ELSE least(ends_at, starts_at + %(ceiling_after)s)
           END AS ends_after,
           greatest(starts_at + %(due_before)s, conditions_met_at) AS due_before,
           greatest(starts_at + %(due_after)s, conditions_met_at) AS due_after
    FROM restrictions_restriction
    WHERE kind = %(kind)s AND released_at IS NULL AND starts_at <= %(now)s AND ends_at > %(now)s
      AND place_id >= %(lo)s AND place_id < %(hi)s AND %(ranges)s::int8multirange @> place_id
), judged AS (
    SELECT CASE WHEN ends_before <= %(now)s THEN NULL
                WHEN ends_after <= %(now)s THEN 'released'
                WHEN conditions_met_at IS NOT NULL AND due_after <= %(now)s AND due_before > %(now)s THEN 'released'
                WHEN ends_after < ends_before THEN 'earlier'
                WHEN ends_after > ends_before THEN 'longer' END AS change, *
    FROM held
), counted AS (
    SELECT count(*) OVER (PARTITION BY change) AS total,
           row_number() OVER (PARTITION BY change ORDER BY ends_before, id) AS nth, *
    FROM judged
    WHERE change IS NOT NULL
)
SELECT change, total, subject_kind, subject_id, place_id, ends_before, ends_after
FROM counted
WHERE nth <= %(most)s
ORDER BY change, nth
