-- Queue many messages at once, one list per column, all of one length; a key that exists keeps its message. Each gets the
-- next number of its recipient: the recipient's row is locked until the end of the transaction, so the numbers become
-- visible in their order; the rows are locked in the order of their keys, so that two callers never deadlock.
-- Answers what is new. By unique key.
WITH wanted AS (
    SELECT *
    FROM unnest(
        %(keys)s::text[], %(tokens)s::text[], %(places)s::bigint[], %(audiences)s::text[], %(persons)s::bigint[],
        %(groups)s::bigint[], %(phones)s::bytea[], %(hashes)s::bytea[], %(templates)s::text[], %(params)s::bytea[],
        %(languages)s::text[], %(urgent)s::bool[], %(recipients)s::text[], %(states)s::text[], %(reasons)s::text[],
        %(not_before)s::timestamptz[]
    ) WITH ORDINALITY AS w (
        key, token, place_id, audience, person_id, group_id, phone, phone_hash, template, params, language, urgent,
        recipient, state, reason, not_before, n
    )
    WHERE NOT EXISTS (SELECT FROM outbox_message m WHERE m.key = w.key)
), counted AS (
    INSERT INTO outbox_recipient AS r (key, last, last_at)
    SELECT recipient, count(*), %(now)s FROM wanted GROUP BY recipient ORDER BY recipient
    ON CONFLICT (key) DO UPDATE SET last = r.last + excluded.last, last_at = greatest(r.last_at, excluded.last_at)
    RETURNING key, last
)
INSERT INTO outbox_message (
    key, token, place_id, audience, person_id, group_id, phone, phone_hash, template, params, language, urgent, recipient,
    number, state, reason, attempts, queued_at, queued_by, not_before, next_try_at, changed_at
)
SELECT w.key, w.token, w.place_id, w.audience, w.person_id, w.group_id, w.phone, w.phone_hash, w.template, w.params,
       w.language, w.urgent, w.recipient,
       c.last - count(*) OVER (PARTITION BY w.recipient) + row_number() OVER (PARTITION BY w.recipient ORDER BY w.n),
       w.state, w.reason, 0, %(now)s, %(actor)s, w.not_before, w.not_before, %(now)s
FROM wanted w
JOIN counted c ON c.key = w.recipient
ORDER BY w.n
ON CONFLICT (key) DO NOTHING
RETURNING id, key, template, place_id, audience, person_id, group_id, urgent, state, reason
