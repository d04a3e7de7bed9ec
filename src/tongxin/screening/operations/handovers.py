"""Take in hand-overs: a tube was closed, boxed, couriered, received, tested — when, by whom, in which box."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tongxin.kit import clock, db
from tongxin.people import locks
from tongxin.places import queries as places
from tongxin.screening import rules
from tongxin.screening.operations import followup
from tongxin.screening.operations.scans import Written

MAX_ROWS = 20_000
MAX_ACTOR = 100


class Handover(NamedTuple):
    """One step of one tube. ``at`` is aware."""

    barcode: str
    step: int
    box: str
    actor: str
    at: dt.datetime


def read(row: Mapping[str, str], zone: dt.tzinfo) -> Handover:
    """Read a hand-over's columns. Raises Unreadable with the reason."""
    if not row["actor"] or len(row["actor"]) > MAX_ACTOR:
        raise rules.Unreadable(f"the actor must be named, in at most {MAX_ACTOR} characters")
    return Handover(
        rules.read_code(row["tube_barcode"], "the tube's barcode"),
        rules.read_word(row["step"], rules.STEPS, "the step"),
        rules.read_code(row["box"], "the box") if row["box"] else "",
        rules.read_name(row["actor"], "the actor", MAX_ACTOR),
        rules.read_time(row["at"], "the time", zone),
    )


def record(rows: Sequence[Handover]) -> Written:
    """Write hand-overs in one transaction. A step that is known counts as repeated; the earliest time holds."""
    accepted = 0
    with db.transaction_block():
        locks.share_register()
        for start in range(0, len(rows), MAX_ROWS):
            accepted += _write(rows[start : start + MAX_ROWS])
    return Written(accepted, len(rows) - accepted)


def _write(rows: Sequence[Handover]) -> int:
    distinct: dict[tuple[str, int], Handover] = {}
    for row in sorted(rows, key=lambda r: r.at):
        distinct.setdefault((row.barcode, row.step), row)
    new = list(distinct.values())
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT accepted, touched FROM screening_record_handovers(%s, %s::int2[], %s, %s, %s::timestamptz[], %s)",
            [*([r[i] for r in new] for i in range(len(Handover._fields))), places.root()],
        )
        accepted, touched = cursor.fetchone()
    followup.follow(touched or [], [], clock.now)
    return int(accepted)
