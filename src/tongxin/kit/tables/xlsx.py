"""An XLSX workbook as blocks: the first sheet that has the heading, every cell as the text a person sees."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import python_calamine as calamine

from .heading import TITLE_ROWS, Heading, check_usable, first_complete, heading
from .parts import START_OF_FILE, BadTable, Block, Column, Position, Reject, Span, as_csv, has_changed, joined, piece_of
from .xlsx_guard import error_cells

BLOCK_ROWS = 50_000
# Excel keeps 15 digits of a number: an identity number or barcode typed as a number has lost its end for good.
EXACT = 10**15
FORMULA_ERROR = "#ERROR!"
HALF_SECOND = dt.timedelta(milliseconds=500)

Cell = str | float | bool | dt.date | dt.time | dt.timedelta
SheetRow = tuple[int, list[Cell]]  # row number from 1, cells


@dataclass(frozen=True)
class Sheet:
    """The sheet to be read, its heading, and its formula-error cells as (row, column), both from 1."""

    sheet: calamine.CalamineSheet
    heading: Heading
    errors: set[tuple[int, int]]

    def rows(self) -> Iterator[SheetRow]:
        """The rows that have anything in them."""
        with_error = {row for row, _ in self.errors}
        for number, cells in enumerate(self.sheet.iter_rows(), 1):
            if number in with_error or any(cell != "" for cell in cells):
                yield number, cells

    def span(self, rows: Sequence[SheetRow]) -> Span:
        """Turn rows into text, rejecting those in which a wanted cell has lost its value."""
        good: list[tuple[int, int, list[str]]] = []
        rejects: list[Reject] = []
        for number, cells in rows:
            texts = [text_of(cell) for cell in cells[: len(self.heading.fields)]]
            reason = self.fault(number, cells)
            if reason:
                shown = [
                    FORMULA_ERROR if (number, place) in self.errors else text for place, text in enumerate(texts, 1)
                ]
                rejects.append(Reject(number, reason, as_csv(shown)))
            else:
                good.append((number, number - 1, texts))
        last = rows[-1][0]
        return joined([piece_of(good, rejects, last, last, self.heading.places)])

    def fault(self, number: int, cells: Sequence[Cell]) -> str:
        """Why a row cannot be taken; empty if it can."""
        for name, place in self.heading.places.items():
            if place is None:
                continue
            cell = cells[place]
            if (number, place + 1) in self.errors:
                return f"formula error in {name}"
            if isinstance(cell, float | int) and abs(cell) >= EXACT:
                return f"number of more than 15 digits in {name}, its last digits are lost; format the column as text"
            if isinstance(cell, str) and "\0" in cell:
                return f"NUL character in {name}"
        return ""


def text_of(cell: Cell) -> str:
    """What a person sees in a cell; a date and time whose time is midnight comes from calamine as a date alone."""
    match cell:
        case str():
            return cell
        case bool():
            return str(cell).upper()
        case dt.datetime():  # Excel counts in fractions of a day, which seldom are whole seconds
            return str((cell + HALF_SECOND).replace(microsecond=0))
        case dt.timedelta():
            minutes, seconds = divmod(round(cell.total_seconds()), 60)
            return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return str(int(cell)) if cell == int(cell) else repr(cell)


def xlsx_blocks(
    path: Path, columns: Sequence[Column], keep_together: str | None, start: Position | None
) -> Iterator[Block]:
    """Yield the blocks of an XLSX file; see `read_table`."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if start and start != START_OF_FILE and start.digest != digest:
        raise has_changed(path, start)
    sheet = _sheet(path, columns)
    found = sheet.heading
    done = start or START_OF_FILE
    ordinal, begin = done.ordinal, max(done.end, found.line)
    rows = (row for row in sheet.rows() if row[0] > begin)
    pending = list(islice(rows, BLOCK_ROWS + 1))  # one more than a block, to know whether the block is the last
    while pending:
        span = sheet.span(pending[:BLOCK_ROWS])
        if len(pending) > BLOCK_ROWS:
            span = span.without_last_run(keep_together)
        pending = [row for row in pending if row[0] > span.end]
        pending.extend(islice(rows, BLOCK_ROWS + 1 - len(pending)))
        ordinal += 1
        yield span.block(ordinal, digest, found.fields, found.places)


def _sheet(path: Path, columns: Sequence[Column]) -> Sheet:
    """The first sheet that has the heading."""
    errors = error_cells(path)
    seen: list[Heading] = []
    try:
        workbook = calamine.load_workbook(str(path))
        for meta in workbook.sheets_metadata:
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(meta.name)
            rows = list(_first_rows(sheet, columns))
            if found := first_complete(rows):
                return Sheet(sheet, check_usable(path, found, rows), errors.get(meta.name, set()))
            seen += rows
    except calamine.CalamineError as damage:
        raise BadTable(f"{path.name} is damaged ({damage}); open it in Excel, save it and send it again.") from damage
    return Sheet(sheet, check_usable(path, None, seen), set())


def _first_rows(sheet: calamine.CalamineSheet, columns: Sequence[Column]) -> Iterator[Heading]:
    seen = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        fields = [text_of(cell) for cell in cells]
        while fields and not fields[-1].strip():
            fields.pop()
        if fields:
            seen += 1
            yield heading(fields, columns, line=number)
        if seen > TITLE_ROWS:
            return
