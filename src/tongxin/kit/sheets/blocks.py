"""A sheet as the blocks of an import (``kit.imports``): so many rows at a time, each block in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from tongxin.kit.tables.parts import Position, Reject

from .reading import Sheet, SheetRow

BLOCK_ROWS = 2_000


@dataclass
class SheetBlock:
    """Rows of a sheet in its order. ``end`` is the size of the file: a sheet is read as a whole."""

    position: Position
    rows: list[SheetRow]
    rejects: list[Reject]
    headings: tuple[str, ...]

    @property
    def ordinal(self) -> int:
        return self.position.ordinal

    @property
    def end(self) -> int:
        return self.position.end


def sheet_blocks(sheet: Sheet, block_rows: int = BLOCK_ROWS) -> Iterator[SheetBlock]:
    """The same file gives the same blocks, so that one that was interrupted goes on behind its last."""
    with open(sheet.path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size, ordinal = sheet.path.stat().st_size, 0
    rows: list[SheetRow] = []
    rejects: list[Reject] = []

    def block(line: int) -> SheetBlock:
        return SheetBlock(Position(ordinal, size, line, digest), rows, rejects, sheet.head.headings)

    line = 0
    for item in sheet.rows():
        line = item.line
        if isinstance(item, Reject):
            rejects.append(item)
        else:
            rows.append(item)
        if len(rows) + len(rejects) >= block_rows:
            ordinal += 1
            yield block(line)
            rows, rejects = [], []
    if rows or rejects:
        ordinal += 1
        yield block(line)
