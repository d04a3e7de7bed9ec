"""Finding the heading of a sheet, and reading the rows below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from tongxin.kit.tables.parts import BadTable, Reject, as_csv

from . import times, values
from .fields import CLOCK, DATE, TIME, Field, Match, match, plain, signature
from .grid import Grid, Row, grids
from .values import Reading

HEAD_ROWS = 30  # among so many rows the heading is looked for
SAMPLE_ROWS = 300  # among so many it is looked for whether days or months come first
Remembered = Callable[[Sequence[str]], Mapping[str, str] | None]
_FOOTER = re.compile(
    r"(合\s*计|总\s*计|小\s*计|共\s*计|填\s*表\s*人|制\s*表\s*人?|填\s*报\s*人|审\s*核|负\s*责\s*人\s*签|领\s*导\s*签|"
    r"报送单位|填报日期|制表日期|打印时间|备\s*注\s*[::]|注\s*[::]|说\s*明\s*[::]|total\b|prepared by|checked by)",
    re.IGNORECASE,
)
_SUM = re.compile(r"(合\s*计|总\s*计|小\s*计|共\s*计|total)", re.IGNORECASE)


@dataclass
class SheetRow:
    """A row that could be read: ``values`` by field name (None for an empty cell; a field without a column is missing),
    ``others`` the texts of unknown columns by their heading, ``raw`` the row as comma-separated text."""

    line: int
    values: dict[str, Any]
    others: dict[str, str]
    raw: str
    sheet: str = ""

    def get(self, name: str, default: Any = None) -> Any:
        found = self.values.get(name)
        return default if found is None else found

    def reject(self, reason: str) -> Reject:
        return Reject(self.line, _in_sheet(self.sheet, reason), self.raw)


@dataclass
class Head:
    """The heading of one sheet: where it stands, its words, which column holds which field."""

    grid: Grid
    line: int
    headings: tuple[str, ...]
    match: Match
    remembered: bool = False

    @property
    def signature(self) -> str:
        return signature(self.headings)

    def others(self) -> dict[int, str]:
        """The columns that are no field, under names that are all different: headings, or a letter where there is none."""
        taken, names = set(self.match.places.values()), dict[int, str]()
        for place, heading in enumerate(self.headings):
            if place in taken:
                continue
            name = base = heading or _letter(place)
            count = 1
            while name in names.values():
                count += 1
                name = f"{base} ({count})"
            names[place] = name
        return names


@dataclass
class Sheet:
    """A file that was opened: the sheets that have the heading. ``skipped`` fills while rows are read: (line, text) of
    footers and repeated headings."""

    path: Path
    fields: Sequence[Field]
    heads: list[Head]
    reading: Reading
    skipped: list[tuple[int, str]] = field(default_factory=list)

    @property
    def head(self) -> Head:
        return self.heads[0]

    @property
    def missing(self) -> list[Field]:
        """Required fields that no heading names."""
        return self.head.match.missing(self.fields)

    @property
    def mapping(self) -> dict[str, str]:
        """Heading, plain → field name, "" for a column that is kept by its heading."""
        by_place = {place: name for name, place in self.head.match.places.items()}
        return {plain(h): by_place.get(place, "") for place, h in reversed(list(enumerate(self.head.headings))) if h}

    def check_usable(self, how: str = "") -> None:
        """Raise BadTable while a required field has no column. ``how`` says what else can be done about it."""
        if self.missing:
            headings = "、".join(h for h in self.head.headings if h)[:500]
            raise BadTable(
                f"{self.path.name}: no column is known for {', '.join(f.shown for f in self.missing)} (headings found in line"
                f" {self.head.line}: {headings}); rename the headings{how}, and send it again."
            )

    def rows(self) -> Iterator[SheetRow | Reject]:
        """All rows below the headings, in order: read, or given back with the reason."""
        several = len(self.heads) > 1
        for head in self.heads:
            yield from _Reader(self, head, head.grid.name if several else "").rows()


def open_sheet(path: str | Path, fields: Sequence[Field], reading: Reading, remembered: Remembered | None = None) -> Sheet:
    """Open a CSV or Excel file that was not shaped to a schema and find its heading below whatever titles it has.

    ``remembered`` answers the mapping that somebody confirmed for such headings (plain heading → field name), or None.
    Of an Excel file all sheets that have the required fields are read. The sheet may lack required fields
    (``check_usable``). Raises BadTable if the file is no table at all.
    """
    path = Path(path)
    heads = [head for grid in grids(path) if (head := _find_head(grid, fields, remembered))]
    if not heads:
        raise BadTable(f"{path.name} holds no row that could be a heading; put one with the names of the columns above the data.")
    best = max(heads, key=lambda h: (h.remembered, *h.match.score(fields), len(h.headings)))
    complete = [h for h in heads if h.grid.name and not h.match.missing(fields)]
    return Sheet(path, fields, complete if len(complete) > 1 and best in complete else [best], reading)


def _find_head(grid: Grid, fields: Sequence[Field], remembered: Remembered | None) -> Head | None:
    best: Head | None = None
    for row in islice(grid.rows(), HEAD_ROWS):
        if row.fault:
            continue
        headings = _trimmed(" ".join(cell.split()) for cell in row.cells)
        known = remembered(headings) if remembered else None
        head = Head(grid, row.line, headings, match(headings, fields, known), known is not None)
        if head.remembered:
            return head
        if _likelier(head, best, fields):
            best = head
    return best


def _likelier(head: Head, best: Head | None, fields: Sequence[Field]) -> bool:
    """Whether a row is rather the heading than the best before it; without any known word the widest row of words."""
    rank = (*head.match.score(fields), _words(head))
    return best is None or rank > (*best.match.score(fields), _words(best))


def _words(head: Head) -> int:
    return len({h for h in head.headings if h and not any(c.isdigit() for c in h)})


def _trimmed(cells: Iterator[str]) -> tuple[str, ...]:
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


class _Reader:
    def __init__(self, sheet: Sheet, head: Head, name: str) -> None:
        self.sheet, self.head, self.name = sheet, head, name
        self.by_place = {place: f for f in sheet.fields if (place := head.match.places.get(f.name)) is not None}
        self.others = head.others()
        self.contradictory: set[int] = set()
        self.orders = self._orders()

    def rows(self) -> Iterator[SheetRow | Reject]:
        for row in self._below():
            if row.fault:
                yield Reject(row.line, _in_sheet(self.name, row.fault), as_csv(row.cells))
            elif self._is_idle(row):
                self.sheet.skipped.append((row.line, " ".join(c for c in row.cells if c)[:200]))
            elif row.own:
                yield self._read(row)

    def _below(self) -> Iterator[Row]:
        return (row for row in self.head.grid.rows() if row.line > self.head.line)

    def _orders(self) -> dict[int, Reading]:
        """By column, whether days or months come first in it."""
        dated = [place for place, f in self.by_place.items() if f.kind in (DATE, TIME)]
        sample = list(islice(self._below(), SAMPLE_ROWS)) if dated else []
        found = {}
        for place in dated:
            reading = self.sheet.reading
            try:
                order = times.day_order(r.cells[place] for r in sample if place < len(r.cells))
            except ValueError:
                order = reading.order
                self.contradictory.add(place)
            found[place] = Reading(reading.zone, reading.today, order)
        return found

    def _is_idle(self, row: Row) -> bool:
        """A footer, or the heading once more on the next page."""
        first = next((c for c in row.cells if c), "")
        if _FOOTER.match(first) and (_SUM.fullmatch(first) or self._lacks(row)):
            return True
        same = sum(p < len(row.cells) and bool(h) and plain(row.cells[p]) == plain(h) for p, h in enumerate(self.head.headings))
        return same > 0 and same * 2 > sum(bool(c) for c in row.cells)

    def _lacks(self, row: Row) -> bool:
        filled = [p < len(row.cells) and bool(row.cells[p]) for p, f in self.by_place.items() if f.required]
        return not all(filled) or len([c for c in row.cells if c]) == 1

    def _read(self, row: Row) -> SheetRow | Reject:
        found: dict[str, Any] = {}
        raw = as_csv(row.cells)
        extra = [c for c in row.cells[len(self.head.headings) :] if c]
        try:
            for place, f in self.by_place.items():
                found[f.name] = self._value(row, place, f)
        except ValueError as reason:
            return Reject(row.line, _in_sheet(self.name, str(reason)), raw)
        others = {name: row.cells[p] for p, name in self.others.items() if p < len(row.cells) and row.cells[p]}
        for place, text in enumerate(extra, len(self.head.headings)):
            others[_letter(place)] = text
        return SheetRow(row.line, found, others, raw, self.name)

    def _value(self, row: Row, place: int, f: Field) -> Any:
        heading = self.head.headings[place]
        text = row.cells[place] if place < len(row.cells) else ""
        if place in row.faults:
            raise ValueError(f"{heading}: {row.faults[place]}")
        try:
            value = values.read(text, f, self.orders.get(place, self.sheet.reading))
        except ValueError as reason:
            remedy = values.EXAMPLES.get(f.kind, "shorten it")
            said = f" {text[:40]!r} is" if f.kind in (DATE, TIME, CLOCK, "phone", "number") else ""
            raise ValueError(f"{heading}:{said} {reason}; {remedy}") from None
        if value is None and f.required:
            raise ValueError(f"{heading} is empty; fill it in")
        return value


def _in_sheet(name: str, reason: str) -> str:
    return f"sheet {name}: {reason}" if name else reason


def _letter(place: int) -> str:
    """The letter by which a spreadsheet calls a column (from 0): A, Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
