"""The clocks that ``tongxin sweep`` and the minute's job run. Each stage registers what is due by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Clock = Callable[[dt.datetime], int]
_clocks: dict[str, Clock] = {}


def register(name: str, clock: Clock) -> None:
    """Have ``clock(now)`` run at every sweep; it returns how many things it did and may be called at any time."""
    _clocks[name] = clock


def sweep(now: dt.datetime) -> dict[str, int]:
    """Run every clock once, in the order of the stages; what each did."""
    return {name: clock(now) for name, clock in _clocks.items()}
