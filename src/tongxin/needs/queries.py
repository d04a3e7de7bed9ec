"""Reads of needs. The acting role decides what is seen; silent needs besides need the capability ``need.silent``."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Filter:
    """Which needs. ``state`` is one of the states, "live" or "all"; ``team`` a role; ``when`` "overdue", "soon" or empty."""

    place_id: int
    state: str = "live"
    kind: str = ""
    urgency: str = ""
    channel: str = ""
    team: str = ""
    when: str = ""
    alike: bool = False
    watched: bool = False


def inbox(
    user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta, after: Key | None = None, limit: int = 50
) -> list[Need]:
    """Needs, the first due first, a page at a time. Live ones come from the partial index need_inbox."""
    found = filtered(user, wanted, now, soon)
    if wanted.state in ("all", states.CLOSED, states.MERGED, states.WITHDRAWN):
        if after:
            found = found.filter(Q(raised_at__lt=after[0]) | Q(raised_at=after[0], pk__lt=after[1]))
        return list(found.order_by("-raised_at", "-pk")[:limit])
    if after:
        found = found.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], pk__gt=after[1]))
    return list(found.order_by("due_at", "pk")[:limit])


def key_of(need: Need, state: str) -> Key:
    """Where the next page goes on."""
    past = state in ("all", states.CLOSED, states.MERGED, states.WITHDRAWN)
    return (need.raised_at if past else need.due_at, need.pk)


def filtered(user: User, wanted: Filter, now: dt.datetime, soon: dt.timedelta) -> QuerySet[Need]:
    lo, hi = PlaceId(wanted.place_id).range
    found = visible(user).filter(place_id__gte=lo, place_id__lt=hi)
    if wanted.state == "live":
        found = found.filter(state__in=states.LIVE)
    elif wanted.state != "all":
        found = found.filter(state=wanted.state)
    for name in ("kind", "urgency", "channel"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if wanted.team:
        found = found.filter(kind__in=[k.key for k in kinds.KINDS if k.team == wanted.team])
    if wanted.when == "overdue":
        found = found.filter(due_at__lt=now, state__in=(states.NEW, states.OPEN))
    elif wanted.when == "soon":
        found = found.filter(due_at__gte=now, due_at__lt=now + soon, state__in=(states.NEW, states.OPEN))
    if wanted.watched:
        found = found.filter(watched=True)
    if wanted.alike:
        pairs = Likeness.objects.using(db.alias()).filter(decided="")
        found = found.filter(Q(pk__in=pairs.values("need_id")) | Q(pk__in=pairs.values("other_id")))
    return found


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


@dataclass(frozen=True)
class Asked:
    """How often one kind was asked for."""

    kind: str
    count: int
    open: int
    in_time: int
    done: int


def most_asked(user: User, place_id: int, since: dt.datetime, until: dt.datetime) -> list[Asked]:
    """What was asked most at a place in a time, the most frequent first."""
    lo, hi = PlaceId(place_id).range
    rows = db.rows(
        "SELECT kind, count(*), count(*) FILTER (WHERE state = ANY(%s)),"
        "       count(*) FILTER (WHERE done_at <= due_at), count(done_at) FROM needs_need"
        " WHERE place_id >= %s AND place_id < %s AND raised_at >= %s AND raised_at < %s AND (NOT silent OR %s)"
        "   AND state <> 'merged' GROUP BY kind ORDER BY 2 DESC, 1",
        [list(states.LIVE), lo, hi, since, until, user.may("need.silent")],
    )
    return [Asked(*row) for row in rows]


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
