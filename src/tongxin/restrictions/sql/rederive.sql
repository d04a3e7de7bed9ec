-- A pack begins to hold: what is in force of a kind in some ranges ends and can be released as the pack says, where that
-- is earlier, never before now. What was extended may not pass the ceiling. What was stays in the decision. Expects index
-- restriction_place. Answers communities' units of place and how many changed. Locked in the order of keys.
WITH found AS (
    SELECT id,
           least(ends_at, greatest(%(now)s, starts_at + CASE WHEN extended_by = '' THEN %(ends)s ELSE %(ceiling)s END)) AS ends,
           least(due_at, greatest(%(now)s, starts_at + %(due)s)) AS due
    FROM restrictions_restriction
    WHERE kind = %(kind)s AND released_at IS NULL AND starts_at < %(now)s AND ends_at > %(now)s
      AND place_id >= %(lo)s AND place_id < %(hi)s AND %(ranges)s::int8multirange @> place_id
    ORDER BY id
    FOR UPDATE
), moved AS (
    UPDATE restrictions_restriction r
    SET ends_at = f.ends, due_at = least(f.due, f.ends),
        decision = r.decision || jsonb_build_object('rederived', coalesce(r.decision -> 'rederived', '[]'::jsonb)
            || jsonb_build_object('rule', %(rule)s::text, 'at', %(now)s::timestamptz, 'by', %(actor)s::text,
                                  'from', r.ends_at, 'until', f.ends))
    FROM found f
    WHERE r.id = f.id AND (f.ends, least(f.due, f.ends)) IS DISTINCT FROM (r.ends_at, r.due_at)
    RETURNING r.place_id
)
SELECT place_id, count(*) FROM moved GROUP BY place_id
