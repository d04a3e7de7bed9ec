-- Impose one restriction on each person that the inner query gives, (subject_id, place_id): a compound in one statement. Who is
-- limited by the same cause already stays as they are (unique index restriction_once).
WITH made AS (
    INSERT INTO restrictions_restriction (
        kind, subject_kind, subject_id, place_id, basis, cause_kind, cause_id, reason_zh, reason_en, starts_at, due_at,
        ends_at, decision, release_kind, release_reason, released_by, extended_by, extension_cause
    )
    SELECT %(kind)s, 'person', s.subject_id, s.place_id, %(basis)s, %(cause_kind)s, %(cause_id)s, %(reason_zh)s,
           %(reason_en)s, %(starts_at)s, %(due_at)s, %(ends_at)s, %(decision)s::jsonb, '', '', '', '', ''
    FROM ({subjects}) AS s
    ON CONFLICT (kind, subject_kind, subject_id, cause_kind, cause_id) WHERE released_at IS NULL DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM made
