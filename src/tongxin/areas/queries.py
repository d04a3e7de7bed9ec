"""Reads of areas, all under the jurisdiction of whoever asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from tongxin.areas import rules, terms
from tongxin.areas.asks import NOTHING, CaseRow, Waits, before, waits
from tongxin.areas.models import Barrier, Event, ExitsCheck, Objection, Order, Part, Publication
from tongxin.kit import clock, db
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import Decision
from tongxin.policy.queries import packs_in_force

START = (0, -1000, "", 0)
Key = tuple[int, int, str, int]
ONLY = ("overdue", "soon", "blocked", "lapsing", "today")
SORTS = {"ends": ("ends_at", ""), "since": ("starts_at", "-"), "persons": ("persons", "-"), "ended": ("ended_at", "-")}
"""By what a list of orders can be sorted; ``-`` the largest or latest first."""


class Missing(NamedTuple):
    """Somebody on a roll without a result of the last day, where they are; ``barcode`` is that of a tube that waits for its
    result, ``known``: the viewer may open the record."""

    person_id: int
    place_id: int
    home_id: int | None
    name: str
    door: str
    floor: int
    barcode: str | None
    known: bool = True

    @property
    def key(self) -> Key:
        return (self.place_id, self.floor, self.door, self.person_id)


def missing(order: int, after: Key = START, limit: int = 50) -> list[Missing]:
    """Who lacks a negative result of the order's last day, door by door."""
    place, floor, number, person = after
    params = {
        "order": order, "zone": str(clock.city_zone()), "limit": limit, "place": place, "floor": floor,
        "number": number, "person": person,
    }  # fmt: skip
    return [Missing(*row) for row in db.rows(db.sql("areas/missing"), params)]


@dataclass(frozen=True)
class Filter:
    """Which orders: in this state (None: any), of this kind, with this in the name, of this place (``exact``: not of one
    inside it), only those overdue or due before a moment. ``only`` is one of ONLY as seen at ``now``. ``met``: whose conditions
    are met; nobody notes that of temporary control, which may be lifted from its first minute on."""

    state: str | None = "in_force"
    kind: str | None = None
    text: str = ""
    place_id: int | None = None
    due_before: dt.datetime | None = None
    met: bool | None = None
    source: str | None = None
    exact: bool = False
    only: str = ""
    now: dt.datetime | None = None


def orders(
    wanted: Filter, after: tuple[Any, int] | None = None, limit: int = 50, sort: str = "ends"
) -> list[Order]:
    """A page of orders behind a key, the earliest end first, or by another of SORTS."""
    column, turn = SORTS[sort]
    found = _filtered(wanted).order_by(f"{turn}{column}", f"{turn}pk")
    if after:
        behind = "lt" if turn else "gt"
        found = found.filter(
            Q(**{f"{column}__{behind}": after[0]}) | Q(**{column: after[0], f"pk__{behind}": after[1]})
        )
    return list(found[:limit])


def sort_key(order: Order, sort: str = "ends") -> tuple[Any, int]:
    """Behind which the next page of such a list begins."""
    return getattr(order, SORTS[sort][0]), order.pk


def count(wanted: Filter) -> int:
    return _filtered(wanted).count()


def _filtered(wanted: Filter) -> QuerySet[Order]:
    found = Order.objects.using(db.alias())
    exact: dict[str, Any] = {"state": wanted.state, "kind": wanted.kind, "source": wanted.source}
    found = found.filter(**{key: value for key, value in exact.items() if value is not None})
    if wanted.text:
        found = found.filter(name__contains=wanted.text)
    if wanted.place_id is not None:
        lo, hi = PlaceId(wanted.place_id).range
        found = found.filter(place_id=lo) if wanted.exact else found.filter(place_id__gte=lo, place_id__lt=hi)
    if wanted.only and wanted.now:
        found = found.filter(_moments(wanted.now)[wanted.only])
    if wanted.due_before is not None:
        found = found.filter(due_at__lt=wanted.due_before)
    if wanted.met is not None:
        met = Q(conditions_met_at__isnull=False) | Q(kind=rules.TEMPORARY)
        found = found.filter(met if wanted.met else ~met)
    return found


