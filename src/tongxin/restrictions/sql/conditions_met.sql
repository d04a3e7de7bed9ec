-- Note for restrictions in force since when their conditions are met (`at`; NULL: they no longer are). What was noted
-- first stays. By ids, or by kind, subjects and perhaps cause. Expects index restriction_subject. Locked in key order.
WITH found AS (
    SELECT id
    FROM restrictions_restriction
    WHERE released_at IS NULL
      AND (conditions_met_at IS NULL) = (%(at)s::timestamptz IS NOT NULL)
      AND (%(ids)s::bigint[] IS NULL OR id = ANY (%(ids)s::bigint[]))
      AND (%(kind)s::text IS NULL OR (
          kind = %(kind)s::text AND subject_kind = %(subject_kind)s::text AND subject_id = ANY (%(subjects)s::bigint[])
      ))
      AND (%(cause_id)s::bigint IS NULL OR (cause_kind = %(cause_kind)s::text AND cause_id = %(cause_id)s::bigint))
    ORDER BY id
    FOR UPDATE
), noted AS (
    UPDATE restrictions_restriction r
    SET conditions_met_at = %(at)s::timestamptz
    FROM found f
    WHERE r.id = f.id
    RETURNING r.place_id
)
SELECT place_id, count(*) FROM noted GROUP BY place_id
