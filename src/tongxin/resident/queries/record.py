"""What one resident may read: what is on record about that person, and nobody else.

Every read takes a ``Resident``, which only ``current`` makes, from the cookie of a visit whose code was right. No read takes
an identifier from a page. They run as the jobs role, which sees every place: each statement is narrowed to the one person by
hand, and ``tests/web/test_resident.py`` tries to get at somebody else's rows by every way in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tongxin.areas import queries as areas
from tongxin.areas.models import Objection, Order
from tongxin.areas.rules import Standing
from tongxin.chase.models import Member
from tongxin.kit import clock, db
from tongxin.people.models import Person
from tongxin.places.place_id import Level, PlaceId
from tongxin.resident import rules
from tongxin.resident.models import Visit
from tongxin.restrictions import queries as restrictions
from tongxin.restrictions.models import Restriction

NEGATIVE = 1
MOST_LIMITS, MOST_RESULTS = 20, 20


@dataclass(frozen=True)
class Resident:
    """The one person of a visit, and until when it lasts."""

    person_id: int
    name: str
    place_id: int
    home_id: int | None
    until: dt.datetime


def digest(token: str) -> bytes:
    """What is kept of a cookie."""
    return hashlib.sha256(token.encode()).digest()


def visit(token: str) -> Visit | None:
    """The visit of a cookie that was not ended."""
    if not token:
        return None
    with db.acting_as_jobs():
        return Visit.objects.filter(token_hash=digest(token), ended_at=None).first()


def current(token: str, now: dt.datetime) -> Resident | None:
    """Who is reading; None for a cookie that opens nothing (any more)."""
    found = visit(token)
    if found is None or found.person_id is None or found.entered_at is None or rules.is_over(found.entered_at, now):
        return None
    with db.acting_as_jobs():
        person = Person.objects.filter(pk=found.person_id).first()
    if person is None:
        return None
    return Resident(person.pk, person.name, person.place_id, person.home_id, found.entered_at + rules.VISIT)


@dataclass(frozen=True)
class Limit:
    """Something that limits the resident: the order behind it and where that stands, whether the resident's own result of the
    deciding day is there (None: no day decides), how far the own retest is, and the resident's objections."""

    row: Restriction
    order: Order | None
    standing: Standing | None
    own_result: bool | None
    node: str
    objections: Sequence[Objection]

    @property
    def can_object(self) -> bool:
        return self.row.subject_kind == "person" and all(o.answered_at for o in self.objections)


def limits(me: Resident) -> list[Limit]:
    """What limits the resident now, on the person, the home, or a place around it."""
    now = clock.now()
    with db.acting_as_jobs():
        rows = restrictions.in_force_on_person(now, me.person_id)
        orders = {
            o.pk: o for o in Order.objects.filter(pk__in=[r.cause_id for r in rows if r.cause_kind == "order"], state="in_force")
        }  # fmt: skip
        standings = areas.standings(list(orders.values()), now)
        days = _negative_days(me, [o.last_day for o in orders.values() if o.last_day])
        tubes = [r.cause_id for r in rows if r.cause_kind == "result"]
        nodes = dict(Member.objects.filter(person_id=me.person_id, tube_id__in=tubes).values_list("tube_id", "node"))
        objected = list(Objection.objects.filter(person_id=me.person_id, restriction_id__in=[r.pk for r in rows]).order_by("pk"))
    return [
        Limit(
            row, (order := orders.get(row.cause_id) if row.cause_kind == "order" else None),
            standings.get(order.pk) if order else None, order.last_day in days if order and order.last_day else None,
            nodes.get(row.cause_id, "") if row.cause_kind == "result" else "",
            [o for o in objected if o.restriction_id == row.pk],
        )
        for row in rows
    ]  # fmt: skip


def _negative_days(me: Resident, days: Sequence[dt.date]) -> set[dt.date]:
    """Those of the days of which the resident has a negative result."""
    if not days:
        return set()
    found = db.rows(
        "SELECT DISTINCT (m.scanned_at AT TIME ZONE %s)::date FROM screening_tube_member m"
        "  JOIN screening_tube t ON t.id = m.tube_id"
        " WHERE m.person_id = %s AND t.result = %s AND m.scanned_at >= %s::date - 1",
        [str(clock.city_zone()), me.person_id, NEGATIVE, min(days)],
    )
    return {day for (day,) in found} & set(days)


