"""Reads of the desk's pages, each a fixed number of statements. The acting role decides what is seen."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from tongxin.access.models import User
from tongxin.kit import clock, crypto, db
from tongxin.needs import queries, states
from tongxin.needs.glossary import Word
from tongxin.needs.models import Caller, GlossaryWord, Need
from tongxin.needs.queries import LIVE, PAST, WAITING, Filter
from tongxin.people.models import Person
from tongxin.places.models import Home
from tongxin.places.place_id import PlaceId
from tongxin.tasks.models import Task
from tongxin.tasks.states import WORKABLE

MOST_SHOWN = 100
BUILDINGS_SHOWN = 30


def listed(
    user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta, after: queries.Key | None = None, limit: int = 50
) -> list[Need]:
    """A page of ``queries.inbox``; each need with its ``door`` and whether it may be the ``same`` as another that waits."""
    found = queries.inbox(user, wanted, now, soon, after, limit)
    return _marked(found)


def _marked(found: list[Need]) -> list[Need]:
    """One statement for all of them: written into the list's own it would be asked of every row that is passed over."""
    marks = {
        key: (door, same)
        for key, door, same in db.rows(
            "SELECT n.id, h.number, EXISTS (SELECT FROM needs_likeness l JOIN needs_need o"
            "   ON o.id = CASE WHEN l.need_id = n.id THEN l.other_id ELSE l.need_id END AND o.state IN ('new', 'open', 'done')"
            "   WHERE (l.need_id = n.id OR l.other_id = n.id) AND l.decided = '')"
            " FROM needs_need n LEFT JOIN places_home h ON h.id = n.home_id WHERE n.id = ANY(%s)",
            [[need.pk for need in found]],
        )
    }
    for need in found:
        need.door, need.same = marks.get(need.pk, ("", False))
    return found


class Tab(NamedTuple):
    """A kind with how many of it a list shows; and of those that wait how many are overdue, due soon, new, to be asked for
    the resident's word, emergencies, watched."""

    kind: str
    count: int
    overdue: int
    soon: int
    new: int
    done: int
    emergencies: int
    watched: int


def tabs(user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta) -> list[Tab]:
    """The kinds of a list, whatever kind it is narrowed to; one reading of what waits, or of the past that is asked for."""
    whole = wanted.state if wanted.state in PAST else LIVE
    wide = replace(wanted, kind="", state=whole, when="", done="", lately=False, watched=False)
    shown = queries.of_state(wanted.state) & queries.of_time(wanted, now, soon)
    waits = queries.of_state(WAITING)
    if wanted.watched:
        shown &= Q(watched=True)
    found = queries.filtered(user, wide, now, soon).values("kind").order_by("kind").annotate(
        n=Count("pk", filter=shown),
        overdue=Count("pk", filter=waits & Q(due_at__lt=now)),
        soon=Count("pk", filter=waits & Q(due_at__gte=now, due_at__lt=now + soon)),
        new=Count("pk", filter=Q(state=states.NEW)),
        done=Count("pk", filter=Q(state=states.DONE)),
        emergencies=Count("pk", filter=waits & Q(urgency=0)),
        seen=Count("pk", filter=Q(watched=True) & queries.of_state(LIVE)),
    )  # fmt: skip
    return [Tab(*row.values()) for row in found]


def emergencies(user: User, place_id: int | None, limit: int = 20) -> list[Need]:
    """The emergencies that nobody has seen to, the oldest first (need_emergency)."""
    found = queries.filtered(user, Filter(place_id, WAITING), dt.datetime.now(dt.UTC), dt.timedelta()).filter(urgency=0)
    return list(found.order_by("due_at", "pk")[:limit])


def opened(user: User, need_id: int) -> Need | None:
    """A need for its page, with its ``door``, the person's ``name``, ``person_no`` and ``category`` as far as they are the
    viewer's to see, and the open task: ``task_id``, ``task_kind``, ``owner``, ``climbed``."""
    task = Task.objects.using(db.alias()).filter(subject_kind="need", subject_id=OuterRef("pk"), state__in=WORKABLE).order_by("pk")
    person = Person.objects.using(db.alias()).filter(pk=OuterRef("person_id"))
    home = Home.objects.using(db.alias()).filter(pk=OuterRef("home_id"))
    found: QuerySet[Need] = queries.visible(user).filter(pk=need_id).annotate(
        door=Subquery(home.values("number")[:1]), name=Subquery(person.values("name")[:1]),
        person_no=Subquery(person.values("person_no")[:1]), category=Subquery(person.values("category")[:1]),
        task_id=Subquery(task.values("pk")[:1]), task_kind=Subquery(task.values("kind")[:1]),
        owner=Subquery(task.values("owner__name")[:1]), climbed=Subquery(task.values("escalation")[:1]),
    )  # fmt: skip
    return found.first()


@dataclass(frozen=True)
class Member:
    """Somebody who may be meant: a person of the register with the door."""

    id: int
    name: str
    number: str
    place_id: int
    home_id: int | None
    door: str
    category: str


@dataclass(frozen=True)
class Asker:
    """A caller of a need as its page shows them; ``behind`` are the people of the number."""

    id: int
    channel: str
    reference: str
    raised_at: dt.datetime
    person_id: int | None
    name: str
    phone: str
    told_at: dt.datetime | None
    behind: Sequence[Member] = field(default_factory=tuple)


