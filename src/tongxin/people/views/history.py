"""The swabs of one person: the tubes they stand in and what the laboratory said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from tongxin.kit import db
from tongxin.web import labels


@dataclass(frozen=True)
class Swab:
    """``result`` is the tube's: of a mixed tube it is true of nobody in particular."""

    tube_id: int
    scanned_at: dt.datetime
    barcode: str
    kind: Any
    members: int
    retest: bool
    site: str
    round: str
    result: Any
    tone: str
    result_at: dt.datetime | None


def swabs(person_id: int, most: int = 50) -> list[Swab]:
    """The latest swabs of a person in the viewer's scope. The membership is read under the viewer's jurisdiction; the
    tube stands where its site stands, which may be elsewhere, and is read for these members alone."""
    mine = db.rows(
        "SELECT tube_id, scanned_at FROM screening_tube_member WHERE person_id = %s ORDER BY scanned_at DESC LIMIT %s",
        [person_id, most],
    )
    with db.acting_as_jobs():
        found = db.rows(
            "SELECT t.id, t.barcode, t.kind, t.members, t.purpose, coalesce(f.name, ''), coalesce(r.name, ''),"
            " t.result, t.result_at FROM screening_tube t LEFT JOIN screening_station s ON s.id = t.station_id"
            " LEFT JOIN places_facility f ON f.id = s.site_id LEFT JOIN screening_round r ON r.id = t.round_id"
            " WHERE t.id = ANY(%s)",
            [[tube for tube, _ in mine]],
        )
    tubes = {key: rest for key, *rest in found}
    return [_swab(tube, at, *tubes[tube]) for tube, at in mine if tube in tubes]


def _swab(
    tube: int, at: dt.datetime, barcode: str, kind: int | None, members: int, purpose: int, site: str, round_name: str,
    result: int | None, result_at: dt.datetime | None,
) -> Swab:  # fmt: skip
    return Swab(
        tube, at, barcode, labels.of(labels.TUBE_KINDS, kind), members, purpose == 2, site, round_name,
        labels.of(labels.RESULTS, result), labels.RESULT_TONES.get(result, "todo"), result_at,
    )  # fmt: skip
