"""Which row is the heading, and where in it each wanted column stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .parts import BadTable, Column

TITLE_ROWS = 10


@dataclass(frozen=True)
class Heading:
    """A row that may be the heading: its fields, and where each wanted column stands in it (None: absent)."""

    fields: tuple[str, ...]
    places: dict[str, int | None]
    missing: tuple[str, ...]
    line: int = 0  # physical lines up to and including this row
    end: int = 0  # byte offset just behind it (CSV)
    separator: str = ","

    @property
    def known(self) -> int:
        return sum(place is not None for place in self.places.values())

    @property
    def complete(self) -> bool:
        return not self.missing and self.known > 0


def plain(word: str) -> str:
    """A heading word as it is compared: full-width forms, case and surrounding space do not matter."""
    return unicodedata.normalize("NFKC", word).strip().casefold()


def heading(
    fields: Sequence[str], columns: Sequence[Column], *, line: int = 0, end: int = 0, separator: str = ","
) -> Heading:
    """Look for the wanted columns in a row; a column's name goes before its aliases, and these in their order."""
    words = [plain(field) for field in fields]
    places: dict[str, int | None] = {}
    for column in columns:
        accepted = [plain(word) for word in (column.name, *column.aliases)]
        places[column.name] = next((words.index(word) for word in accepted if word in words), None)
    # Named as the senders of such files name them: the first other word, where there is one.
    missing = tuple((*c.aliases, c.name)[0] for c in columns if c.required and places[c.name] is None)
    return Heading(tuple(field.strip() for field in fields), places, missing, line, end, separator)


def first_complete(rows: Iterable[Heading]) -> Heading | None:
    """The heading: the first row that holds all required columns."""
    return next((row for row in rows if row.complete), None)


def check_usable(path: Path, found: Heading | None, seen: Iterable[Heading]) -> Heading:
    """The heading found; raises BadTable if there is none, or if a wanted column stands in it twice."""
    if found is None:
        best = max(seen, key=lambda row: (row.known, len(row.fields)), default=None)
        headings = ", ".join(field for field in best.fields if field)[:500] if best else "none"
        missing = ", ".join(best.missing) if best else "all"
        raise BadTable(
            f"{path.name}: required columns are missing ({missing}; headings found: {headings}); "
            f"add them, or put the heading row within the first {TITLE_ROWS + 1} rows."
        )
    words = [plain(field) for field in found.fields]
    twice = sorted(
        {found.fields[place] for place in found.places.values() if place is not None and words.count(words[place]) > 1}
    )
    if twice:
        raise BadTable(
            f"{path.name}: the heading {', '.join(twice)} stands there more than once; remove or rename the others."
        )
    return found
