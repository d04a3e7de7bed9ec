"""Whose open tasks are: given to who answers for their subject, and passed on when somebody leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.tasks import rules
from tongxin.tasks.operations import TOPIC


def assign_for(
    kind_keys: Iterable[str], subject_kind: str, owners: Sequence[tuple[int, int]], now: dt.datetime, because: Because,
    taken: bool = False,
) -> int:  # fmt: skip
    """Give the open tasks of these kinds to their subjects' owners, ``(subject, user)`` each. How many changed hands.
    Those that somebody has taken stay theirs, unless ``taken``."""
    if not owners:
        return 0
    params = {
        "kinds": list(kind_keys), "subject_kind": subject_kind, "subjects": [s for s, _ in owners], "taken": taken,
        "owners": [u for _, u in owners], "now": now, "actor": because.actor, "note": because.reason,
    }  # fmt: skip
    found = db.rows(db.sql("tasks/assign_for"), params)
    events.publish(TOPIC, [place for place, _ in found])
    return sum(n for _, n in found)


def pass_on(
    old: int, new: int | None, ranges: Iterable[tuple[int, int]], now: dt.datetime, because: Because
) -> int:
    """What one user has taken within ranges of places becomes another's; without another it is open again. How many."""
    multirange = "{" + ",".join(f"[{a},{b})" for a, b in ranges) + "}"
    params = {"old": old, "new": new, "ranges": multirange, "now": now, "actor": because.actor, "note": because.reason}
    found = db.rows(db.sql("tasks/pass_on"), params)
    count = sum(n for _, n in found)
    if count:
        audit.record(because, "task.passed_on", "task", place=rules.smallest_place(p for p, _ in found), count=count)
        events.publish(TOPIC, [place for place, _ in found])
    return count
