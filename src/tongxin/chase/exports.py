"""Exports of the chase: members, calls, hops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tongxin.kit import db
from tongxin.screening.rules import RESULT_NAMES

Export = tuple[Sequence[str], Iterator[Sequence[Any]]]
_RETESTS = {None: "", -1: "pending", **{k: v for k, v in RESULT_NAMES.items() if k is not None}}
_MEMBERS = (
    " FROM chase_member m JOIN chase_chase c ON c.tube_id = m.tube_id AND c.state <> 'corrected'"
    " JOIN screening_tube t ON t.id = m.tube_id JOIN people_person p ON p.id = m.person_id"
)


def members() -> Export:
    """Every member of every chased tube, open or resolved."""
    header = ("tube_barcode", "person_no", "retest", "node", "exception", "resolution", "calls", "chase", "community_code")
    query = (
        "SELECT t.barcode, p.person_no, m.retest, m.node, m.exception, m.resolution, m.calls, c.state,"
        f" left(lpad(m.owner_place_id::text, 19, '0'), 12){_MEMBERS} ORDER BY m.tube_id, m.id"
    )
    return header, ((code, no, _RETESTS[retest], *rest) for code, no, retest, *rest in db.stream(query))


def calls() -> Export:
    """The call log."""
    header = ("tube_barcode", "person_no", "at", "actor", "channel", "outcome")
    query = (
        f"SELECT t.barcode, p.person_no, k.at, k.actor, k.channel, k.outcome{_MEMBERS}"
        " JOIN chase_call k ON k.member_id = m.id ORDER BY k.id"
    )
    return header, db.stream(query)


def hops() -> Export:
    """When each member passed each point of the way; times in UTC, empty where not yet."""
    header = (
        "tube_barcode", "person_no", "sampled_at", "received_at", "reported_at", "reached_at", "retested_at",
        "resulted_at", "resolved_at", "resolution",
    )  # fmt: skip
    query = (
        "SELECT t.barcode, p.person_no, t.last_scan_at, h.at, c.reported_at, m.reached_at, m.resampled_at, m.resulted_at,"
        f" m.resolved_at, m.resolution{_MEMBERS} LEFT JOIN screening_handover h ON h.tube_id = t.id AND h.step = 4"
        " ORDER BY m.tube_id, m.id"
    )
    return header, db.stream(query)
