"""Read the tables that cities and labs deliver, block by block, in bounded memory, losing no row.

A row either comes back in a `Block`'s frame or as a `Reject` with its line and reason; a file that cannot be used
as a whole raises `BadTable` with the remedy. What a file is, is decided by its content, never by its name.

    for block in read_table(path, COLUMNS, keep_together="tube_barcode", start=last_position):
        store(block.frame, block.lines, block.position)          # in one transaction
        bad.extend(block.rejects)
    write_rejects(path.with_suffix(".rejects.csv"), block.headings, bad)

Modules: `parts` the nouns, `heading` which row is the heading, `sniff` kind and encoding, `rows` one row exactly,
`fast` many rows quickly, `csv_blocks` and `xlsx` the two kinds of file, `xlsx_guard` the check before opening one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .csv_blocks import csv_blocks
from .parts import BadTable, Block, Column, Position, Reject, write_rejects
from .sniff import is_xlsx
from .xlsx import xlsx_blocks

__all__ = ["BadTable", "Block", "Column", "Position", "Reject", "read_table", "write_rejects"]


def read_table(
    path: str | Path,
    columns: Sequence[Column],
    *,
    keep_together: str | None = None,
    block_bytes: int = 8_000_000,
    start: Position | None = None,
) -> Iterator[Block]:
    """Yield the rows of a CSV or XLSX file in order, as blocks.

    `columns` are the columns wanted; others in the file are ignored. With `keep_together` (the name of one of them)
    consecutive rows of one value stay in one block, unless they fill it. `block_bytes` is the size of a CSV block
    (reading takes some twenty times as much memory); an XLSX block has 50,000 rows. `start` is the position of the last
    block that was finished: reading goes on behind it. The same file and `block_bytes` always give the same blocks; a
    file without rows gives none.

    Raises BadTable (at the first block) if the file is empty, of another kind, damaged, lacks a required column,
    or is not the one that `start` belongs to.
    """
    path = Path(path)
    if keep_together is not None and keep_together not in {column.name for column in columns}:
        raise ValueError(f"keep_together names {keep_together!r}, which is not one of the columns")
    if is_xlsx(path):
        yield from xlsx_blocks(path, columns, keep_together, start)
    else:
        yield from csv_blocks(path, columns, keep_together, block_bytes, start)
