"""Take in scans: the way for everything that is not a plain new tube (see ``bulk`` for those), and for the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tongxin.kit import clock, db
from tongxin.people import locks
from tongxin.people import operations as people
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
        locks.share_register()
        accepted = sum(_write(scans[i : i + MAX_ROWS]) for i in range(0, len(scans), MAX_ROWS))
    return Written(accepted, len(scans) - accepted)


def _write(scans: Sequence[Scan]) -> int:
    known = people.find_or_make({s.person_no: s.header.place_id for s in scans})
    who = [known[s.person_no] for s in scans]
    heads = [s.header for s in scans]
    columns = [
        [s.barcode for s in scans],
        *([h[i] for h in heads] for i in range(len(Header._fields))),
        [p.id for p in who],
        [p.place_id for p in who],
        [_marks(p.provisional, s.bad_id) for p, s in zip(who, scans, strict=True)],
        [s.scanned_at for s in scans],
    ]
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT accepted, touched, flagged FROM screening_record_scans(%s, %s::int[], %s::date[], %s::int2[],"
            " %s::int2[], %s::int2[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int2[],"
            " %s::timestamptz[])",
            columns,
        )
        accepted, touched, flagged = cursor.fetchone()
    followup.follow(touched or [], flagged or [], clock.now)
    return int(accepted)


def _marks(provisional: bool, bad_id: bool) -> int:
    return (TubeMember.PROVISIONAL if provisional else 0) | (TubeMember.BAD_ID if bad_id else 0)