def _moments(now: dt.datetime) -> dict[str, Q]:
    """Orders in force by what their clock says at a moment; one that another authority published is overdue after its
    end, for only the next list or somebody here ends it."""
    local = now.astimezone(clock.city_zone())
    midnight = dt.datetime.combine(local.date() + rules.DAY, dt.time(), clock.city_zone())
    live, (due_soon, ends_soon) = Q(state="in_force"), before(now, "due_at", "ends_at")
    return {
        "overdue": live & (Q(due_at__lt=now, conditions_met_at__lt=now) | Q(ends_at__lte=now)),
        "soon": live & Q(due_at__gte=now) & due_soon,
        "blocked": live & Q(source="own", due_at__lt=now, conditions_met_at=None, ends_at__gt=now),
        "lapsing": live & Q(source="own", conditions_met_at=None, ends_at__gt=now) & ends_soon,
        "today": live & Q(due_at__lt=midnight),
    }


@dataclass(frozen=True)
class Figures:
    """The release clock of areas: in force, persons limited, lifts overdue, due within the pack's time, due but blocked, and
    lapsing within that time without anybody's decision."""

    in_force: int
    persons: int
    overdue: int
    soon: int
    blocked: int
    lapsing: int


def figures(wanted: Filter, now: dt.datetime) -> Figures:
    """The figures of the orders in force that a filter lets through."""
    when = _moments(now)
    people = f"(SELECT sum(n) FROM ({_persons(wanted, Level.PROVINCE.width)}) AS p (cell, n))"  # noqa: S608 - the filter's own
    found = _filtered(wanted).filter(state="in_force").aggregate(
        in_force=Count("pk"), persons=Max(RawSQL(people, [])),  # noqa: S611
        **{name: Count("pk", filter=when[name]) for name in ("overdue", "soon", "blocked", "lapsing")},
    )  # fmt: skip
    return Figures(**{**found, "persons": int(found["persons"] or 0)})


def persons(wanted: Filter, width: int) -> dict[int, int]:
    """How many people the orders in force of a filter limit, by places of a width; who is in two of them is one."""
    return dict(db.rows(_persons(wanted, width), {}))


def _persons(wanted: Filter, width: int) -> str:
    found = _filtered(wanted).filter(state="in_force").values("pk").query.sql_with_params()
    orders = db.connection().ops.compose_sql(*found).replace("%", "%%")
    return db.sql("areas/persons").replace("{orders}", orders).replace("%(width)s", str(int(width)))


class Cell(NamedTuple):
    """One place of the grid: its areas, how many are due today, how many overdue, the persons they limit."""

    place_id: int
    areas: int
    today: int
    overdue: int
    persons: int


def cells(wanted: Filter, width: int, now: dt.datetime) -> dict[int, Cell]:
    """The orders of a filter counted by places of a width; one that spans several counts where it stands itself."""
    when, people = _moments(now), persons(wanted, width)
    found = _filtered(wanted).annotate(cell=F("place_id") - F("place_id") % width).values("cell").order_by("cell")
    rows = found.annotate(
        areas=Count("pk"), today=Count("pk", filter=when["today"]), overdue=Count("pk", filter=when["overdue"])
    )
    return {r["cell"]: Cell(r["cell"], r["areas"], r["today"], r["overdue"], people.get(r["cell"], 0)) for r in rows}


def inside(order_ids: Sequence[int]) -> dict[int, int]:
    """How many cases are still inside each of these orders, also those who are registered elsewhere."""
    if not order_ids:
        return {}
    with db.acting_as_jobs():
        return dict(db.rows(db.sql("areas/inside"), {"ids": list(order_ids)}))


def standings(orders: Sequence[Order], now: dt.datetime) -> dict[int, rules.Standing]:
    """Where each order in force stands, as it was last judged: three queries at most, however many they are."""
    packs, cases, found, more = packs_in_force(now), inside([o.pk for o in orders]), {}, waits(orders)
    for one in orders:
        says = terms.terms_of(packs.at(one.place_id), one.kind, one.after)
        found[one.pk] = standing(one, says, cases.get(one.pk, 0), now, more.get(one.pk, NOTHING))
    return found


