"""How files about places are taken in: the official divisions, where places are on the map, and facilities.

A place of a list is named by a code (a national one, or a dotted one) and, below a community, by the printed names of
compound, building and unit as in the register.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tongxin.kit.imports import Outcome
from tongxin.kit.tables import Block, Column, Reject
from tongxin.places import queries, rules
from tongxin.places.operations import (
    Division,
    FacilityRow,
    Spot,
    find_below,
    record_divisions,
    record_facilities,
    record_spots,
)
from tongxin.places.place_id import Level, PlaceId

Prepared = tuple[Block, dict[int, Any], list[Reject]]
MAX_CODE = 64
_AFFIX = re.compile(r"^(\d+)(?:号楼|栋|幢|号|单元)$")
_WHERE = (
    Column("place", ("place_code", "community_code", "所在地代码", "社区代码")), Column("compound", ("小区",), required=False),
    Column("building", ("楼栋", "楼号"), required=False), Column("unit", ("单元",), required=False),
)  # fmt: skip
_POINT = Column("lon", ("longitude", "经度"), required=False), Column("lat", ("latitude", "纬度"), required=False)


class Where(NamedTuple):
    """A place as a list names it: one with a code, and names from there down."""

    place: int
    names: tuple[str, ...]

    @classmethod
    def read(cls, row: Mapping[str, str]) -> Where:
        """Raises ValueError with the reason."""
        names = [row.get(column, "").strip() for column in ("compound", "building", "unit")]
        told = tuple(name for name in names if name)
        if names[: len(told)] != list(told):
            raise ValueError("a building needs its compound, and a unit its building")
        place = PlaceId.parse(row["place"])
        if told and place.level != Level.COMMUNITY:
            raise ValueError(f"compound, building and unit are named below a community; {row['place']} is none")
        return cls(int(place), told)

    @property
    def spellings(self) -> list[tuple[str, ...]]:
        """The names as they are written, with 号楼 and 单元 taken from numbers (as registers have them), and added to them."""
        plain = tuple(_AFFIX.sub(r"\1", name) for name in self.names)
        full = tuple(f"{name}{kind}" if name.isdigit() else name for name, kind in zip(plain, ("", "号楼", "单元"), strict=False))
        return list(dict.fromkeys((self.names, plain, full)))

    def __str__(self) -> str:
        return " ".join((PlaceId(self.place).code, *self.names))


def _located(prepared: Prepared) -> tuple[dict[int, tuple[Any, int]], list[Reject]]:
    """Rows ``(value, place)`` whose place (the value's ``where``) is in the tree, and the rejected ones."""
    block, found, rejects = prepared
    known = queries.existing({one.where.place for one in found.values()})
    wanted = {one.where for one in found.values() if one.where.place in known}
    below = find_below({(where.place, names) for where in wanted for names in where.spellings})
    places = {w: next((below[w.place, n] for n in w.spellings if (w.place, n) in below), None) for w in wanted}
    at = {i: (one, place) for i, one in found.items() if (place := places.get(one.where))}
    lost = [
        block.reject(i, f"there is no place {one.where} in the tree; check its spelling, or load its division or register first")
        for i, one in found.items() if i not in at
    ]  # fmt: skip
    return at, [*rejects, *lost]


class _Loader:
    keep_together, writers = None, 1

    def forget(self) -> None:
        """Nothing is remembered between blocks."""

    def prepare(self, block: Block) -> Prepared:
        """The rows that can be read, and why the others cannot."""
        found, rejects = {}, list(block.rejects)
        for i, row in enumerate(block.frame.iter_rows(named=True)):
            try:
                found[i] = self.read(row)
            except ValueError as reason:
                rejects.append(block.reject(i, str(reason)))
        return block, found, rejects

    def read(self, row: Mapping[str, str]) -> Any:
        """Read a row. Raises ValueError with the reason."""
        raise NotImplementedError


class PlaceLoader(_Loader):
    kind = "places"
    columns: Sequence[Column] = (Column("code"), Column("level"), Column("name"), Column("parent_code", required=False))

    def read(self, row: Mapping[str, str]) -> Division:
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

    def write(self, prepared: Prepared) -> Outcome:
        _, found, rejects = prepared
        divisions = {division.id: division for division in found.values()}
        accepted, _same = record_divisions(list(divisions.values()))
        return Outcome(accepted, len(found) - accepted, rejects)


class _Located(NamedTuple):
    where: Where
    lon: float
    lat: float


class CoordinateLoader(_Loader):
    """Where places are on the map, in degrees of WGS 84 (maps of Chinese providers use others; convert them first)."""

    kind = "coordinates"
    columns: Sequence[Column] = (*_WHERE, *_POINT)

    def read(self, row: Mapping[str, str]) -> _Located:
        point = rules.read_point(row["lon"].strip(), row["lat"].strip())
        if point is None:
            raise ValueError("lon and lat are empty")
        return _Located(Where.read(row), *point)

    def write(self, prepared: Prepared) -> Outcome:
        at, rejects = _located(prepared)
        spots = {place: Spot(place, one.lon, one.lat) for one, place in at.values()}
        accepted, _same = record_spots(list(spots.values()))
        return Outcome(accepted, len(at) - accepted, rejects)


class _Facility(NamedTuple):
    where: Where
    code: str
    name: str
    kind: str
    point: rules.Point | None


class FacilityLoader(_Loader):
    """Hospitals, pharmacies, laboratories, sampling sites, markets … by codes of the city's own."""

    kind = "facilities"
    columns: Sequence[Column] = (
        Column("code", ("编码", "编号")), Column("name", ("名称",)), Column("kind", ("类型", "类别")), *_WHERE, *_POINT,
    )  # fmt: skip

    def read(self, row: Mapping[str, str]) -> _Facility:
        code, name = row["code"].strip(), row["name"].strip()
        if not 0 < len(code) <= MAX_CODE:
            raise ValueError(f"the code is empty or longer than {MAX_CODE} characters")
        if not name:
            raise ValueError("the name is empty")
        point = rules.read_point(row["lon"].strip(), row["lat"].strip())
        return _Facility(Where.read(row), code, name, rules.read_kind(row["kind"].strip()), point)

    def write(self, prepared: Prepared) -> Outcome:
        at, rejects = _located(prepared)
        rows: dict[str, FacilityRow] = {}
        clashes = []
        for i, (one, place) in at.items():
            row = FacilityRow(one.code, one.name, one.kind, place, *(one.point or (None, None)))
            if rows.setdefault(one.code, row)[:4] != row[:4]:
                told = f"the code {one.code} stands for another facility above: {rows[one.code].name}"
                clashes.append(prepared[0].reject(i, told))
        accepted, _same = record_facilities(list(rows.values()))
        return Outcome(accepted, len(at) - len(clashes) - accepted, [*rejects, *clashes])


LOADERS = (PlaceLoader, CoordinateLoader, FacilityLoader)
