"""What gateways report: delivered, or not. A receipt may come twice, late, or before the gateway's own answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.kit import db
from tongxin.messages import rules, states
from tongxin.messages.operations.failures import arrived_after_all, publish, tell

DELIVERED, FAILED = "delivered", "failed"
OUTCOMES = {DELIVERED: states.CONFIRM, FAILED: states.DENY}
NOT_KNOWN = "no message has this key"


@dataclass(frozen=True)
class Receipt:
    """``message`` is the token that went out with a message, or its key; ``outcome`` is delivered or failed."""

    message: str
    outcome: str
    at: dt.datetime


def receipt(message: str, outcome: str, at: dt.datetime, now: dt.datetime) -> bool:
    """One receipt; whether it changed anything. Raises LookupError for a message that is not known."""
    accepted, _repeated, rejected = record_receipts([Receipt(message, outcome, at)], None, now)
    if rejected:
        raise LookupError(rejected[0])
    return bool(accepted)


def record_receipts(
    receipts: Sequence[Receipt], scope: tuple[int, int] | None, now: dt.datetime
) -> tuple[int, int, dict[int, str]]:
    """Take in receipts, in one transaction: how many changed something, how many did not (a repeat, or a failure after
    the message had arrived), and why some were rejected, by their position. Run as the jobs role. ``scope`` is the range
    of places of whoever reports; what stands elsewhere is not known to them."""
    with db.transaction_block():
        known = _locked({r.message for r in receipts}, scope)
        now_in = dict(known.values())
        before, at, rejected = dict(now_in), {}, {}
        for i, one in enumerate(receipts):
            if (found := known.get(one.message)) is None:
                rejected[i] = NOT_KNOWN
            elif following := states.TRANSITIONS.get((now_in[found[0]], OUTCOMES[one.outcome])):
                now_in[found[0]] = following
                at[i] = found[0], one.at
        moments = {pk: min(moment, now) for pk, moment in at.values()}
        _write({pk: state for pk, state in now_in.items() if state != before[pk]}, before, moments, now)
    return len(at), len(receipts) - len(at) - len(rejected), rejected


def _locked(names: set[str], scope: tuple[int, int] | None) -> dict[str, tuple[int, str]]:
    """``(id, state)`` of the messages by token and by key, locked in the order of their numbers."""
    lo, hi = scope or (0, 2**63 - 1)
    found = db.rows(
        "SELECT id, state, token, key FROM outbox_message WHERE (token = ANY(%s) OR key = ANY(%s))"
        " AND place_id >= %s AND place_id < %s ORDER BY id FOR UPDATE",
        [list(names), list(names), lo, hi],
    )
    return {name: (pk, state) for pk, state, token, key in found for name in (key, token)}


def _write(
    changed: dict[int, str], before: dict[int, str], moments: dict[int, dt.datetime], now: dt.datetime
) -> None:  # fmt: skip
    """Each change in one statement; the handlers hear of what has failed, unless they were told before."""
    for state, reason in ((states.DELIVERED, ""), (states.FAILED, rules.DENIED)):
        ids = [pk for pk, new in changed.items() if new == state]
        if not ids:
            continue
        rows = db.rows(
            "UPDATE outbox_message m SET state = %s, reason = %s, changed_at = %s, sent_at = coalesce(m.sent_at, i.at)"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS i (id, at) WHERE m.id = i.id"
            " RETURNING m.id, m.key, m.template, m.place_id, m.audience, m.person_id, m.group_id, m.urgent, m.state, m.reason",
            [state, reason, now, ids, [moments[pk] for pk in ids]],
        )
        tell([r for r in rows if before[r[0]] != states.UNKNOWN], now)
        if state == states.DELIVERED:
            arrived_after_all([pk for pk in ids if before[pk] in (states.FAILED, states.UNKNOWN)], now)
        publish({r[3] for r in rows})