def standing(one: Order, says: rules.Terms, cases: int, now: dt.datetime, more: Waits = NOTHING) -> rules.Standing:
    """Where an order stands with so many cases inside, as the clock last saw its persons and results."""
    says = terms.kept(one, says)
    late = rules.complete_after(says, one.last_day, one.ends_at, clock.city_zone())
    times = rules.Clock(one.due_at, one.ends_at, one.last_day, Decision(one.basis), late)
    judged = one.source == "own" or not one.persons  # nobody counts the results of an area that another authority ends
    complete = one.due_at if now >= one.due_at and not one.missing and judged else None
    free_at = rules.contacts_free(one.contact_days, more.exposed_at, clock.city_zone())
    facts = rules.Facts(cases, one.persons, [(0, "")] * one.missing, one.conditions_met_at or complete, not more.dirty, free_at)
    return rules.standing(says, times, facts, now)


def order(key: int) -> Order | None:
    """One order in the viewer's scope."""
    return Order.objects.using(db.alias()).filter(pk=key).first()


def followers(key: int) -> list[Order]:
    """The orders that go on where one ended: its parts, or the milder area that it became."""
    return list(Order.objects.using(db.alias()).filter(parent_id=key).order_by("name", "pk")[:200])


def timeline(key: int, limit: int = 200) -> list[Event]:
    """What happened to an order, the latest first."""
    return list(Event.objects.using(db.alias()).filter(order_id=key).order_by("-at", "-pk")[:limit])


def on_person(person_id: int) -> Sequence[tuple[int, str]]:
    """``(order, name)`` of the areas that limit a person now."""
    return db.rows(
        "SELECT o.id, o.name FROM restrictions_restriction r JOIN areas_order o ON o.id = r.cause_id"
        " WHERE r.subject_kind = 'person' AND r.subject_id = %s AND r.cause_kind = 'order' AND r.released_at IS NULL",
        [person_id],
    )


def publications(place: int, day: dt.date) -> list[tuple[Publication, dt.datetime | None]]:
    """The lists published for a day by the districts of a place, or by the one it lies in; with each when that district's next
    one came (None: it is the latest)."""
    lo, hi = PlaceId(place).range
    found = Publication.objects.using(db.alias()).filter(day=day)
    found = found.filter(Q(place_id__gte=lo, place_id__lt=hi) | Q(place_id=int(PlaceId(place).at(Level.DISTRICT))))
    later = Publication.objects.using(db.alias()).filter(place_id=OuterRef("place_id"), at__gt=OuterRef("at")).order_by("at")
    return [(p, p.following) for p in found.annotate(following=Subquery(later.values("at")[:1])).order_by("place_id")]


OLD = dt.timedelta(days=60)
"""A case that left so long before an order has no bearing on it (sql/functions/cases.sql)."""


def cases(order_id: int, limit: int = 50) -> list[CaseRow]:
    """The cases of an order, those still inside first, then the latest. Read as the jobs role: the order is the caller's to
    see, and somebody who is in it without living there counts as well."""
    with db.acting_as_jobs():
        return [CaseRow(*row) for row in db.rows(db.sql("areas/order_cases"), {"order": order_id, "limit": limit})]


def cases_in(pieces: Sequence[Any], at: dt.datetime, limit: int = 50) -> list[CaseRow]:
    """The same for the pieces of an order that is not signed yet."""
    params = {**_columns(pieces), "since": at - OLD, "limit": limit}
    return [CaseRow(*row) for row in db.rows(db.sql("areas/cases"), params)]


def _columns(pieces: Sequence[Any]) -> dict[str, list[Any]]:
    return {
        "places": [int(p.place_id) for p in pieces], "ends": [PlaceId(p.place_id).range[1] for p in pieces],
        "floors": [p.floor for p in pieces], "homes": [p.home_id for p in pieces],
        "excluded": [p.excluded for p in pieces],
        "people": [p.facility_id is None and p.address_id is None for p in pieces],
    }  # fmt: skip


def parts(order_id: int) -> list[Part]:
    """The places of an order, those that are taken out of it last."""
    return list(Part.objects.using(db.alias()).filter(order_id=order_id).order_by("excluded", "place_id", "floor", "pk"))


MOST_PLACES = 500
"""So many places are offered at most where somebody can be."""


