"""Delete the messages that were sent or given up longer ago than the pack allows (``retention.messages``)."""

from __future__ import annotations

import datetime as dt

from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.messages import states
from tongxin.policy.queries import pack_of_city

BATCH = 5_000
KEY = "retention.messages"


def drop_old(now: dt.datetime) -> int:
    """Delete batch by batch, each a transaction of its own. How many messages went. A recipient's count goes with the
    last of its messages."""
    pack = pack_of_city(now)
    if pack is None:  # nothing is loaded
        return 0
    because, before, gone = Because("clock", rule=pack.rule(KEY)), now - pack.days(KEY), 0
    while True:
        with db.transaction_block():
            many = db.execute(
                "DELETE FROM outbox_message WHERE id IN (SELECT id FROM outbox_message"
                " WHERE state = ANY(%s) AND changed_at < %s ORDER BY changed_at LIMIT %s FOR UPDATE SKIP LOCKED)",
                [list(states.SETTLED), before, BATCH],
            )
            if many:
                audit.record(because, KEY, "message", count=many)
        if not many:
            break
        gone += many
    db.execute(
        "DELETE FROM outbox_recipient r WHERE r.last_at < %s"
        " AND NOT EXISTS (SELECT FROM outbox_message m WHERE m.recipient = r.key)",
        [before],
    )
    return gone
