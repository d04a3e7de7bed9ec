"""Exports of screening: streamed, one row a tube or a roll."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tongxin.kit import db
from tongxin.screening import queries
from tongxin.screening.rules import RESULT_NAMES

Export = tuple[Sequence[str], Iterator[Sequence[Any]]]


def tubes() -> Export:
    """Every scanned tube, retests too."""
    header = ("tube_barcode", "members", "result", "flags", "purpose", "round", "site", "station", "result_at")
    query = (
        "SELECT t.barcode, t.members, t.result, array_to_string(screening_flags(t), '|'),"
        " CASE t.purpose WHEN 1 THEN 'screening' ELSE 'retest' END, r.name, f.code, s.code, t.result_at"
        "  FROM screening_tube t LEFT JOIN screening_round r ON r.id = t.round_id"
        "  LEFT JOIN screening_station s ON s.id = t.station_id LEFT JOIN places_facility f ON f.id = s.site_id"
        " WHERE t.purpose > 0 ORDER BY t.id"
    )
    rows = ((code, members, RESULT_NAMES[result], *rest) for code, members, result, *rest in db.stream(query))
    return header, rows


def untested() -> Export:
    """Every community of the roll of every round."""
    header = ("round", "community_code", "untested")
    return header, ((name, str(place)[:12].rjust(12, "0"), count) for name, place, count in queries.untested())


def unmatched() -> Export:
    """Reports whose tube nobody scanned."""
    header = ("report_no", "tube_barcode", "result", "reported_at")
    query = (
        "SELECT r.report_no, t.barcode, r.result, r.reported_at FROM screening_tube t"
        "  JOIN screening_tube_result r ON r.tube_id = t.id AND r.day = t.day WHERE t.purpose = 0 ORDER BY t.id"
    )
    return header, ((no, code, RESULT_NAMES[result], at) for no, code, result, at in db.stream(query))
