"""Purchase tours: the orders that are ready, the shops that sell them, the buyers of the day → ``solve`` → a tour each.

How long a way takes is told by the map where both places are on it (``tongxin load coordinates``, ``load facilities``), at the
pack's metres a minute; else by how close the two are in the tree (one community, one street, one district), in the pack's
minutes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q

from tongxin.access.models import User
from tongxin.kit import audit, clock, db, events
from tongxin.kit.audit import Because
from tongxin.needs.medicine import queries, states, tasks
from tongxin.needs.medicine.models import MedicineOrder, Tour
from tongxin.needs.operations.intake import TOPIC
from tongxin.places.models import Facility
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import points
from tongxin.places.rules import Point, metres
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at
from tongxin.policy.schema import Pack
from tongxin.solve.purchase import Buyer, Effort, Kind, Order, Place, Plan, Problem
from tongxin.solve.tours import plan as solve
from tongxin.tasks import owners

MOST_ORDERS = 1_000
EFFORT = Effort(seconds=20.0)


@dataclass(frozen=True)
class Planned:
    """The tours that were made, and how many orders stand on them; ``left`` are those on none, with the reason's code."""

    tours: Sequence[Tour]
    orders: int
    left: dict[int, str]


def plan(
    place_id: int, day: dt.date, buyers: Sequence[User], now: dt.datetime, because: Because, effort: Effort = EFFORT
) -> Planned:
    """Plan the tours of a day: the orders that are ready, shared among the buyers. Orders of a former plan of these buyers that
    are not bought yet are planned anew. Raises Refused."""
    if not buyers:
        raise Refused(N_("Choose at least one buyer."))
    shops = queries.shops(int(PlaceId(place_id).at(Level.DISTRICT)) if PlaceId(place_id).level > Level.DISTRICT else place_id)
    if not shops:
        raise Refused(N_("No hospital or pharmacy is on the register here. Load them with the facilities first."))
    with db.acting_as_jobs(), db.transaction_block():
        planned = _clear(place_id, buyers, day)
        orders = _ready(place_id)
        if not orders:
            raise Refused(N_("No order is ready to be bought."))
        found = solve(problem(place_id, day, orders, shops, buyers, now), effort)
        if planned and not found.served:
            raise Refused(N_("Nothing fits into what is left of that day: the tours stay as they were."))
        tours = [_tour(place_id, day, buyer, found, now, because) for buyer in buyers]
        _assign([t for t in tours if t is not None], now, because)
        events.publish(TOPIC, [place_id])
    made = [t for t in tours if t is not None]
    return Planned(made, len(found.served), {int(key): str(reason) for key, reason in found.left.items()})


def _ready(place_id: int) -> list[MedicineOrder]:
    lo, hi = PlaceId(place_id).range
    found = MedicineOrder.objects.select_for_update(of=("self",)).filter(
        Q(found_at=None) | ~Q(sold_at=None), place_id__gte=lo, place_id__lt=hi, state=states.READY
    )  # what somebody gives is fetched from them, not from a shop
    return list(found.order_by("due_at", "pk")[:MOST_ORDERS])


def _clear(place_id: int, buyers: Sequence[User], day: dt.date) -> int:
    """Take these buyers' orders that are not bought yet back off their tours; how many. A day that is settled stays as it is,
    and so does a tour for another place."""
    keys = [buyer.pk for buyer in buyers]
    if settled := Tour.objects.filter(buyer__in=keys, day=day).exclude(settled_at=None).select_related("buyer").first():
        raise Refused(N_("The day of %(buyer)s is settled already."), buyer=settled.buyer.name)
    lo, hi = PlaceId(place_id).range
    mine = MedicineOrder.objects.filter(tour__buyer__in=keys, tour__day=day, state=states.PLANNED)
    if elsewhere := mine.exclude(place_id__gte=lo, place_id__lt=hi).select_related("tour__buyer").first():
        assert elsewhere.tour
        raise Refused(
            N_("%(buyer)s has a tour elsewhere on that day; plan for a place that holds both."), buyer=elsewhere.tour.buyer.name
        )
    return mine.update(state=states.READY, tour=None)


