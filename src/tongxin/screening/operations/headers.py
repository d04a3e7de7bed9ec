"""What the heading of a scan (round, purpose, kind, capacity, site, table) stands for; made once, then remembered.

A site or a table that nobody announced is made when its first scan comes: a swab is never turned away for it. A round
must be announced, for its day decides where the tube is kept.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from typing import NamedTuple

from tongxin.kit import db
from tongxin.places import queries as places
from tongxin.places.place_id import PlaceId
from tongxin.screening import rules
from tongxin.screening.models import OUTSIDE

_COMMUNITY = re.compile(r"(?<!\d)(\d{12})(?!\d)")


class Heading(NamedTuple):
    """The words of a scan's heading, as they came."""

    round: str
    purpose: str
    tube_kind: str
    capacity: str
    site: str
    station: str


class Header(NamedTuple):
    """The same, resolved. ``round_id`` is 0 outside any round; ``place_id`` is where the site stands."""

    round_id: int
    day: dt.date
    purpose: int
    kind: int
    capacity: int
    station_id: int
    place_id: int


_known: dict[tuple[str, Heading], Header] = {}
_lock = threading.Lock()


def resolve(heading: Heading) -> Header:
    """The header for a heading. Raises Unreadable with the reason. Makes the site and the table where they are new."""
    key = (db.connection().settings_dict["NAME"], heading)
    header = _known.get(key)
    if header is None:
        header = _read(heading)
        with _lock:
            if len(_known) > 200_000:
                _known.clear()
            _known[key] = header
    return header


def _read(heading: Heading) -> Header:
    purpose = rules.read_word(heading.purpose, rules.PURPOSES, "the purpose")
    kind = rules.read_word(heading.tube_kind, rules.KINDS, "the kind of tube")
    capacity = rules.read_capacity(heading.capacity)
    site, station = rules.read_code(heading.site, "the site"), rules.read_code(heading.station, "the table")
    if purpose == rules.PURPOSES["retest"]:
        if kind != rules.KINDS["single"]:
            raise rules.Unreadable("a retest is taken into a single tube")
        round_id, day = 0, OUTSIDE
    else:
        round_id, day = _round(heading.round)
    with db.transaction_block():
        station_id, place_id = _station(site, station, round_id)
    return Header(round_id, day, purpose, kind, capacity, station_id, place_id)


def _round(name: str) -> tuple[int, dt.date]:
    found = db.rows("SELECT id, day FROM screening_round WHERE name = %s", [name])
    if not found:
        raise rules.Unreadable(f"the round {name[:64]!r} is not announced; load its roll with `tongxin load rounds`")
    return found[0]


def _station(site: str, station: str, round_id: int) -> tuple[int, int]:
    query = (
        "SELECT s.id, s.place_id FROM screening_station s JOIN places_facility f ON f.id = s.site_id"
        " WHERE f.code = %s AND s.code = %s"
    )
    found = db.rows(query, [site, station])
    if not found:
        db.execute(
            "INSERT INTO places_facility (code, name, kind, place_id) VALUES (%s, %s, 'sampling_site', %s)"
            " ON CONFLICT DO NOTHING",
            [site, site, _site_place(site, round_id)],
        )
        db.execute(
            "INSERT INTO screening_station (site_id, code, place_id) SELECT id, %s, place_id FROM places_facility"
            " WHERE code = %s ON CONFLICT DO NOTHING",
            [station, site],
        )
        found = db.rows(query, [site, station])
    return found[0]


def _site_place(site: str, round_id: int) -> int:
    """Where a site that nobody announced stands: the community whose code its own code carries, else the round's area."""
    if match := _COMMUNITY.search(site):
        try:
            place = PlaceId.parse(match[1])
        except ValueError:
            place = None
        if place and places.existing([place]):
            return int(place)
    return places.root()
