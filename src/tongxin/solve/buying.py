"""Out to the places and back to the hub: one buying round.

PyVRP decides jointly which buyer goes where in which order, and at which place of the choice each piece is bought (the
alternatives of a piece are a group of clients of which at most one is visited). Two things stand in the matrices: the
queue of a visit is part of the way into a place, so that it is waited in once for all pieces bought there in a row; and
the "distance" counts ways into hospitals, so that a limit of distance is a limit of hospitals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from pyvrp import Client, ClientGroup, Depot, ProblemData, Solution, VehicleType

from tongxin.solve.choosing import Piece, Want, first_choice, neighbours, pieces
from tongxin.solve.crew import MUST, Entry, Member, stops, trips
from tongxin.solve.purchase import Kind, Place, Problem, Stop, Tour
from tongxin.solve.routing import Part, problem_data

QUICK = 100
"""Iterations in which a choice of places is judged."""
SIZES = (10, 3, 1)
"""Orders in a piece, at most."""
RETRY = 500
WEIGHTS = (1.0, 2.0)
"""Of the way between places against their queues, when a first choice of places is made."""


@dataclass
class Bought:
    """What a round brings: tours, each order's place, moment and buyer, when it is back at the hub, and the crew after."""

    crew: list[Member]
    tours: list[Tour] = field(default_factory=list)
    orders: dict[int, tuple[int, int, str, int]] = field(default_factory=dict)
    """Order → place, bought at, buyer, back at the hub."""


@dataclass
class Model:
    """PyVRP's problem of one round under one choice, and what its clients mean."""

    pieces: list[Piece]
    data: ProblemData
    clients: list[tuple[int, int]]
    """Client → piece, place."""
    members: list[int]
    """Vehicle type → member of the crew."""


