"""Reads of the medicine chain. The acting role decides what is seen."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from tongxin.kit import crypto, db
from tongxin.needs.medicine import rules, states
from tongxin.needs.medicine.models import CardStep, MedicineOrder, Prescription, Purchase, Tour
from tongxin.needs.medicine.rules import Balance, Paid
from tongxin.places.models import Facility
from tongxin.places.place_id import PlaceId

Key = tuple[dt.datetime, int]
SHOPS = ("hospital", "pharmacy")
LATELY, LATELY_WITHIN = 500, dt.timedelta(days=30)


@dataclass(frozen=True)
class Filter:
    """Which orders: in a place, in a state ("open": all that are not at the door yet), overdue only."""

    place_id: int
    state: str = "open"
    overdue: bool = False


def orders(wanted: Filter, now: dt.datetime, after: Key | None = None, limit: int = 50) -> list[MedicineOrder]:
    """Orders, the first due first, a page at a time."""
    found = filtered(wanted, now)
    if after:
        found = found.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], pk__gt=after[1]))
    return list(found.order_by("due_at", "pk")[:limit])


def filtered(wanted: Filter, now: dt.datetime) -> QuerySet[MedicineOrder]:
    lo, hi = PlaceId(wanted.place_id).range
    found = MedicineOrder.objects.using(db.alias()).filter(place_id__gte=lo, place_id__lt=hi)
    found = found.filter(state__in=states.OPEN) if wanted.state == "open" else found.filter(state=wanted.state)
    return found.filter(due_at__lt=now) if wanted.overdue else found


def counts(place_id: int) -> dict[str, int]:
    """How many orders stand in each state that is not an end."""
    lo, hi = PlaceId(place_id).range
    return dict(db.rows(
        "SELECT state, count(*) FROM needs_medicineorder WHERE place_id >= %s AND place_id < %s AND state = ANY(%s) GROUP BY 1",
        [lo, hi, list(states.OPEN)],
    ))  # fmt: skip


def one(order_id: int) -> MedicineOrder | None:
    return MedicineOrder.objects.using(db.alias()).select_related("need", "sold_at", "tour__buyer").filter(pk=order_id).first()


def items_of(order: MedicineOrder | Prescription) -> list[dict[str, str]]:
    """What is to be bought: name, strength, amount."""
    plain = crypto.decrypt(order.items)
    return json.loads(plain) if plain else []


def card_steps(order_id: int) -> list[CardStep]:
    return list(CardStep.objects.using(db.alias()).filter(order_id=order_id).order_by("pk")[:50])


def purchases(order_id: int) -> list[Purchase]:
    found = Purchase.objects.using(db.alias()).filter(order_id=order_id)
    return list(found.select_related("buyer", "facility").order_by("pk")[:50])


def shops(place_id: int) -> list[Facility]:
    """The hospitals and pharmacies of a place, at most 200."""
    lo, hi = PlaceId(place_id).range
    found = Facility.objects.using(db.alias()).filter(kind__in=SHOPS, place_id__gte=lo, place_id__lt=hi)
    return list(found.order_by("kind", "name")[:200])


@dataclass(frozen=True)
class Sold:
    """A shop that sold what an order names: how often lately, and when last."""

    facility: Facility
    times: int
    last: dt.datetime


def sold_lately(order: MedicineOrder, district: int, now: dt.datetime) -> list[Sold]:
    """The shops of a district at which what the order names was bought in the last days, for whichever community: of the last
    purchases, at most ``LATELY``, the latest first. Read as the jobs role; it says nothing of for whom it was bought."""
    names = {_plain(item["name"]) for item in items_of(order) if item.get("name")}
    (lo, hi), found = PlaceId(district).range, defaultdict(list)
    with db.acting_as_jobs():
        bought = Purchase.objects.using(db.alias()).filter(
            place_id__gte=lo, place_id__lt=hi, bought_at__gte=now - LATELY_WITHIN, facility__isnull=False
        )
        for one in bought.select_related("facility", "order").order_by("-bought_at")[:LATELY]:
            if names & {_plain(item.get("name", "")) for item in items_of(one.order)}:
                found[one.facility].append(one.bought_at)
    return [Sold(facility, len(times), times[0]) for facility, times in found.items()]


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def tours(place_id: int, day: dt.date) -> list[Tour]:
    """The buyers' tours of a day in a place, at most 100."""
    lo, hi = PlaceId(place_id).range
    found = Tour.objects.using(db.alias()).filter(place_id__gte=lo, place_id__lt=hi, day=day)
    return list(found.select_related("buyer").order_by("pk")[:100])


def tour(tour_id: int) -> Tour | None:
    return Tour.objects.using(db.alias()).select_related("buyer").filter(pk=tour_id).first()


def of_sheet(one: Tour) -> list[MedicineOrder]:
    """What stands on a buyer's sheet: what is bought on the tour, and what others bought and it hands out."""
    named = {key for stop in one.stops for key in stop["orders"]}
    found = MedicineOrder.objects.using(db.alias()).filter(Q(tour_id=one.pk) | Q(pk__in=named))
    return list(found.order_by("pk")[:1_000])


def spent(one: Tour) -> list[Purchase]:
    """What the buyer paid on the day of the tour."""
    found = Purchase.objects.using(db.alias()).filter(buyer=one.buyer_id, day=one.day)
    return list(found.select_related("facility").order_by("bought_at", "pk")[:500])


def balance(one: Tour, rows: Sequence[Purchase], returned: Decimal | None = None) -> Balance:
    """The purse of a tour."""
    paid = [Paid(r.price, r.payer, r.receipt, r.refund) for r in rows]
    return rules.balance(one.advanced, one.returned if returned is None else returned, paid)
