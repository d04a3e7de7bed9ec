-- What may go out now, the urgent first: of each recipient the first message that is neither sent nor given up. What an
-- urgent one leaves behind are messages that only wait for the morning. Nothing is locked. Index message_due; for each row
-- message_pending.
SELECT m.id
FROM outbox_message m
WHERE m.state = 'queued'
  AND m.next_try_at <= %(now)s
  AND NOT EXISTS (
      SELECT FROM outbox_message e
      WHERE e.recipient = m.recipient AND e.number < m.number AND e.state IN ('queued', 'sending')
        AND NOT (m.urgent AND NOT e.urgent AND e.state = 'queued' AND e.not_before > %(now)s)
  )
ORDER BY m.urgent DESC, m.next_try_at, m.id
LIMIT %(limit)s
