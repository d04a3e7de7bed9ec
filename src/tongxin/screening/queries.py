"""Reads of screening, under the jurisdiction of whoever asks: a tube stands where its site stands, a sample where the
person lives."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tongxin.kit import db
from tongxin.places.place_id import Level, PlaceId
from tongxin.screening import rules
from tongxin.screening.models import Round

UNTESTED = "screening/untested"
ANYWHERE = (0, 2**63 - 1)
NOT_SAMPLED, WAITING, INVALID = "not_sampled", "waiting", "invalid"
WHY_UNTESTED = (NOT_SAMPLED, WAITING, INVALID)
HOPS = ("sampled_received", "received_reported", "sampled_reported")


def untested() -> list[tuple[str, int, int]]:
    """``(round, community, untested)`` for every community of the roll of every round, zero included."""
    return db.rows(db.sql(UNTESTED), {"round": None, "place": None})


class RoundRow(NamedTuple):
    """A round in the list; communities and found tubes are those of the place."""

    id: int
    name: str
    day: dt.date
    communities: int
    positive: int
    inconclusive: int


def rounds(place_id: int | None, after: tuple[dt.date, int] | None, limit: int) -> list[RoundRow]:
    """The rounds, the latest first."""
    day, key = after or (None, None)
    params = {**_within(place_id), "day": day, "id": key, "limit": limit}
    return [RoundRow(*row) for row in db.rows(db.sql("screening/rounds"), params)]


@dataclass(frozen=True)
class Part:
    """The part of a round that a figure is about: its tubes in a place, or in all of the viewer's scope."""

    round: Round
    place_id: int | None = None

    def params(self) -> dict[str, Any]:
        return {"round": self.round.pk, "day": self.round.day, **_within(self.place_id)}

    @property
    def is_wide(self) -> bool:
        """Whether so much may lie in it that figures take longer than a page may."""
        return self.place_id is None or PlaceId(self.place_id).level < Level.COMMUNITY


@dataclass(frozen=True)
class Site:
    """What a site has taken in a round. ``flags``: tubes by what they are flagged for."""

    id: int | None
    name: str
    place_id: int | None
    tubes: int
    persons: int
    last_scan_at: dt.datetime | None
    pending: int
    invalid: int
    inconclusive: int
    positive: int
    flags: Mapping[str, int]
    tables: int


def sites(part: Part) -> list[Site]:
    """The sites of a round, the most pending tubes first."""
    return [_site(*row) for row in _figures("screening/sites", part)]


def _site(key: Any, name: str, place: Any, tubes: int, persons: int, last: Any, *counts: int) -> Site:
    *plain, tables = (int(c) for c in counts)
    flags = dict(zip(rules.FLAGS, plain[4:], strict=True))
    return Site(key, name, place, int(tubes), int(persons), last, *plain[:4], flags, tables)


@dataclass(frozen=True)
class Progress:
    """All sites of a round together."""

    tubes: int
    persons: int
    pending: int
    invalid: int
    inconclusive: int
    positive: int
    last_scan_at: dt.datetime | None
    flags: Mapping[str, int]


def progress(found: Sequence[Site]) -> Progress:
    """The sum of sites."""
    names = ("tubes", "persons", "pending", "invalid", "inconclusive", "positive")
    sums = (sum(getattr(site, name) for site in found) for name in names)
    last = max((s.last_scan_at for s in found if s.last_scan_at), default=None)
    return Progress(*sums, last, {flag: sum(s.flags[flag] for s in found) for flag in rules.FLAGS})


class Span(NamedTuple):
    """How long something took: over how many, half within ``median``, nine of ten within ``p90``."""

    key: str
    count: int
    median: dt.timedelta | None
    p90: dt.timedelta | None


def hops(part: Part) -> list[Span]:
    """Median and p90 of the hops of the tubes of a round, in the order of ``HOPS``."""
    return [Span(HOPS[n - 1], count, *_spans(found)) for n, count, found in _figures("screening/hops", part)]


@dataclass(frozen=True)
class Lab:
    """A laboratory's work on a round; its turnaround from received and from tested to reported."""

    id: int
    name: str
    reports: int
    invalid: int
    found: int
    last_report_at: dt.datetime
    from_received: Span
    from_tested: Span


def labs(part: Part) -> list[Lab]:
    rows = _figures("screening/labs", part)
    return [
        Lab(
            key, name, reports, invalid, found, last,
            Span("received", received, *_spans(one)), Span("tested", reports, *_spans(other)),
        )
        for key, name, reports, invalid, found, last, received, one, other in rows
    ]  # fmt: skip


class Transit(NamedTuple):
    """Tubes that wait for a result at a step of their way; ``since``: the oldest of them."""

    step: int
    tubes: int
    persons: int
    since: dt.datetime | None


def transit(part: Part) -> list[Transit]:
    return [Transit(*row) for row in _figures("screening/transit", part)]


@dataclass(frozen=True)
class Tubes:
    """Which tubes of a round: of this site, with this flag, with this result (-1: pending), waiting at this step."""

    site: int | None = None
    flag: str | None = None
    result: int | None = None
    step: int | None = None


class TubeRow(NamedTuple):
    id: int
    barcode: str
    kind: int
    capacity: int
    members: int
    result: int | None
    last_scan_at: dt.datetime
    result_at: dt.datetime | None
    flags: list[str]
    site: str
    station: str
    step: int | None
    step_at: dt.datetime | None
    box: str


def tubes(
    part: Part, wanted: Tubes, after: int, limit: int, only: Sequence[int] | None = None, but: Sequence[int] = ()
) -> list[TubeRow]:
    """Tubes of a round by their number, behind the one given (0: from the first); of some only, or without some."""
    params = {
        **part.params(), **wanted.__dict__, "after": after, "limit": limit, "only": None if only is None else list(only),
        "but": list(but),
    }  # fmt: skip
    return [TubeRow(*row) for row in db.rows(db.sql("screening/tubes"), params)]


