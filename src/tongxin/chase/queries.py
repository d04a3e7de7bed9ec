"""Reads of the chase, all under the jurisdiction of whoever asks: the board, one tube, the figures of a place.

A chase shows where its tube's site stands, and where its members live: one whose site is elsewhere shows with the
members of the own place only, and without what the tube itself says (its barcode, its result, when it was reported).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tongxin.chase import states, tasks
from tongxin.chase.models import Chase, Member
from tongxin.kit import db
from tongxin.places.place_id import Level, PlaceId
from tongxin.screening.models import Tube

Key = tuple[int, int, int]
ANYWHERE = (0, 2**63 - 1)
STATES = (Chase.State.OPEN, Chase.State.RESOLVED, Chase.State.CORRECTED)
GROUPS = ("listed", "refused", "reached", "held", "sampled", "resulted", "positive", "free", "ended")
"""What the board tells apart: nodes, with resampled and received as one, and resolved by how."""

_GROUP_OF = {
    states.LISTED: "listed", states.REFUSED: "refused", states.REACHED: "reached", states.HELD: "held",
    states.RESAMPLED: "sampled", states.RECEIVED: "sampled", states.RESULTED: "resulted",
}  # fmt: skip
TASK_KINDS = (
    tasks.CALL, tasks.RETEST, tasks.JUDGE, tasks.TRANSFER, tasks.WATCH, tasks.RECHECK, tasks.BRING_HOME,
)  # fmt: skip
HOPS = (
    "sampled_received", "received_reported", "sampled_reported", "reported_reached", "reached_retested",
    "retested_resulted", "resulted_resolved", "sampled_resolved",
)  # fmt: skip


def group(node: str, resolution: str) -> str:
    """Which of ``GROUPS`` a member belongs to."""
    if node == states.RESOLVED:
        return "positive" if resolution == "positive" else "free"
    return _GROUP_OF.get(node, "ended")


def is_exception(node: str, exception: str) -> bool:
    """Whether a member does not move on by itself."""
    return node == states.REFUSED or bool(exception and node in states.OPEN)


@dataclass(frozen=True)
class Filter:
    """Which chases: in this state (None: all), with this in the barcode, of this place (None: all in scope)."""

    state: str | None = Chase.State.OPEN
    code: str = ""
    place_id: int | None = None

    def params(self) -> dict[str, Any]:
        return {**_within(self.place_id), "state": self.state, "code": self.code or None}


@dataclass(frozen=True)
class Row:
    """A row of the board.

    ``own``: the site stands in the place; else only the place's members show, and barcode, result and site may be
    unknown. ``since`` is the report, or the listing where the report is not to be seen. ``recheck``: all are negative,
    and who was in the tube is being asked.
    """

    tube_id: int
    barcode: str | None
    own: bool
    state: str
    result: int | None
    since: dt.datetime
    place: str | None
    site: str | None
    station: str | None
    closed_at: dt.datetime | None
    recheck: bool
    groups: Counter[str]
    exceptions: Counter[str]
    key: Key

    @property
    def members(self) -> int:
        return sum(self.groups.values())

    @property
    def missing(self) -> int:
        """Members whom nobody has reached."""
        return self.groups["listed"]


def board(wanted: Filter, after: Key | None = None, limit: int = 50) -> list[Row]:
    """A page of the board: exceptions first, then open from the oldest on, then closed from the latest on."""
    params = {**wanted.params(), "open": list(states.OPEN), "after": list(after) if after else None, "limit": limit}
    return [_row(*row) for row in db.rows(db.sql("chase/board"), params)]


def exceptions(place_id: int | None = None, limit: int = 50) -> list[Row]:
    """The open chases that do not move on by themselves, the oldest first."""
    found = board(Filter(place_id=place_id), limit=limit)
    return [row for row in found if row.key[0] == 0]


def _row(*columns: Any) -> Row:
    *head, members, urgency, nth = columns
    return Row(
        *head,
        groups=Counter(group(node, resolution) for node, resolution, _ in members),
        exceptions=Counter(e or node for node, _, e in members if is_exception(node, e)),
        key=(urgency, nth, head[0]),
    )


def counts(wanted: Filter) -> dict[str, int]:
    """How many chases there are in each state, whatever state is wanted."""
    found = dict(db.rows(db.sql("chase/states"), wanted.params()))
    return {state: found.get(state, 0) for state in STATES}


@dataclass(frozen=True)
class MemberRow:
    """A member with what the tube page shows beside it. Name, phone and home are None where the person lives outside
    the viewer's scope and was not handed over; ``has_record``: the person's own page may be opened. ``phone`` is
    encrypted."""

    id: int
    tube_id: int
    person_id: int
    node: str
    exception: str
    calls: int
    call_code: str
    listed_at: dt.datetime
    reached_at: dt.datetime | None
    resampled_at: dt.datetime | None
    resulted_at: dt.datetime | None
    resolved_at: dt.datetime | None
    resolution: str
    retest: int | None
    contact: bool | None
    owner_place_id: int
    owner: str | None
    elsewhere: bool
    retest_barcode: str | None
    person_no: str | None
    name: str | None
    category: str | None
    phone: bytes | None
    provisional: bool | None
    home_place_id: int | None
    home_names: Sequence[str | None]
    door: str
    has_record: bool
    called_at: dt.datetime | None
    call_outcome: str | None
    held_until: dt.datetime | None
    due_at: dt.datetime | None
    due_kind: str | None

    @property
    def group(self) -> str:
        return group(self.node, self.resolution)

    @property
    def is_over(self) -> bool:
        """Nothing is left to do: who is positive still waits for care."""
        return self.group in ("free", "ended")

    @property
    def exceptional(self) -> bool:
        return is_exception(self.node, self.exception)

    @property
    def can_be_called(self) -> bool:
        return self.node in (states.LISTED, states.REACHED, states.HELD, states.REFUSED)

    @property
    def can_be_judged(self) -> bool:
        return states.can(self.node, states.JUDGE)

    @property
    def is_open(self) -> bool:
        return self.node in states.OPEN


def chase_of(tube_id: int) -> Chase | None:
    """The chase of a tube that stands in the viewer's scope."""
    return Chase.objects.filter(pk=tube_id).first()


