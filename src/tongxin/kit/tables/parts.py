"""The nouns of a delivered table: columns wanted, blocks of rows, rejected rows, positions to resume at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl
import pyarrow as pa

# Beside the wanted columns a frame under construction carries where each row came from.
LINE, START = "<line>", "<start>"
REJECT_HEADINGS = ("_line", "_reason")


class BadTable(Exception):
    """The file as a whole cannot be used; the message names it and says what to do."""


@dataclass(frozen=True)
class Column:
    """A column wanted: its name in the frame, the other words a heading may use for it, whether it must be there."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Reject:
    """A row not taken: its first line (1-based), a short reason, and the row as comma-separated text."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Position:
    """Where a finished block ends; store it with the block's rows to resume after a crash.

    `ordinal` counts blocks from 1; `end` is the byte offset (CSV) or the row number (XLSX) just behind the block;
    `line` the number of physical lines up to there; `digest` the hex SHA-256 of the first `end` bytes (XLSX: of the
    whole file).
    """

    ordinal: int
    end: int
    line: int
    digest: str


def has_changed(path: Path, done: Position) -> BadTable:
    return BadTable(
        f"{path.name} has changed since its first {done.ordinal} blocks were loaded; load it from the start."
    )


START_OF_FILE = Position(0, 0, 0, sha256().hexdigest())


@dataclass
class Block:
    """Consecutive rows of a table.

    `frame` has one String column per wanted column, stripped, never null; `lines` (int64) is the 1-based physical line
    on which each row begins; `headings` is the heading row as delivered and `places` where in it each column stands.
    """

    position: Position
    lines: pa.Int64Array
    frame: pl.DataFrame
    rejects: list[Reject]
    headings: tuple[str, ...]
    places: dict[str, int | None]

    @property
    def ordinal(self) -> int:
        return self.position.ordinal

    @property
    def end(self) -> int:
        return self.position.end

    @property
    def digest(self) -> str:
        return self.position.digest

    def reject(self, row: int, reason: str) -> Reject:
        """The row with this index in `frame`, to be given back; columns nobody asked for come back empty."""
        fields = [""] * len(self.headings)
        for name, value in self.frame.row(row, named=True).items():
            place = self.places[name]
            if place is not None:
                fields[place] = value
        return Reject(self.lines[row].as_py(), reason, as_csv(fields))


@dataclass
class Span:
    """Rows read so far and where reading stopped: `frame` holds the wanted columns, LINE and START."""

    frame: pl.DataFrame
    rejects: list[Reject]
    end: int
    line: int

    def block(self, ordinal: int, digest: str, headings: tuple[str, ...], places: dict[str, int | None]) -> Block:
        return Block(
            Position(ordinal, self.end, self.line, digest),
            self.frame[LINE].to_arrow(),
            self.frame.drop(LINE, START),
            self.rejects,
            headings,
            places,
        )

    def without_last_run(self, column: str | None) -> Span:
        """This span without the rows at its end that share the last row's value, so that the next block has them all.

        A span of one single value is left whole: carrying it over would never end.
        """
        if column is None or self.frame.is_empty():
            return self
        values = self.frame[column]
        others = (values != values[-1]).arg_true()
        if others.is_empty():
            return self
        keep = others[-1] + 1
        line, end = self.frame[LINE][keep], self.frame[START][keep]
        rejects = [reject for reject in self.rejects if reject.line < line]
        return Span(self.frame.head(keep), rejects, end, line - 1)


@dataclass
class Piece:
    """Rows as they stand in the file, before stripping: `table` has the columns of a span's frame."""

    table: pa.Table
    rejects: list[Reject]
    end: int
    line: int


def piece_of(
    rows: Sequence[tuple[int, int, Sequence[str]]],
    rejects: list[Reject],
    end: int,
    line: int,
    places: dict[str, int | None],
) -> Piece:
    """A piece from (line, start, fields) rows; columns that the file lacks are empty."""
    data = {
        name: pa.array(("" if place is None else fields[place] for _, _, fields in rows), pa.string())
        for name, place in places.items()
    }
    where = {
        LINE: pa.array((row[0] for row in rows), pa.int64()),
        START: pa.array((row[1] for row in rows), pa.int64()),
    }
    return Piece(pa.table(data | where), rejects, end, line)


def joined(pieces: Sequence[Piece]) -> Span:
    """Consecutive pieces as one span, values stripped."""
    frame = pl.DataFrame(pa.concat_tables([piece.table for piece in pieces]))
    # A vectorised test whether any value needs it was measured: it takes longer than the stripping.
    frame = frame.with_columns(pl.col(pl.String).str.strip_chars())
    last = pieces[-1]
    return Span(frame, [reject for piece in pieces for reject in piece.rejects], last.end, last.line)


def as_csv(fields: Iterable[str]) -> str:
    """One row as comma-separated text without a line end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(fields)
    return text.getvalue()


def write_rejects(path: str | Path, columns: Sequence[str], rejects: Iterable[Reject]) -> int:
    """Write rejected rows as UTF-8 CSV (with BOM, so that Excel opens it) and return how many they are.

    `columns` is the heading row as delivered (`Block.headings`); the line and the reason follow in `_line` and
    `_reason`, which read_table ignores, so that the file can be corrected and loaded. Fields beyond the heading come
    behind those, so that a row with too many is refused again until somebody has corrected it.
    """
    # A reject file that was rejected in part already has the two columns: they are written anew.
    kept = [place for place, heading in enumerate(columns) if heading not in REJECT_HEADINGS]
    written = 0
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(columns[place] for place in kept), *REJECT_HEADINGS])
        for written, reject in enumerate(rejects, 1):  # noqa: B007
            fields = next(csv.reader(io.StringIO(reject.raw, newline="")), [])
            known = [fields[place] if place < len(fields) else "" for place in kept]
            writer.writerow([*known, reject.line, reject.reason, *fields[len(columns) :]])
    return written
