"""One row exactly: the careful path, which knows line numbers and reasons.

In both encodings a comma, semicolon, tab, quotation mark or line break byte never is part of another character, so
lines are split as bytes and decoded one by one.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from .parts import Piece, Reject, as_csv, piece_of

# A row longer than this is not data but a missing line break or quotation mark. It is the csv module's own limit.
MAX_ROW_BYTES = 131_072
MAX_ROW_LINES = 100
# Behind the last byte at which a row may begin, so many bytes decide how it ends (two more to tell "\r" from "\r\n").
LOOKAHEAD = MAX_ROW_BYTES + 2
QUOTE = '"'


@dataclass(frozen=True)
class Layout:
    """How the rows of this file are written: encoding, separator, number of fields (None: any), places of columns."""

    encoding: str
    separator: str
    width: int | None
    places: dict[str, int | None]


@dataclass
class Row:
    """A row, good if `reason` is empty, and how many physical lines it takes."""

    fields: list[str]
    lines: int = 1
    reason: str = ""


def is_open(text: str, separator: str) -> bool:
    """Whether a quotation mark opened in this line is closed in a later one only."""
    if QUOTE not in text:
        return False
    reader = csv.reader(iter((text, "")), delimiter=separator)
    next(reader)
    return reader.line_num > 1


def take_row(lines: list[bytes], at: int, layout: Layout) -> Row:
    """The row that begins with line `at`.

    A row over several lines must be quoted without fault and have the right number of fields; otherwise its first line
    is rejected alone and reading goes on with the next line, so that a forgotten quotation mark swallows nothing.
    """
    line = lines[at]
    if len(line) > MAX_ROW_BYTES:
        beginning = line[:1000].decode(layout.encoding, "backslashreplace")
        return Row([beginning], 1, f"line longer than {MAX_ROW_BYTES} bytes, only its beginning is kept")
    try:
        text = line.decode(layout.encoding)
    except UnicodeDecodeError:
        text = line.decode(layout.encoding, "backslashreplace")
        return Row(_split(text, layout), 1, f"not readable as {layout.encoding.upper()}")
    if is_open(text, layout.separator):
        return _quoted_row(lines, at, layout) or Row(
            _split(text, layout), 1, "quotation mark that is not closed properly"
        )
    fields = next(csv.reader((text,), delimiter=layout.separator)) if QUOTE in text else _split(text, layout)
    if "\0" in text:
        return Row(fields, 1, "NUL character in the row")
    if layout.width not in (None, len(fields)):
        return Row(fields, 1, f"{len(fields)} field{'s' * (len(fields) != 1)} where {layout.width} are expected")
    return Row(fields)


def _split(text: str, layout: Layout) -> list[str]:
    return text.rstrip("\r\n").split(layout.separator)


def _quoted_row(lines: list[bytes], at: int, layout: Layout) -> Row | None:
    """The row over several lines that begins with line `at`, or None if it is not well formed."""
    count = size = 0
    for line in lines[at : at + MAX_ROW_LINES]:
        size += len(line)
        if size > MAX_ROW_BYTES:
            break
        count += 1
    texts = (line.decode(layout.encoding) for line in lines[at : at + count])
    reader = csv.reader(texts, delimiter=layout.separator, strict=True)
    try:
        fields = next(reader)
    except (csv.Error, UnicodeDecodeError):
        return None
    if layout.width not in (None, len(fields)) or any("\0" in field for field in fields):
        return None
    return Row(fields, reader.line_num)


def careful(window: bytes, limit: int, start: int, line: int, layout: Layout) -> Piece:
    """The rows that begin within the first `limit` bytes of a window at byte `start`, behind `line` lines of the file.

    The window goes on LOOKAHEAD bytes behind the limit or to the end of the file.
    """
    lines = window.splitlines(keepends=True)
    rows: list[tuple[int, int, list[str]]] = []
    rejects: list[Reject] = []
    at = offset = 0
    while at < len(lines) and offset < limit:
        if not lines[at].rstrip(b"\r\n"):
            row = Row([])
        else:
            row = take_row(lines, at, layout)
            if row.reason:
                rejects.append(Reject(line + at + 1, row.reason, as_csv(row.fields)))
            else:
                rows.append((line + at + 1, start + offset, row.fields))
        offset += sum(map(len, lines[at : at + row.lines]))
        at += row.lines
    return piece_of(rows, rejects, start + offset, line + at, layout.places)
