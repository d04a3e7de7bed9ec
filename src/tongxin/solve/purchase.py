"""Values of a purchase day: what is to be bought where, by whom, and the plan that comes out.

Times are whole seconds since midnight of the planned day; a spot is a row of the matrix of travel times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

DAY = 24 * 3600
Seconds = NDArray[np.int64]


class BadProblem(ValueError):
    """The problem contradicts itself; the message says where."""


@dataclass(frozen=True, slots=True)
class Place:
    """A hospital or a pharmacy. Buying ends by ``closes``; a visit costs its queue once, then time at the counter per order."""

    key: str
    spot: int
    opens: int
    closes: int
    visit_seconds: int
    order_seconds: int
    hospital: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """One purchase, at any one of ``places``. ``drop`` is the spot of its gate; None: volunteers fetch it at the hub.

    ``priority`` 0 to 3: a higher one goes first where not all can be served in time.
    """

    key: str
    places: tuple[str, ...]
    due: int
    drop: int | None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys and hands out: sets out from ``spot`` and carries at most ``capacity`` orders at a time."""

    key: str
    spot: int
    starts: int
    ends: int
    capacity: int
    hospitals: int


@dataclass(frozen=True)
class Problem:
    """A day. ``seconds[i, j]`` is the way from spot i to spot j; at ``hub`` goods are sorted for ``sort_seconds``, and a
    stop at a gate takes ``drop_seconds``."""

    seconds: Seconds
    places: Sequence[Place]
    orders: Sequence[Order]
    buyers: Sequence[Buyer]
    hub: int
    sort_seconds: int
    drop_seconds: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look. The same seed gives the same plan as long as ``iterations`` end the search and not the time.

    ``iterations`` None: until the time is over. ``passes``: thorough looks with different seeds, of which the best counts.
    """

    seed: int = 1
    seconds: float = 18.0
    iterations: int | None = 12_000
    passes: int = 1


class Kind(StrEnum):
    BUY = "buy"
    """At a place."""
    HUB = "hub"
    """Back at the hub: goods, cards and receipts are handed in; ``orders`` are those brought."""
    HAND = "hand"
    """At a gate."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a buyer is, from arriving until leaving, and for which orders."""

    kind: Kind
    spot: int
    arrives: int
    leaves: int
    orders: tuple[str, ...]
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Tour:
    """One buyer's way out and back to the hub. ``working`` is from setting out to being back."""

    buyer: str
    sets_out: int
    back: int
    stops: tuple[Stop, ...]

    @property
    def working(self) -> int:
        return self.back - self.sets_out


@dataclass(frozen=True, slots=True)
class Served:
    """Where, when and by whom one order is bought and handed out (at the hub: ``hander`` None)."""

    place: str
    buyer: str
    bought_at: int
    hander: str | None
    handed_at: int
    late: int


class Reason(StrEnum):
    """Why an order is left over."""

    NO_PLACE = "no_place"
    """No place that is open to us sells it."""
    NO_TIME = "no_time"
    """Nobody could reach a place that sells it before it closes and be at the gate within a shift, even with nothing else
    to do."""
    NO_CAPACITY = "no_capacity"
    """It could be done alone, but buyers, hours, bags or visits to hospitals do not suffice for all."""


@dataclass(frozen=True)
class Plan:
    """Tours in order of setting out, what becomes of each order, and how the search went."""

    tours: tuple[Tour, ...]
    served: dict[str, Served]
    left: dict[str, Reason]
    cost: int
    working: int
    late: int
    effort: Effort
    iterations: int
    stopped_by: str = field(default="iterations")


def travel_seconds(metres: Sequence[tuple[float, float]], metres_per_second: float, detour: float = 1.0) -> Seconds:
    """Travel times between positions in metres: straight line times ``detour``, at one speed."""
    at = np.asarray(metres, dtype=float).reshape(-1, 2)
    line = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    return np.rint(line * detour / metres_per_second).astype(np.int64)


def check(problem: Problem) -> None:
    """Raise ``BadProblem`` where the problem contradicts itself. No orders is no contradiction."""
    size = len(problem.seconds)
    if problem.seconds.shape != (size, size) or (problem.seconds < 0).any() or problem.seconds.diagonal().any():
        raise BadProblem("travel times must be a square of seconds, none negative, nought from a spot to itself")
    for what, keys in (("place", problem.places), ("order", problem.orders), ("buyer", problem.buyers)):
        names = [one.key for one in keys]
        if len(names) != len(set(names)):
            raise BadProblem(f"two {what}s have the key {next(n for n in names if names.count(n) > 1)!r}")
    spots = [
        ("the hub", problem.hub),
        *((f"place {one.key!r}", one.spot) for one in problem.places),
        *((f"buyer {one.key!r}", one.spot) for one in problem.buyers),
        *((f"order {one.key!r}", one.drop) for one in problem.orders if one.drop is not None),
    ]
    for name, spot in spots:
        if not 0 <= spot < size:
            raise BadProblem(f"{name} is at spot {spot}, and there are {size} spots")
    _check_times(problem)
    known = {one.key for one in problem.places}
    for order in problem.orders:
        if unknown := [key for key in order.places if key not in known]:
            raise BadProblem(f"order {order.key!r} names the place {unknown[0]!r}, which is not among the places")
        if not 0 <= order.priority <= 3:
            raise BadProblem(f"order {order.key!r} has priority {order.priority}; 0 to 3 are known")


def _check_times(problem: Problem) -> None:
    for place in problem.places:
        if place.opens > place.closes or min(place.opens, place.visit_seconds, place.order_seconds) < 0:
            raise BadProblem(f"place {place.key!r} closes before it opens, or has a negative time")
    for buyer in problem.buyers:
        if buyer.starts > buyer.ends or buyer.starts < 0:
            raise BadProblem(f"the shift of buyer {buyer.key!r} ends before it starts, or starts before midnight")
        if buyer.capacity < 1 or buyer.hospitals < 0:
            raise BadProblem(f"buyer {buyer.key!r} carries {buyer.capacity} orders to {buyer.hospitals} hospitals")
    if problem.sort_seconds < 0 or problem.drop_seconds < 0:
        raise BadProblem("sorting and dropping cannot take negative time")
    for order in problem.orders:
        if order.due < 0:
            raise BadProblem(f"order {order.key!r} is due before midnight")
