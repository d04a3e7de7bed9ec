"""The ledger as a list, its figures, and all that is known of one person on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from tongxin.access.models import User
from tongxin.kit import crypto, db
from tongxin.ledgers.categories import CATEGORIES, hidden
from tongxin.ledgers.models import Contact, Entry
from tongxin.people.models import Person
from tongxin.places.place_id import PlaceId

OVERDUE, OWNERLESS, NEVER = "overdue", "ownerless", "never"
ONLY = (OVERDUE, OWNERLESS, NEVER)
DUE, SEEN, PLACE = "due", "seen", "place"
SORTS = (DUE, SEEN, PLACE)
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Filter:
    """Which entries: of this category and source, owned by (0: by nobody), whose name begins with ``text``, in this place;
    ``only`` overdue, without owner, or never seen. ``sensitive``: whether the reader may see such categories."""

    now: dt.datetime
    sensitive: bool = False
    category: str = ""
    source: str = ""
    owner_id: int | None = None
    text: str = ""
    place_id: int | None = None
    only: str = ""


def found(wanted: Filter) -> QuerySet[Entry]:
    entries = Entry.objects.using(db.alias()).filter(ended_at=None)
    if kept_back := hidden(wanted.sensitive):
        entries = entries.exclude(category__in=kept_back)
    if wanted.category:
        entries = entries.filter(category=wanted.category)
    if wanted.source:
        entries = entries.filter(source=wanted.source)
    if wanted.owner_id is not None:
        entries = entries.filter(owner_id=wanted.owner_id)
    if wanted.place_id is not None:
        lo, hi = PlaceId(wanted.place_id).range
        entries = entries.filter(place_id__gte=lo, place_id__lt=hi)
    if wanted.text:
        entries = entries.filter(person__name__gte=wanted.text, person__name__lt=wanted.text + LAST)
    if wanted.only == OVERDUE:
        entries = entries.filter(next_due__lt=wanted.now)
    elif wanted.only == OWNERLESS:
        entries = entries.filter(owner=None)
    elif wanted.only == NEVER:
        entries = entries.filter(last_seen_at=None)
    return entries


def key_of(entry: Entry, sort: str) -> tuple[Any, int]:
    """Where a page of the list ends."""
    value = {DUE: entry.next_due, PLACE: entry.place_id, SEEN: entry.last_seen_at or EVER}[sort]
    return value, entry.pk


EVER = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)


def page(wanted: Filter, sort: str, after: tuple[Any, int] | None, limit: int) -> list[Entry]:
    """Entries with person, home and owner; by what is due, by who was not seen for longest, or by place."""
    entries = found(wanted).select_related("person__home", "owner", "deputy")
    field = {DUE: "next_due", PLACE: "place_id", SEEN: "last_seen_at"}[sort]
    if after:
        value, key = after
        if sort == SEEN and value == EVER:
            entries = entries.filter(Q(last_seen_at=None, pk__gt=key) | Q(last_seen_at__isnull=False))
        else:
            entries = entries.filter(Q(**{f"{field}__gt": value}) | Q(**{field: value}, pk__gt=key))
    order = F("last_seen_at").asc(nulls_first=True) if sort == SEEN else field
    return list(entries.order_by(order, "pk")[:limit])


@dataclass(frozen=True)
class Figures:
    """How many entries, persons, overdue, without an owner by name, never seen; and how many of each category."""

    entries: int
    persons: int
    overdue: int
    ownerless: int
    never: int
    categories: Sequence[tuple[str, int]]


def figures(wanted: Filter) -> Figures:
    """The counts of a place, whatever the other filters say; one query."""
    lo, hi = PlaceId(wanted.place_id).range if wanted.place_id is not None else (0, 2**63 - 1)
    rows = db.rows(
        "SELECT category, count(*), count(DISTINCT person_id), count(*) FILTER (WHERE next_due < %s),"
        "       count(*) FILTER (WHERE owner_id IS NULL), count(*) FILTER (WHERE last_seen_at IS NULL)"
        "  FROM ledgers_entry WHERE ended_at IS NULL AND place_id >= %s AND place_id < %s AND NOT category = ANY (%s)"
        " GROUP BY GROUPING SETS ((category), ())",
        [wanted.now, lo, hi, hidden(wanted.sensitive)],
    )
    counted = {category: counts for category, *counts in rows}
    return Figures(*counted[None], categories=[(key, counted[key][0]) for key in CATEGORIES if key in counted])


def owners(wanted: Filter) -> list[tuple[int, str, int, int]]:
    """``(user, name, entries, overdue)`` of everybody who answers for somebody in the place, most overdue first."""
    base = found(replace(wanted, owner_id=None, only="", text="", category="", source="")).exclude(owner=None)
    return list(
        base.values_list("owner_id", "owner__name")
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(next_due__lt=wanted.now)))
        .order_by("-late", "-n", "owner_id")[:500]
    )


@dataclass(frozen=True)
class Known:
    """A person on the ledger with the entries that the reader may see and the contacts, the latest first."""

    person: Person
    entries: Sequence[Entry]
    past: Sequence[Entry]
    contacts: Sequence[tuple[Contact, str]]

    @property
    def last_seen(self) -> Entry | None:
        seen = [e for e in self.entries if e.last_seen_at]
        return max(seen, key=lambda e: e.last_seen_at or EVER, default=None)

    @property
    def next_due(self) -> dt.datetime | None:
        return min((e.next_due for e in self.entries), default=None)


def known(person_id: int, sensitive: bool) -> Known | None:
    """All that the ledger says of a person; None where the reader sees no entry of theirs."""
    rows = Entry.objects.using(db.alias()).filter(person_id=person_id).select_related("person__home", "owner", "deputy")
    rows = list(rows.exclude(category__in=hidden(sensitive)).order_by("ended_at", "pk"))
    if not rows:
        return None
    contacts = Contact.objects.using(db.alias()).filter(person_id=person_id).order_by("-pk")[:30]
    return Known(
        rows[0].person, [e for e in rows if not e.ended_at], [e for e in rows if e.ended_at],
        [(c, crypto.decrypt(c.note)) for c in contacts],
    )  # fmt: skip


def entry(entry_id: int, sensitive: bool) -> Entry | None:
    return Entry.objects.using(db.alias()).exclude(category__in=hidden(sensitive)).filter(pk=entry_id).first()


def names(persons: Sequence[int], sensitive: bool) -> list[tuple[int, str, int, str]]:
    """``(person, name, place, door)`` of people on the ledger, as far as the reader may see why."""
    rows = Entry.objects.using(db.alias()).filter(person_id__in=persons, ended_at=None).exclude(category__in=hidden(sensitive))
    return list(
        rows.order_by("person_id").distinct("person_id").values_list(
            "person_id", "person__name", "place_id", "person__home__number"
        )
    )  # fmt: skip


def may_answer(ranges: Sequence[tuple[int, int]], place_ids: Sequence[int]) -> list[User]:
    """Active users who work with the ledger and whose scope reaches into these ranges or holds these places: to choose an
    owner, a steward or a successor from. At most 500."""
    users = (
        User.objects.filter(is_active=True, role__capabilities__capability="ledger.act")
        .prefetch_related("scopes").order_by("name", "pk")[:2000]
    )  # fmt: skip
    return [u for u in users if _near([PlaceId(s.place_id).range for s in u.scopes.all()], ranges, place_ids)][:500]


def _near(theirs: Sequence[tuple[int, int]], ranges: Sequence[tuple[int, int]], places: Sequence[int]) -> bool:
    inside = bool(theirs) and all(any(lo <= a and b <= hi for lo, hi in ranges) for a, b in theirs)
    return inside or any(a <= p < b for p in places for a, b in theirs)
