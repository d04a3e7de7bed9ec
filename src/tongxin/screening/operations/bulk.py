"""The bulk path of scans: plain new tubes go by binary COPY straight into the final tables, sorted by tube; what needs
a decision goes through ``scans.record``. The unique indexes are the judge: where they object, because another writer
was faster, the whole block takes the other way, and nothing is counted twice.

What needs a decision: a tube that is known, holds an unknown person, is a retest, or whose scans disagree about it; a
person seen before in the round.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from django.conf import settings
from django.db import IntegrityError

from tongxin.kit import clock, copying, db
from tongxin.kit.copying import pg_day
from tongxin.kit.tables import Block, Reject
from tongxin.people import locks
from tongxin.people.index import RegisterIndex
from tongxin.screening import rules
from tongxin.screening.models import TubeMember
from tongxin.screening.operations import followup, scans, vectors
from tongxin.screening.operations.headers import Header
from tongxin.screening.operations.scans import Scan, Written

Array = np.ndarray[Any, Any]
BLOCK_OF_IDS = 1_000_000
"""``screening_tube_block`` counts such blocks from a million on, so that they lie above all numbers given one by one."""


@dataclass
class Rows:
    """Readable scans, sorted by barcode and person: barcode, person, place, header, bad, at, number, row of the block."""

    table: pl.DataFrame
    headers: list[Header]

    def only(self, chosen: Array) -> Rows:
        return Rows(self.table.filter(chosen), self.headers)

    def as_scans(self) -> dict[int, Scan]:
        """The scans by their rows in the block."""
        zone = dt.UTC
        columns = self.table.select("row", "header", "barcode", "number", "bad", "at").iter_rows()
        return {
            row: Scan(self.headers[h], barcode, number, bad, dt.datetime.fromtimestamp(at / 1e6, zone))
            for row, h, barcode, number, bad, at in columns
        }

    def of_headers(self, column: str, dtype: Any) -> Array:
        values = np.array([getattr(h, column) for h in self.headers], dtype)
        return values[self.table["header"].to_numpy()]


@dataclass
class Laid:
    """New tubes and their members as columns, ready to be encoded."""

    tubes: dict[str, Array]
    barcodes: pl.Series
    members: dict[str, Array]
    repeated: int

    def copy(self) -> None:
        if len(self.barcodes):
            tubes = copying.encode(self.tubes, ("barcode", self.barcodes))
            copying.copy_in("screening_tube", [*self.tubes, "barcode"], tubes)
            copying.copy_in("screening_tube_member", list(self.members), copying.encode(self.members))


@dataclass
class Prepared:
    """A block ready to be written: ``fast`` rows laid out as ``laid``, ``slow`` ones, by row, that need a decision."""

    version: int
    fast: Rows
    laid: Laid
    slow: dict[int, Scan]
    rejects: list[Reject]

    def decided_singly(self, fast_too: bool) -> list[Scan]:
        """The slow scans, and the fast ones where they must go that way too, in the order of the block: of two scans that
        disagree about their tube the first holds."""
        rows = {**self.fast.as_scans(), **self.slow} if fast_too else self.slow
        return [scan for _, scan in sorted(rows.items())]


class Preparer:
    """Reads blocks, one after another. Knows the register and who has been seen in each round of this import."""

    def __init__(self) -> None:
        self._zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
        self._register = RegisterIndex()
        self._seen: dict[int, Array] = {}

    def prepare(self, block: Block) -> Prepared:
        read = vectors.read(block.frame, settings.TIME_ZONE)
        odd, rejects = self._read_odd(block, np.flatnonzero(~read.plain))
        chosen = np.flatnonzero(read.plain)
        frame = block.frame.select("tube_barcode", "person_no")[chosen]
        near = np.array([h.place_id for h in read.headers], np.int64)
        ids, places = self._register.find(frame["person_no"], near[read.header[chosen]] if len(near) else near)
        table = pl.DataFrame(
            {
                "barcode": frame["tube_barcode"], "person": ids, "place": places, "header": read.header[chosen],
                "bad": read.bad_id[chosen], "at": read.at[chosen], "number": frame["person_no"],
                "row": chosen.astype(np.int32),
            }
        ).sort("barcode", "person")  # fmt: skip
        rows = Rows(table, read.headers)
        plain = self._plain(rows)
        fast = rows.only(plain)
        slow = {**odd, **rows.only(~plain).as_scans()}
        return Prepared(self._register.version, fast, lay_out(fast), slow, rejects + block.rejects)

    def _read_odd(self, block: Block, rows: Array) -> tuple[dict[int, Scan], list[Reject]]:
        odd, rejects = {}, []
        for i in rows.tolist():
            try:
                odd[i] = scans.read(block.frame.row(i, named=True), self._zone)
            except rules.Unreadable as reason:
                rejects.append(block.reject(i, str(reason)))
        return odd, rejects

    def _plain(self, rows: Rows) -> Array:
        """Which rows belong to tubes that need no decision."""
        barcode, person = rows.table["barcode"], rows.table["person"].to_numpy()
        if not len(barcode):
            return np.zeros(0, bool)
        starts = _starts(barcode)
        tube = np.cumsum(starts) - 1
        header = rows.table["header"].to_numpy()
        odd = (person == 0) | (rows.of_headers("purpose", np.int16) != 1)
        odd |= header != header[np.flatnonzero(starts)][tube]
        odd |= self._seen_before(rows, person, tube)
        odd |= _known_barcodes(barcode, starts)[tube]
        bad_tube = np.zeros(tube[-1] + 1, bool)
        bad_tube[tube[odd]] = True
        return ~bad_tube[tube]

    def _seen_before(self, rows: Rows, person: Array, tube: Array) -> Array:
        """Rows of people who are in another tube of the round, in this block or in an earlier one of this import."""
        again = np.zeros(len(person), bool)
        rounds = rows.of_headers("round_id", np.int32)
        for number in np.unique(rounds).tolist():
            here = np.flatnonzero(rounds == number)
            order = here[np.lexsort((tube[here], person[here]))]
            same = (person[order][1:] == person[order][:-1]) & (tube[order][1:] != tube[order][:-1])
            again[order[1:][same]] = again[order[:-1][same]] = True
            seen = self._seen.get(number, np.zeros(0, bool))
            if (top := int(person[here].max(initial=0)) + 1) > len(seen):
                seen = np.concatenate([seen, np.zeros(top + top // 2 - len(seen), bool)])
            again[here] |= seen[person[here]]
            seen[person[here]] = True
            seen[0] = False
            self._seen[number] = seen
        return again


def write(prepared: Prepared) -> Written:
    """Write a block in the transaction that is open (a savepoint decides which way)."""
    with db.transaction_block():
        locks.share_register()
        if prepared.version == locks.register_version():
            try:
                with db.transaction_block():
                    prepared.laid.copy()
                    _follow(prepared.laid)
            except IntegrityError:
                return scans.record(prepared.decided_singly(fast_too=True))
            count, repeated = len(prepared.laid.members["tube_id"]), prepared.laid.repeated
            rest = scans.record(prepared.decided_singly(fast_too=False))
            return Written(count + rest.accepted, repeated + rest.repeated)
        return scans.record(prepared.decided_singly(fast_too=True))


def lay_out(rows: Rows) -> Laid:
    """Columns of new tubes and their members from rows sorted by barcode and person; repeats are dropped and counted."""
    table = rows.table
    starts = np.flatnonzero(_starts(table["barcode"]))
    first = rows.only(_mask(len(table), starts))
    at, person = vectors.pg_time(table["at"].to_numpy()), table["person"].to_numpy()
    kept = _kept(person, starts)
    marks = _any_of(table["bad"].to_numpy(), kept).astype(np.int16) * TubeMember.BAD_ID
    tube_of = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(table))))
    ids = _new_ids(len(starts))
    day = np.array([pg_day(h.day) for h in rows.headers], np.int32)[table["header"].to_numpy()]
    members = {
        "tube_id": ids[tube_of], "person_id": person, "place_id": table["place"].to_numpy(), "scanned_at": at,
        "day": day, "round_id": rows.of_headers("round_id", np.int32), "marks": marks,
    }  # fmt: skip
    bad = np.bincount(tube_of[kept & (marks > 0)], minlength=len(starts))
    tubes = {
        "id": ids,
        "first_scan_at": np.minimum.reduceat(at, starts) if len(starts) else at,
        "last_scan_at": np.maximum.reduceat(at, starts) if len(starts) else at,
        "day": day[starts],
        **{c: first.of_headers(c, t) for c, t in _HEADER_TYPES.items()},
        "members": np.bincount(tube_of[kept], minlength=len(starts)).astype(np.int16),
        "bad_ids": bad.astype(np.int16),
    }
    chosen = {k: v[kept] for k, v in members.items()}
    return Laid(tubes, first.table["barcode"], chosen, len(table) - int(kept.sum()))


_HEADER_TYPES = {
    "place_id": np.int64, "round_id": np.int32, "station_id": np.int32, "purpose": np.int16, "kind": np.int16,
    "capacity": np.int16,
}  # fmt: skip


def _mask(length: int, chosen: Array) -> Array:
    mask = np.zeros(length, bool)
    mask[chosen] = True
    return mask


def _kept(person: Array, starts: Array) -> Array:
    """False for a row that repeats the (tube, person) before it."""
    kept = np.ones(len(person), bool)
    if len(person):
        kept[1:] = person[1:] != person[:-1]
        kept[starts] = True
    return kept


def _any_of(bad: Array, kept: Array) -> Array:
    """For each row whether it, or one that repeats it, is bad. Rows that repeat follow the one that is kept."""
    if kept.all():
        return bad
    firsts = np.flatnonzero(kept)
    return np.repeat(np.logical_or.reduceat(bad, firsts), np.diff(np.append(firsts, len(bad))))


def _starts(barcode: pl.Series) -> Array:
    """True at the first row of each tube."""
    return (barcode != barcode.shift(1)).fill_null(True).to_numpy()


def _known_barcodes(barcode: pl.Series, starts: Array) -> Array:
    """For each tube of the block, whether it is on file already."""
    unique = barcode.filter(starts)
    known = db.fetch("SELECT barcode FROM screening_tube WHERE barcode = ANY($1::text[])", [db.texts(unique)])
    return unique.is_in([b for (b,) in known]).to_numpy() if known else np.zeros(len(unique), bool)


def _new_ids(count: int) -> Array:
    """Numbers for new tubes, a block of a million at a time, all above those given one by one."""
    blocks = -(-count // BLOCK_OF_IDS)
    starts = [db.call("SELECT nextval('screening_tube_block')", [])[0] * BLOCK_OF_IDS for _ in range(blocks)]
    every = [np.arange(start, start + BLOCK_OF_IDS) for start in starts]
    return np.concatenate([*every, np.empty(0, np.int64)])[:count].astype(np.int64)


def _follow(laid: Laid) -> None:
    over = laid.tubes["members"] > laid.tubes["capacity"]
    flagged = laid.tubes["id"][over | (laid.tubes["bad_ids"] > 0)]
    followup.follow([], flagged.tolist(), clock.now)
