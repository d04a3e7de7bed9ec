"""The three clocks, as a demo prints them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tongxin.chase import states
from tongxin.kit import clock, db
from tongxin.restrictions import queries as restrictions
from tongxin.tasks import queries as tasks

POINTS = ("sampled", "received", "reported", "reached", "retested", "resulted", "resolved")
WHOLE = "whole"
SOON = dt.timedelta(hours=2)


class Hop(NamedTuple):
    """The time to a point from the one before it (``whole``: from sampled to resolved), in seconds, over ``count``."""

    name: str
    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class Clocks:
    """Find, Care and Release at a moment."""

    at: dt.datetime
    hops: list[Hop]
    chases: dict[str, int]
    nodes: dict[str, int]
    exceptions: dict[str, int]
    resolved: int
    open: int
    tasks_open: int
    tasks_overdue: int
    in_force: int
    overdue: int


def percentile(values: Iterable[float], share: float) -> float | None:
    """The continuous percentile as SQL's ``percentile_cont``: linear between the two nearest ranks. None for no values."""
    ranked = sorted(values)
    if not ranked:
        return None
    at = share * (len(ranked) - 1)
    low = int(at)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (at - low)


def hop_times(members: Sequence[Mapping[str, dt.datetime | None]]) -> list[Hop]:
    """Median and p90 of each hop from the points that each resolved member passed: the same as ``sql/hop_times``."""
    found = []
    pairs = [*zip(POINTS, POINTS[1:], strict=False), (POINTS[0], POINTS[-1])]
    for (before, after), name in zip(pairs, (*POINTS[1:], WHOLE), strict=True):
        spans = [
            (till - since).total_seconds()
            for m in members
            if (since := m[before]) is not None and (till := m[after]) is not None
        ]
        found.append(Hop(name, len(spans), percentile(spans, 0.5), percentile(spans, 0.9)))
    return found


def clocks() -> Clocks:
    """The three clocks of the whole city, now."""
    now = clock.now()
    nodes = _counts("m.node")
    ended = (states.RESOLVED, *(e for e in states.SPECIAL_ENDS if e != states.REFUSED))
    resolved = sum(count for node, count in nodes.items() if node in ended)
    work = tasks.counts(now, SOON, tasks.Filter())
    release = restrictions.release_clock(now, SOON)
    return Clocks(
        now, [Hop(*row) for row in db.rows(db.sql("world/hop_times"))],
        dict(db.rows("SELECT state, count(*) FROM chase_chase GROUP BY state ORDER BY state")),
        nodes, {k: n for k, n in _counts("m.exception").items() if k}, resolved, sum(nodes.values()) - resolved,
        sum(w.open for w in work), sum(w.overdue for w in work), release.in_force, release.overdue,
    )  # fmt: skip


def _counts(column: str) -> dict[str, int]:
    query = (
        f"SELECT {column}, count(*) FROM chase_member m JOIN chase_chase c ON c.tube_id = m.tube_id"
        " AND c.state <> 'corrected' GROUP BY 1 ORDER BY 1"
    )
    return dict(db.rows(query))
