"""Take in laboratory reports: matched or not yet, corrected or repeated, in any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tongxin.kit import clock, db
from tongxin.people import locks
from tongxin.places import queries as places
from tongxin.screening import rules
from tongxin.screening.operations import followup
from tongxin.screening.rules import Report

MAX_ROWS = 20_000


class Written(NamedTuple):
    """``conflicts`` are the positions of reports whose number is known with other content."""

    accepted: int
    repeated: int
    conflicts: list[int]


def read(row: Mapping[str, str], zone: dt.tzinfo) -> Report:
    """Read a report's columns. Raises Unreadable with the reason."""
    return rules.read_report(row, zone)


def record(reports: Sequence[Report]) -> Written:
    """Write reports in one transaction; open or close the chases that follow from them."""
    accepted, repeated, conflicts = 0, 0, []
    with db.transaction_block():
        locks.share_register()
        for start in range(0, len(reports), MAX_ROWS):
            part = _write(reports[start : start + MAX_ROWS])
            accepted, repeated = accepted + part.accepted, repeated + part.repeated
            conflicts += [start + i for i in part.conflicts]
    return Written(accepted, repeated, conflicts)


def _write(reports: Sequence[Report]) -> Written:
    first: dict[str, Report] = {}
    for report in reports:
        first.setdefault(report.report_no, report)
    known = labs({r.lab for r in first.values()})
    new = list(first.values())
    columns = [
        [r.report_no for r in new],
        [r.barcode for r in new],
        [known[r.lab] for r in new],
        [r.result for r in new],
        [r.ct_orf1ab for r in new],
        [r.ct_n for r in new],
        [r.tested_at for r in new],
        [r.reported_at for r in new],
        places.root(),
    ]
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT accepted, touched, flagged FROM screening_record_reports(%s, %s, %s::int[], %s::int2[],"
            " %s::float8[], %s::float8[], %s::timestamptz[], %s::timestamptz[], %s)",
            columns,
        )
        accepted, touched, flagged = cursor.fetchone()
    followup.follow(touched or [], flagged or [], clock.now)
    conflicts = [] if accepted == len(reports) else _conflicts(reports)
    return Written(accepted, len(reports) - accepted - len(conflicts), conflicts)


def labs(names: set[str]) -> dict[str, int]:
    """The laboratories by name; one that is new is made."""
    query = "SELECT name, id FROM places_facility WHERE kind = 'lab' AND name = ANY(%s)"
    known = dict(db.rows(query, [list(names)]))
    missing = sorted(names - set(known))
    if missing:
        db.execute(
            "INSERT INTO places_facility (code, name, kind, place_id)"
            " SELECT 'lab:' || name, name, 'lab', %s FROM unnest(%s::text[]) AS i (name) ON CONFLICT DO NOTHING",
            [places.root(), missing],
        )
        known = dict(db.rows(query, [list(names)]))
    return known


def _conflicts(reports: Sequence[Report]) -> list[int]:
    """Positions of the reports that differ from what their number stands for on file."""
    stored = {
        row[0]: row
        for row in db.rows(
            "SELECT n.report_no, f.name, t.barcode, r.result, r.ct_orf1ab, r.ct_n, r.tested_at, r.reported_at"
            "  FROM screening_report_number n JOIN screening_tube t ON t.id = n.tube_id"
            "  JOIN screening_tube_result r ON r.tube_id = t.id AND r.day = t.day AND r.report_no = n.report_no"
            "  JOIN places_facility f ON f.id = r.lab_id WHERE n.report_no = ANY(%s)",
            [[r.report_no for r in reports]],
        )
    }
    return [i for i, r in enumerate(reports) if stored.get(r.report_no, r.report_no) != _as_stored(r)]


def _as_stored(report: Report) -> tuple[object, ...]:
    return (
        report.report_no, report.lab, report.barcode, report.result, report.ct_orf1ab, report.ct_n,
        report.tested_at, report.reported_at,
    )  # fmt: skip