def members_of(tube_id: int, now: dt.datetime) -> list[MemberRow]:
    """The members of a tube whom the viewer may see, exceptions first, resolved ones last."""
    params = {"tube": tube_id, "now": now, "open": list(states.OPEN)}
    return [MemberRow(*row) for row in db.rows(db.sql("chase/members"), params)]


def member(member_id: int) -> Member | None:
    """One member in the viewer's scope."""
    return Member.objects.filter(pk=member_id).first()


def barcodes(tube_ids: Sequence[int]) -> dict[int, str]:
    """The barcodes of those tubes that stand in the viewer's scope."""
    return dict(Tube.objects.filter(pk__in=tube_ids).values_list("pk", "barcode"))


def chased(tube_ids: Sequence[int]) -> dict[int, tuple[str, bool]]:
    """``(barcode, whether there is a chase)`` of those tubes that stand in the viewer's scope."""
    rows = db.rows(
        "SELECT t.id, t.barcode, c.tube_id IS NOT NULL FROM screening_tube t"
        " LEFT JOIN chase_chase c ON c.tube_id = t.id WHERE t.id = ANY(%s)",
        [list(tube_ids)],
    )
    return {key: (barcode, has) for key, barcode, has in rows}


def tubes_of_members(member_ids: Sequence[int]) -> list[tuple[int, int, str | None]]:
    """``(member, tube, barcode)`` of members in scope; no barcode where the tube stands elsewhere."""
    return db.rows(
        "SELECT m.id, m.tube_id, t.barcode FROM chase_member m LEFT JOIN screening_tube t ON t.id = m.tube_id"
        " WHERE m.id = ANY(%s)",
        [list(member_ids)],
    )


def communities(district: int, but: int) -> dict[str, list[tuple[int, str]]]:
    """``(id, name)`` of the communities of a district under the names of their streets, but one."""
    lo, hi = PlaceId(district).range
    found: dict[str, list[tuple[int, str]]] = {}
    for street, place, name in db.rows(
        "SELECT s.name, c.id, c.name FROM places_place c JOIN places_place s ON s.id = c.parent_id"
        " WHERE c.level = %s AND c.id >= %s AND c.id < %s AND c.id <> %s ORDER BY c.id",
        [Level.COMMUNITY, lo, hi, but],
    ):
        found.setdefault(street, []).append((place, name))
    return found


