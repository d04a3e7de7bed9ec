"""How files of divisions (code, level, name, parent_code) and of facilities (code, name, kind, place_code) are taken in."""

from __future__ import annotations

from collections.abc import Sequence

from tongxin.kit.imports import Outcome
from tongxin.kit.tables import Block, Column, Reject
from tongxin.places.operations import Division, Institution, record_divisions, record_facilities
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import existing

FACILITIES = {
    "hospital": "hospital", "医院": "hospital", "pharmacy": "pharmacy", "药店": "pharmacy", "药房": "pharmacy",
    "hotel": "hotel", "酒店": "hotel", "depot": "depot", "仓库": "depot", "market": "market", "超市": "market",
    "checkpoint": "checkpoint", "卡口": "checkpoint", "enterprise": "enterprise", "企业": "enterprise",
}  # fmt: skip
"""The kinds of facilities that a file may name; sampling sites and laboratories name themselves in what they send."""


def read(row: dict[str, str]) -> Division:
    """Read a row. Raises ValueError with the reason."""
    place = PlaceId.parse(row["code"])
    try:
        level = Level[row["level"].strip().upper()]
    except KeyError:
        raise ValueError(f"the level {row['level'][:20]!r} is not one of province … community") from None
    if not row["name"]:
        raise ValueError("the name is empty")
    if level.code_length != len(row["code"].replace(".", "")):
        raise ValueError(f"the code {row['code']} is not that of a {level.name.lower()}")
    return Division(place, level, row["name"])


class PlaceLoader:
    kind = "places"
    columns: Sequence[Column] = (Column("code"), Column("level"), Column("name"), Column("parent_code", required=False))
    keep_together, writers = None, 1

    def forget(self) -> None:
        """Nothing is remembered between blocks."""

    def prepare(self, block: Block) -> tuple[list[Division], list[Reject]]:
        divisions, rejects = {}, list(block.rejects)
        for i, row in enumerate(block.frame.iter_rows(named=True)):
            try:
                division = read(row)
                divisions[division.id] = division
            except ValueError as reason:
                rejects.append(block.reject(i, str(reason)))
        return list(divisions.values()), rejects

    def write(self, prepared: tuple[list[Division], list[Reject]]) -> Outcome:
        divisions, rejects = prepared
        return Outcome(*record_divisions(divisions), rejects)


def read_facility(row: dict[str, str]) -> Institution:
    """Read a row. Raises ValueError with the reason."""
    place, kind = PlaceId.parse(row["place_code"]), FACILITIES.get(row["kind"].strip().lower())
    if kind is None:
        raise ValueError(f"the kind {row['kind'][:20]!r} is not one of {', '.join(sorted(set(FACILITIES.values())))}")
    if not row["code"] or not row["name"]:
        raise ValueError("the code or the name is empty")
    return Institution(row["code"], row["name"], kind, place)


class FacilityLoader:
    """Hospitals, pharmacies and others; a place that is not known is told row by row."""

    kind = "facilities"
    columns: Sequence[Column] = (Column("code"), Column("name"), Column("kind"), Column("place_code"))
    keep_together, writers = None, 1

    def forget(self) -> None:
        """Nothing is remembered between blocks."""

    def prepare(self, block: Block) -> tuple[list[tuple[int, Institution]], Block, list[Reject]]:
        found, rejects = [], list(block.rejects)
        for i, row in enumerate(block.frame.iter_rows(named=True)):
            try:
                found.append((i, read_facility(row)))
            except ValueError as reason:
                rejects.append(block.reject(i, str(reason)))
        return found, block, rejects

    def write(self, prepared: tuple[list[tuple[int, Institution]], Block, list[Reject]]) -> Outcome:
        found, block, rejects = prepared
        known = existing([int(one.place) for _, one in found])
        lost = [block.reject(i, "there is no such place; load the places first") for i, one in found if int(one.place) not in known]
        return Outcome(*record_facilities([one for _, one in found if int(one.place) in known]), [*rejects, *lost])
