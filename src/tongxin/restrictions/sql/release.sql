-- Lift restrictions in force: by ids, or by kind, subjects and perhaps cause. Expects the primary key or index
-- restriction_subject. Locked in the order of keys, so that two such statements never deadlock.
WITH found AS (
    SELECT id
    FROM restrictions_restriction
    WHERE released_at IS NULL
      AND (%(ids)s::bigint[] IS NULL OR id = ANY (%(ids)s::bigint[]))
      AND (%(kind)s::text IS NULL OR (
          kind = %(kind)s::text AND subject_kind = %(subject_kind)s::text AND subject_id = ANY (%(subjects)s::bigint[])
      ))
      AND (%(cause_id)s::bigint IS NULL OR (cause_kind = %(cause_kind)s::text AND cause_id = %(cause_id)s::bigint))
    ORDER BY id
    FOR UPDATE
), lifted AS (
    UPDATE restrictions_restriction r
    SET released_at = %(now)s, release_kind = %(release_kind)s, release_reason = %(reason)s, released_by = %(actor)s
    FROM found f
    WHERE r.id = f.id
    RETURNING r.place_id
)
SELECT place_id, count(*) FROM lifted GROUP BY place_id
