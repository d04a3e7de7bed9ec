"""The list of a day's areas as it is published, and the day's figures, both from the orders themselves."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tongxin.areas import lists, queries
from tongxin.areas.models import Publication
from tongxin.kit import clock, db
from tongxin.kit.errors import UserError
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import children, names, path, points
from tongxin.places.rules import Point

LEVELS = {"high": ("hcount", "highlist"), "medium": ("mcount", "middlelist"), "low": ("lcount", "lowlist")}
"""The levels of a list, with what the national format calls their count and their blocks."""


@dataclass(frozen=True)
class Held:
    """The list of a day in a district: published at a time, holding until the next one or until now."""

    district: int
    publication: Publication
    at: dt.datetime
    until: dt.datetime


@dataclass(frozen=True)
class Span:
    """A day in a place: each district by its own list, and the rest, where none was published, from the day's begin to its
    end or now."""

    place: int
    lists: tuple[Held, ...]
    begin: dt.datetime
    over: dt.datetime

    def params(self) -> dict[str, Any]:
        lo, hi = PlaceId(self.place).range
        return {
            "lo": lo, "hi": hi, "width": Level.DISTRICT.width, "street": Level.STREET.width, "day": self.begin, "over": self.over,
            "districts": [h.district for h in self.lists], "listed": [h.at for h in self.lists],
            "until": [h.until for h in self.lists], "publications": [h.publication.pk for h in self.lists],
        }  # fmt: skip


def span(place: int, day: dt.date) -> Span:
    """What a day is in a place. Raises UserError for one that has not come, and of which no list is in either."""
    now, second = clock.now(), dt.timedelta(seconds=1)
    lists = tuple(
        Held(p.place_id, p, p.at, following or max(now, p.at + second)) for p, following in queries.publications(place, day)
    )
    begin = dt.datetime.combine(day, dt.time(), clock.city_zone())
    if begin > now and not lists:
        raise UserError(f"{day} has not come yet: it is {now:%Y-%m-%d %H:%M} in the city")
    return Span(place, lists, begin, max(begin, min(begin + dt.timedelta(days=1), now)))


class Entry(NamedTuple):
    """One line of a day's list, and the order behind it (none for a low one)."""

    level: str
    district: int
    street: str
    text: str
    order_id: int | None


def entries(wanted: Span) -> list[Entry]:
    """The orders in force on a day's lists, of several districts each by its own list, one after the other, and what is low. An
    entry has the words under which it was listed that day; an order that was never on a list its own name."""
    rows = db.rows(db.sql("areas/in_force"), wanted.params())
    found = [Entry("medium" if kind == "medium" else "high", *row) for kind, *row in rows]
    blocks = dict.fromkeys((e.district, e.street) for level in ("high", "medium") for e in found if e.level == level)
    low = [Entry("low", district, street, text, None) for district, street, texts in _low(wanted, list(blocks)) for text in texts]
    return [*found, *low]


def risk_areas(place: int, day: dt.date) -> dict[str, Any]:
    """The same in the format of the national list."""
    wanted = span(place, day)
    blocks: dict[str, dict[tuple[int, str], list[str]]] = {level: defaultdict(list) for level in LEVELS}
    for one in entries(wanted):
        blocks[one.level][one.district, one.street].append(one.text)
    heads = {d: _heading(d) for d in {d for found in blocks.values() for d, _ in found} | {h.district for h in wanted.lists}}
    listed_at = max((h.at for h in wanted.lists), default=wanted.over - dt.timedelta(seconds=1))
    data: dict[str, Any] = {"end_update_time": f"{listed_at.astimezone(clock.city_zone()):%Y-%m-%d %H}时"}
    for level, (count, key) in LEVELS.items():
        data[count] = sum(map(len, blocks[level].values()))
        data[key] = [_block(heads[district], street, texts) for (district, street), texts in blocks[level].items()]
    return {"data": data, "code": 0}


