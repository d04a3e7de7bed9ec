-- Take in needs with their first callers, one list per column. What has come before (channel, source_ref), as a need or as the
-- caller of a merged one, is left alone. Answers the position and the number of each new need.
WITH given AS (
    SELECT *
    FROM unnest(
        %(i)s::int[], %(channel)s::text[], %(source_ref)s::text[], %(raised_at)s::timestamptz[], %(place_id)s::bigint[],
        %(home_id)s::bigint[], %(person_id)s::bigint[], %(text)s::bytea[], %(details)s::bytea[], %(kind)s::text[],
        %(urgency)s::smallint[], %(topic)s::text[], %(silent)s::boolean[], %(suggested_kind)s::text[],
        %(suggested_urgency)s::smallint[], %(words)s::jsonb[], %(state)s::text[], %(due_at)s::timestamptz[], %(rule)s::text[],
        %(vulnerable)s::boolean[], %(confirmed_by)s::text[], %(name)s::bytea[], %(phone)s::bytea[], %(phone_hash)s::bytea[]
    ) AS g (
        i, channel, source_ref, raised_at, place_id, home_id, person_id, text, details, kind, urgency, topic, silent,
        suggested_kind, suggested_urgency, words, state, due_at, rule, vulnerable, confirmed_by, name, phone, phone_hash
    )
), made AS (
    INSERT INTO needs_need (
        channel, source_ref, raised_at, received_at, place_id, home_id, person_id, text, details, kind, urgency, topic, silent,
        suggested_kind, suggested_urgency, words, state, due_at, rule, vulnerable, confirmed_by, confirmed_at
    )
    SELECT channel, source_ref, raised_at, %(now)s, place_id, home_id, person_id, text, details, kind, urgency, topic, silent,
           suggested_kind, suggested_urgency, words, state, due_at, rule, vulnerable, confirmed_by,
           CASE WHEN confirmed_by <> '' THEN %(now)s::timestamptz END
    FROM given
    ORDER BY channel, source_ref
    ON CONFLICT (channel, source_ref) DO NOTHING
    RETURNING id, channel, source_ref, place_id
), called AS (
    INSERT INTO needs_caller (need_id, place_id, channel, source_ref, raised_at, person_id, name, phone, phone_hash)
    SELECT m.id, m.place_id, g.channel, g.source_ref, g.raised_at, g.person_id, g.name, g.phone, g.phone_hash
    FROM made m JOIN given g USING (channel, source_ref)
    ON CONFLICT (channel, source_ref) DO NOTHING
), told AS (
    INSERT INTO needs_needevent (need_id, place_id, at, event, actor)
    SELECT id, place_id, %(now)s, 'raised', %(actor)s FROM made
)
SELECT g.i, m.id FROM made m JOIN given g USING (channel, source_ref)
