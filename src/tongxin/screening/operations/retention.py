"""Delete what is older than the pack allows (``retention.tubes``): tubes, who was in them, their results and ways.

A day goes in small steps: its tubes in batches, each a transaction of its own, then its partitions and its rounds; a
sweep that is stopped goes on at the next one. A tube that a later stage still needs (a chase) keeps its heading,
without the list of its members.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence

from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.policy.queries import pack_of_city
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
    pack = pack_of_city(now)
    if pack is None:  # nothing is loaded
        return 0
    because = Because("clock", rule=pack.rule(KEY))
    before = now.date() - pack.days(KEY)
    days = [day for (day,) in db.rows("SELECT DISTINCT day FROM screening_round WHERE day < %s ORDER BY day", [before])]
    return sum(_drop_day(day, now, because) for day in days) + _drop_outside(before, now, because)


def _drop_day(day: dt.date, now: dt.datetime, because: Because) -> int:
    gone = _drop_tubes("screening/tubes_of_day", {"day": day}, now, because)
    with db.transaction_block():
        db.execute("SELECT screening_drop_day(%s)", [day])
        db.execute(
            "DELETE FROM screening_roundplace p USING screening_round r WHERE p.round_id = r.id AND r.day = %s", [day]
        )
        db.execute("DELETE FROM screening_round WHERE day = %s", [day])
        audit.record(because, "retention.tubes", "day", day, count=gone)
    return gone


def _drop_outside(before: dt.date, now: dt.datetime, because: Because) -> int:
    """Retests, and reports that nobody's scans ever met. Their partition stays, so their rows are deleted."""
    gone = _drop_tubes("screening/tubes_outside", {"day": OUTSIDE, "before": before}, now, because)
    db.execute("DELETE FROM screening_boxstep WHERE at < %s", [before])
    if gone:
        audit.record(because, "retention.tubes", "day", OUTSIDE, count=gone)
    return gone


def _drop_tubes(query: str, params: Mapping[str, object], now: dt.datetime, because: Because) -> int:
    """Delete the tubes that a query gives, batch by batch."""
    gone, after = 0, 0
    while ids := [tube for (tube,) in db.rows(db.sql(query), {**params, "after": after, "limit": BATCH})]:
        after = ids[-1]
        with db.transaction_block():
            gone += _drop_batch(ids, now, because)
    return gone


def _drop_batch(ids: Sequence[int], now: dt.datetime, because: Because) -> int:
    days = [day for (day,) in db.rows("SELECT DISTINCT day FROM screening_tube WHERE id = ANY(%s)", [list(ids)])]
    which = [list(ids), days]
    db.execute(
        "DELETE FROM screening_report_number n USING screening_tube_result r"
        " WHERE r.tube_id = ANY(%s) AND r.day = ANY(%s) AND n.report_no = r.report_no",
        which,
    )
    outside = [list(ids), OUTSIDE]  # what stands in a day goes with its partition
    db.execute("DELETE FROM screening_tube_result WHERE tube_id = ANY(%s) AND day = %s", outside)
    db.execute("DELETE FROM screening_tube_member WHERE tube_id = ANY(%s) AND day = %s", outside)
    db.execute("DELETE FROM screening_handover WHERE tube_id = ANY(%s)", [list(ids)])
    kinds = [flag_kind(flag) for flag in rules.FLAGS]
    tasks.cancel_for(kinds, "tube", ids, REASON, now, because)
    kept = set().union(*(needed(ids) for needed in _needed))
    return db.execute("DELETE FROM screening_tube WHERE id = ANY(%s)", [[i for i in ids if i not in kept]])


def drop_headings(tubes: Collection[int]) -> int:
    """A later stage needs these tubes no longer: delete those of which nothing but the heading was left."""
    kept = set().union(*(needed(list(tubes)) for needed in _needed))
    return db.execute(
        "DELETE FROM screening_tube t WHERE t.id = ANY(%s)"
        "   AND NOT EXISTS (SELECT FROM screening_tube_member m WHERE m.tube_id = t.id AND m.day = t.day)"
        "   AND NOT EXISTS (SELECT FROM screening_tube_result r WHERE r.tube_id = t.id AND r.day = t.day)",
        [[i for i in tubes if i not in kept]],
    )
