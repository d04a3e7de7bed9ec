"""Take in hand-overs: a tube was closed, boxed, couriered, received, tested — when, by whom, in which box. From the box
on, one row may stand for the whole of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from tongxin.kit import clock, db
from tongxin.people import locks
from tongxin.places import queries as places
from tongxin.policy.queries import pack_at
from tongxin.screening import rules
from tongxin.screening.operations import followup
from tongxin.screening.operations.scans import Written

MAX_ROWS = 20_000
MAX_ACTOR = 100


class Handover(NamedTuple):
    """One step of one tube, or of a whole box (then without a barcode). ``at`` is aware."""

    barcode: str
    step: int
    box: str
    actor: str
    at: dt.datetime


def read(row: Mapping[str, str], zone: dt.tzinfo) -> Handover:
    """Read a hand-over's columns. Raises Unreadable with the reason."""
    if not row["actor"] or len(row["actor"]) > MAX_ACTOR:
        raise rules.Unreadable(f"the actor must be named, in at most {MAX_ACTOR} characters")
    step = rules.read_word(row["step"], rules.STEPS, "the step")
    whole_box = not row["tube_barcode"] and row["box"]
    if whole_box and step <= rules.STEPS["boxed"]:
        raise rules.Unreadable("a tube is closed and boxed by itself: its barcode is needed")
    return Handover(
        "" if whole_box else rules.read_code(row["tube_barcode"], "the tube's barcode"),
        step,
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
        _spread({row.box for row in rows if row.box and row.step >= rules.STEPS["boxed"]})
    return Written(accepted, len(rows) - accepted)


def _write(rows: Sequence[Handover]) -> int:
    distinct: dict[tuple[str, int], Handover] = {}
    for row in sorted(rows, key=lambda r: r.at):
        if row.barcode:
            distinct.setdefault((row.barcode, row.step), row)
    new = list(distinct.values())
    whole = _write_boxes([row for row in rows if not row.barcode])
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT accepted, touched FROM screening_record_handovers(%s, %s::int2[], %s, %s, %s::timestamptz[], %s)",
            [*([r[i] for r in new] for i in range(len(Handover._fields))), places.root()],
        )
        accepted, touched = cursor.fetchone()
    followup.follow(touched or [], [], clock.now)
    return int(accepted) + whole


def _write_boxes(rows: Sequence[Handover]) -> int:
    return db.execute(
        "INSERT INTO screening_boxstep (box, step, at, actor)"
        " SELECT DISTINCT * FROM unnest(%s::text[], %s::int2[], %s::timestamptz[], %s::text[]) AS i (box, step, at, actor)"
        " ON CONFLICT (box, step, at) DO NOTHING",
        [[r.box for r in rows], [r.step for r in rows], [r.at for r in rows], [r.actor for r in rows]],
    )


def _spread(boxes: Collection[str]) -> None:
    """Let the steps of these boxes hold for the tubes in them."""
    if boxes:
        within = pack_at(places.root(), clock.now()).hours("screening.box_closed_within")
        (touched,) = db.rows("SELECT screening_spread_boxes(%s, %s)", [sorted(boxes), within])[0]
        followup.follow(touched or [], [], clock.now)
