"""Reads of needs. The acting role decides what is seen; silent needs besides need the capability ``need.silent``."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from tongxin.access.models import User
from tongxin.kit import crypto, db
from tongxin.needs import glossary as words
from tongxin.needs import kinds, states
from tongxin.needs.glossary import Glossary, Word
from tongxin.needs.locate import Spot, by_phone
from tongxin.needs.models import Caller, GlossaryWord, Likeness, Need, NeedEvent
from tongxin.places.place_id import PlaceId

Key = tuple[dt.datetime, int]


def glossary() -> Glossary:
    """The words in force: the project's own, overlaid by the city's rows."""
    ((count, changed),) = db.rows("SELECT count(*), max(changed_at) FROM needs_glossaryword")
    return _compiled(count, changed)


@functools.lru_cache(maxsize=4)
def _compiled(_count: int, _changed: dt.datetime | None) -> Glossary:
    rows = GlossaryWord.objects.using(db.alias()).all()
    return words.compiled(Word(r.text, r.kind, r.urgency, r.topic, r.active) for r in rows)


def vulnerable(persons: Sequence[int | None], homes: Sequence[int | None]) -> tuple[set[int | None], set[int | None]]:
    """Those of the persons who are in a category of the register, and of the homes in which somebody is."""
    found = db.rows(
        "SELECT id, NULL FROM people_person WHERE id = ANY(%s) AND category <> ''"
        " UNION ALL SELECT NULL, home_id FROM people_person WHERE home_id = ANY(%s) AND category <> ''",
        [[p for p in persons if p], [h for h in homes if h]],
    )
    return {person for person, _ in found if person}, {home for _, home in found if home}


def visible(user: User) -> QuerySet[Need]:
    """The needs that a user may see where they are responsible: silent ones only with the capability for them."""
    found = Need.objects.using(db.alias())
    return found.all() if user.may("need.silent") else found.filter(silent=False)


WAITING, ASKED, LIVE, ALL = "waiting", "asked", "live", "all"
STATES_OF: dict[str, tuple[str, ...]] = {
    LIVE: states.LIVE,
    WAITING: (states.NEW, states.OPEN),
    ASKED: (*states.LIVE, states.CLOSED, states.WITHDRAWN),
    ALL: states.STATES,
    **{state: (state,) for state in states.STATES},
}
"""What a list may be narrowed to: a state, or several: "live" (somebody still waits), "waiting" (for the deed), "asked" (each
need once: merged ones are part of another), "all"."""
PAST = frozenset({ALL, ASKED, states.CLOSED, states.MERGED, states.WITHDRAWN})
"""Lists that may be long: the latest first. The others begin with what is due first."""
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Filter:
    """Which needs. ``state`` is one of STATES_OF; ``team`` a role; ``when`` "overdue", "soon" or empty; ``done`` "any",
    "in_time", "late" or empty; ``lately``: done within a day; ``since`` and ``until`` bound when it was raised; ``read_since``
    when it was confirmed, ``suggested`` as what; ``place_id`` None is the whole scope. ``sort`` "oldest" begins with what was
    raised first."""

    place_id: int | None
    state: str = LIVE
    kind: str = ""
    urgency: str = ""
    channel: str = ""
    team: str = ""
    when: str = ""
    alike: bool = False
    watched: bool = False
    promised: bool = False
    done: str = ""
    lately: bool = False
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    suggested: str = ""
    read_since: dt.datetime | None = None
    number: int | None = None
    reference: str = ""
    sort: str = ""

    @property
    def column(self) -> str:
        """By what the list is ordered; ``-`` the latest first."""
        if self.sort == "oldest":
            return "raised_at"
        return "-raised_at" if self.state in PAST else "due_at"


def inbox(
    user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta, after: Key | None = None, limit: int = 50
) -> list[Need]:
    """Needs, the first due first (of those that ended, the latest first), a page at a time."""
    return list(page(user, wanted, now, soon, after, limit))


def page(
    user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta, after: Key | None = None, limit: int = 50
) -> QuerySet[Need]:
    """``inbox`` before it is read. Live ones come from the partial indexes need_inbox and need_place, others from need_raised
    and need_latest."""
    found, turn, column = filtered(user, wanted, now, soon), wanted.column[:1] == "-", wanted.column.lstrip("-")
    if after:
        behind = "lt" if turn else "gt"
        found = found.filter(
            Q(**{f"{column}__{behind}": after[0]}) | Q(**{column: after[0], f"pk__{behind}": after[1]}),
            **{f"{column}__{behind}e": after[0]},
        )
    return found.order_by(wanted.column, "-pk" if turn else "pk")[:limit]


def key_of(need: Need, wanted: Filter) -> Key:
    """Where the next page goes on."""
    return (getattr(need, wanted.column.lstrip("-")), need.pk)


def filtered(user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta) -> QuerySet[Need]:
    found = visible(user)
    if wanted.place_id is not None:
        lo, hi = PlaceId(wanted.place_id).range
        found = found.filter(place_id__gte=lo, place_id__lt=hi)
    exact: dict[str, Any] = {
        "kind": wanted.kind, "urgency": wanted.urgency, "channel": wanted.channel, "pk": wanted.number,
        "source_ref": wanted.reference, "watched": wanted.watched, "suggested_kind": wanted.suggested,
        "raised_at__gte": wanted.since, "raised_at__lt": wanted.until, "confirmed_at__gte": wanted.read_since,
    }  # fmt: skip
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if wanted.promised:
        found = found.filter(promised_at__isnull=False)
    if wanted.team:
        found = found.filter(kind__in=[k.key for k in kinds.KINDS if k.team == wanted.team])
    if wanted.alike:
        pairs = Likeness.objects.using(db.alias()).filter(decided="")
        found = found.filter(Q(pk__in=pairs.values("need_id")) | Q(pk__in=pairs.values("other_id")))
    return found.filter(of_state(wanted.state), of_time(wanted, now, soon))


def of_state(state: str) -> Q:
    return Q() if state == ALL else Q(state__in=STATES_OF[state])


def of_time(wanted: Filter, now: dt.datetime, soon: dt.timedelta) -> Q:
    """What the clock says of a need at a moment: overdue, due soon, done and how."""
    waits, found = Q(state__in=STATES_OF[WAITING]), Q()
    if wanted.when == "overdue":
        found &= waits & Q(due_at__lt=now)
    elif wanted.when == "soon":
        found &= waits & Q(due_at__gte=now, due_at__lt=now + soon)
    if wanted.done:
        found &= Q(done_at__isnull=False)
    if wanted.done == "in_time":
        found &= Q(done_at__lte=F("due_at"))
    elif wanted.done == "late":
        found &= Q(done_at__gt=F("due_at"))
    return found & Q(done_at__gte=now - DAY) if wanted.lately else found


@dataclass(frozen=True)
class Figures:
    """How many needs wait, are overdue, fall due soon, wait for the resident's word; the oldest that is open; and of those
    closed in the last day, how many inside their limit."""

    waiting: int
    overdue: int
    soon: int
    unread: int
    to_ask: int
    emergencies: int
    oldest: dt.datetime | None
    done: int
    in_time: int


def figures(user: User, place_id: int, now: dt.datetime, soon: dt.timedelta) -> Figures:
    """The Care clock of a place; every figure opens its rows by the same filter."""
    lo, hi = PlaceId(place_id).range
    found = db.rows(db.sql("needs/figures"), {
        "lo": lo, "hi": hi, "now": now, "soon": now + soon, "day": now - dt.timedelta(days=1), "silent": user.may("need.silent"),
    })  # fmt: skip
    return Figures(*found[0])


def one(user: User, need_id: int) -> Need | None:
    """A need for somebody to see; None where it is not in the user's scope or silent and not for them."""
    return visible(user).filter(pk=need_id).first()