class Round:
    """One buying round: wants, the crew, and the hour by which goods are to be back."""

    def __init__(self, problem: Problem, crew: Sequence[Member], wants: Sequence[Want], until: int) -> None:
        self.problem, self.crew, self.until = problem, crew, until
        self.wants = [want for w in wants if (want := self._reachable(w)) is not None]
        self.plenty = all(want.must for want in self.wants)
        """Whether everything can be bought, as far as is known."""
        self.visit = [place.visit_seconds for place in problem.places]
        self.spots = [*(p.spot for p in problem.places), *(m.spot for m in crew), problem.hub]
        self.ways = problem.seconds[np.ix_(self.spots, self.spots)].copy()
        count = len(problem.places)
        for i, place in enumerate(problem.places):
            self.ways[:, i] += place.visit_seconds
        np.fill_diagonal(self.ways, 0)
        self.entries = np.zeros_like(self.ways)
        self.entries[:, [i for i in range(count) if problem.places[i].hospital]] = 1
        np.fill_diagonal(self.entries, 0)

    def _reachable(self, want: Want) -> Want | None:
        places = tuple(p for p in want.places if any(self._can(member, p) for member in self.crew))
        return Want(want.order, places, want.worth, want.must) if places else None

    def _can(self, member: Member, index: int) -> bool:
        place, ways = self.problem.places[index], self.problem.seconds
        if place.hospital and not member.hospitals:
            return False
        starts = max(member.free_at + int(ways[member.spot, place.spot]), place.opens)
        ends = starts + place.visit_seconds + place.order_seconds
        return ends <= place.closes and ends + int(ways[place.spot, self.problem.hub]) <= min(self.until, member.buyer.ends)

    def quick(self, part: Part) -> Bought:
        """The round in a few hundred iterations, to compare plans by."""
        if not self.wants:
            return Bought(list(self.crew))
        return self._read(*self._first(part)[1:3])

    def best(self, search: Part, part: Part) -> Bought:
        """The round as well as can be: choices of places are tried until ``search`` ends, the best one is routed until
        ``part`` ends."""
        if not self.wants:
            return Bought(list(self.crew))
        value, _, _, choice = self._first(part)
        choice = self._search(choice, value, search)
        found = [self._solved(choice, SIZES[0], part)]
        for size in SIZES[1:]:  # only on a day with too little of everything: what is left over may fit in smaller pieces
            if found[-1][0] >= MUST:
                found.append(self._solved(choice, size, part, RETRY))
        return self._read(*min(found, key=lambda one: one[0])[1:])

    def _first(self, part: Part) -> tuple[int, Model, Solution, frozenset[int]]:
        starts = list(range(len(self.problem.places), len(self.spots) - 1))
        between = np.delete(np.delete(self.problem.seconds[np.ix_(self.spots, self.spots)], starts, 0), starts, 1)
        choices = dict.fromkeys(first_choice(self.wants, self.visit, between, weight) for weight in WEIGHTS)
        judged = [(*self._solved(choice, SIZES[0], part, QUICK), choice) for choice in choices]
        return min(judged, key=lambda one: one[0])

    def _solved(self, choice: frozenset[int], size: int, part: Part, at_most: int | None = None) -> tuple[int, Model, Solution]:
        if self.plenty:
            model = self.model(choice, size, required=True)
            solution = part.solve(model.data, at_most)
            if solution.is_feasible():
                return int(solution.duration()), model, solution
            self.plenty = False
        model = self.model(choice, size)
        solution = part.solve(model.data, at_most, scarce=True)
        return _value(model, solution), model, solution

    def _search(self, choice: frozenset[int], value: int, part: Part) -> frozenset[int]:
        """Change one place at a time as long as routing finds it better."""
        tried = {choice}
        while not part.over():
            for other in neighbours(choice, self.wants, len(self.visit)):
                if other in tried:
                    continue
                if part.over():
                    return choice
                tried.add(other)
                if (found := self._solved(other, SIZES[0], part, QUICK)[0]) < value:
                    choice, value = other, found
                    break
            else:
                return choice
        return choice

    def model(self, choice: frozenset[int], size: int, required: bool = False) -> Model:
        most = [min(size, self._most(place)) for place in self.problem.places]
        packed = pieces(self.wants, choice, most)
        clients: list[Client] = []
        groups: list[ClientGroup] = []
        meaning: list[tuple[int, int]] = []
        for number, piece in enumerate(packed):
            group = len(groups) if len(piece.places) > 1 else None
            members = []
            for p in piece.places:
                members.append(len(clients))
                clients.append(self._client(piece, p, group, required and group is None))
                meaning.append((number, p))
            if group is not None:
                groups.append(ClientGroup(members, required=required))
        depots = [Depot(i) for i in range(len(self.problem.places), len(self.spots))]
        out = [i for i, member in enumerate(self.crew) if member.free_at <= min(self.until, member.buyer.ends)]
        vehicles = [self._vehicle(i) for i in out]
        return Model(packed, problem_data(clients, groups, depots, vehicles, self.entries, self.ways), meaning, out)

    def _most(self, place: Place) -> int:
        """Orders in a piece that a bag holds, and that can be bought before the place closes."""
        hours = place.closes - place.opens - place.visit_seconds
        bag = min(member.buyer.capacity for member in self.crew)
        return min(bag, hours // place.order_seconds) if place.order_seconds else bag

    def _client(self, piece: Piece, index: int, group: int | None, required: bool) -> Client:
        place = self.problem.places[index]
        service = place.order_seconds * len(piece.orders)
        opens = place.opens + place.visit_seconds
        return Client(
            index, pickup=[len(piece.orders)], service_duration=service, tw_early=opens,
            tw_late=place.closes - service, prize=piece.worth, required=required, group=group,
        )  # fmt: skip

    def _vehicle(self, index: int) -> VehicleType:
        member, hub = self.crew[index], len(self.crew)
        return VehicleType(
            1, [member.buyer.capacity], index, hub, tw_early=member.free_at, tw_late=min(self.until, member.buyer.ends),
            max_distance=member.hospitals, unit_distance_cost=0, unit_duration_cost=1, reload_depots=[hub],
        )  # fmt: skip

    def _read(self, model: Model, solution: Solution) -> Bought:
        bought = Bought(list(self.crew))
        for route, start, activities, back in trips(solution):
            index = model.members[route.vehicle_type()]
            member = bought.crew[index]
            entries = []
            for activity in activities:
                number, p = model.clients[activity.idx]
                place, orders = self.problem.places[p], model.pieces[number].orders
                keys = tuple(self.problem.orders[i].key for i in orders)
                entries.append(Entry(place.spot, place.key, activity.start_time, activity.end_time, keys))
                for nth, order in enumerate(orders, 1):
                    at = activity.start_time + nth * place.order_seconds
                    bought.orders[order] = (p, at, member.buyer.key, back)
            found = stops(entries, Kind.BUY, self.problem, member.spot, start.end_time)
            keys = tuple(key for stop in found for key in stop.orders)
            hub = self.problem.hub
            tour = Tour(member.buyer.key, start.end_time, back, (*found, Stop(Kind.HUB, hub, back, back, keys)))
            bought.tours.append(tour)
            kinds = {place.key: place.hospital for place in self.problem.places}
            hospitals = sum(kinds[stop.place] for stop in found if stop.place is not None)
            bought.crew[index] = member.after(tour, hub, hospitals)
        return bought


def _value(model: Model, solution: Solution) -> int:
    """Seconds of work plus what is not bought: the smaller the better."""
    missed = sum(piece.worth for piece in model.pieces)
    for route in solution.routes():
        if route.is_feasible():
            missed += int(route.duration()) - sum(model.pieces[model.clients[a.idx][0]].worth for a in route if a.is_client())
    return missed
