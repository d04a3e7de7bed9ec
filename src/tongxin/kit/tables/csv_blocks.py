"""A CSV file as blocks.

A block is the rows that begin within `block_bytes` of the end of the block before it, so that it depends on the file
and that end alone: a resumed import sees the same blocks. It is read in pieces, to save memory and so that one odd row
sends a few thousand rows only, not the block, on the careful path.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from .fast import fast
from .heading import TITLE_ROWS, Heading, check_usable, first_complete, heading
from .parts import START_OF_FILE, Block, Column, Piece, Position, Span, has_changed, joined
from .rows import LOOKAHEAD, MAX_ROW_BYTES, Layout, careful, take_row
from .sniff import CHUNK, encoding_of

HEAD_BYTES = (TITLE_ROWS + 2) * MAX_ROW_BYTES
PIECE_BYTES = 1 << 21
SMALL_BYTES = 1 << 17
SEPARATORS = (",", ";", "\t")
LINE_BREAK = re.compile(rb"\r\n?|\n")


def csv_blocks(
    path: Path, columns: Sequence[Column], keep_together: str | None, block_bytes: int, start: Position | None
) -> Iterator[Block]:
    """Yield the blocks of a CSV file; see `read_table`."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        encoding = encoding_of(file)
        head = _heading(path, file, encoding, columns)
        layout = Layout(encoding, head.separator, len(head.fields), head.places)
        done = start or START_OF_FILE
        digest = hashlib.sha256()
        _feed(digest, file, 0, done.end)
        if digest.hexdigest() != done.digest:
            raise has_changed(path, done)
        ordinal, hashed = done.ordinal, done.end
        end, line = max((done.end, done.line), (head.end, head.line))
        while end < size:
            span = _read(file, size, end, line, min(size, end + block_bytes), layout)
            if span.end < size:
                span = span.without_last_run(keep_together)
            end, line = span.end, span.line
            if span.rejects or not span.frame.is_empty():
                _feed(digest, file, hashed, end)
                ordinal, hashed = ordinal + 1, end
                yield span.block(ordinal, digest.hexdigest(), head.fields, head.places)
            del span  # or the last block would be kept in memory while the next is read


def _heading(path: Path, file: BinaryIO, encoding: str, columns: Sequence[Column]) -> Heading:
    """The heading row, which also tells the separator: the one that makes most columns known."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    candidates = [list(_first_rows(head, Layout(encoding, separator, None, {}), columns)) for separator in SEPARATORS]
    complete = [found for rows in candidates if (found := first_complete(rows))]
    found = max(complete, key=lambda row: (row.known, len(row.fields)), default=None)
    return check_usable(path, found, (row for rows in candidates for row in rows))


def _first_rows(head: bytes, layout: Layout, columns: Sequence[Column]) -> Iterator[Heading]:
    skip = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    lines = head[skip:].splitlines(keepends=True)
    at, end, seen = 0, skip, 0
    while at < len(lines) and seen <= TITLE_ROWS:
        row = take_row(lines, at, layout)
        end += sum(map(len, lines[at : at + row.lines]))
        at += row.lines
        if "".join(row.fields).strip():
            seen += 1
            yield heading(row.fields, columns, line=at, end=end, separator=layout.separator)


@dataclass(frozen=True)
class _Buffer:
    """The bytes of a piece and LOOKAHEAD more; offsets are those in the file."""

    file: BinaryIO
    size: int  # of the whole file
    start: int
    data: bytes

    def lines(self, start: int, want: int) -> bytes | None:
        """The lines that begin within `want` bytes from `start`; None if the last of them ends beyond the buffer."""
        at = start - self.start
        stop = self.data.find(b"\n", at + want - 1) + 1
        if not stop and self.start + len(self.data) < self.size:
            return None
        return self.data[at : stop or len(self.data)]

    def plain(self, start: int, line: int, want: int, layout: Layout) -> Piece | None:
        """The rows that begin within `want` bytes from `start`, behind `line` lines of the file, if none is odd."""
        lines = self.lines(start, want)
        return fast(lines, start, line, layout) if lines else None

    def careful(self, start: int, line: int, want: int, layout: Layout) -> Piece:
        """The same rows, odd ones included."""
        at = start - self.start
        window = self.data[at : at + want + LOOKAHEAD]
        piece = careful(window, want, start, line, layout)
        if piece.end == start + len(window) < self.size:  # it ends amid a line too long for any row
            return replace(piece, end=_end_of_line(self.file, piece.end))
        return piece


def _read(file: BinaryIO, size: int, start: int, line: int, stop: int, layout: Layout) -> Span:
    """The rows that begin between the bytes `start` and `stop`, behind `line` lines of the file."""
    pieces: list[Piece] = []
    while start < stop:
        file.seek(start)
        buffer = _Buffer(file, size, start, file.read(PIECE_BYTES + LOOKAHEAD))
        pieces += _pieces(buffer, start, line, min(stop, start + PIECE_BYTES), PIECE_BYTES, layout)
        start, line = pieces[-1].end, pieces[-1].line
    return joined(pieces)


def _pieces(buffer: _Buffer, start: int, line: int, stop: int, size: int, layout: Layout) -> Iterator[Piece]:
    """The same from a buffer, in pieces; a piece with an odd row in it is tried again in smaller ones."""
    while start < stop:
        want = min(size, stop - start)
        piece = buffer.plain(start, line, want, layout)
        if piece is None and want > SMALL_BYTES:
            *before, piece = _pieces(buffer, start, line, start + want, SMALL_BYTES, layout)
            yield from before
        piece = piece or buffer.careful(start, line, want, layout)
        yield piece
        start, line = piece.end, piece.line


def _end_of_line(file: BinaryIO, start: int) -> int:
    """The offset behind the line of which the byte before `start` is part."""
    end = start - 1  # that byte may be the first half of a CRLF
    file.seek(end)
    while chunk := file.read(CHUNK):
        found = LINE_BREAK.search(chunk)
        if found and found.end() < len(chunk):
            return end + found.end()
        # A break at the chunk's end may be half a CRLF as well: look again from there.
        end += found.start() if found else len(chunk)
        file.seek(end)
        if found and found.start() == 0:
            return end + len(chunk)
    return end


def _feed(digest: hashlib._Hash, file: BinaryIO, start: int, end: int) -> None:
    """Add the bytes from `start` to `end` to the digest."""
    file.seek(start)
    while start < end and (chunk := file.read(min(CHUNK, end - start))):
        digest.update(chunk)
        start += len(chunk)
