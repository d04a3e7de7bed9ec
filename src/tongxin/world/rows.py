"""The rows of files and API calls: what a planned day is for whoever takes it in. Pure."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tongxin.world.days import FOUND, Day, Report, Sample

SCANS, REPORTS, HANDOVERS = "scans", "reports", "handovers"
SCAN_COLUMNS = (
    "scan_id", "round", "purpose", "tube_barcode", "tube_kind", "capacity", "site", "station", "person_no", "id_number",
    "scanned_at",
)  # fmt: skip
REPORT_COLUMNS = ("报告编号", "检测机构", "样本管号", "结果", "ORF1ab基因Ct值", "N基因Ct值", "检测时间", "报告时间")
HANDOVER_COLUMNS = ("tube_barcode", "step", "box", "actor", "at")
COLUMNS = {SCANS: SCAN_COLUMNS, REPORTS: REPORT_COLUMNS, HANDOVERS: HANDOVER_COLUMNS}


class Row(NamedTuple):
    """One row of a file, when it is sent, and whether it says that somebody was found."""

    at: dt.datetime
    kind: str
    values: tuple[str, ...]
    urgent: bool = False

    def as_object(self) -> dict[str, str]:
        return dict(zip(COLUMNS[self.kind], self.values, strict=True))


class Queue:
    """Rows of several days, taken out in the order of their times; urgent ones (found tubes, corrections) apart."""

    def __init__(self) -> None:
        self._waiting: dict[bool, list[Row]] = {True: [], False: []}

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._waiting[row.urgent].append(row)
        for waiting in self._waiting.values():
            waiting.sort(key=lambda r: (r.at, r.kind, r.values))

    def take(self, until: dt.datetime, urgent: bool) -> list[Row]:
        """Take out the rows that are due."""
        waiting = self._waiting[urgent]
        count = bisect.bisect_right(waiting, until, key=lambda r: r.at)
        due, self._waiting[urgent] = waiting[:count], waiting[count:]
        return due


def text(at: dt.datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")


def of_day(day: Day) -> Iterator[Row]:
    """Everything that a day sends."""
    for sample in day.samples:
        yield from scans(sample, day.round, "screening")
        for step, at, actor, box in sample.steps:
            yield Row(at, HANDOVERS, (sample.barcode, step, box, actor, text(at)))
        for nth, one in enumerate(sample.reports):
            yield report(sample.barcode, one, nth > 0)


def scans(sample: Sample, round_name: str, purpose: str) -> Iterator[Row]:
    """The scans of a tube, sent when it is closed."""
    head = (round_name, purpose, sample.barcode, sample.kind, str(sample.capacity), sample.site, sample.station)
    for nth, swab in enumerate(sample.members, 1):
        values = (f"{sample.barcode}-{nth:02d}", *head, swab.person_no, swab.id_number, text(swab.at))
        yield Row(sample.closed_at, SCANS, values)


def report(barcode: str, one: Report, correction: bool = False) -> Row:
    ct = ["" if value is None else f"{value:.1f}" for value in (one.reading.ct_orf1ab, one.reading.ct_n)]
    values = (one.number, one.lab, barcode, one.reading.word, *ct, text(one.tested_at), text(one.at))
    return Row(one.at, REPORTS, values, one.reading.word in FOUND or correction)


def handover(barcode: str, step: str, actor: str, at: dt.datetime) -> Row:
    return Row(at, HANDOVERS, (barcode, step, "", actor, text(at)))
