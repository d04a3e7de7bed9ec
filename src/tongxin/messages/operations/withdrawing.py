"""Taking back a message that still waits."""

from __future__ import annotations

import datetime as dt

from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.messages import states
from tongxin.messages.models import Message
from tongxin.messages.operations.failures import publish


def withdraw(message_id: int, now: dt.datetime, because: Because) -> None:
    """Take a message back before it goes out. Raises Refused once it is on its way, Message.DoesNotExist for none."""
    with db.transaction_block():
        one = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
        one.state = states.check_can(one.state, states.WITHDRAW)
        one.changed_at = now
        one.save(update_fields=["state", "changed_at"])
        audit.record(because, "message.withdrawn", "message", one.pk, one.place_id)
        publish([one.place_id])
