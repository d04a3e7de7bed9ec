-- Impose many restrictions at once, one list per column. One in force with the same kind, subject and cause stays as it
-- is (unique index restriction_once). The table's checks refuse what has no cause, no reason, no basis or no end.
INSERT INTO restrictions_restriction (
    kind, subject_kind, subject_id, place_id, basis, cause_kind, cause_id, reason_zh, reason_en, starts_at, due_at,
    ends_at, decision, release_kind, release_reason, released_by, extended_by, extension_cause
)
SELECT w.*, '', '', '', '', ''
FROM unnest(
    %(kind)s::text[], %(subject_kind)s::text[], %(subject_id)s::bigint[], %(place_id)s::bigint[], %(basis)s::text[],
    %(cause_kind)s::text[], %(cause_id)s::bigint[], %(reason_zh)s::text[], %(reason_en)s::text[],
    %(starts_at)s::timestamptz[], %(due_at)s::timestamptz[], %(ends_at)s::timestamptz[], %(decision)s::jsonb[]
) AS w
ON CONFLICT (kind, subject_kind, subject_id, cause_kind, cause_id) WHERE released_at IS NULL DO NOTHING
RETURNING id, subject_id, place_id
