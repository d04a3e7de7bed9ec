"""The list of a day's areas as it is published, and the day's figures, both from the orders themselves."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from tongxin.areas import lists, queries
from tongxin.areas.models import Publication
from tongxin.kit import clock, db
from tongxin.kit.errors import UserError
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import path


def as_of(place: int, day: dt.date) -> tuple[Publication | None, dt.datetime, dt.datetime]:
    """``(the list of a day, listed at, held until)``: from when it was published until the next one came, or until now. A
    day without a published list holds until its own end."""
    publication, following = queries.publication(place, day)
    now = clock.now()
    if publication is None:
        over = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), clock.city_zone())
        if over - dt.timedelta(days=1) > now:
            raise UserError(f"{day} has not come yet: it is {now:%Y-%m-%d %H:%M} in the city")
        return None, over - dt.timedelta(days=1), min(over, now)
    return publication, publication.at, following or max(now, publication.at + dt.timedelta(seconds=1))


def risk_areas(place: int, day: dt.date) -> dict[str, Any]:
    """The orders in force on a day's list, in the format of the national list. An entry has the words under which it was
    listed that day; an order that was never on a list has its own name."""
    publication, listed_at, until = as_of(place, day)
    rows = db.rows(
        db.sql("areas/in_force"),
        {**_range(place), "until": until, "publication": publication.pk if publication else None, "street": Level.STREET.width},
    )
    blocks: dict[str, dict[str, list[str]]] = {"high": defaultdict(list), "medium": defaultdict(list)}
    for kind, street, text in rows:
        blocks["medium" if kind == "medium" else "high"][street].append(text)
    names = _heading(place)
    data: dict[str, Any] = {"end_update_time": f"{listed_at.astimezone(clock.city_zone()):%Y-%m-%d %H}时"}
    for kind, key, count in (("high", "highlist", "hcount"), ("medium", "middlelist", "mcount")):
        data[count] = sum(map(len, blocks[kind].values()))
        data[key] = [_block(names, street, texts) for street, texts in blocks[kind].items()]
    low = publication.low if publication else [
        {"county": street, "communitys": [lists.low_text(street)]} for street in {**blocks["high"], **blocks["medium"]}
    ]  # fmt: skip
    data["lcount"] = sum(len(entry["communitys"]) for entry in low)
    data["lowlist"] = [_block(names, entry["county"], entry["communitys"]) for entry in low]
    return {"data": data, "code": 0}


def _heading(place: int) -> dict[str, str]:
    """Province and district as the national list writes them (it calls the district ``city``)."""
    above = {PlaceId(key).level: name for key, name in path(place, Level.PROVINCE)}
    return {"province": above.get(Level.PROVINCE, ""), "city": above.get(Level.DISTRICT, above.get(Level.CITY, ""))}


def _block(names: dict[str, str], street: str, texts: list[str]) -> dict[str, Any]:
    whole = " ".join(filter(None, [names["province"], names["city"], street]))
    return {"type": "2", **names, "county": street, "area_name": whole, "communitys": list(texts)}


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
    """``areas_listed``: in force on the day's list; ``areas_issued`` and ``areas_lifted`` since the list before it, as the
    day's list says; ``areas_overdue``: open longer than the rule allows, and nobody gave a cause."""
    _, listed_at, until = as_of(place, day)
    ((listed, issued, lifted, overdue),) = db.rows(
        db.sql("areas/figures"), {**_range(place), "listed": listed_at, "until": until}
    )
    code = PlaceId(place).code
    return {
        "place": code, "day": str(day), "areas_listed": listed, "areas_issued": issued, "areas_lifted": lifted,
        "areas_overdue": overdue,
    }  # fmt: skip


def _range(place: int) -> dict[str, int]:
    lo, hi = PlaceId(place).range
    return {"lo": lo, "hi": hi}