class Unmatched(NamedTuple):
    """A report whose tube nobody scanned."""

    tube_id: int
    barcode: str
    report_no: str
    lab: str
    result: int
    ct_orf1ab: float | None
    ct_n: float | None
    reported_at: dt.datetime


def unmatched(after: tuple[int, str] | None, limit: int) -> list[Unmatched]:
    tube, report = after or (0, "")
    params = {"after": tube, "report": report, "limit": limit}
    return [Unmatched(*row) for row in db.rows(db.sql("screening/unmatched"), params)]


def unmatched_count() -> int:
    """How many tubes were reported and never scanned, as far as the viewer may see them."""
    return int(db.rows(db.sql("screening/unmatched_count"))[0][0])


class Below(NamedTuple):
    """The residents of a place of a round's roll: how many, how many not tested, and why; ``elsewhere`` were sampled
    at a site outside the viewer's scope, their result is not to be seen and they are not in ``untested``."""

    place_id: int
    residents: int
    untested: int
    not_sampled: int
    waiting: int
    invalid: int
    elsewhere: int


def untested_below(part: Part, level: Level) -> list[Below]:
    """Who is not tested, counted by the places of a level in the part's place."""
    rows = _figures("screening/untested_below", part, width=level.width)
    return [Below(*row) for row in rows]


class Untested(NamedTuple):
    """A resident who is not tested, and why."""

    person_id: int
    place_id: int
    number: str
    floor: int
    why: str
    person_no: str
    name: str
    category: str
    barcode: str | None
    scanned_at: dt.datetime | None


Door = tuple[int, int, str, int]


def untested_people(part: Part, why: str | None, after: Door | None, limit: int) -> list[Untested]:
    """The residents of a community, or of less, who are not tested, door by door.

    Raises ValueError for a place above a community: its list is too long to be sorted for a page.
    """
    if part.is_wide:
        raise ValueError("the list of people is for a community or less")
    place, floor, number, person = after or (0, 0, "", 0)
    params = {
        **part.params(), "why": why, "place": place, "floor": floor, "number": number, "person": person, "limit": limit,
    }  # fmt: skip
    return [Untested(*row) for row in db.rows(db.sql("screening/untested_people"), params)]


class Report(NamedTuple):
    report_no: str
    lab: str | None
    result: int
    ct_orf1ab: float | None
    ct_n: float | None
    tested_at: dt.datetime | None
    reported_at: dt.datetime
    holds: bool = False


class Step(NamedTuple):
    step: int
    at: dt.datetime
    actor: str
    box: str


@dataclass(frozen=True)
class TubeDetail:
    """All that is on file of a tube."""

    id: int
    barcode: str
    purpose: int
    kind: int | None
    capacity: int | None
    members: int
    result: int | None
    first_scan_at: dt.datetime | None
    last_scan_at: dt.datetime | None
    first_report_at: dt.datetime | None
    result_at: dt.datetime | None
    day: dt.date
    place_id: int
    round_id: int | None
    round: str | None
    station_id: int | None
    station: str | None
    site_id: int | None
    site: str | None
    place: str | None
    flags: list[str]
    reports: list[Report]
    steps: list[Step]


def tube(barcode: str) -> TubeDetail | None:
    """One tube in the viewer's scope, by its barcode."""
    found = db.rows(db.sql("screening/tube"), {"code": barcode}) if "\0" not in barcode else []
    if not found:
        return None
    *head, reports, steps = found[0]
    way = [Step(step, _time(at), actor, box) for step, at, actor, box in json.loads(steps)]
    return TubeDetail(*head, reports=_reports(json.loads(reports)), steps=way)


def _reports(rows: Sequence[Sequence[Any]]) -> list[Report]:
    found = [Report(*r[:5], _time(r[5]), _time(r[6])) for r in rows]
    best = max(found, key=lambda r: (r.result != rules.INVALID, r.reported_at, r.result), default=None)
    return [r._replace(holds=r is best) for r in found]


def _time(text: str | None) -> Any:
    return dt.datetime.fromisoformat(text) if text else None


class TubeMemberRow(NamedTuple):
    """A person scanned into a tube; the register's columns are None where the person lives outside the scope."""

    person_id: int
    scanned_at: dt.datetime
    marks: int
    nth: int
    person_no: str | None
    name: str | None
    category: str | None
    place_id: int | None
    door: str


def tube_members(tube_id: int, day: dt.date) -> list[TubeMemberRow]:
    """The people in a tube whom the viewer may see, in the order of their scans."""
    return [TubeMemberRow(*row) for row in db.rows(db.sql("screening/tube_members"), {"tube": tube_id, "day": day})]


def _figures(name: str, part: Part, **more: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement that counts. Of a wide part without nested loops: the planner takes the scope's ranges
    for a few rows, and would look up each of a district's million people one by one."""
    with _hashed() if part.is_wide else contextlib.nullcontext():
        return db.rows(db.sql(name), {**part.params(), **more})


@contextlib.contextmanager
def _hashed() -> Iterator[None]:
    db.execute("SET LOCAL enable_nestloop = off")
    yield
    db.execute("SET LOCAL enable_nestloop = on")


def _spans(found: Sequence[float | None] | None) -> tuple[dt.timedelta | None, dt.timedelta | None]:
    median, p90 = ((None if s is None else dt.timedelta(seconds=s)) for s in found or (None, None))
    return median, p90


def _within(place_id: int | None) -> dict[str, int]:
    lo, hi = PlaceId(place_id).range if place_id is not None else ANYWHERE
    return {"lo": lo, "hi": hi}
