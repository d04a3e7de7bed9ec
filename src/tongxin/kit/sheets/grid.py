"""The rows of a CSV or Excel file as texts, each with its line, cells that the sheet merges downward filled."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import python_calamine as calamine

from tongxin.kit.tables.parts import BadTable
from tongxin.kit.tables.rows import MAX_ROW_BYTES, MAX_ROW_LINES, Layout, take_row
from tongxin.kit.tables.sniff import CHUNK, encoding_of, is_xlsx
from tongxin.kit.tables.xlsx import EXACT, text_of
from tongxin.kit.tables.xlsx_guard import error_cells

SEPARATORS = (",", ";", "\t")
MOST_BYTES = 4 * MAX_ROW_LINES * MAX_ROW_BYTES


@dataclass
class Row:
    """``cells`` as texts; ``own`` is false where all of them come from merged cells of the row above; ``faults`` says of
    a column (from 0) that its value is lost; ``fault`` of the row as a whole."""

    line: int
    cells: list[str]
    own: bool = True
    faults: dict[int, str] = field(default_factory=dict)
    fault: str = ""


@dataclass
class Grid:
    """One sheet, to be read from its start any number of times. A CSV file has one without a name."""

    path: Path
    name: str = ""
    separator: str = ","

    def rows(self) -> Iterator[Row]:
        """The rows that hold anything."""
        return _excel_rows(self) if self.name else _csv_rows(self)


def grids(path: Path) -> list[Grid]:
    """The sheets of a file; of a CSV file one for each separator it may have. Raises BadTable if it is no table."""
    if not is_xlsx(path):
        return [Grid(path, separator=s) for s in SEPARATORS]
    error_cells(path)
    try:
        book = calamine.load_workbook(str(path))
        return [
            Grid(path, meta.name)
            for meta in book.sheets_metadata
            if meta.typ == calamine.SheetTypeEnum.WorkSheet and meta.visible == calamine.SheetVisibleEnum.Visible
        ]
    except calamine.CalamineError as damage:
        raise _damaged(path, damage) from damage


def _damaged(path: Path, damage: Exception) -> BadTable:
    return BadTable(f"{path.name} is damaged ({damage}); open it in Excel, save it and send it again.")


def _csv_rows(grid: Grid) -> Iterator[Row]:
    with open(grid.path, "rb") as file:
        layout = Layout(encoding_of(file), grid.separator, None, {})
        file.seek(0)
        held, line, ended = file.read(CHUNK).removeprefix(codecs.BOM_UTF8), 0, False
        while held:
            chunk = file.read(CHUNK)
            held, ended = held + chunk, not chunk
            lines = held.splitlines(keepends=True)
            # The last line may go on, and a row may take the lines behind it.
            spare = 0 if ended else 1 if len(held) > MOST_BYTES else MAX_ROW_LINES + 1
            at = 0
            while at < len(lines) - spare:
                row = take_row(lines, at, layout)
                cells = [cell.strip() for cell in row.fields]
                if row.reason or any(cells):
                    yield Row(line + at + 1, cells, fault=row.reason)
                at += row.lines
            if spare == 1 and at == 0:
                raise BadTable(f"{grid.path.name} has a line of more than {MOST_BYTES // 1_000_000} MB; it is no table.")
            held, line = b"".join(lines[at:]), line + at


def _excel_rows(grid: Grid) -> Iterator[Row]:
    errors = error_cells(grid.path).get(grid.name, set())
    with_error = {row for row, _ in errors}
    try:
        sheet = calamine.load_workbook(str(grid.path)).get_sheet_by_name(grid.name)
        left = sheet.start[1] if sheet.start else 0
        merges = _Merges(sheet, left)
        for number, cells in enumerate(sheet.iter_rows(), 1):
            texts = [text_of(cell).strip() for cell in cells]
            own = any(texts) or number in with_error
            faults = {p: why for p, cell in enumerate(cells) if (why := _fault(cell))}
            faults |= {column - 1 - left: "formula error" for row, column in errors if row == number}
            merges.fill(number, texts)
            if own or any(texts):
                yield Row(number, texts, own, faults)
    except calamine.CalamineError as damage:
        raise _damaged(grid.path, damage) from damage


def _fault(cell: object) -> str:
    if isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) >= EXACT:
        return "a number of more than 15 digits, its last digits are lost; format the column as text"
    if isinstance(cell, str) and "\0" in cell:
        return "NUL character"
    return ""


class _Merges:
    """Fills the cells that a merge over several rows leaves empty with the text of its first one."""

    def __init__(self, sheet: calamine.CalamineSheet, left: int) -> None:
        self.starts: dict[int, list[tuple[int, int]]] = {}
        self.open: dict[int, tuple[int, str]] = {}
        for (top, first), (bottom, _) in sheet.merged_cell_ranges or ():
            if bottom > top:
                self.starts.setdefault(top + 1, []).append((first - left, bottom + 1))

    def fill(self, number: int, texts: list[str]) -> None:
        for column, (until, text) in list(self.open.items()):
            if number > until:
                del self.open[column]
            elif column < len(texts) and not texts[column]:
                texts[column] = text
        for column, until in self.starts.get(number, ()):
            if column < len(texts) and texts[column]:
                self.open[column] = (until, texts[column])
