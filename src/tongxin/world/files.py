"""A simulated screening day as the files that a city would deliver."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from tongxin.world import map, rows, sheets
from tongxin.world.city import REGISTER_COLUMNS, City
from tongxin.world.days import Day
from tongxin.world.rows import Row

ENCODINGS = {rows.REPORTS: "gb18030"}
"""Laboratories write GB18030; everybody else UTF-8."""
BAD_ROWS = {
    rows.SCANS: (("too-short", "", "", ""),),
    rows.REPORTS: (("LBAD1", "南岸模拟检验所一", "T0", "不知道", "", "", "2022-11-25 10:00:00", "2022-11-25 11:00:00"),),
}
"""A row or two that cannot be read, so that an import has something to give back."""


def write(path: Path, header: Sequence[str], values: Iterable[Sequence[str]], encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding=encoding) as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(values)
    return path


def write_register(folder: Path, city: City) -> Path:
    return write(folder / "register.csv", REGISTER_COLUMNS, (p.as_row() for p in city.people))


def write_map(folder: Path, city: City) -> Path:
    return write(folder / "coordinates.csv", map.COLUMNS, map.rows(city))


def write_rounds(folder: Path, days: Sequence[Day]) -> Path:
    roll = [(d.round, d.date.isoformat(), code) for d in days for code in d.roll]
    return write(folder / "rounds.csv", ("round", "day", "community_code"), roll)


def write_facilities(folder: Path, city: City) -> Path:
    return write(folder / "facilities.csv", sheets.FACILITIES, sheets.facilities(city))


def write_ledger(folder: Path, city: City, at: dt.datetime) -> Path:
    """The street's sheet of the day."""
    return write(folder / f"台账{at:%m%d}.csv", sheets.LEDGER, sheets.ledger(city, at.date(), city.seed), "gb18030")


def write_hospitals(folder: Path, city: City) -> list[Path]:
    """The three hospitals' lists; which list it is stands in the file's name."""
    lists = {word: sheets.hospital(city, word, city.seed) for word in sheets.LISTS}
    return [write(folder / f"{word}名单.csv", sheets.HOSPITAL, rows, "gb18030") for word, rows in lists.items()]


def write_day(folder: Path, due: Sequence[Row], bad: bool = False) -> dict[str, Path]:
    """What stations, couriers and laboratories deliver at one hour: the files of those kinds that have rows."""
    made = {}
    for kind, header in rows.COLUMNS.items():
        values = [row.values for row in due if row.kind == kind]
        values += BAD_ROWS.get(kind, ()) if bad and values else ()
        if values:
            made[kind] = write(folder / f"{kind}.csv", header, values, ENCODINGS.get(kind, "utf-8"))
    return made
