"""What the heading of a scan (round, purpose, kind, capacity, site, table) stands for; made once, then remembered.

A site or a table that nobody announced is made when its first scan comes: a swab is never turned away for it. A round
must be announced, for its day decides where the tube is kept.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from collections.abc import Mapping, Sequence
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


MAX_KNOWN = 200_000
REMEMBER_SECONDS = 300.0
_since = time.monotonic()
_known: dict[tuple[str, Heading], Header] = {}
_lock = threading.Lock()


class _Plain(NamedTuple):
    """A heading that could be read, before its table is known."""

    round_id: int
    day: dt.date
    purpose: int
    kind: int
    capacity: int
    site: str
    station: str


def resolve(heading: Heading) -> Header:
    """The header for a heading. Raises Unreadable with the reason. Makes the site and the table where they are new."""
    found = resolve_all([heading])[0]
    if isinstance(found, rules.Unreadable):
        raise found
    return found


def resolve_all(headings: Sequence[Heading]) -> list[Header | rules.Unreadable]:
    """The headers for many headings, or why there is none: what is new is asked for and made in one go."""
    database = db.connection().settings_dict["NAME"]
    _forget_in_time()
    found = {h: _known.get((database, h)) for h in headings}
    missing = [h for h, header in found.items() if header is None]
    learnt = _learn(database, missing) if missing else {}
    return [found[h] or learnt[h] for h in headings]


def forget() -> None:
    """Ask again for everything, in this process."""
    with _lock:
        _known.clear()


def _forget_in_time() -> None:
    """Rounds are dropped by retention, perhaps by another process: what is remembered is asked again now and then."""
    global _since
    if time.monotonic() - _since > REMEMBER_SECONDS:
        _since = time.monotonic()
        forget()


def _learn(database: str, headings: Sequence[Heading]) -> dict[Heading, Header | rules.Unreadable]:
    plain: dict[Heading, _Plain] = {}
    found: dict[Heading, Header | rules.Unreadable] = {}
    names = list({h.round for h in headings})
    rounds = {n: (i, d) for n, i, d in db.rows("SELECT name, id, day FROM screening_round WHERE name = ANY(%s)", [names])}
    for heading in headings:
        try:
            plain[heading] = _read(heading, rounds)
        except rules.Unreadable as reason:
            found[heading] = reason
    with db.transaction_block():
        stations = _stations({(p.site, p.station) for p in plain.values()})
    headers = {h: Header(*p[:5], *stations[p.site, p.station]) for h, p in plain.items()}
    with _lock:
        if len(_known) > MAX_KNOWN:
            _known.clear()
        _known.update({(database, h): header for h, header in headers.items()})
    return found | headers


def _read(heading: Heading, rounds: Mapping[str, tuple[int, dt.date]]) -> _Plain:
    purpose = rules.read_word(heading.purpose, rules.PURPOSES, "the purpose")
    kind = rules.read_word(heading.tube_kind, rules.KINDS, "the kind of tube")
    capacity = rules.read_capacity(heading.capacity)
    site, station = rules.read_code(heading.site, "the site"), rules.read_code(heading.station, "the table")
    if purpose == rules.PURPOSES["retest"]:
        if kind != rules.KINDS["single"]:
            raise rules.Unreadable("a retest is taken into a single tube")
        return _Plain(0, OUTSIDE, purpose, kind, capacity, site, station)
    if heading.round not in rounds:
        name = heading.round[: rules.MAX_CODE]
        raise rules.Unreadable(f"the round {name!r} is not announced; load its roll with `tongxin load rounds`")
    return _Plain(*rounds[heading.round], purpose, kind, capacity, site, station)


def _stations(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    """``(id, place)`` of tables by site and code; sites and tables that are new are made."""
    pairs = sorted(wanted)
    known = _find_stations(pairs)
    new = [p for p in pairs if p not in known]
    if new:
        sites = sorted({site for site, _ in new})
        db.execute(
            "INSERT INTO places_facility (code, name, kind, place_id)"
            " SELECT code, code, 'sampling_site', place FROM unnest(%s::text[], %s::bigint[]) AS i (code, place)"
            " ORDER BY code ON CONFLICT DO NOTHING",
            [sites, _site_places(sites)],
        )
        db.execute(
            "INSERT INTO screening_station (site_id, code, place_id)"
            " SELECT f.id, i.code, f.place_id FROM unnest(%s::text[], %s::text[]) AS i (site, code)"
            " JOIN places_facility f ON f.code = i.site ORDER BY i.site, i.code ON CONFLICT DO NOTHING",
            [[site for site, _ in new], [code for _, code in new]],
        )
        known |= _find_stations(new)
    return known


def sites_moved(facility_ids: Sequence[int]) -> None:
    """The tables of a site stand where the site does; tubes that were filled there before stay where they were."""
    db.execute(
        "UPDATE screening_station s SET place_id = f.place_id FROM places_facility f"
        " WHERE f.id = s.site_id AND f.id = ANY(%s) AND s.place_id <> f.place_id",
        [list(facility_ids)],
    )


def _find_stations(pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    found = db.rows(
        "SELECT f.code, s.code, s.id, s.place_id FROM unnest(%s::text[], %s::text[]) AS i (site, code)"
        " JOIN places_facility f ON f.code = i.site JOIN screening_station s ON s.site_id = f.id AND s.code = i.code",
        [[site for site, _ in pairs], [code for _, code in pairs]],
    )
    return {(site, code): (number, place) for site, code, number, place in found}


def _site_places(sites: Sequence[str]) -> list[int]:
    """Where sites that nobody announced stand: the community whose code the site's carries, else the root of the tree."""
    told = [_community_in(site) for site in sites]
    known, elsewhere = places.existing(p for p in told if p), places.root()
    return [p if p in known else elsewhere for p in told]


def _community_in(site: str) -> int:
    try:
        return int(PlaceId.parse(match[1])) if (match := _COMMUNITY.search(site)) else 0
    except ValueError:
        return 0
