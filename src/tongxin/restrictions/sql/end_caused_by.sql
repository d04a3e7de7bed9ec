-- Lift what some causes brought about, but on the persons of the inner query. Expects index restriction_cause.
WITH found AS (
    SELECT id
    FROM restrictions_restriction
    WHERE cause_kind = %(cause)s AND cause_id = ANY (%(ids)s::bigint[]) AND released_at IS NULL
      AND (NOT %(persons)s OR subject_kind = 'person')
      AND (subject_id IN ({but})) IS NOT TRUE
    ORDER BY id
    FOR UPDATE
), lifted AS (
    UPDATE restrictions_restriction r
    SET released_at = %(now)s, release_kind = %(kind)s, release_reason = %(reason)s, released_by = %(actor)s
    FROM found f
    WHERE r.id = f.id
    RETURNING r.place_id
)
SELECT place_id - place_id %% 10000000, count(*) FROM lifted GROUP BY 1
