"""The bulk path of reports: the first report of a scanned tube that says negative, as nearly all do, goes by binary
COPY into the final tables; everything else (unknown tubes, corrections, positives, repeats) goes through
``reports.record``. As with scans, the unique indexes are the judge."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from django.conf import settings
from django.db import IntegrityError

from tongxin.kit import copying, db
from tongxin.kit.tables import Block, Reject
from tongxin.people import locks
from tongxin.screening import rules
from tongxin.screening.operations import reports, vectors
from tongxin.screening.operations.reports import Report, Written

Array = np.ndarray[Any, Any]
_KNOWN = (
    "SELECT barcode, id, day - '2000-01-01'::date, place_id, (extract(epoch FROM last_scan_at) * 1000000)::bigint"
    "  FROM screening_tube WHERE purpose = 1 AND reports = 0 AND barcode = ANY(%s)"
)
_FOLD = (
    "UPDATE screening_tube t SET reports = 1, result = 1, first_report_at = i.at, result_at = i.at"
    "  FROM unnest($1::bigint[], $2::timestamptz[]) AS i (id, at) WHERE t.id = i.id AND t.reports = 0 AND t.purpose = 1"
)


class Overtaken(Exception):
    """Another writer was faster with one of these tubes."""


@dataclass
class Prepared:
    """A block ready to be written. ``fast``: row, number, barcode, lab, at, tested, id, day, place; ``slow``: reports by row."""

    block: Block
    fast: pl.DataFrame
    slow: dict[int, Report]
    rejects: list[Reject]

    def whole(self) -> dict[int, Report]:
        """Every report by its row, for the way on which each is decided by itself."""
        zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
        rows = {i: reports.read(self.block.frame.row(i, named=True), zone) for i in self.fast["row"].to_list()}
        return dict(sorted({**rows, **self.slow}.items()))


def prepare(block: Block) -> Prepared:
    """Read a block and find out which of its rows are plain."""
    zone, frame = zoneinfo.ZoneInfo(settings.TIME_ZONE), block.frame
    fast = _plain(frame.with_row_index("row"))
    slow, rejects = {}, list(block.rejects)
    odd = np.ones(len(frame), bool)
    odd[fast["row"].to_numpy()] = False
    for i in np.flatnonzero(odd).tolist():
        try:
            slow[i] = reports.read(frame.row(i, named=True), zone)
        except rules.Unreadable as reason:
            rejects.append(block.reject(i, str(reason)))
    return Prepared(block, fast, slow, rejects)


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that are negative, well formed, without Ct values, the only ones of their number and tube, and whose
    tube is scanned and not reported yet. Scanned after its report (a clock is wrong): not plain."""
    code = r"^[^\x00-\x20\x7f]+$"
    at = vectors.times(frame["reported_at"], settings.TIME_ZONE)
    tested = vectors.times(frame["tested_at"], settings.TIME_ZONE)
    found = frame.with_columns(at=at, tested=tested).filter(
        pl.col("result").is_in([w for w, r in rules.RESULT_WORDS.items() if r == rules.NEGATIVE])
        & pl.col("at").is_not_null() & pl.col("tested").is_not_null()
        & (pl.col("ct_orf1ab") == "") & (pl.col("ct_n") == "")
        & pl.col("report_no").str.contains(code) & (pl.col("report_no").str.len_bytes() <= rules.MAX_CODE)
        & pl.col("barcode").is_duplicated().not_() & pl.col("report_no").is_duplicated().not_()
        & (pl.col("lab").str.len_bytes() <= 200)
    )  # fmt: skip
    schema = {"barcode": pl.String, "id": pl.Int64, "day": pl.Int32, "place": pl.Int64, "scanned": pl.Int64}
    known = pl.DataFrame(db.rows(_KNOWN, [found["barcode"].to_list()]), schema=schema, orient="row")
    return found.join(known, on="barcode").filter(pl.col("scanned") <= pl.col("at")).sort("id")


def write(prepared: Prepared) -> Written:
    """Write a block in the transaction that is open. Conflicts are rows of the block."""
    with db.transaction_block():
        locks.share_register()
        try:
            with db.transaction_block():
                _copy(prepared.fast)
        except (IntegrityError, Overtaken):
            return _one_by_one(prepared.whole())
        rest = _one_by_one(prepared.slow)
        return Written(len(prepared.fast) + rest.accepted, rest.repeated, rest.conflicts)


def _one_by_one(rows: dict[int, Report]) -> Written:
    done = reports.record(list(rows.values()))
    index = list(rows)
    return Written(done.accepted, done.repeated, [index[i] for i in done.conflicts])


def _copy(fast: pl.DataFrame) -> None:
    if fast.is_empty():
        return
    labs = reports.labs(set(fast["lab"].unique().to_list()))
    ids, at = fast["id"].to_numpy(), vectors.pg_time(fast["at"].to_numpy())
    columns = {
        "tube_id": ids, "place_id": fast["place"].to_numpy(), "reported_at": at,
        "tested_at": vectors.pg_time(fast["tested"].to_numpy()), "day": fast["day"].to_numpy(),
        "lab_id": fast["lab"].replace_strict(labs, return_dtype=pl.Int32).to_numpy(),
        "result": np.full(len(fast), rules.NEGATIVE, np.int16),
    }  # fmt: skip
    shown = pl.from_epoch(fast["at"], time_unit="us").dt.strftime("%Y-%m-%dT%H:%M:%S.%6fZ")
    folded = db.run(_FOLD, [db.plain(ids.tolist()), db.plain(shown.to_list())])
    if folded != len(fast):
        raise Overtaken
    numbers = ("report_no", fast["report_no"])
    copying.copy_in("screening_report_number", ["tube_id", "report_no"], copying.encode({"tube_id": ids}, numbers))
    copying.copy_in("screening_tube_result", [*columns, "report_no"], copying.encode(columns, numbers))
