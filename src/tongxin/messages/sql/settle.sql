-- What became of messages, one list per column: only of those that are still in a state in which that may happen. What
-- waits again for the morning waits as if it had just been queued. By primary key. Answers those that changed.
UPDATE outbox_message m
SET state = i.state,
    reason = i.reason,
    attempts = m.attempts + i.failed,
    next_try_at = coalesce(i.next_try_at, m.next_try_at),
    not_before = greatest(m.not_before, i.held_until),
    sent_at = CASE WHEN i.state = 'sent' THEN %(now)s ELSE m.sent_at END,
    changed_at = %(now)s
FROM unnest(
    %(ids)s::bigint[], %(before)s::text[], %(states)s::text[], %(reasons)s::text[], %(failed)s::int[],
    %(next_tries)s::timestamptz[], %(held)s::timestamptz[]
) AS i (id, before, state, reason, failed, next_try_at, held_until)
WHERE m.id = i.id AND m.state = i.before
RETURNING m.id, m.key, m.template, m.place_id, m.audience, m.person_id, m.group_id, m.urgent, m.state, m.reason
