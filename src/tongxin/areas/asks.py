"""What the pack at its place asks of an order besides cases, days and results, and how early its lift is proposed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db.models import Q

from tongxin.areas import rules
from tongxin.areas.models import Order
from tongxin.kit import clock, db
from tongxin.policy.queries import Calendar, packs_in_force


class Waits(NamedTuple):
    """What else an order waits for: a case has left and nobody disinfected since, where days count from that; the last
    exposure of a contact inside, where the pack asks for days since."""

    dirty: bool = False
    exposed_at: dt.datetime | None = None


NOTHING = Waits()


def waits(orders: Sequence[Order]) -> dict[int, Waits]:
    """The same of those orders whose terms ask for it; no query where none do."""
    ids = [o.pk for o in orders if o.anchor_event != rules.REMOVED or o.contact_days]
    if not ids:
        return {}
    with db.acting_as_jobs():
        return {key: Waits(*more) for key, *more in db.rows(db.sql("areas/waits"), {"ids": ids})}


def before(now: dt.datetime, *columns: str) -> list[Q]:
    """Of moments of an order: each comes within the time for which the pack at its place proposes a lift before its hour."""
    packs = packs_in_force(now)
    within = {name: pack.hours("area.propose_lift_before") for name, pack in packs.every().items()}
    return [_within(packs, within, column, now) for column in columns]


def _within(packs: Calendar, within: Mapping[str, dt.timedelta], column: str, now: dt.datetime) -> Q:
    shortest = min(within.values())
    found = Q(**{f"{column}__lt": now + shortest})
    for place, name in packs.packs.items():
        if name and within[name] > shortest:
            for lo, hi in packs.reach(place):
                found |= Q(place_id__gte=lo, place_id__lt=hi, **{f"{column}__lt": now + within[name]})
    return found


def studied(one: Order) -> list[CaseRow]:
    """The cases in the places of an order that count no more, because of what a study found."""
    found = db.rows(db.sql("areas/studied"), {"order": one.pk})
    return [CaseRow(*row) for row in found]


class CaseRow(NamedTuple):
    """A case in some places: since when positive, when it left (None: still inside), and behind which door; ``lives``: it is
    registered there."""

    id: int
    person_id: int
    place_id: int
    name: str
    door: str
    positive_at: dt.datetime
    removed_at: dt.datetime | None
    lives: bool = True


class Door(NamedTuple):
    """Somebody who has not been sampled on a test day, and behind which door."""

    person_id: int
    place_id: int
    door: str


def untested(order: int, day: dt.date, limit: int = 50) -> list[Door]:
    """Who on the roll of an order has not been sampled since a day began, door by door."""
    params = {"order": order, "day": day, "limit": limit, "zone": str(clock.city_zone())}
    return [Door(*row) for row in db.rows(db.sql("areas/untested_doors"), params)]
