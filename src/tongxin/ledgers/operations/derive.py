"""Entries from the register: made, moved and ended as it changes, many in one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.ledgers import kinds, terms
from tongxin.ledgers.categories import SENSITIVE
from tongxin.tasks import operations as tasks
from tongxin.tasks import rules as task_rules

TOPIC = "ledger"
BY_REGISTER = Because("clock", "the register")


def derive(now: dt.datetime, persons: Sequence[int] | None = None) -> int:
    """Make the entries that the register's categories of some persons (of everybody) say, and end those that it no longer
    says. How many changed; run again it changes nothing."""
    with db.transaction_block():
        found = db.rows(
            db.sql("ledgers/derive"),
            {
                **terms.rhythms(now), "now": now, "sensitive": sorted(SENSITIVE),
                "persons": None if persons is None else list(persons),
            },
        )  # fmt: skip
        _tell([(place, n + m) for place, n, m in found], "ledger.derived")
        if any(m for _, _, m in found):
            drop_idle_tasks(now, persons)
    return sum(n + m for _, n, m in found)


def everybody(now: dt.datetime) -> int:
    """The clock: whatever came into the register past its operation."""
    return derive(now)


def people_written(persons: Sequence[int], now: dt.datetime) -> None:
    """The register says something else of these people."""
    derive(now, persons)


def people_moved(persons: Sequence[int], now: dt.datetime) -> None:
    """Their entries follow them, and so do the tasks about them."""
    moved = db.rows(db.sql("ledgers/moved"), {"persons": list(persons), "sensitive": sorted(SENSITIVE)})
    if moved:
        tasks.move_for(kinds.SUBJECT, sorted(set(moved)), now, BY_REGISTER)
        _tell([(place, 1) for _, place in moved], "ledger.moved")


def drop_idle_tasks(now: dt.datetime, persons: Sequence[int] | None = None) -> int:
    """Cancel the tasks about people who are no longer on the ledger."""
    gone = db.rows(
        "SELECT t.subject_id FROM tasks_task t WHERE t.subject_kind = %s AND t.kind = ANY (%s)"
        " AND t.state IN ('open', 'claimed') AND (%s::bigint[] IS NULL OR t.subject_id = ANY (%s::bigint[]))"
        " AND NOT EXISTS (SELECT FROM ledgers_entry e WHERE e.person_id = t.subject_id AND e.ended_at IS NULL)",
        [kinds.SUBJECT, list(kinds.ABOUT_PERSON), *2 * [None if persons is None else list(persons)]],
    )
    ids = sorted({p for (p,) in gone})
    return tasks.cancel_for(kinds.ABOUT_PERSON, kinds.SUBJECT, ids, "no longer on the ledger", now, BY_REGISTER)


def _tell(found: Sequence[tuple[int, int]], action: str) -> None:
    if found:
        places = [place for place, _ in found]
        audit.record(BY_REGISTER, action, "ledger", place=task_rules.smallest_place(places), count=sum(n for _, n in found))
        events.publish(TOPIC, places)
