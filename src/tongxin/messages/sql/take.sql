-- A few of those messages, locked, those that still may go out; another worker's rows are passed over. By primary key, and
-- message_pending for each.
SELECT m.id, m.key, m.token, m.place_id, m.audience, m.group_id, m.phone, m.template, m.params, m.language, m.urgent, m.attempts
FROM outbox_message m
WHERE m.id = ANY (%(ids)s)
  AND m.state = 'queued'
  AND m.next_try_at <= %(now)s
  AND NOT EXISTS (
      SELECT FROM outbox_message e
      WHERE e.recipient = m.recipient AND e.number < m.number AND e.state IN ('queued', 'sending')
        AND NOT (m.urgent AND NOT e.urgent AND e.state = 'queued' AND e.not_before > %(now)s)
  )
ORDER BY m.urgent DESC, m.next_try_at, m.id
FOR UPDATE OF m SKIP LOCKED
