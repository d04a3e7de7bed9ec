"""Purchase tours: from orders, places and buyers to the day's plan.

The day goes in rounds: buyers go out to the places, everything comes to one hub (a community's office) by a cut-off hour,
is sorted there, and is handed out from the hub at the compound gates, where volunteers take over. So one queue at a
hospital serves a whole district, and one drop at a gate everybody behind it; who bought an order need not hand it out.

What is optimised jointly, and what in steps:

1. **Which places to go to at all** is searched by changing one place at a time; each choice is judged by routing it.
2. **Who goes where in which order, and where each order is bought** among the chosen places is one model (PyVRP): windows,
   shifts, bags, queues, hospitals a day, several ways out.
3. **Who hands out where and when**, given when each order is back and sorted, is one model (PyVRP): due times, release
   times, shifts, bags, several ways out.
4. **The cut-off hours** (when goods are to be back; one or two rounds) couple 2 and 3: a dozen schemes are planned
   quickly, the best one thoroughly (``Effort.passes`` times, with other seeds and hours a little off).

The cost of a plan is seconds of buyers' work (ways, queues, counters, drops, waiting outside), plus seconds of lateness,
more for a higher priority, plus a day and more for each order left over: an order is left over only if it must be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tongxin.solve import buying, handing
from tongxin.solve.choosing import Want
from tongxin.solve.crew import Member, fresh, worth
from tongxin.solve.purchase import DAY, Effort, Kind, Plan, Problem, Reason, Served, Stop, Tour, check
from tongxin.solve.routing import Budget, Part

TRIALS = 0.3
"""Share of the time for comparing schemes, at most."""
SEARCH, ROUTE, HAND = 0.35, 0.55, 0.95
"""How far into a round choosing places, routing the buying and handing out may go; the rest is for the late."""
GRID = 7
SHIFTS = (0, 900, -900, 1800, -1800)
"""What later passes change the cut-off hours by."""
QUICK_HANDING = 100

Scheme = tuple[int, ...]


@dataclass
class Day:
    """A plan in the making."""

    crew: list[Member]
    tours: list[Tour] = field(default_factory=list)
    bought: dict[int, tuple[int, int, str, int]] = field(default_factory=dict)
    handed: dict[int, tuple[str | None, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Allowance:
    """The parts of a budget for one round. Without ``search`` the buying is that of a trial; ``most`` are the iterations of
    handing out in a trial."""

    route: Part
    hand: Part
    reserve: Part
    search: Part | None = None
    most: int | None = None


def plan(problem: Problem, effort: Effort = Effort()) -> Plan:  # noqa: B008 - a value
    """Plan a purchase day. Raises ``BadProblem``; an order that cannot be served is in ``left`` with its reason."""
    check(problem)
    budget = Budget(effort)
    hopeless = dict(_hopeless(problem))
    open_orders = [i for i in range(len(problem.orders)) if i not in hopeless]
    if not open_orders:
        return _result(problem, Day(fresh(problem)), hopeless, budget)
    planner = _Planner(problem, open_orders)
    _, scheme, first = min(planner.trials(budget.trials(TRIALS)), key=lambda trial: trial[:2])
    days = [first]
    budget.count()
    # Where time is short, cheaper buying comes back later and may leave less for handing out: then both are tried.
    looks = [True] * effort.passes if planner.all_in_time(first) else [False, True] * effort.passes
    for nth, search in enumerate(looks):
        shift = SHIFTS[nth * effort.passes // len(looks) % len(SHIFTS)]
        shares = _Shares(budget, nth, len(looks), len(scheme))
        days.append(planner.day(tuple(until + shift for until in scheme), shares.allowances(search)))
    return _result(problem, min(days, key=planner.cost), hopeless, budget)


@dataclass(frozen=True)
class _Shares:
    """The shares of a budget that the ``nth`` of so many looks at a scheme of so many rounds has."""

    budget: Budget
    nth: int
    looks: int
    rounds: int

    def allowances(self, search: bool) -> list[Allowance]:
        return [
            Allowance(self._until(n, ROUTE), self._until(n, HAND), self._until(n, 1), self._until(n, SEARCH) if search else None)
            for n in range(self.rounds)
        ]

    def _until(self, round_: int, end: float) -> Part:
        return self.budget.part((self.nth * self.rounds + round_ + end) / (self.looks * self.rounds), self.nth)


def _hopeless(problem: Problem) -> Iterator[tuple[int, Reason]]:
    """The orders that could not be served even if they were alone."""
    ready = [_soonest(problem, p, limited=True) for p in range(len(problem.places))]
    unlimited = [_soonest(problem, p, limited=False) for p in range(len(problem.places))]
    index = {place.key: p for p, place in enumerate(problem.places)}
    for number, order in enumerate(problem.orders):
        places = [index[key] for key in order.places]
        if not places:
            yield number, Reason.NO_PLACE
        elif not problem.buyers:
            yield number, Reason.NO_CAPACITY
        elif not _in_shift(problem, order.drop, min(ready[p] for p in places)):
            possible = _in_shift(problem, order.drop, min(unlimited[p] for p in places))
            yield number, Reason.NO_CAPACITY if possible else Reason.NO_TIME


def _soonest(problem: Problem, index: int, limited: bool) -> int:
    """When one order from this place can be sorted at the hub; the end of all time if never."""
    place, way = problem.places[index], problem.seconds
    found = [10 * DAY]
    for buyer in problem.buyers:
        if limited and place.hospital and not buyer.hospitals:
            continue
        starts = max(buyer.starts + int(way[buyer.spot, place.spot]), place.opens)
        ends = starts + place.visit_seconds + place.order_seconds
        back = ends + int(way[place.spot, problem.hub])
        if ends <= place.closes and back <= buyer.ends:
            found.append(back + problem.sort_seconds)
    return min(found)


def _in_shift(problem: Problem, drop: int | None, ready: int) -> bool:
    if ready >= 10 * DAY or drop is None:
        return ready < 10 * DAY
    way = problem.seconds
    out, back = int(way[problem.hub, drop]) + problem.drop_seconds, int(way[drop, problem.hub])
    return any(max(ready, b.starts + int(way[b.spot, problem.hub])) + out + back <= b.ends for b in problem.buyers)


class _Planner:
    """Plans days for one problem under different schemes."""

    def __init__(self, problem: Problem, open_orders: list[int]) -> None:
        self.problem, self.open = problem, open_orders
        index = {place.key: p for p, place in enumerate(problem.places)}
        self.places = [tuple(sorted({index[key] for key in order.places})) for order in problem.orders]

    def trials(self, part: Part) -> list[tuple[int, Scheme, Day]]:
        """Schemes with what they come to; those of two rounds only if no single round serves all in time."""
        found: list[tuple[int, Scheme, Day]] = []
        for schemes in self._schemes():
            for scheme in schemes:
                if found and part.over():
                    return found
                day = self.day(scheme, [Allowance(part, part, part, most=QUICK_HANDING)] * len(scheme))
                found.append((self.cost(day), scheme, day))
            if any(self.all_in_time(day) for _, _, day in found):
                break
        return found

    def all_in_time(self, day: Day) -> bool:
        return len(day.handed) == len(self.open) and self._late(day) == 0

    def _schemes(self) -> Iterator[list[Scheme]]:
        orders = [self.problem.orders[i] for i in self.open]
        starts, ends = min(b.starts for b in self.problem.buyers), max(b.ends for b in self.problem.buyers)
        first, last = min(order.due for order in orders), min(max(order.due for order in orders), ends)
        last = max(last, starts + GRID)
        grid = [starts + (last - starts) * nth // GRID for nth in range(1, GRID + 1)]
        if last < ends:
            grid.append(ends)
        middle = sorted(range(len(grid)), key=lambda nth: (abs(nth - 2.4), nth))
        yield [(grid[nth],) for nth in middle]
        yield [(one, two) for one in grid[:3] if one < first for two in grid[3::2]]

    def day(self, scheme: Scheme, allowances: list[Allowance]) -> Day:
        """The whole day under a scheme of cut-off hours."""
        day = Day(fresh(self.problem))
        for nth, (until, allowance) in enumerate(zip(scheme, allowances, strict=True)):
            pending = [i for i in self.open if i not in day.bought]
            following = scheme[nth + 1] if nth + 1 < len(scheme) else None
            self._buy(day, pending, until, following, allowance)
            if following is not None and len(day.bought) == len(self.open):
                following = None
            self._hand(day, following, allowance)
            if following is None:
                break
        return day

    def _cannot_wait(self, number: int, following: int | None) -> bool:
        order, way = self.problem.orders[number], self.problem.seconds
        if following is None:
            return True
        out = 0 if order.drop is None else int(way[self.problem.hub, order.drop]) + self.problem.drop_seconds
        return following + self.problem.sort_seconds + out + handing.SLACK > order.due

    def _buy(self, day: Day, pending: list[int], until: int, following: int | None, allowance: Allowance) -> None:
        places = self.problem.places
        counter = sum(p.order_seconds for p in places) // len(places)
        along = counter + sum(p.visit_seconds for p in places) // max(1, len(pending))
        wants = []
        for i in pending:
            must = self._cannot_wait(i, following)
            wants.append(Want(i, self.places[i], worth(self.problem.orders[i].priority) if must else along, must))
        round_ = buying.Round(self.problem, day.crew, wants, until)
        if allowance.search is None:
            found = round_.quick(allowance.route)
        else:
            found = round_.best(allowance.search, allowance.route)
        day.crew = found.crew
        day.tours += found.tours
        day.bought |= found.orders

    def _hand(self, day: Day, following: int | None, allowance: Allowance) -> None:
        goods = []
        for i, (_, _, _, back) in sorted(day.bought.items()):
            order, ready = self.problem.orders[i], back + self.problem.sort_seconds
            if i in day.handed:
                continue
            if order.drop is None:
                day.handed[i] = (None, ready)
                continue
            must = self._cannot_wait(i, following)
            goods.append(handing.Good(i, ready, worth(order.priority) if must else self.problem.drop_seconds))
        found = handing.Round(self.problem, day.crew, goods, self._until(goods, following)).best(
            allowance.hand, allowance.reserve, allowance.most
        )
        day.crew = found.crew
        day.tours += found.tours
        day.handed |= found.orders

    def _until(self, goods: list[handing.Good], following: int | None) -> int:
        """A round that is followed by another is over when those of its goods that cannot wait are due."""
        if following is None:
            return 2 * DAY
        dues = [self.problem.orders[good.order].due for good in goods if self._cannot_wait(good.order, following)]
        return max(dues, default=0) + int(self.problem.seconds.max())

    def cost(self, day: Day) -> int:
        left = sum(worth(self.problem.orders[i].priority) for i in self.open if i not in day.handed)
        return sum(tour.working for tour in day.tours) + self._late(day) + left

    def _late(self, day: Day) -> int:
        """Seconds of lateness, times one more than the priority."""
        orders = self.problem.orders
        return sum(max(0, at - orders[i].due) * (1 + orders[i].priority) for i, (_, at) in day.handed.items())


def _result(problem: Problem, day: Day, hopeless: dict[int, Reason], budget: Budget) -> Plan:
    served, left = {}, {problem.orders[i].key: reason for i, reason in hopeless.items()}
    late = cost = 0
    for number, order in enumerate(problem.orders):
        if number in day.handed:
            place, at, buyer, _ = day.bought[number]
            hander, handed_at = day.handed[number]
            served[order.key] = Served(
                problem.places[place].key, buyer, at, hander, handed_at, max(0, handed_at - order.due)
            )
            late += served[order.key].late
            cost += served[order.key].late * (1 + order.priority)
        elif number not in hopeless:
            left[order.key] = Reason.NO_CAPACITY
            cost += worth(order.priority)
    tours = tuple(_without(tour, left) for tour in sorted(day.tours, key=lambda tour: (tour.sets_out, tour.buyer)))
    working = sum(tour.working for tour in tours)
    stopped = "time" if budget.out_of_time else "iterations"
    return Plan(tours, served, left, cost + working, working, late, budget.effort, budget.used, stopped)


def _without(tour: Tour, left: dict[str, Reason]) -> Tour:
    """The tour without orders that nobody could hand out after all: they are not bought for nothing."""
    if left.keys().isdisjoint(key for stop in tour.stops for key in stop.orders):
        return tour
    kept = [
        Stop(stop.kind, stop.spot, stop.arrives, stop.leaves, tuple(k for k in stop.orders if k not in left), stop.place)
        for stop in tour.stops
    ]
    return Tour(tour.buyer, tour.sets_out, tour.back, tuple(stop for stop in kept if stop.orders or stop.kind == Kind.HUB))
