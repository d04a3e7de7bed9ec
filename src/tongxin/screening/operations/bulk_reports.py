"""The bulk path of reports: the first report of a scanned tube that says negative, as nearly all do, goes by binary
COPY into the final tables; everything else (unknown tubes, corrections, positives, repeats) goes through
``reports.record``. As with scans, the unique indexes are the judge."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass

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

_FOLD = (
    "UPDATE screening_tube t SET reports = 1, result = 1, first_report_at = i.at, result_at = i.at"
    "  FROM unnest($1::int[], $2::text[], $3::timestamptz[]) AS i (n, barcode, at)"
    " WHERE t.barcode = i.barcode AND t.purpose = 1 AND t.reports = 0 AND t.last_scan_at <= i.at"
    " RETURNING i.n, t.id, t.day - '2000-01-01'::date, t.place_id"
)
"""The look-up of the tubes and the first report of each in one: a tube is found once and locked."""


@dataclass
class Prepared:
    """A block ready to be written. ``fast``: row, report_no, barcode, lab, at, tested; ``slow``: reports by row."""

    block: Block
    fast: pl.DataFrame
    labs: dict[str, int]
    slow: dict[int, Report]
    rejects: list[Reject]

    def decided_singly(self, rows: pl.Series) -> dict[int, Report]:
        """The slow reports and those of the fast ``rows``, in the order of the block."""
        zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
        more = {i: reports.read(self.block.frame.row(i, named=True), zone) for i in rows.to_list()}
        return dict(sorted({**more, **self.slow}.items()))


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
    # Laboratories are made here, in a transaction of their own: two writers must not wait for each other's.
    return Prepared(block, fast, reports.labs(set(fast["lab"].unique().to_list())), slow, rejects)


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that are negative, well formed, without Ct values, and the only ones of their number and their tube."""
    code = r"^[^\x00-\x20\x7f]+$"
    negative = [word for word, result in rules.RESULT_WORDS.items() if result == rules.NEGATIVE]
    times = {
        "at": vectors.times(frame["reported_at"], settings.TIME_ZONE),
        "tested": vectors.times(frame["tested_at"], settings.TIME_ZONE),
    }
    return (
        frame.with_columns(**times)
        .filter(
            pl.col("result").is_in(negative)
            & pl.col("at").is_not_null()
            & pl.col("tested").is_not_null()
            & (pl.col("ct_orf1ab") == "")
            & (pl.col("ct_n") == "")
            & pl.col("report_no").str.contains(code)
            & (pl.col("report_no").str.len_bytes() <= rules.MAX_CODE)
            & (pl.col("lab").str.len_bytes() <= rules.MAX_LAB)
            & ~pl.col("lab").str.contains(r"[\x00-\x1f\x7f]")
            & ~pl.col("barcode").is_duplicated()
            & ~pl.col("report_no").is_duplicated()
        )
        .select("row", "report_no", "barcode", "lab", "at", "tested")
        .sort("barcode")
    )


def write(prepared: Prepared) -> Written:
    """Write a block in the transaction that is open. Conflicts are rows of the block."""
    with db.transaction_block():
        locks.share_register()
        try:
            with db.transaction_block():
                left = _copy(prepared)
        except IntegrityError:
            return _one_by_one(prepared.decided_singly(prepared.fast["row"]))
        rest = _one_by_one(prepared.decided_singly(left))
        return Written(len(prepared.fast) - len(left) + rest.accepted, rest.repeated, rest.conflicts)


def _one_by_one(rows: dict[int, Report]) -> Written:
    done = reports.record(list(rows.values()))
    index = list(rows)
    return Written(done.accepted, done.repeated, [index[i] for i in done.conflicts])


def _copy(prepared: Prepared) -> pl.Series:
    """Write the plain reports of tubes that are scanned and not reported yet; the rows of the others are given back."""
    every = prepared.fast
    shown = pl.from_epoch(every["at"], time_unit="us").dt.strftime("%Y-%m-%dT%H:%M:%S.%6fZ")
    arrays = [db.plain(range(len(every))), db.texts(every["barcode"]), db.plain(shown.to_list())]
    found = np.array(db.fetch(_FOLD, arrays), np.int64).reshape(-1, 4)
    taken = np.zeros(len(every), bool)
    taken[found[:, 0]] = True
    found = found[np.argsort(found[:, 0], kind="stable")]
    fast = every.filter(taken)
    if len(fast):
        columns = {
            "tube_id": found[:, 1],
            "place_id": found[:, 3],
            "reported_at": vectors.pg_time(fast["at"].to_numpy()),
            "tested_at": vectors.pg_time(fast["tested"].to_numpy()),
            "day": found[:, 2].astype(np.int32),
            "lab_id": fast["lab"].replace_strict(prepared.labs, return_dtype=pl.Int32).to_numpy(),
            "result": np.full(len(fast), rules.NEGATIVE, np.int16),
        }
        numbers = ("report_no", fast["report_no"])
        ids = {"tube_id": found[:, 1]}
        copying.copy_in("screening_report_number", ["tube_id", "report_no"], copying.encode(ids, numbers))
        copying.copy_in("screening_tube_result", [*columns, "report_no"], copying.encode(columns, numbers))
    return every["row"].filter(~taken)
