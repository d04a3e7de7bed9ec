"""Out of the outbox: what is due goes to its carrier, in order for each recipient, and at most once.

A message is marked ``sending``, and that is committed, before the carrier is called; what became of it is committed after.
A process that dies in between leaves it ``sending``: after the pack's time nobody knows whether it was sent, so it is
``unknown``, is never sent again by itself, and somebody phones. No transaction is open while a gateway answers.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, transaction

from tongxin.kit import db
from tongxin.messages import carriers, rules, states
from tongxin.messages.carriers import NotTaken, Parcel
from tongxin.messages.operations.failures import publish, tell
from tongxin.messages.operations.queueing import out_of_quiet
from tongxin.messages.operations.routes import Routes
from tongxin.policy.queries import Calendar, packs_in_force

logger = logging.getLogger(__name__)
AT_ONCE = 16
"""So many are on their way at the same time, and so many nobody knows about when a process dies."""
AHEAD = 1_000
"""So many are looked for at a time."""
MOST = 5_000


@dataclass(frozen=True)
class Due:
    """A message that was taken: the columns of ``take.sql``."""

    id: int
    key: str
    token: str
    place_id: int
    audience: str
    group_id: int | None
    phone: bytes | None
    template: str
    params: bytes | None
    language: str
    urgent: bool
    attempts: int


@dataclass(frozen=True)
class Settled:
    """What became of a message: the columns of ``settle.sql``."""

    id: int
    before: str
    event: str
    reason: str = ""
    failed: int = 0
    next_try_at: dt.datetime | None = None
    held_until: dt.datetime | None = None


@dataclass
class Run:
    """One run: its time, the packs and routes that hold, and the machines that were found to be down."""

    now: dt.datetime
    packs: Calendar
    routes: Routes
    down: set[str] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)


def deliver(now: dt.datetime, limit: int = MOST) -> int:
    """Hand over what is due, at most ``limit`` messages; how many the carriers took. Run as the jobs role, outside any
    transaction; several processes may do it at once. Raises RuntimeError inside a transaction."""
    if db.connection().in_atomic_block:
        raise RuntimeError("messages are sent outside any transaction: what was sent must not be undone")
    run = Run(now, packs_in_force(now), Routes.load())
    _lose(run)
    sent = tried = 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="carrier") as pool:
        while tried < limit and (found := _due(run, min(AHEAD, limit - tried))):
            took = 0
            for start in range(0, len(found), AT_ONCE):
                due = _take(run, found[start : start + AT_ONCE])
                took += len(due)
                sent += _send(run, pool, due)
            tried += took
            if not took:  # others are at them, or they wait for the morning
                break
    publish(run.touched)  # once a run: a board need not hear of every message
    return sent


def _due(run: Run, many: int) -> list[int]:
    return [key for (key,) in db.rows(db.sql("messages/due"), {"now": run.now, "limit": many})]


def _take(run: Run, ids: Sequence[int]) -> list[Due]:
    """Mark messages as being sent; what falls into quiet hours waits for their end. Commits."""
    with transaction.atomic(using=db.alias(), durable=True):
        due = [Due(*row) for row in db.rows(db.sql("messages/take"), {"now": run.now, "ids": list(ids)})]
        held = [h for one in due if (h := _held(run, one))]
        waiting = {h.id for h in held}
        taken = [one for one in due if one.id not in waiting]
        _write(held, run.now)
        db.execute(
            "UPDATE outbox_message SET state = %s, taken_at = %s, changed_at = %s WHERE id = ANY(%s)",
            [states.check_can(states.QUEUED, states.TAKE), run.now, run.now, [one.id for one in taken]],
        )
    run.touched.update(one.place_id for one in due)
    return taken


def _send(run: Run, pool: ThreadPoolExecutor, taken: Sequence[Due]) -> int:
    """Give messages to the carrier and write what comes of each as soon as it is known; how many were sent."""
    going: dict[Future[None], tuple[Due, Parcel]] = {}
    sent = 0
    for due in taken:
        parcel = _parcel(run, due)
        if isinstance(parcel, Parcel):
            going[pool.submit(carriers.current(), parcel)] = due, parcel
        else:
            _settle([parcel], run.now)
    while going:
        done, _left = wait(going, return_when=FIRST_COMPLETED)
        outcomes = [_outcome(run, *going.pop(one), one.exception()) for one in done]
        sent += _settle([o for o in outcomes if o.event == states.ACCEPT], run.now)
        for other in outcomes:  # one by one: a handler that fails for one fails for no other
            if other.event != states.ACCEPT:
                _settle([other], run.now)
    return sent


def _held(run: Run, one: Due) -> Settled | None:
    """It was queued, or failed, before the quiet hours, and nobody came by in time."""
    until = run.now if one.urgent else out_of_quiet(run.now, one.place_id, run.packs)
    return Settled(one.id, states.QUEUED, "", next_try_at=until, held_until=until) if until > run.now else None


def _parcel(run: Run, due: Due) -> Parcel | Settled:
    """The message as it goes out, or why it does not."""
    try:
        parcel = run.routes.parcel(due)
    except NotTaken as why:
        return Settled(due.id, states.SENDING, states.GIVE_UP, why.reason)
    if parcel.url and carriers.machine(parcel.url) in run.down:
        return _refused(run, due, rules.DOWN)
    return parcel


def _outcome(run: Run, due: Due, parcel: Parcel, error: BaseException | None) -> Settled:
    """What the carrier's answer means."""
    if error is None:
        return Settled(due.id, states.SENDING, states.ACCEPT)
    if isinstance(error, NotTaken):
        if error.reason == rules.DOWN and parcel.url:
            run.down.add(carriers.machine(parcel.url))
        return _refused(run, due, error.reason)
    if not isinstance(error, Exception):  # this process is being stopped
        raise error
    if not isinstance(error, carriers.Unclear):
        logger.error("message %s: the carrier failed with %s", due.id, type(error).__name__)
    return Settled(due.id, states.SENDING, states.LOSE, rules.LOST)


