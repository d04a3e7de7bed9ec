"""The three clocks, as a demo prints them: the same queries that the pages ask."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongxin.access.models import User
from tongxin.chase import queries as chase
from tongxin.chase import states
from tongxin.kit import clock, db
from tongxin.needs import queries as needs
from tongxin.policy.queries import pack_at
from tongxin.restrictions import queries as restrictions
from tongxin.tasks import queries as tasks

HOP_LABELS = {
    "sampled_received": _("sampled → received"),
    "received_reported": _("received → reported"),
    "sampled_reported": _("sampled → reported"),
    "reported_reached": _("reported → reached"),
    "reached_retested": _("reached → retested"),
    "retested_resulted": _("retested → resulted"),
    "resulted_resolved": _("resulted → resolved"),
    "sampled_resolved": _("sampled → resolved"),
}


@dataclass(frozen=True)
class Clocks:
    """Find, Care and Release of a whole city at a moment. Members of corrected chases are not counted."""

    at: dt.datetime
    hops: list[chase.Hop]
    chases: dict[str, int]
    nodes: dict[str, int]
    exceptions: dict[str, int]
    resolved: int
    open: int
    tasks_open: int
    tasks_overdue: int
    in_force: int
    overdue: int
    needs: needs.Figures

    def as_json(self) -> dict[str, Any]:
        """Times in seconds."""
        hops = {h.key: {"count": h.count, "median": _seconds(h.median), "p90": _seconds(h.p90)} for h in self.hops}
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "find": {
                "hops": hops, "chases": self.chases, "members_resolved": self.resolved, "members_open": self.open,
                "nodes": self.nodes, "exceptions": self.exceptions,
            },
            "care": {"tasks_open": self.tasks_open, "tasks_overdue": self.tasks_overdue, "needs": self._needs()},
            "release": {"in_force": self.in_force, "overdue": self.overdue},
        }  # fmt: skip


    def _needs(self) -> dict[str, Any]:
        found = asdict(self.needs)
        return {**found, "oldest": self.needs.oldest and self.needs.oldest.isoformat(timespec="seconds")}


def _seconds(span: dt.timedelta | None) -> float | None:
    return span.total_seconds() if span is not None else None


def clocks(since: dt.datetime, place: int) -> Clocks:
    """The three clocks now, of the chases reported since a moment in a place."""
    now = clock.now()
    soon = pack_at(place, now).hours("task.due_soon")
    nodes, exceptions = _counts()
    unresolved = sum(count for node, count in nodes.items() if node in states.OPEN)
    work = tasks.counts(now, soon, tasks.Filter(place_id=place))
    release = restrictions.release_clock(now, soon, place)
    return Clocks(
        now, chase.hops(chase.Period(since, now + dt.timedelta(days=1)), place),
        chase.counts(chase.Filter(state=None, place_id=place)), nodes,
        exceptions,
        sum(nodes.values()) - unresolved, unresolved,
        sum(w.open for w in work), sum(w.overdue for w in work), release.in_force, release.overdue,
        needs.figures(User.objects.using(db.alias()).get(username="operations"), place, now, soon),
    )  # fmt: skip


def _counts() -> tuple[dict[str, int], dict[str, int]]:
    """How many members stand at each node, and how many have each exception."""
    query = "SELECT m.node, m.exception FROM chase_member m JOIN chase_chase c ON c.tube_id = m.tube_id AND c.state <> 'corrected'"
    found = db.rows(query)
    nodes, exceptions = Counter(node for node, __ in found), Counter(exception for __, exception in found if exception)
    return dict(sorted(nodes.items())), dict(sorted(exceptions.items()))
