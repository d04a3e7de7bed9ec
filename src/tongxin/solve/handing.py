"""From the hub to the gates: one handing-out round.

PyVRP decides jointly who goes to which gate, in which order and in how many ways out from the hub. Goods of one gate are
one drop, unless the later of them would make the earlier ones late. A drop may not leave the hub before its goods are
sorted, nor be made after it is due; where that cannot be for all, those that were left are allowed half an hour, two
hours, then any hour of the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from pyvrp import Client, Depot, ProblemData, Solution, VehicleType

from tongxin.solve.crew import Entry, Member, stops, trips
from tongxin.solve.purchase import DAY, Kind, Problem, Tour
from tongxin.solve.routing import Part, problem_data

GRACE = (0, 1800, 7200, DAY)
QUICK, LATE_ITERATIONS = 100, 600
SLACK = 3600
"""Goods wait for others of the same gate if at least this remains until they are due."""


@dataclass(frozen=True, slots=True)
class Good:
    """An order at the hub: sorted when, and what it is worth to hand it out in this round."""

    order: int
    ready: int
    worth: int


@dataclass(frozen=True, slots=True)
class Drop:
    """What is handed over at one gate together."""

    spot: int
    goods: tuple[Good, ...]
    ready: int
    due: int
    worth: int


@dataclass
class Handed:
    """What a round brings: tours, who handed out each order and when, and the crew after."""

    crew: list[Member]
    tours: list[Tour] = field(default_factory=list)
    orders: dict[int, tuple[str, int]] = field(default_factory=dict)


class Round:
    """One handing-out round."""

    def __init__(self, problem: Problem, crew: Sequence[Member], goods: Sequence[Good], until: int) -> None:
        self.problem, self.crew, self.until = problem, crew, until
        self.drops = list(self._drops(goods))
        gates = sorted({drop.spot for drop in self.drops})
        self.at = {spot: i for i, spot in enumerate(gates)}
        self.ways = problem.seconds[np.ix_([*gates, problem.hub], [*gates, problem.hub])].copy()
        self.ways[:, : len(gates)] += problem.drop_seconds
        np.fill_diagonal(self.ways, 0)

    def _drops(self, goods: Sequence[Good]) -> Iterator[Drop]:
        most = min(member.buyer.capacity for member in self.crew)
        by_gate: dict[int, list[Good]] = defaultdict(list)
        for good in goods:
            drop = self.problem.orders[good.order].drop
            if drop is not None:
                by_gate[drop].append(good)
        for spot, here in sorted(by_gate.items()):
            way = int(self.problem.seconds[self.problem.hub, spot]) + self.problem.drop_seconds
            here.sort(key=lambda good: (self._due(good), good.ready, good.order))
            together: list[Good] = []
            for good in here:
                waits = together and not self._wait(together, good, way)
                if together and (waits or len(together) == most):
                    yield self._drop(spot, together)
                    together = []
                together.append(good)
            yield self._drop(spot, together)

    def _due(self, good: Good) -> int:
        return self.problem.orders[good.order].due

    def _wait(self, together: list[Good], good: Good, way: int) -> bool:
        """Whether those before may wait for ``good``: it is no later than they are, or they have the time."""
        ready = max(one.ready for one in together)
        return good.ready <= ready or good.ready + way + SLACK <= min(self._due(one) for one in together)

    def _drop(self, spot: int, goods: list[Good]) -> Drop:
        ready, due = max(good.ready for good in goods), min(self._due(good) for good in goods)
        return Drop(spot, tuple(goods), ready, due, sum(good.worth for good in goods))

    def best(self, part: Part, reserve: Part, at_most: int | None = None) -> Handed:
        """The round as well as ``part`` (or ``at_most`` iterations) allows; where some must be late, how late is looked for
        until ``reserve`` ends."""
        if not self.drops:
            return Handed(list(self.crew))
        late = [0] * len(self.drops)
        solution = part.solve(self.model(late, required=True), QUICK)
        enough = solution.is_feasible()
        solution = part.solve(self.model(late, required=enough), at_most, scarce=not enough)
        for grace in GRACE[1:]:
            missing = set(range(len(self.drops))) - _made(solution)
            if not missing:
                break
            late = [grace if i in missing else was for i, was in enumerate(late)]
            solution = reserve.solve(self.model(late), min(at_most or LATE_ITERATIONS, LATE_ITERATIONS), scarce=True)
        return self._read(solution)

    def model(self, late: Sequence[int], required: bool = False) -> ProblemData:
        hub = len(self.ways) - 1
        clients = [self._client(drop, grace, required) for drop, grace in zip(self.drops, late, strict=True)]
        vehicles = [self._vehicle(member) for member in self.crew]
        return problem_data(clients, [], [Depot(hub)], vehicles, np.zeros_like(self.ways), self.ways)

    def _client(self, drop: Drop, grace: int, required: bool) -> Client:
        soonest = drop.ready + int(self.ways[-1, self.at[drop.spot]])
        latest = max(drop.due, soonest) + grace
        return Client(
            self.at[drop.spot], delivery=[len(drop.goods)], tw_late=latest, release_time=drop.ready, prize=drop.worth,
            required=required,
        )  # fmt: skip

    def _vehicle(self, member: Member) -> VehicleType:
        way = int(self.problem.seconds[member.spot, self.problem.hub])
        ends = min(self.until, member.buyer.ends)
        return VehicleType(
            1, [member.buyer.capacity], tw_early=min(member.free_at + way, ends), tw_late=ends, fixed_cost=way,
            unit_distance_cost=0, unit_duration_cost=1, reload_depots=[0],
        )  # fmt: skip

    def _read(self, solution: Solution) -> Handed:
        handed = Handed(list(self.crew))
        way, hub = self.problem.seconds, self.problem.hub
        for route, start, activities, back in trips(solution):
            member = handed.crew[route.vehicle_type()]
            entries = []
            for activity in activities:
                drop = self.drops[activity.idx]
                keys = tuple(self.problem.orders[good.order].key for good in drop.goods)
                entries.append(Entry(drop.spot, None, activity.start_time, activity.end_time, keys))
                for good in drop.goods:
                    handed.orders[good.order] = (member.buyer.key, activity.start_time)
            found = stops(entries, Kind.HAND, self.problem, hub, start.end_time)
            sets_out = start.end_time - int(way[member.spot, hub])
            tour = Tour(member.buyer.key, sets_out, back, tuple(found))
            handed.tours.append(tour)
            handed.crew[route.vehicle_type()] = member.after(tour, hub, 0)
        return handed


def _made(solution: Solution) -> set[int]:
    return {a.idx for route in solution.routes() if route.is_feasible() for a in route if a.is_client()}