def _refused(run: Run, due: Due, reason: str) -> Settled:
    """Try again later, or leave it to a person."""
    pack, failed = run.packs.at(due.place_id), due.attempts + 1
    if failed >= pack.number("messages.attempts"):
        return Settled(due.id, states.SENDING, states.GIVE_UP, reason, 1)
    after = rules.next_try(run.now, failed, pack.hours("messages.retry_first"), pack.hours("messages.retry_longest"))
    held = after if due.urgent else out_of_quiet(after, due.place_id, run.packs)
    return Settled(due.id, states.SENDING, states.RETRY, reason, 1, held, held if held > after else None)


def _settle(outcomes: Sequence[Settled], now: dt.datetime) -> int:
    """Write what became of messages, and tell whom it concerns, in one transaction; how many were sent. Where that fails
    they stay as they are, and in the end nobody knows of them."""
    try:
        with transaction.atomic(using=db.alias(), durable=True):
            changed = tell(_write(outcomes, now), now)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("what became of %s messages could not be told", len(outcomes))
        return 0
    return sum(one.state == states.SENT for one in changed)


def _write(outcomes: Sequence[Settled], now: dt.datetime) -> list[tuple[Any, ...]]:
    if not outcomes:
        return []
    columns = {
        "ids": [o.id for o in outcomes],
        "before": [o.before for o in outcomes],
        "states": [states.check_can(o.before, o.event) if o.event else o.before for o in outcomes],
        "reasons": [o.reason for o in outcomes],
        "failed": [o.failed for o in outcomes],
        "next_tries": [o.next_try_at for o in outcomes],
        "held": [o.held_until for o in outcomes],
    }
    return db.rows(db.sql("messages/settle"), {**columns, "now": now})


def _lose(run: Run) -> None:
    """Give up the messages of processes that died while sending them: nobody knows whether they were sent."""
    try:
        with transaction.atomic(using=db.alias(), durable=True):
            found = db.rows(
                "SELECT id, place_id, taken_at FROM outbox_message WHERE state = %s AND taken_at < %s"
                " ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
                [states.SENDING, run.now, MOST],
            )
            lost = [
                Settled(key, states.SENDING, states.LOSE, rules.LOST)
                for key, place, taken_at in found
                if taken_at + run.packs.at(place).hours("messages.unknown_after") <= run.now
            ]
            tell(_write(lost, run.now), run.now)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("of messages that are lost nobody could be told")
