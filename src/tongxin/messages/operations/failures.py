"""Who is told when a message is not with its recipient: later stages register, so that somebody phones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tongxin.kit import events
from tongxin.messages import states

TOPIC = "messages"


@dataclass(frozen=True)
class Failure:
    """A message that somebody must see to. ``state`` is ``failed`` (it was not delivered) or ``unknown`` (it may have
    been); ``reason`` is a code of ``rules.REASONS``; ``key`` names its cause, as whoever queued it said."""

    message_id: int
    key: str
    template: str
    place_id: int
    audience: str
    person_id: int | None
    group_id: int | None
    urgent: bool
    state: str
    reason: str


Handler = Callable[[Sequence[Failure], dt.datetime], None]
_handlers: list[Handler] = []
_after_all: list[Callable[[Sequence[int], dt.datetime], None]] = []


def on_failure(handler: Handler) -> Handler:
    """Register a function ``(failures, now)`` for messages that were given up or of which nobody knows whether they were
    sent; it runs as the jobs role, in the transaction that says so. It may see a message twice (``unknown``, and later
    ``failed``): what it does must be safe to repeat."""
    if handler not in _handlers:
        _handlers.append(handler)
    return handler


def on_arrived_after_all(handler: Callable[[Sequence[int], dt.datetime], None]) -> None:
    """Register a function ``(message_ids, now)`` for messages that were given up, or of which nobody knew, and that were
    delivered all the same; it runs as ``on_failure``'s do."""
    if handler not in _after_all:
        _after_all.append(handler)


def arrived_after_all(message_ids: Sequence[int], now: dt.datetime) -> None:
    for handler in _after_all if message_ids else ():
        handler(message_ids, now)


def forget(handler: Handler) -> None:
    """Take a handler back (a test's)."""
    _handlers.remove(handler)


def tell(rows: Iterable[Sequence[Any]], now: dt.datetime) -> list[Failure]:
    """Tell the handlers of the messages that failed, of those that changed; the columns are those that ``queue.sql`` and
    ``settle.sql`` answer."""
    changed = [Failure(*row) for row in rows]
    failed = [one for one in changed if one.state in (states.FAILED, states.UNKNOWN)]
    for handler in _handlers if failed else ():
        handler(failed, now)
    return changed


def publish(places: Iterable[int]) -> None:
    """Tell the boards that messages at these places changed."""
    events.publish(TOPIC, places)