def problem(
    place_id: int, day: dt.date, orders: Sequence[MedicineOrder], shops: Sequence[Facility], buyers: Sequence[User],
    now: dt.datetime,
) -> Problem:  # fmt: skip
    """The planning problem of a day: spot 0 is the hub (where the goods are sorted), then the shops, then the gates."""
    pack = pack_at(place_id, now)
    gates = sorted({int(PlaceId(o.place_id).at(Level.COMPOUND)) for o in orders if PlaceId(o.place_id).level >= Level.COMPOUND})
    spots = [place_id, *(f.place_id for f in shops), *gates]
    spot_of = {gate: 1 + len(shops) + i for i, gate in enumerate(gates)}
    midnight = dt.datetime.combine(day, dt.time(), clock.city_zone())
    start = max(_seconds(pack, "medicine.buying_from"), int((now - midnight).total_seconds()) if now > midnight else 0)
    until = max(_seconds(pack, "medicine.buying_until"), start)
    pharmacies = tuple(str(f.pk) for f in shops if f.kind == "pharmacy") or tuple(str(f.pk) for f in shops)
    known = {f.pk for f in shops}
    return Problem(
        seconds=travel(spots, pack, on_map(spots, shops)),
        places=[
            Place(str(f.pk), 1 + i, start, until, _seconds(pack, f"medicine.visit_{f.kind}"), _seconds(pack, "medicine.per_order"),
                  f.kind == "hospital")
            for i, f in enumerate(shops)
        ],
        orders=[
            Order(
                str(o.pk), (str(o.sold_at_id),) if o.sold_at_id in known else pharmacies,
                max(0, int((o.due_at - midnight).total_seconds())), spot_of.get(int(PlaceId(o.place_id).at(Level.COMPOUND)))
                if PlaceId(o.place_id).level >= Level.COMPOUND else None, 2 if o.urgent else 1,
            )
            for o in orders
        ],
        buyers=[
            Buyer(f"b{u.pk}", 0, start, max(_seconds(pack, "medicine.shift_until"), start), pack.number("medicine.bag"),
                  pack.number("medicine.hospitals_a_day"))
            for u in buyers
        ],
        hub=0, sort_seconds=_seconds(pack, "medicine.sorting"), drop_seconds=_seconds(pack, "medicine.per_gate"),
    )  # fmt: skip


def _seconds(pack: Pack, key: str) -> int:
    return int(pack.hours(key).total_seconds())


def on_map(spots: Sequence[int], shops: Sequence[Facility]) -> list[Point | None]:
    """Where the spots are on the map; those behind the hub are the shops, which may have points of their own."""
    known = points(spots)
    found = [known.get(spot) for spot in spots]
    for i, shop in enumerate(shops, start=1):
        if shop.lon is not None and shop.lat is not None:
            found[i] = shop.lon, shop.lat
    return found


def travel(
    places: Sequence[int], pack: Pack, at_points: Sequence[Point | None]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Seconds between places: by their points where both are known and differ (of two places that share one, the map knows
    only the place around them), else by how close they are in the tree."""
    seconds = _by_tree(places, pack)
    speed = pack.number("medicine.metres_a_minute") / 60
    for i, here in enumerate(at_points):
        for j, there in enumerate(at_points[:i]):
            if here and there and here != there:
                seconds[i, j] = seconds[j, i] = round(metres(here, there) / speed)
    return seconds


def _by_tree(places: Sequence[int], pack: Pack) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    at = np.array(places, dtype=np.int64)
    seconds = np.full((len(at), len(at)), _seconds(pack, "medicine.way_beyond"), dtype=np.int64)
    for level, key in ((Level.DISTRICT, "district"), (Level.STREET, "street"), (Level.COMMUNITY, "community")):
        same = (at // level.width)[:, None] == (at // level.width)[None]
        seconds[same] = _seconds(pack, f"medicine.way_{key}")
    np.fill_diagonal(seconds, 0)
    return seconds


def _tour(place_id: int, day: dt.date, buyer: User, found: Plan, now: dt.datetime, because: Because) -> Tour | None:
    """A buyer's day as it is kept: the stops in order with their times of the day; None for nothing to do."""
    mine = [tour for tour in found.tours if tour.buyer == f"b{buyer.pk}"]
    stops = [
        {"kind": str(stop.kind), "place": int(stop.place) if stop.place else None, "spot": stop.spot, "arrives": stop.arrives,
         "leaves": stop.leaves, "orders": [int(key) for key in stop.orders]}
        for tour in mine for stop in tour.stops
    ]  # fmt: skip
    kept = _begun(Tour.objects.filter(buyer=buyer, day=day).first())
    stops = [*kept, *stops]
    if not stops:
        Tour.objects.filter(buyer=buyer, day=day).update(stops=[])
        return None
    made, _new = Tour.objects.update_or_create(
        buyer=buyer, day=day,
        defaults={"place_id": place_id, "stops": stops, "planned_at": now, "planned_by": because.actor},
    )  # fmt: skip
    audit.record(because, "medicine.planned", "tour", made.pk, place_id, count=len(stops))
    return made


def _begun(tour: Tour | None) -> list[dict[str, Any]]:
    """The stops of a former plan as far as their orders are bought: they stay on the sheet."""
    if tour is None:
        return []
    named = {key for stop in tour.stops for key in stop["orders"]}
    bought = MedicineOrder.objects.filter(pk__in=named, state__in=(states.BOUGHT, states.DELIVERED))
    still = set(bought.values_list("pk", flat=True))
    found = [{**stop, "orders": [key for key in stop["orders"] if key in still]} for stop in tour.stops]
    return [stop for stop in found if stop["orders"]]


def _assign(tours: Sequence[Tour], now: dt.datetime, because: Because) -> None:
    """Put the orders on their tours, and their buying tasks into the buyers' hands."""
    for tour in tours:
        keys = [key for stop in tour.stops if stop["kind"] == Kind.BUY for key in stop["orders"]]
        MedicineOrder.objects.filter(pk__in=keys, state=states.READY).update(state=states.PLANNED, tour=tour)
        owners.assign_for([tasks.BUY], "medicine", [(key, tour.buyer_id) for key in keys], now, because, taken=True)
