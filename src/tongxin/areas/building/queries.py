"""A building as it stands: its homes by unit and floor, who lives in each, and what is known of them."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tongxin.kit import clock, db
from tongxin.places import queries as places
from tongxin.places.place_id import PlaceId

POSITIVE, MISSING, LIMITED, UNTESTED, FREE, EMPTY, CARE = (
    "positive", "missing", "limited", "untested", "free", "empty", "care",
)  # fmt: skip
STATES = (POSITIVE, MISSING, LIMITED, UNTESTED, FREE, EMPTY)
"""What a home is drawn as: the first of these that holds of it. ``CARE`` is marked beside it."""
INVALID, NEGATIVE = 0, 1


Find = Callable[[Collection[int], Any], set[int]]
_finders: dict[str, Find] = {}


def register_mark(key: str, find: Find) -> None:
    """Mark homes with what a later stage knows of them: ``find(homes, user)`` answers those that it holds of, as far as the
    user may know. Its words are registered in ``words``."""
    _finders[key] = find


@dataclass(frozen=True)
class Limit:
    """What limits somebody; ``lacks`` is the day whose result is missing for the lift of the area that limits them."""

    restriction_id: int
    kind: str
    ends_at: dt.datetime
    order_id: int | None
    area: str
    lacks: dt.date | None


@dataclass(frozen=True)
class Resident:
    """``name`` is None where it was not asked for; ``waits``: some tube of theirs still has no result; ``guest``: is here
    without living here."""

    id: int
    name: str | None
    categories: str
    positive: bool
    limits: Sequence[Limit]
    untested: bool
    waits: bool
    guest: bool = False

    @property
    def lacks(self) -> list[Limit]:
        return [limit for limit in self.limits if limit.lacks]


@dataclass
class Home:
    """A door (``id`` None: residents of the unit whose door nobody knows)."""

    id: int | None
    unit: int
    number: str
    floor: int
    people: list[Resident] = field(default_factory=list)
    more: set[str] = field(default_factory=set)

    @cached_property
    def marks(self) -> frozenset[str]:
        """Everything that holds of the home."""
        people = self.people
        found = {
            POSITIVE: any(p.positive for p in people),
            MISSING: any(p.lacks for p in people),
            LIMITED: any(p.limits for p in people),
            UNTESTED: any(p.untested for p in people),
            CARE: any(p.categories for p in people),
            EMPTY: not people,
        }
        return frozenset(mark for mark, holds in found.items() if holds) | self.more


@dataclass(frozen=True)
class Building:
    """``units`` are ``(id, name)`` in the order of their codes; ``screened``: a round of today has the building on its
    roll."""

    id: PlaceId
    units: Sequence[tuple[int, str]]
    homes: Sequence[Home]
    screened: bool

    @property
    def floors(self) -> list[int]:
        """From the top down; last those homes whose floor nobody knows (0)."""
        return sorted({home.floor for home in self.homes}, key=lambda floor: (floor != 0, floor), reverse=True)

    def at(self, floor: int) -> dict[int, list[Home]]:
        found: dict[int, list[Home]] = {unit: [] for unit, _ in self.units}
        for home in self.homes:
            if home.floor == floor:
                found[home.unit].append(home)
        return found


def building(place: PlaceId, now: dt.datetime, home: int = 0, everybody: bool = False, user: Any = None) -> Building:
    """Read a building: its tree, one query for all that is known of its people, and the results of their tubes.

    ``home`` and ``everybody`` say whose names are read; for a ``user`` later stages add their marks. The web role sees a sample
    where the person lives and a tube where its site stands; the result of a resident who queued elsewhere is read for these
    samples alone.
    """
    today, (lo, hi) = now.astimezone(clock.city_zone()).date(), place.range
    params = {
        "lo": lo, "hi": hi, "now": now, "today": today, "zone": str(clock.city_zone()), "home": home, "everybody": everybody,
    }  # fmt: skip
    rows = db.rows(db.sql("areas/building"), params)
    if any(row[10] for row in rows):
        rows = _with_guests(rows, params)
    samples = {row[4]: _samples(row[9]) for row in rows if row[9]}
    results = _results({tube for known in samples.values() for tube, _ in known})
    screened = _screened(place, today)
    homes: dict[Any, Home] = {}
    for unit, key, number, floor, person, name, category, positive, limits, _tubes, guest in rows:
        one = homes.setdefault(key or ("unit", unit), Home(key, unit, number, floor))
        if person is not None:
            seen = _Seen(today, samples.get(person, ()), results)
            said = [_limit(told, seen) for told in json.loads(limits)]
            untested = screened and not seen.tested_on(today)
            one.people.append(Resident(person, name, category, positive, said, untested, seen.waits, guest))
    _mark(homes, user)
    units = places.children(place)
    return Building(place, [u for u in units if any(h.unit == u[0] for h in homes.values())], list(homes.values()), screened)


def _with_guests(rows: Sequence[Sequence[Any]], params: Mapping[str, Any]) -> list[Sequence[Any]]:
    """The same with what is known elsewhere of those who are here without living here: their case and their tubes."""
    with db.acting_as_jobs():
        known = {row[4]: row for row in db.rows(db.sql("areas/building"), params) if row[10]}
    return [(*row[:7], *known[row[4]][7:]) if row[4] in known and row[10] else row for row in rows]


def _mark(homes: Mapping[Any, Home], user: Any) -> None:
    doors = [key for key, one in homes.items() if one.id is not None]
    for mark, find in _finders.items() if user is not None else ():
        for key in find(doors, user):
            homes[key].more.add(mark)


Samples = Sequence[tuple[int, dt.date]]


@dataclass(frozen=True)
class _Seen:
    """The tubes of one person since the earliest day that counts, and what the laboratory said of them."""

    today: dt.date
    samples: Samples
    results: Mapping[int, int | None]

    def tested_on(self, day: dt.date) -> bool:
        """Whether a swab of the day was taken that is not known to be invalid."""
        return any(at == day and self.results.get(tube) != INVALID for tube, at in self.samples)

    def negative_on(self, day: dt.date) -> bool:
        return any(at == day and self.results.get(tube) == NEGATIVE for tube, at in self.samples)

    @property
    def waits(self) -> bool:
        return any(self.results.get(tube) is None for tube, _ in self.samples)


def _samples(text: str) -> Samples:
    return [(tube, dt.date.fromisoformat(day)) for tube, day in json.loads(text)]


def _limit(told: Sequence[Any], seen: _Seen) -> Limit:
    key, kind, ends, order, area, day = told
    lacks = dt.date.fromisoformat(day) if day else None
    if lacks and seen.negative_on(lacks):
        lacks = None
    return Limit(key, kind, dt.datetime.fromisoformat(ends), order, area, lacks)


def _results(tubes: Collection[int]) -> dict[int, int | None]:
    if not tubes:
        return {}
    with db.acting_as_jobs():
        return dict(db.rows("SELECT id, result FROM screening_tube WHERE id = ANY(%s)", [list(tubes)]))


def _screened(place: PlaceId, today: dt.date) -> bool:
    around = [int(p) for p in (*place.ancestors, place)]
    found = db.rows(
        "SELECT FROM screening_round r JOIN screening_roundplace p ON p.round_id = r.id"
        " WHERE r.day = %s AND p.place_id = ANY(%s) LIMIT 1",
        [today, around],
    )
    return bool(found)


def counts(homes: Sequence[Home]) -> Counter[str]:
    """How many homes each mark holds of."""
    return Counter(mark for home in homes for mark in home.marks)
