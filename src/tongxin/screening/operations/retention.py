"""Delete what is older than the pack allows (``retention.tubes``): tubes, who was in them, their results and ways.

A day goes in small steps: its tubes in batches, each a transaction of its own, then its partitions and its rounds; a
sweep that is stopped goes on at the next one. A tube that a later stage still needs (a chase) keeps its heading, without
the list of its members.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.places.queries import root
from tongxin.policy.queries import pack_at
from tongxin.screening import rules
from tongxin.screening.models import OUTSIDE
from tongxin.screening.tasks import flag_kind
from tongxin.tasks import operations as tasks

BATCH = 5_000
KEY = "retention.tubes"
REASON = "the record of the tube was deleted"
Needed = Callable[[Sequence[int]], set[int]]
_needed: list[Needed] = []


def on_delete(needed: Needed) -> Needed:
    """Register a function that says which of some tubes must keep their heading."""
    if needed not in _needed:
        _needed.append(needed)
    return needed


def drop_old(now: dt.datetime) -> int:
    """Delete the days that are over the limit, and retests and unmatched reports as old. How many tubes went."""
    try:
        pack = pack_at(root(), now)
    except LookupError:  # nothing is loaded
        return 0
    because = Because("clock", rule=pack.rule(KEY))
    before = now.date() - pack.days(KEY)
    days = [day for (day,) in db.rows("SELECT DISTINCT day FROM screening_round WHERE day < %s ORDER BY day", [before])]
    return sum(_drop_day(day, now, because) for day in days) + _drop_outside(before, now, because)


def _drop_day(day: dt.date, now: dt.datetime, because: Because) -> int:
    gone = _drop_tubes("SELECT DISTINCT tube_id FROM screening_tube_member WHERE day = %s", [day], now, because)
    with db.transaction_block():
        db.execute("SELECT screening_drop_day(%s)", [day])
        db.execute("DELETE FROM screening_roundplace WHERE round_id IN (SELECT id FROM screening_round WHERE day = %s)", [day])
        db.execute("DELETE FROM screening_round WHERE day = %s", [day])
        audit.record(because, "retention.tubes", "day", day, count=gone)
    return gone


def _drop_outside(before: dt.date, now: dt.datetime, because: Because) -> int:
    """Retests, and reports that nobody's scans ever met. Their partition stays, so their rows are deleted."""
    query = (
        "SELECT tube_id FROM (SELECT tube_id, max(scanned_at) AS at FROM screening_tube_member WHERE day = %s GROUP BY 1"
        "  UNION ALL SELECT tube_id, max(reported_at) FROM screening_tube_result WHERE day = %s GROUP BY 1) t"
        " GROUP BY tube_id HAVING max(at) < %s"
    )
    gone = _drop_tubes(query, [OUTSIDE, OUTSIDE, before], now, because)
    if gone:
        audit.record(because, "retention.tubes", "day", OUTSIDE, count=gone)
    return gone


def _drop_tubes(query: str, params: Sequence[object], now: dt.datetime, because: Because) -> int:
    """Delete the tubes of a query that returns ``tube_id``, batch by batch."""
    gone, last = 0, 0
    while True:
        wanted = f"SELECT tube_id FROM ({query}) q WHERE tube_id > %s ORDER BY tube_id LIMIT %s"
        ids = [tube for (tube,) in db.rows(wanted, [*params, last, BATCH])]
        if not ids:
            return gone
        last = ids[-1]
        with db.transaction_block():
            gone += _drop_batch(ids, now, because)


def _drop_batch(ids: Sequence[int], now: dt.datetime, because: Because) -> int:
    days = [day for (day,) in db.rows("SELECT DISTINCT day FROM screening_tube WHERE id = ANY(%s)", [list(ids)])]
    which = [list(ids), days]
    db.execute(
        "DELETE FROM screening_report_number n USING screening_tube_result r"
        " WHERE r.tube_id = ANY(%s) AND r.day = ANY(%s) AND n.report_no = r.report_no",
        which,
    )
    for table in ("screening_tube_result", "screening_tube_member"):  # those of a day go with its partition
        db.execute(f"DELETE FROM {table} WHERE tube_id = ANY(%s) AND day = %s", [list(ids), OUTSIDE])
    db.execute("DELETE FROM screening_handover WHERE tube_id = ANY(%s)", [list(ids)])
    kinds = [flag_kind(flag) for flag in rules.FLAGS]
    tasks.cancel_for(kinds, "tube", ids, REASON, now, because)
    kept = set().union(*(needed(ids) for needed in _needed))
    return db.execute("DELETE FROM screening_tube WHERE id = ANY(%s)", [[i for i in ids if i not in kept]])
