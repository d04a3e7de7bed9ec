"""How files of official divisions are taken in: code, level, name, parent_code."""

from __future__ import annotations

from collections.abc import Sequence

from tongxin.kit.imports import Outcome
from tongxin.kit.tables import Block, Column, Reject
from tongxin.places.operations import Division, record_divisions
from tongxin.places.place_id import Level, PlaceId


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
