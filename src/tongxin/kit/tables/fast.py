"""Many rows quickly: the fast path, which gives up (None) wherever the careful path might see something else."""

from __future__ import annotations

from array import array

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from .parts import LINE, START, Piece
from .rows import MAX_ROW_BYTES, QUOTE, Layout, is_open

BOM = b"\xef\xbb\xbf"
LINE_FEED = pa.scalar(ord("\n"), pa.uint8())


def fast(chunk: bytes, start: int, line: int, layout: Layout) -> Piece | None:
    """The rows of whole lines at byte `start`, behind `line` lines of the file; None if anything in them is odd.

    As many rows as lines, none rejected, means that each row is one line: no empty lines, no quoted line breaks, and
    line numbers exact without looking. Only the last line may still be open towards the next.
    """
    text = _utf8(chunk, layout.encoding)
    table = None if text is None or _has_odd_bytes(chunk) else _parse(text, layout)
    if table is None:
        return None
    starts = _line_starts(chunk)
    count = len(starts)
    last = chunk[starts[-1].as_py() :]
    longest = max(pc.max(pc.pairwise_diff(starts)).as_py() or 0, len(last))
    if table.num_rows != count or longest > MAX_ROW_BYTES or is_open(last.decode(layout.encoding), layout.separator):
        return None
    data = {
        name: pa.repeat("", count) if place is None else table.column(str(place))
        for name, place in layout.places.items()
    }
    where = {LINE: pa.arange(line + 1, line + count + 1), START: pc.add(starts, start)}
    return Piece(pa.table(data | where), [], start + len(chunk), line + count)


def _has_odd_bytes(chunk: bytes) -> bool:
    """NULs, a byte order mark (Arrow would drop it), or line breaks other than LF and CRLF."""
    if b"\0" in chunk or chunk.startswith(BOM):
        return True
    return b"\r" in chunk and chunk.count(b"\r") != chunk.count(b"\r\n")


def _utf8(chunk: bytes, encoding: str) -> bytes | None:
    """The same text in UTF-8, or None if it is not readable: columns nobody asked for are checked too."""
    if chunk.isascii():
        return chunk
    try:
        if encoding != "utf-8":
            return chunk.decode(encoding).encode()
        whole = [None, pa.py_buffer(array("i", (0, len(chunk)))), pa.py_buffer(chunk)]
        pa.Array.from_buffers(pa.binary(), 1, whole).cast(pa.string())  # checks without copying
    except (UnicodeDecodeError, pa.ArrowInvalid):
        return None
    return chunk


def _parse(text: bytes, layout: Layout) -> pa.Table | None:
    names = [str(place) for place in range(layout.width or 0)]
    wanted = sorted({str(place) for place in layout.places.values() if place is not None})
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(text),
            # One Arrow block, so that Arrow never has to look for a border of its own.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
            parse_options=arrow_csv.ParseOptions(delimiter=layout.separator, quote_char=QUOTE, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in wanted},
                include_columns=wanted,
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:  # too few or too many fields somewhere
        return None


def _line_starts(chunk: bytes) -> pa.Int64Array:
    """The offset of each line's first byte."""
    codes = pa.Array.from_buffers(pa.uint8(), len(chunk), [None, pa.py_buffer(chunk)])
    breaks = pc.indices_nonzero(pc.equal(codes, LINE_FEED)).cast(pa.int64())
    starts = pa.concat_arrays([pa.array([0]), pc.add(breaks, 1)])
    return starts[:-1] if chunk.endswith(b"\n") else starts
