"""Reads of the desk's pages, each a fixed number of statements. The acting role decides what is seen."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db.models import Case, Count, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from tongxin.access.models import User
from tongxin.kit import crypto, db
from tongxin.needs import kinds, queries, states
from tongxin.needs.glossary import Word
from tongxin.needs.models import Caller, GlossaryWord, Need
from tongxin.needs.queries import LIVE, PAST, WAITING, Filter
from tongxin.people.models import Person
from tongxin.places.models import Home
from tongxin.places.place_id import PlaceId
from tongxin.tasks.models import Task
from tongxin.tasks.states import WORKABLE

MOST_SHOWN = 50
EMERGENCIES_SHOWN = 20
BUILDINGS_SHOWN = 30


def listed(
    user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta, after: queries.Key | None = None, limit: int = 50
) -> list[Need]:
    """A page of ``queries.inbox``; each need with its ``door`` and whether it may be the ``same`` as another that waits."""
    found = queries.inbox(user, wanted, now, soon, after, limit)
    return _marked(found)


def first_page(
    user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta, limit: int = 50
) -> tuple[list[Need], list[Need]]:
    """The first page of what waits, and the emergencies that nobody has seen to (need_emergency), in one statement."""
    urgent = queries.filtered(user, Filter(wanted.place_id, WAITING, urgency="0"), now, soon).order_by("due_at", "pk")
    mine = queries.page(user, wanted, now, soon, None, limit).annotate(urgent=Value(0))
    whole = list(mine.union(urgent.annotate(urgent=Value(1))[:EMERGENCIES_SHOWN], all=True))
    column = wanted.column.lstrip("-")
    listed = sorted((n for n in whole if not n.urgent), key=lambda n: (getattr(n, column), n.pk), reverse=wanted.column[:1] == "-")
    return _marked(listed), sorted((n for n in whole if n.urgent), key=lambda n: (n.due_at, n.pk))


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
        door, need.same = marks.get(need.pk, ("", False))
        need.door = "" if need.silent else door  # it stands higher than its door
    return found


class Tab(NamedTuple):
    """A kind with how many of it a list shows (None: too many to count for a list); and of those that wait how many are
    overdue, due soon, new, to be asked for the resident's word, watched."""

    kind: str
    count: int | None
    overdue: int = 0
    soon: int = 0
    new: int = 0
    done: int = 0
    watched: int = 0


def tabs(user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta) -> list[Tab]:
    """The kinds of a list, whatever kind it is narrowed to. What waits is counted from need_place alone; the past only where
    the list is bounded in time."""
    if wanted.state not in PAST:
        return _waiting(user, wanted, now, soon)
    if not (wanted.since or wanted.lately or wanted.number or wanted.reference):
        return [Tab(kind.key, None) for kind in kinds.KINDS if not kind.silent or user.may("need.silent")]
    found = queries.filtered(user, replace(wanted, kind=""), now, soon).values("kind").order_by("kind").annotate(n=Count("*"))
    return [Tab(row["kind"], row["n"]) for row in found]


_LATE, _SOON, _LATER = 0, 1, 2


def _waiting(user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta) -> list[Tab]:
    """One row for each combination in the database, summed up here: that is half the price of many filtered counts."""
    wide = replace(wanted, kind="", state=LIVE, when="", watched=False)
    when = Case(When(due_at__lt=now, then=_LATE), When(due_at__lt=now + soon, then=_SOON), default=_LATER)
    found = queries.filtered(user, wide, now, soon).annotate(left=when).order_by()
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, state, watched, left, count in found.values_list("kind", "state", "watched", "left").annotate(n=Count("*")):
        waits = state in queries.STATES_OF[WAITING]
        told = {
            "count": _is_shown(wanted, state, watched, left), "overdue": waits and left == _LATE, "soon": waits and left == _SOON,
            "new": state == states.NEW, "done": state == states.DONE, "watched": watched,
        }  # fmt: skip
        sums[kind].update({name: count for name, true in told.items() if true})
    return [Tab(kind, numbers["count"], *(numbers[name] for name in Tab._fields[2:])) for kind, numbers in sorted(sums.items())]


def _is_shown(wanted: Filter, state: str, watched: bool, left: int) -> bool:
    """Whether the list shows such needs; the same as ``queries.of_state`` and ``queries.of_time`` say to the database."""
    if state not in queries.STATES_OF[wanted.state] or (wanted.watched and not watched):
        return False
    if not wanted.when:
        return True
    return state in queries.STATES_OF[WAITING] and left == (_LATE if wanted.when == "overdue" else _SOON)


def opened(user: User, need_id: int) -> Need | None:
    """A need for its page, with its ``door`` and where that ``stands`` (a silent need itself stands higher), the person's
    ``name``, ``person_no`` and ``category`` as far as they are the viewer's to see, and the open task: ``task_id``,
    ``task_kind``, ``owner``, ``climbed``."""
    task = Task.objects.using(db.alias()).filter(subject_kind="need", subject_id=OuterRef("pk"), state__in=WORKABLE).order_by("pk")
    person = Person.objects.using(db.alias()).filter(pk=OuterRef("person_id"))
    home = Home.objects.using(db.alias()).filter(pk=OuterRef("home_id"))
    found: QuerySet[Need] = queries.visible(user).filter(pk=need_id).annotate(
        door=Subquery(home.values("number")[:1]), stands=Coalesce(Subquery(home.values("place_id")[:1]), "place_id"),
        name=Subquery(person.values("name")[:1]),
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
    """What the next shift takes over: emergencies and what is overdue, what was promised, what is to be watched; at most
    fifty of each."""

    overdue: list[Need]
    promised: list[Need]
    watched: list[Need]


def hand_over(user: User, place_id: int | None, now: dt.datetime) -> HandOver:
    """The first due or promised first; from need_emergency, need_promised and need_watched, in one statement and one for marks."""
    soon, live = dt.timedelta(), Filter(place_id, LIVE)
    late = queries.filtered(user, replace(live, state=WAITING), now, soon).filter(due_at__lt=now)
    urgent = queries.filtered(user, replace(live, state=WAITING, urgency="0"), now, soon)
    promised = queries.filtered(user, replace(live, promised=True), now, soon)
    watched = queries.filtered(user, replace(live, watched=True), now, soon)
    parts = [
        part.order_by(column, "pk")[:MOST_SHOWN]
        for part, column in ((late, "due_at"), (urgent, "due_at"), (promised, "promised_at"), (watched, "due_at"))
    ]
    found = _marked(list({need.pk: need for need in parts[0].union(*parts[1:], all=True)}.values()))
    by_due = sorted(found, key=lambda need: (need.due_at, need.pk))
    kept = sorted((n for n in found if n.promised_at), key=lambda need: (need.promised_at, need.pk))
    waiting = queries.STATES_OF[WAITING]
    return HandOver(
        [n for n in by_due if n.state in waiting and (n.due_at < now or n.urgency == 0)][:MOST_SHOWN], kept[:MOST_SHOWN],
        [n for n in by_due if n.watched][:MOST_SHOWN],
    )  # fmt: skip


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
    days = [since + n * queries.DAY for n in range((until - since).days)]  # midnights of the city
    params = {
        "lo": lo, "hi": hi, "since": since, "until": until, "kind": kind, "days": days, "silent": user.may("need.silent"),
    }  # fmt: skip
    found: dict[int, list[Often]] = defaultdict(list)
    for what, key, *numbers in db.rows(db.sql("needs/asked"), params):
        shown = days[int(key) - 1].date().isoformat() if what == 2 else key or ""
        found[what].append(Often(shown, *numbers))
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
