"""Binary COPY from columns: rows of fixed width are laid out by NumPy in one go, at the speed of memory.

The format is PostgreSQL's (COPY, "Binary Format"): each row a 16-bit field count, each field a 32-bit length and its
bytes, all big-endian. Text comes last and is written in groups of equal length, so that a group's rows have one width.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from tongxin.kit import db

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TAIL = b"\xff\xff"
EPOCH_US = 946_684_800_000_000  # 2000-01-01T00:00:00Z, from where PostgreSQL counts, in microseconds since 1970
EPOCH_DAY = dt.date(2000, 1, 1).toordinal()

Columns = Mapping[str, np.ndarray[Any, Any]]


def pg_day(day: dt.date) -> int:
    """A date as PostgreSQL stores it: days since 2000-01-01."""
    return day.toordinal() - EPOCH_DAY


def encode(columns: Columns, text: tuple[str, pl.Series] | None = None) -> Iterator[bytes]:
    """Rows as binary COPY data, in the order given (by the length of the text first, where there is one).

    ``columns``: name → array of int16/32/64, float64 or bool, all of one length; a masked array's masked rows are not
    possible (leave such a column out). ``text``: the name and values of one text column, written last.
    """
    yield HEAD
    if text is None:
        yield _rows(columns, None, 0)
    else:
        lengths = text[1].str.len_bytes().to_numpy()
        for length in np.unique(lengths):
            chosen = np.flatnonzero(lengths == length)
            whole = len(chosen) == len(lengths)
            part = columns if whole else {k: v[chosen] for k, v in columns.items()}
            values = text[1] if whole else text[1].gather(chosen)
            yield _rows(part, _bytes(values, int(length)), int(length))
    yield TAIL


def _bytes(values: pl.Series, length: int) -> np.ndarray[Any, Any]:
    joined = values.str.join("").item().encode()
    return np.frombuffer(joined, dtype=f"S{length}" if length else "V0")


def _rows(columns: Columns, text: np.ndarray[Any, Any] | None, length: int) -> bytes:
    count = len(next(iter(columns.values())))
    fields: list[Any] = [("fields", ">i2")]
    for name, values in columns.items():
        kind = "i1" if values.dtype.kind == "b" else values.dtype.newbyteorder(">").str
        fields += [(f"len {name}", ">i4"), (name, kind)]
    if text is not None:
        fields += [("len text", ">i4"), ("text", f"S{length}")]
    rows = np.empty(count, dtype=fields)
    rows["fields"] = len(columns) + (text is not None)
    for name, values in columns.items():
        rows[f"len {name}"] = values.dtype.itemsize
        rows[name] = values
    if text is not None:
        rows["len text"] = length
        rows["text"] = text
    return rows.tobytes()


def copy_in(table: str, names: Sequence[str], data: Iterator[bytes]) -> None:
    """COPY binary data into a table as the acting role. Raises Django's errors, as other statements do."""
    statement = f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT binary)"
    with db.connection().wrap_database_errors, db.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in data:
            copy.write(piece)
