"""A list as the Excel sheet that people pass on: a title, what holds of it, the headings, rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import xlsxwriter

WIDTH = 14
WIDE = 40


def write_sheet(
    target: str | Path | IO[bytes], title: str, note: str, headings: Sequence[str], rows: Iterable[Sequence[Any]],
    wide: Sequence[int] = (),
) -> int:  # fmt: skip
    """Write one sheet, row by row, and return how many rows it has. ``note`` stands below the title and on every printed
    page; ``wide`` are the columns (from 0) of long texts. Times are written without their zone; texts are never formulas.
    """
    with xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        moment, text = book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), book.add_format({"text_wrap": True, "valign": "top"})
        for place in range(len(headings)):
            sheet.set_column(place, place, WIDE if place in wide else WIDTH)
        sheet.merge_range(0, 0, 0, max(1, len(headings) - 1), title, bold)
        sheet.merge_range(1, 0, 1, max(1, len(headings) - 1), note)
        sheet.write_row(2, 0, headings, head)
        count = 0
        for count, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(2 + count, place, value.replace(tzinfo=None), moment)
                elif isinstance(value, int | float):
                    sheet.write_number(2 + count, place, value, text)
                else:
                    sheet.write_string(2 + count, place, "" if value is None else str(value), text)
        sheet.repeat_rows(2)
        sheet.freeze_panes(3, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{note.replace('&', '&&')[:200]}&R&P / &N")
    return count
