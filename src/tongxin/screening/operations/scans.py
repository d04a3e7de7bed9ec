"""Take in scans: the way for everything that is not a plain new tube (see ``bulk`` for those), and for the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tongxin.kit import clock, db
from tongxin.screening import rules
from tongxin.screening.models import TubeMember
from tongxin.screening.operations import followup
from tongxin.screening.operations.headers import Header, Heading, resolve

MAX_ROWS = 20_000


class Scan(NamedTuple):
    """One person scanned into one tube. ``scanned_at`` is aware."""

    header: Header
    barcode: str
    person_no: str
    bad_id: bool
    scanned_at: dt.datetime


class Written(NamedTuple):
    """How many rows were new, and how many were there before."""

    accepted: int
    repeated: int


def read(row: Mapping[str, str], zone: dt.tzinfo) -> Scan:
    """Read a scan's columns. Raises Unreadable with the reason."""
    heading = Heading(
        row["round"], row["purpose"], row["tube_kind"], row["capacity"], row["site"], row["station"]
    )
    rules.read_code(row["scan_id"], "the scan's identifier")
    return Scan(
        resolve(heading),
        rules.read_code(row["tube_barcode"], "the tube's barcode"),
        rules.read_code(row["person_no"], "the person's number"),
        not rules.good_id(row["id_number"]),
        rules.read_time(row["scanned_at"], "the time of the scan", zone),
    )


def record(scans: Sequence[Scan]) -> Written:
    """Write scans in one transaction; a (tube, person) that is known counts as repeated."""
    if not scans:
        return Written(0, 0)
    with db.transaction_block():
        accepted = sum(_write(scans[i : i + MAX_ROWS]) for i in range(0, len(scans), MAX_ROWS))
    return Written(accepted, len(scans) - accepted)


def _write(scans: Sequence[Scan]) -> int:
    heads, barcodes, numbers, bad_ids, times = zip(*scans, strict=True)
    columns = [
        db.texts(barcodes), *(db.plain(column) for column in zip(*heads, strict=True)), db.texts(numbers),
        db.plain([TubeMember.BAD_ID if bad else 0 for bad in bad_ids]), db.plain(times),
    ]  # fmt: skip
    accepted, touched, flagged = db.call(
        "SELECT accepted, touched, flagged FROM screening_record_scans($1::text[], $2::int[], $3::date[], $4::int2[],"
        " $5::int2[], $6::int2[], $7::int[], $8::bigint[], $9::text[], $10::int2[], $11::timestamptz[])",
        columns,
    )
    followup.follow(touched or [], flagged or [], clock.now)
    return int(accepted)
