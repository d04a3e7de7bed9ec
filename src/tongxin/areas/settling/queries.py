"""Reads for settling addresses, under the jurisdiction of whoever asks; every one answers for many addresses at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from tongxin.areas.meaning import Asked, Meaning, meanings
from tongxin.areas.models import Event, Part
from tongxin.areas.operations.settle import SETTLED as SETTLED_EVENT
from tongxin.kit import db
from tongxin.places.models import Address
from tongxin.places.place_id import PlaceId

MOST = 5
FAR = 3
OPEN, SETTLED = "open", "settled"
BY_STREET, NEWEST = "street", "new"


@dataclass(frozen=True)
class Filter:
    """Which addresses: not settled yet or settled, with this in the text, of a place, under an order in force."""

    state: str = OPEN
    text: str = ""
    place_id: int | None = None
    standing: bool = False
    sort: str = BY_STREET


Key = tuple[int, int]


def key_of(one: Address, sort: str) -> Key:
    return (0, -one.pk) if sort == NEWEST else (one.place_id, one.pk)


def addresses(wanted: Filter, after: Key | None = None, limit: int = 50) -> list[Address]:
    """A page of addresses: street by street, or the newest first."""
    found = _filtered(wanted)
    if wanted.sort == NEWEST:
        found = found.filter(pk__lt=-after[1]) if after else found
        return list(found.order_by("-pk")[:limit])
    if after:
        place, key = after
        found = found.filter(place_id__gte=place).exclude(place_id=place, pk__lte=key)
    return list(found.order_by("place_id", "pk")[:limit])


def count(wanted: Filter) -> int:
    return _filtered(wanted).count()


def address(key: int) -> Address | None:
    return Address.objects.using(db.alias()).filter(pk=key).first()


def _filtered(wanted: Filter) -> QuerySet[Address]:
    found = Address.objects.using(db.alias()).filter(settled_at__isnull=wanted.state == OPEN)
    if wanted.text:
        found = found.filter(text__contains=wanted.text)
    if wanted.place_id is not None:
        lo, hi = PlaceId(wanted.place_id).range
        found = found.filter(place_id__gte=lo, place_id__lt=hi)
    if wanted.standing:
        parts = Part.objects.using(db.alias()).filter(address_id=OuterRef("pk"), order__state="in_force")
        found = found.filter(Exists(parts))
    return found


class Standing(NamedTuple):
    """An order that stands on an address, or was moved from it."""

    order_id: int
    name: str
    in_force: bool


def orders_on(keys: Sequence[int], state: str) -> dict[int, list[Standing]]:
    """The orders that stand on addresses; of settled ones those that settling has moved. In force first."""
    if state == OPEN:
        parts = Part.objects.using(db.alias()).filter(address_id__in=keys)
        rows = parts.values_list("address_id", "order_id", "order__name", "order__state")
    else:
        moved = Event.objects.using(db.alias()).filter(event=SETTLED_EVENT, values__address__in=list(keys))
        rows = moved.values_list("values__address", "order_id", "order__name", "order__state")
    found: dict[int, list[Standing]] = defaultdict(list)
    for key, order, name, order_state in sorted(set(rows)):
        found[key].append(Standing(order, name, order_state == "in_force"))
    return {key: sorted(some, key=lambda o: (not o.in_force, o.order_id)) for key, some in found.items()}


class Suggestion(NamedTuple):
    """A place that an address may mean, and what it would mean there. ``sure``: the name is that of one compound alone, the
    text was read well, and the tree has everything that it names."""

    place: int
    rank: int
    meaning: Meaning
    sure: bool

    @property
    def can_be_accepted(self) -> bool:
        """Whether it may be settled among many: it is not more than the text says, and more than a community's name is alike."""
        return not self.meaning.wider and not self.is_far

    @property
    def is_far(self) -> bool:
        """Only the community has a name like the one in the text; the compound may be any."""
        return self.rank >= FAR


def suggestions(rows: Sequence[Address]) -> dict[int, list[Suggestion]]:
    """At most ``MOST`` an address, the best first; three queries, however many addresses."""
    named = [(one, *_words(one)) for one in rows]
    known = [(one, needle, road) for one, needle, road in named if needle or road]
    if not known:
        return {}
    ranges = [PlaceId(one.place_id).range for one, _, _ in known]
    found = db.rows(
        db.sql("areas/suggestions"),
        {
            "ids": [one.pk for one, _, _ in known], "los": [lo for lo, _ in ranges], "his": [hi for _, hi in ranges],
            "needles": [needle or road for _, needle, road in known], "roads": [road for _, _, road in known], "most": MOST,
        },
    )  # fmt: skip
    parsed = {one.pk: one.parsed for one in rows}
    meant = meanings([Asked(parsed[key], [place]) for key, place, _ in found])
    by_address: dict[int, list[tuple[int, int, Meaning]]] = defaultdict(list)
    for (key, place, rank), meaning in zip(found, meant, strict=True):
        by_address[key].append((place, rank, meaning))
    return {key: _ranked(some, parsed[key]) for key, some in by_address.items()}


def _words(one: Address) -> tuple[str, str]:
    said: dict[str, Any] = one.parsed
    return str(said.get("compound") or ""), f"{said.get('road') or ''}{said.get('number') or ''}"


def _ranked(some: Sequence[tuple[int, int, Meaning]], said: dict[str, Any]) -> list[Suggestion]:
    """First what the tree has whole, then what it has in part, last what would be more than the text says."""
    order = sorted(some, key=lambda s: (s[2].wider, s[1], len(s[2].unknown)))
    best = [s for s in order if s[1] == order[0][1] and not s[2].wider]
    clear = said.get("confidence") == "high" and len(best) == 1
    distinct = {meaning.pieces: (place, rank, meaning) for place, rank, meaning in reversed(order)}
    return [
        Suggestion(place, rank, meaning, clear and (place, rank, meaning) == best[0] and rank < 2 and not meaning.unknown)
        for place, rank, meaning in sorted(distinct.values(), key=order.index)
    ]


def named(street: int, text: str, limit: int = 30) -> list[int]:
    """Places in a street with this in their names, the largest first."""
    lo, hi = PlaceId(street).range
    found = db.rows(
        "SELECT id FROM places_place WHERE id > %s AND id < %s AND level BETWEEN 5 AND 7 AND strpos(name, %s) > 0"
        " ORDER BY level, length(name), id LIMIT %s",
        [lo, hi, text, limit],
    )
    return [key for (key,) in found]