def text_of(need: Need) -> str:
    return crypto.decrypt(need.text)


def details_of(need: Need) -> dict[str, str]:
    """The answers of the form, by the names of ``kinds.Ask``."""
    plain = crypto.decrypt(need.details)
    return json.loads(plain) if plain else {}


def callers(need_id: int) -> list[Caller]:
    return list(Caller.objects.using(db.alias()).filter(need_id=need_id).order_by("raised_at", "pk")[:100])


def events(need_id: int) -> list[NeedEvent]:
    return list(NeedEvent.objects.using(db.alias()).filter(need_id=need_id).order_by("-pk")[:200])


def alike(need_id: int) -> list[tuple[Need, str]]:
    """The needs that may be the same as this one and about which nobody has decided, with the reason."""
    pairs = Likeness.objects.using(db.alias()).filter(Q(need_id=need_id) | Q(other_id=need_id), decided="")
    found = [(p.other if p.need_id == need_id else p.need, p.reason) for p in pairs.select_related("need", "other")[:50]]
    return [(need, reason) for need, reason in found if need.state in states.LIVE]


def behind(phone: str) -> list[Spot]:
    """The people behind a number, as far as the acting role may see them: for the telephone desk to choose from."""
    return by_phone([phone]).get(phone, [])


def corrected(place_id: int, since: dt.datetime) -> list[tuple[str, str, int]]:
    """What operators changed: suggested kind, confirmed kind, how many; where the two are equal the rules were right."""
    lo, hi = PlaceId(place_id).range
    return db.rows(
        "SELECT suggested_kind, kind, count(*) FROM needs_need WHERE confirmed_at >= %s AND NOT silent"
        " AND place_id >= %s AND place_id < %s GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 400",
        [since, lo, hi],
    )


def of_person(person_id: int, limit: int = 20) -> list[Need]:
    """The needs that a person raised or that are about them, the latest first. Silent ones are not in it: somebody else may be
    looking over the shoulder."""
    found = Need.objects.using(db.alias()).filter(
        Q(person_id=person_id) | Q(pk__in=Caller.objects.using(db.alias()).filter(person_id=person_id).values("need_id")),
        silent=False,
    )
    return list(found.order_by(F("raised_at").desc(), "-pk")[:limit])
