"""The list of a day's areas as it is published, and the day's figures, both from the orders themselves."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tongxin.areas import lists, queries
from tongxin.areas.models import Publication
from tongxin.kit import clock, db
from tongxin.kit.errors import UserError
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import names, path


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


def risk_areas(place: int, day: dt.date) -> dict[str, Any]:
    """The orders in force on a day's lists, in the format of the national list: of several districts each by its own list, one
    after the other. An entry has the words under which it was listed that day; an order that was never on a list its own
    name."""
    wanted = span(place, day)
    blocks: dict[str, dict[tuple[int, str], list[str]]] = {"high": defaultdict(list), "medium": defaultdict(list)}
    for kind, district, street, text in db.rows(db.sql("areas/in_force"), wanted.params()):
        blocks["medium" if kind == "medium" else "high"][district, street].append(text)
    heads = {d: _heading(d) for d in {d for found in blocks.values() for d, _ in found} | {h.district for h in wanted.lists}}
    listed_at = max((h.at for h in wanted.lists), default=wanted.begin)
    data: dict[str, Any] = {"end_update_time": f"{listed_at.astimezone(clock.city_zone()):%Y-%m-%d %H}时"}
    for kind, key, count in (("high", "highlist", "hcount"), ("medium", "middlelist", "mcount")):
        data[count] = sum(map(len, blocks[kind].values()))
        data[key] = [_block(heads[district], street, texts) for (district, street), texts in blocks[kind].items()]
    low = _low(wanted, list({**blocks["high"], **blocks["medium"]}))
    data["lcount"] = sum(len(texts) for _, _, texts in low)
    data["lowlist"] = [_block(heads[district], street, texts) for district, street, texts in low]
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


def as_geojson(found: dict[str, Any]) -> dict[str, Any]:
    """The same as features. The tree of places holds no coordinates, so a feature has none (RFC 7946 allows null)."""
    features = [
        {"type": "Feature", "geometry": None,
         "properties": {"level": level, **{k: block[k] for k in ("province", "city", "county")}, "name": text}}
        for level, key in (("high", "highlist"), ("medium", "middlelist"), ("low", "lowlist"))
        for block in found["data"][key]
        for text in block["communitys"]
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


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
