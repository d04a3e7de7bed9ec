"""What later parts of the stage do when a need goes to its team, or leaves it: the medicine chain begins, or ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from tongxin.kit.audit import Because
from tongxin.needs.models import Need

Handler = Callable[[Need, dt.datetime, Because], None]
_begun: list[Handler] = []
_left: list[Handler] = []


def on_begun(handler: Handler) -> Handler:
    """Have ``handler(need, now, because)`` called, in the same transaction, when a need goes to its team (again)."""
    if handler not in _begun:
        _begun.append(handler)
    return handler


def on_left(handler: Handler) -> Handler:
    """The same for a need that nobody works on any more: merged, withdrawn, or of another kind now."""
    if handler not in _left:
        _left.append(handler)
    return handler


def begun(need: Need, now: dt.datetime, because: Because) -> None:
    for handler in _begun:
        handler(need, now, because)


def left(need: Need, now: dt.datetime, because: Because) -> None:
    for handler in _left:
        handler(need, now, because)
