"""A list as an Excel workbook, made of the same batches as the CSV (``web.exports``)."""

from __future__ import annotations

import tempfile
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from tongxin.web.exports import Fetch, Row

MOST_ROWS = 1_000_000
"""Rows of a sheet, which ends at 1,048,576."""
MOST_CHARACTERS = 32_000
"""Characters of a cell, which ends at 32,767."""
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx_response(request: HttpRequest, name: str, header: Row, fetch: Fetch) -> HttpResponseBase:
    """``NAME.xlsx``. It is written to a file first, a row at a time: a workbook cannot be streamed. Every cell is a text or a
    number, never a formula."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(name[:31])
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for column, value in enumerate(header):
        sheet.write_string(0, column, str(value), bold)
    at, key = 1, None
    while at <= MOST_ROWS:
        rows, key = fetch(key)
        for row in rows:
            _write(sheet, at, row)
            at += 1
        if key is None:
            break
    book.close()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=MIME)


def _write(sheet: Any, at: int, row: Row) -> None:
    for column, value in enumerate(row):
        if isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(at, column, value)
        elif value not in (None, ""):
            sheet.write_string(at, column, str(value)[:MOST_CHARACTERS])
