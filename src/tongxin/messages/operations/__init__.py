"""Writes of the outbox. All of them run as the jobs role: a message may concern a place that is not the caller's."""

from tongxin.messages.operations.at_once import Text, send_at_once
from tongxin.messages.operations.delivery import deliver
from tongxin.messages.operations.failures import Failure, on_arrived_after_all, on_failure
from tongxin.messages.operations.old import drop_old
from tongxin.messages.operations.queueing import NewMessage, queue
from tongxin.messages.operations.receipts import Receipt, receipt, record_receipts
from tongxin.messages.operations.withdrawing import withdraw

__all__ = [
    "Failure", "NewMessage", "Receipt", "Text", "deliver", "drop_old", "on_arrived_after_all", "on_failure", "queue", "receipt",
    "record_receipts", "send_at_once", "withdraw",
]  # fmt: skip