class Happening(NamedTuple):
    """One line of a timeline; ``detail`` is a code of what happened, see ``sql/timeline.sql``."""

    at: dt.datetime
    what: str
    detail: str
    actor: str
    member_id: int | None
    note: str


def timeline(tube_id: int, day: dt.date, limit: int = 300) -> list[Happening]:
    """What happened around a chased tube, the latest first. ``day`` is that of the tube."""
    return [Happening(*row) for row in db.rows(db.sql("chase/timeline"), {"tube": tube_id, "day": day, "limit": limit})]


class Neighbour(NamedTuple):
    """A tube of the same table; ``distance`` is negative before and positive after."""

    distance: int
    barcode: str
    result: int | None
    members: int
    first_scan_at: dt.datetime
    chased: bool


def neighbours(
    tube_id: int, station_id: int | None, place_id: int, at: dt.datetime | None, before: int, after: int
) -> list[Neighbour]:
    """The tubes that were opened at a table before and after a tube that was opened ``at`` a moment."""
    if station_id is None or at is None:
        return []
    params = {"tube": tube_id, "station": station_id, "place": place_id, "at": at, "before": before, "after": after}
    return [Neighbour(*row) for row in db.rows(db.sql("chase/neighbours"), params)]


@dataclass(frozen=True)
class Overview:
    """The open chases of a place in figures; members count as on the board. ``overdue`` and ``soon`` are tasks."""

    open: int
    exceptional: int
    not_reached: int
    in_work: int
    exceptions: int
    overdue: int
    soon: int


def overview(now: dt.datetime, soon: dt.timedelta, place_id: int | None = None) -> Overview:
    """The figures of the Find clock, in one query."""
    params = {**_within(place_id), "open": list(states.OPEN), "now": now, "soon": now + soon}
    return Overview(*db.rows(db.sql("chase/overview"), params)[0])


@dataclass(frozen=True)
class Hop:
    """How long one hop took: over how many members, half of them within ``median``, nine of ten within ``p90``."""

    key: str
    count: int = 0
    median: dt.timedelta | None = None
    p90: dt.timedelta | None = None


def hops_of(reported_at: dt.datetime | None, members: Sequence[MemberRow]) -> list[Hop]:
    """The hops of one tube's members after its report, median and p90 as PostgreSQL's ``percentile_cont``."""
    ends = [(reported_at, m.reached_at, m.resampled_at, m.resulted_at, m.resolved_at) for m in members]
    found = []
    for i, key in enumerate(HOPS[3:7]):
        spans = sorted(end - start for one in ends if (start := one[i]) and (end := one[i + 1]))
        found.append(Hop(key, len(spans), _percentile(spans, 0.5), _percentile(spans, 0.9)))
    return found


def _percentile(spans: Sequence[dt.timedelta], share: float) -> dt.timedelta | None:
    """The value below which a share of sorted spans lies, in between two by proportion; None without any."""
    if not spans:
        return None
    at = share * (len(spans) - 1)
    low = int(at)
    high = min(low + 1, len(spans) - 1)
    return spans[low] + (spans[high] - spans[low]) * (at - low)


@dataclass(frozen=True)
class Period:
    """Of which chases: those reported from ``since`` until before ``until``, perhaps of one round only."""

    since: dt.datetime
    until: dt.datetime
    round_id: int | None = field(default=None)


def hops(period: Period, place_id: int | None = None) -> list[Hop]:
    """Median and p90 of every hop, over the members of chases that were not corrected; all ``HOPS``, in order."""
    params = {
        **_within(place_id), "since": period.since, "until": period.until, "round": period.round_id,
    }  # fmt: skip
    found = {HOPS[number - 1]: rest for number, *rest in db.rows(db.sql("chase/hops"), params)}
    return [Hop(key, *found[key]) if key in found else Hop(key) for key in HOPS]


def _within(place_id: int | None) -> dict[str, int]:
    lo, hi = PlaceId(place_id).range if place_id is not None else ANYWHERE
    return {"lo": lo, "hi": hi}