def _low(wanted: Span, streets: Sequence[tuple[int, str]]) -> list[tuple[int, str, list[str]]]:
    """The low entries of each district: as its list has them, else one for every street that has areas."""
    listed = {h.district for h in wanted.lists}
    found = [(h.district, e["county"], e["communitys"]) for h in wanted.lists for e in h.publication.low]
    if PlaceId(wanted.place).level > Level.DISTRICT:
        street = int(PlaceId(wanted.place).at(Level.STREET))
        core = lists.street_core(names([street]).get(street, ""))
        found = [low for low in found if lists.street_core(low[1]) == core]
    return found + [(d, street, [lists.low_text(street)]) for d, street in streets if d not in listed]


def _heading(place: int) -> dict[str, str]:
    """Province and district as the national list writes them (it calls the district ``city``)."""
    above = {PlaceId(key).level: name for key, name in path(place, Level.PROVINCE)}
    return {"province": above.get(Level.PROVINCE, ""), "city": above.get(Level.DISTRICT, above.get(Level.CITY, ""))}


def _block(head: dict[str, str], street: str, texts: Sequence[str]) -> dict[str, Any]:
    whole = " ".join(filter(None, [head["province"], head["city"], street]))
    return {"type": "2", **head, "county": street, "area_name": whole, "communitys": list(texts)}


def geojson(place: int, day: dt.date) -> dict[str, Any]:
    """The same as features (RFC 7946): a point for each place of an order, as fine as the map is known there, up to its street; a
    low entry at its street. Where nothing is known of the map the geometry is null."""
    found = entries(span(place, day))
    heads, spots = {d: _heading(d) for d in {one.district for one in found}}, _spots(found)
    features = [
        {"type": "Feature", "geometry": _geometry(spots.get(one, ())),
         "properties": {"level": one.level, **heads[one.district], "county": one.street, "name": one.text}}
        for level in LEVELS for one in found if one.level == level
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def _spots(found: Sequence[Entry]) -> dict[Entry, list[Point]]:
    """The points of entries, each once."""
    parts = db.rows(db.sql("areas/order_places"), {"orders": [one.order_id for one in found if one.order_id]})
    streets = {
        (district, lists.street_core(name)): key
        for district in {one.district for one in found if one.order_id is None} for key, name in children(district)
    }  # fmt: skip
    known = points([*(place for _, place, _, _ in parts), *streets.values()], Level.STREET)
    of_order: dict[int, list[Point]] = defaultdict(list)
    for order, place, lon, lat in parts:
        if point := (lon, lat) if lon is not None and lat is not None else known.get(place):
            of_order[order].append(point)
    spots = {}
    for one in found:
        street = known.get(streets.get((one.district, lists.street_core(one.street)), 0))
        spots[one] = of_order[one.order_id] if one.order_id else [street] if street else []
    return spots


def _geometry(spots: Sequence[Point]) -> dict[str, Any] | None:
    wanted = [list(point) for point in dict.fromkeys(spots)]
    if len(wanted) > 1:
        return {"type": "MultiPoint", "coordinates": wanted}
    return {"type": "Point", "coordinates": wanted[0]} if wanted else None


def figures(place: int, day: dt.date) -> dict[str, Any]:
    """``areas_listed``: in force on the day's lists; ``areas_issued`` and ``areas_lifted`` since the lists before them, as each
    district's own list says; ``areas_overdue``: open longer than the rule allows, and nobody gave a cause. Another wording, a
    narrowing or a split is neither an issue nor a lift."""
    ((listed, issued, lifted, overdue),) = db.rows(db.sql("areas/figures"), span(place, day).params())
    code = PlaceId(place).code
    return {
        "place": code, "day": str(day), "areas_listed": listed, "areas_issued": issued, "areas_lifted": lifted,
        "areas_overdue": overdue,
    }  # fmt: skip
