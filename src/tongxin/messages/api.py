"""What gateways report: a batch of receipts, with a bearer token that may ``receipt.write`` (``web.batches``). A receipt that is
not understood, or of a message that nobody knows, does not hold up the others. Sending a batch again is safe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from ninja import Router

from tongxin.kit import clock
from tongxin.kit.tables import Column
from tongxin.messages import operations
from tongxin.messages.operations import Receipt
from tongxin.messages.operations.receipts import OUTCOMES
from tongxin.web.batches import ANSWERS, Intake, Sender, Unreadable, Written, answer, names

router = Router(tags=["messages"])
LONGEST_KEY = 200
_COLUMNS = (Column("message"), Column("outcome"), Column("at", required=False))


def _read(row: Mapping[str, str], sender: Sender) -> Receipt:
    message, outcome, at = row["message"], row["outcome"], row["at"]
    if not 0 < len(message) <= LONGEST_KEY or "\0" in message:
        raise Unreadable("message is not the token or the key of a message")
    if outcome not in OUTCOMES:
        raise Unreadable(f"outcome is neither {' nor '.join(sorted(OUTCOMES))}")
    return Receipt(message, outcome, _time(at, sender) if at else clock.now())


def _time(text: str, sender: Sender) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=sender.zone)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise Unreadable("at is not a time such as 2022-11-26T08:00:00+08:00") from None


def _write(receipts: list[Receipt], sender: Sender) -> Written:
    return operations.record_receipts(receipts, sender.scope, clock.now())


RECEIPTS = Intake("receipt.write", "api.max_receipts_per_batch", _COLUMNS, _read, _write, ())


@router.post("/message-receipts:batch", response=ANSWERS, openapi_extra=names(RECEIPTS), summary="Receipts of messages")
async def receipts_batch(request: HttpRequest) -> HttpResponse:
    """``message`` is the token that went out with a message, or its key; ``outcome`` is delivered or failed; ``at`` is when, now
    if it is missing, without an offset the city's time."""
    return await answer(RECEIPTS, request)
