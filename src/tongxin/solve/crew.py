"""The buyers in the course of a day, and their tours as PyVRP has found them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from pyvrp import Route, ScheduledActivity, Solution

from tongxin.solve.purchase import DAY, Buyer, Kind, Problem, Stop, Tour

MUST = DAY
"""What it is worth to serve an order that cannot wait: more than any tour costs."""


def worth(priority: int) -> int:
    """Of an order that cannot wait: a higher priority outweighs three orders of the one below."""
    return MUST * 4**priority


@dataclass(frozen=True, slots=True)
class Member:
    """A buyer at some moment: free from when, where (the hub after the first tour), and hospitals left for the day."""

    buyer: Buyer
    free_at: int
    spot: int
    hospitals: int

    def after(self, tour: Tour, hub: int, hospitals: int) -> Member:
        return replace(self, free_at=max(self.free_at, tour.back), spot=hub, hospitals=self.hospitals - hospitals)


def fresh(problem: Problem) -> list[Member]:
    """All buyers at the start of their shifts."""
    return [Member(b, b.starts, b.spot, b.hospitals) for b in problem.buyers]


def trips(solution: Solution) -> Iterator[tuple[Route, ScheduledActivity, list[ScheduledActivity], int]]:
    """Each way out and back: its route, its start at a depot, what is done on it, and when it is back at a depot. A route
    that could not be made to hold its limits is none."""
    for route in solution.routes():
        if not route.is_feasible():
            continue
        schedule = list(route)
        depots = [i for i, activity in enumerate(schedule) if activity.is_depot()]
        for start, end in pairwise(depots):
            if end > start + 1:
                yield route, schedule[start], schedule[start + 1 : end], schedule[end].start_time


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity of a trip, as far as stops are concerned."""

    spot: int
    place: str | None
    starts: int
    ends: int
    orders: tuple[str, ...]


def stops(entries: Sequence[Entry], kind: Kind, problem: Problem, spot: int, leaves: int) -> list[Stop]:
    """Activities at one place after each other are one stop, reached from where the last one was left."""
    found = []
    for _, together in groupby(entries, key=lambda entry: (entry.spot, entry.place)):
        here = list(together)
        first, last = here[0], here[-1]
        orders = tuple(key for entry in here for key in entry.orders)
        arrives = leaves + int(problem.seconds[spot, first.spot])
        found.append(Stop(kind, first.spot, arrives, last.ends, orders, first.place))
        spot, leaves = first.spot, last.ends
    return found