def standing_places(order_id: int) -> list[int]:
    """Where in an order somebody can be: its units; of an order of very many its buildings, or its compounds; its own places
    where the tree has nothing finer, and where a facility of it stands."""
    own = [p for p in parts(order_id) if not p.excluded]
    facilities = {p.place_id for p in own if p.facility_id is not None}
    for level in (Level.UNIT, Level.BUILDING, Level.COMPOUND):
        found = db.rows(db.sql("areas/places_inside"), {"order": order_id, "level": level, "limit": MOST_PLACES + 1})
        if 0 < len(found) <= MOST_PLACES:
            return sorted({place for (place,) in found} | facilities)
    return sorted({p.place_id for p in own})


class OnRoll(NamedTuple):
    """Somebody on the roll of an order, where they are: limited by it, or marked (away, exempt, unregistered) since when and
    by whom; ``known``: the viewer may open the record."""

    person_id: int
    place_id: int
    name: str
    person_no: str
    door: str
    floor: int
    limited: bool
    status: str
    since: dt.datetime | None
    by: str
    reason: str
    known: bool = True

    @property
    def key(self) -> Key:
        return (self.place_id, self.floor, self.door, self.person_id)


@dataclass(frozen=True)
class Roll:
    """Whose line of a roll: "limited" or one of the marks (empty: all), with this in the door, and where names may be seen
    (``named``) in the name or the person's number."""

    status: str = ""
    text: str = ""
    named: bool = False


def roll(order_id: int, wanted: Roll, after: Key = START, limit: int = 50) -> list[OnRoll]:
    """Who is or was limited by an order and who is marked, door by door."""
    place, floor, number, person = after
    params = {
        "order": order_id, "status": wanted.status, "text": wanted.text, "named": wanted.named, "place": place,
        "floor": floor, "number": number, "person": person, "limit": limit,
    }  # fmt: skip
    return [OnRoll(*row) for row in db.rows(db.sql("areas/roll"), params)]


def marks(order_id: int) -> dict[str, int]:
    """How many are away, exempt, or here without being registered."""
    return dict(
        db.rows("SELECT status, count(*) FROM areas_rollmark WHERE order_id = %s GROUP BY status", [order_id])
    )


def exits(order_id: int, limit: int = 20) -> list[ExitsCheck]:
    """The latest looks at the exits, without their photos."""
    return list(ExitsCheck.objects.using(db.alias()).filter(order_id=order_id).defer("photo").order_by("-at", "-pk")[:limit])


def barriers(order_id: int) -> list[Barrier]:
    """The register of barriers, those that stand first."""
    return list(Barrier.objects.using(db.alias()).filter(order_id=order_id).order_by(F("removed_at").desc(nulls_first=True), "pk"))


def objections(order_id: int) -> list[Objection]:
    """What residents object to, those that wait for an answer first."""
    found = Objection.objects.using(db.alias()).filter(order_id=order_id)
    return list(found.order_by(F("answered_at").desc(nulls_first=True), "due_at", "pk"))


def objection(key: int) -> Objection | None:
    """One objection in the viewer's scope."""
    return Objection.objects.using(db.alias()).select_related("order").filter(pk=key).first()


class PositiveTube(NamedTuple):
    """A tube under chase with people of some places in it; no barcode where it was sampled elsewhere."""

    tube_id: int
    barcode: str | None
    people: int
    since: dt.datetime


def positive_tubes(ranges: Sequence[tuple[int, int]], limit: int = 20) -> list[PositiveTube]:
    """The tubes that are being chased because of people of these places, the latest first."""
    params = {"los": [lo for lo, _ in ranges], "his": [hi for _, hi in ranges], "limit": limit}
    return [PositiveTube(*row) for row in db.rows(db.sql("areas/positive_tubes"), params)]


@dataclass(frozen=True)
class Whom:
    """Whom an order on some places would limit: persons behind how many doors."""

    persons: int
    homes: int


def whom(pieces: Sequence[Any]) -> Whom:
    """Count who lives in the pieces of an order that is not signed yet, as ``sql/people.sql`` will take them."""
    return Whom(*db.rows(db.sql("areas/whom"), _columns(pieces))[0])


def around(ranges: Sequence[tuple[int, int]]) -> list[Order]:
    """Orders in force that touch some places already."""
    touching = Q()
    for lo, hi in ranges:
        touching |= Q(place_id__lt=hi, place_end__gt=lo)
    found = Part.objects.using(db.alias()).filter(touching, order__state="in_force", excluded=False, address_id=None)
    return list(Order.objects.using(db.alias()).filter(pk__in=found.values("order_id")).order_by("ends_at", "pk")[:20])
