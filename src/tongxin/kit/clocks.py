"""The clocks that ``tongxin sweep`` and the background jobs run. Each stage registers what is due by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Clock = Callable[[dt.datetime], int]
_quick: dict[str, Clock] = {}
_slow: dict[str, Clock] = {}
_outward: dict[str, Clock] = {}


def register(name: str, clock: Clock, slow: bool = False, outward: bool = False) -> None:
    """Have ``clock(now)`` run at every sweep; it returns how many things it did and may be called at any time. A slow one
    (deleting a province's day takes minutes) runs after all others, and every hour instead of every minute. One that goes
    ``outward`` waits for other people's machines: it runs every minute in a job of its own, in no transaction."""
    (_slow if slow else _outward if outward else _quick)[name] = clock


def quick(now: dt.datetime) -> dict[str, int]:
    """Run what people wait for, in the order of the stages; what each did."""
    return {name: clock(now) for name, clock in _quick.items()}


def outward(now: dt.datetime) -> dict[str, int]:
    """Run what waits for other people's machines; what each did."""
    return {name: clock(now) for name, clock in _outward.items()}


def slow(now: dt.datetime) -> dict[str, int]:
    """Run what nobody waits for, the latest stage first: what it deletes no longer needs what earlier ones hold."""
    return {name: clock(now) for name, clock in reversed(_slow.items())}


def sweep(now: dt.datetime) -> dict[str, int]:
    """Run every clock once; what each did."""
    return quick(now) | outward(now) | slow(now)