def askers(need_id: int) -> list[Asker]:
    """The callers of a need with the people behind their numbers, in one statement."""
    return [
        Asker(key, channel, ref, at, person, crypto.decrypt(name), crypto.decrypt(phone), told, [_member(m) for m in behind or ()])
        for key, channel, ref, at, person, name, phone, told, behind in db.rows(db.sql("needs/callers"), {"need": need_id})
    ]


def _member(told: dict[str, Any] | str) -> Member:
    row = json.loads(told) if isinstance(told, str) else told
    return Member(
        row["id"], row["name"], row["number"], int(row["place"]), row["home"], row["door"] or "", row["category"]
    )  # fmt: skip


def members(homes: Collection[int], persons: Collection[int] = ()) -> list[Member]:
    """The people of homes and those asked for, door by door, as far as the acting role sees them."""
    return [Member(*row) for row in db.rows(db.sql("needs/members"), {"homes": list(homes), "persons": list(persons)})]


def limited(persons: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """``(order, name)`` of the areas that limit each person now, as far as the acting role sees them."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = db.rows(
        "SELECT r.subject_id, o.id, o.name FROM restrictions_restriction r JOIN areas_order o ON o.id = r.cause_id"
        " WHERE r.subject_kind = 'person' AND r.subject_id = ANY(%s) AND r.cause_kind = 'order' AND r.released_at IS NULL"
        " ORDER BY o.id",
        [list(persons)],
    ) if persons else []  # fmt: skip
    for person, order, name in rows:
        found[person].append((order, name))
    return found


def of_phone(user: User, phone: str, limit: int = 10) -> list[Need]:
    """The needs that somebody with this number raised and that still wait, the latest first."""
    mine = Caller.objects.using(db.alias()).filter(phone_hash=crypto.lookup_hash(phone)).values("need_id")
    found = queries.visible(user).filter(pk__in=mine, state__in=states.LIVE)
    return list(found.order_by("-raised_at", "-pk")[:limit]) if phone else []


def by_source(user: User, channel: str, reference: str) -> Need | None:
    """The need that a channel handed in under a reference, or into which its caller was merged."""
    found = queries.visible(user)
    own = found.filter(channel=channel, source_ref=reference).first()
    if own is None or own.state != states.MERGED:
        return own
    return found.filter(callers__channel=channel, callers__source_ref=reference).first() or own


@dataclass(frozen=True)
class HandOver:
    """What the next shift takes over: emergencies and what is overdue, what was promised, what is to be watched; at most a
    hundred of each."""

    overdue: list[Need]
    promised: list[Need]
    watched: list[Need]


def hand_over(user: User, place_id: int | None, now: dt.datetime) -> HandOver:
    """The first due or promised first."""
    soon, none = dt.timedelta(), Filter(place_id, LIVE)
    late = queries.filtered(user, replace(none, state=WAITING), now, soon).filter(Q(due_at__lt=now) | Q(urgency=0))
    promised = queries.filtered(user, replace(none, promised=True), now, soon)
    watched = queries.filtered(user, replace(none, watched=True), now, soon)
    whole = [
        list(late.order_by("due_at", "pk")[:MOST_SHOWN]), list(promised.order_by("promised_at", "pk")[:MOST_SHOWN]),
        list(watched.order_by("due_at", "pk")[:MOST_SHOWN]),
    ]  # fmt: skip
    marked = {need.pk: need for need in _marked([need for some in whole for need in some])}
    for need in (need for some in whole for need in some):
        need.door, need.same = marked[need.pk].door, marked[need.pk].same
    return HandOver(*whole)


class Often(NamedTuple):
    """How often something was asked, how many wait, are done, were done inside their limit."""

    key: str
    count: int
    open: int
    done: int
    in_time: int


@dataclass(frozen=True)
class Asked:
    kinds: list[Often]
    days: list[Often]
    buildings: list[Often]
    elsewhere: Often | None


def asked(user: User, place_id: int, since: dt.datetime, until: dt.datetime, kind: str = "") -> Asked:
    """What was asked at a place in a time, by kind and by building the most first, by day in order. ``elsewhere``: where no
    building is known."""
    lo, hi = PlaceId(place_id).range
    params = {
        "lo": lo, "hi": hi, "since": since, "until": until, "kind": kind, "zone": str(clock.city_zone()),
        "silent": user.may("need.silent"),
    }  # fmt: skip
    found: dict[int, list[Often]] = defaultdict(list)
    for what, key, *numbers in db.rows(db.sql("needs/asked"), params):
        found[what].append(Often(key or "", *numbers))
    buildings = sorted((c for c in found[3] if c.key), key=lambda c: (-c.count, c.key))
    return Asked(
        sorted(found[1], key=lambda c: (-c.count, c.key)), sorted(found[2], key=lambda c: c.key), buildings[:BUILDINGS_SHOWN],
        next((c for c in found[3] if not c.key), None),
    )  # fmt: skip


def links(user: User, ids: Collection[int]) -> list[Need]:
    """Some needs, for the pages that name them."""
    return list(queries.visible(user).filter(pk__in=ids))



class CityWord(NamedTuple):
    """A word that the city added or changed, when and by whom."""

    word: Word
    at: dt.datetime
    by: str


def city_words(text: str = "") -> dict[str, CityWord]:
    """The city's rows of the glossary by their words; only one where it is named."""
    rows = GlossaryWord.objects.using(db.alias()).filter(**({"text": text} if text else {})).order_by("text")
    return {r.text: CityWord(Word(r.text, r.kind, r.urgency, r.topic, r.active), r.changed_at, r.changed_by) for r in rows}