def past(me: Resident) -> list[tuple[Restriction, list[Objection]]]:
    """What limited the resident before, the latest first, with what was objected and answered."""
    with db.acting_as_jobs():
        now = clock.now()
        every = Restriction.objects.filter(subject_kind="person", subject_id=me.person_id).order_by("-starts_at", "-pk")
        over = [r for r in every[: 2 * MOST_LIMITS] if r.released_at or r.ends_at <= now][:MOST_LIMITS]
        objected = list(Objection.objects.filter(person_id=me.person_id, restriction_id__in=[r.pk for r in over]).order_by("pk"))
    return [(row, [o for o in objected if o.restriction_id == row.pk]) for row in over]


class Result(NamedTuple):
    """A swab of the resident: when, how many were in the tube (what it says is the tube's), its result and since when."""

    scanned_at: dt.datetime
    members: int
    retest: bool
    result: int | None
    result_at: dt.datetime | None


def results(me: Resident) -> list[Result]:
    """The latest swabs of the resident; nothing of whoever else was in a tube."""
    with db.acting_as_jobs():
        found = db.rows(
            "SELECT m.scanned_at, t.members, t.purpose = 2, t.result, t.result_at FROM screening_tube_member m"
            " JOIN screening_tube t ON t.id = m.tube_id WHERE m.person_id = %s ORDER BY m.scanned_at DESC LIMIT %s",
            [me.person_id, MOST_RESULTS],
        )
    return [Result(*row) for row in found]


class Look(NamedTuple):
    """An entry of the audit trail about the resident: the role of whoever it was, never the name."""

    id: int
    at: dt.datetime
    action: str
    actor_kind: str
    role: str


# A look at a list stands at its place, not at each person on it: those that must have shown this home are told too.
_LOOKS = (
    "SELECT e.id, e.at, e.action, split_part(e.actor, ':', 1), coalesce(u.role_id, '')"
    "  FROM kit_auditentry e LEFT JOIN access_user u ON e.actor = 'user:' || u.username"
    " WHERE ((e.subject_kind = 'person' AND e.subject_id = %(person)s)"
    "     OR (e.subject_kind = 'need' AND e.subject_id = ANY(%(needs)s) AND e.action = 'view.need')"
    "     OR (e.subject_kind = 'home' AND e.subject_id = %(home)s AND e.action = 'view.home')"
    "     OR (e.place_id = %(unit)s AND e.action = 'view.list')"
    "     OR (e.place_id = %(building)s AND e.action IN ('view.building', 'view.doors')))"
    "   AND (%(after)s::bigint IS NULL OR e.id < %(after)s::bigint) ORDER BY e.id DESC LIMIT %(limit)s"
)


# A look at a need is a look at its person; whoever asked for somebody else reads of it too. A silent call leaves no trace.
_ASKED_FOR = (
    "SELECT n.id::text FROM needs_caller c JOIN needs_need n ON n.id = c.need_id WHERE c.person_id = %s AND NOT n.silent"
    "   AND n.source_ref NOT LIKE 'quiet-%%' AND n.person_id IS DISTINCT FROM %s ORDER BY n.id DESC LIMIT 100"
)


def looks(me: Resident, after: int | None = None, limit: int = 20) -> list[Look]:
    """Who looked at the resident's record, or did something about them, the latest first."""
    params: dict[str, Any] = {
        "person": str(me.person_id), "home": str(me.home_id or ""), "unit": me.place_id,
        "needs": [], "building": int(PlaceId(me.place_id).at(Level.BUILDING)), "after": after, "limit": limit,
    }  # fmt: skip
    with db.acting_as_jobs():
        params["needs"] = [key for (key,) in db.rows(_ASKED_FOR, [me.person_id, me.person_id])]
        return [Look(*row) for row in db.rows(_LOOKS, params)]
