"""What is checked about an XLSX file before calamine opens it.

calamine believes the archive's own figures, allocates a full rectangle around the outermost cells of a sheet (a stray
cell in the last corner ends the process), and returns a formula error as an empty cell. So each entry is decompressed
once, counting real bytes, and each sheet's text is searched for its extent and its error cells.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from .parts import BadTable

MAX_ENTRIES = 1_000
MAX_BYTES = 600_000_000
MAX_CELLS = 12_000_000  # about 1 GB in calamine; 1,048,576 rows of 11 columns fit
MAX_TAG_BYTES = 1 << 20
CHUNK = 1 << 20
AS_CSV = "save the sheet as CSV (UTF-8) and send that"
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ElementTree.ParseError,
    KeyError,
)

COLUMN_OF_CELL = re.compile(rb'\sr="([A-Z]+)')
ROW_OF_CELL = re.compile(rb'\sr="[A-Z]*([0-9]+)"')
ERROR_CELL = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>')
REFERENCE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')


@dataclass
class Extent:
    """What the search of one sheet's text found; cells are (row, column), both from 1."""

    columns: set[bytes] = field(default_factory=set)
    last_row: int = 0
    errors: set[tuple[int, int]] = field(default_factory=set)
    placeless: bool = False

    def add(self, tags: bytes) -> None:
        """Take in a stretch of the sheet's XML that ends between two tags."""
        columns = COLUMN_OF_CELL.findall(tags)
        self.columns.update(columns)
        self.last_row = max(self.last_row, *map(int, set(ROW_OF_CELL.findall(tags))), 0)
        self.placeless |= len(columns) < sum(map(tags.count, (b"<c ", b"<c>", b"<c/")))
        if b't="e"' in tags:
            for attributes in ERROR_CELL.findall(tags):
                if place := REFERENCE.search(attributes):
                    self.errors.add((int(place[2]), column_number(place[1])))

    @property
    def cells(self) -> int:
        return self.last_row * max(map(column_number, self.columns), default=0)


def column_number(letters: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def error_cells(path: Path) -> dict[str, set[tuple[int, int]]]:
    """Check the file and return each sheet's formula-error cells, by the sheet's name.

    Raises BadTable if it is damaged, is another kind of archive, or would need too much memory.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(path, archive)
            extents = _extents(path, archive)
            sheets = _sheet_files(archive)
    except DAMAGE as damage:
        raise BadTable(f"{path.name} is damaged ({damage}); open it in Excel, save it and send it again.") from damage
    for extent in extents.values():
        if extent.placeless:
            raise BadTable(
                f"{path.name} does not say where its cells stand; open it in Excel, save it and send it again."
            )
        if extent.cells > MAX_CELLS:
            raise BadTable(
                f"{path.name} has too large a sheet ({extent.last_row:,} rows) or a stray cell far outside; {AS_CSV}."
            )
    return {name: extents[entry].errors for name, entry in sheets.items() if entry in extents}


def _check_entries(path: Path, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise BadTable(f"{path.name} is a ZIP archive but not an .xlsx workbook; unpack it and send the table inside.")
    if len(entries) > MAX_ENTRIES:
        raise BadTable(f"{path.name} has {len(entries):,} parts where {MAX_ENTRIES:,} are allowed; {AS_CSV}.")
    # Other methods cannot be decompressed in bounded steps, and no spreadsheet program uses them.
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise BadTable(f"{path.name} is compressed in an unusual way; open it in Excel, save it and send it again.")


def _extents(path: Path, archive: zipfile.ZipFile) -> dict[str, Extent]:
    """Decompress everything once, up to the limit, and search the sheets."""
    extents: dict[str, Extent] = {}
    total = 0
    for entry in archive.infolist():
        extent = extents.setdefault(entry.filename, Extent()) if entry.filename.startswith("xl/worksheets/") else None
        rest = b""
        for chunk in _real_bytes(archive, entry):
            total += len(chunk)
            if total > MAX_BYTES:
                raise BadTable(f"{path.name} unpacks to more than {MAX_BYTES // 1_000_000} MB; {AS_CSV}.")
            if extent:
                tags, mark, rest = (rest + chunk).rpartition(b"<")
                rest = mark + rest
                extent.add(tags)
                if len(rest) > MAX_TAG_BYTES:
                    raise zipfile.BadZipFile("a cell without end")
    return extents


def _real_bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    # zipfile stops at the size that the archive states, calamine does not: state the largest, to be given every byte.
    entry.file_size = MAX_BYTES + CHUNK
    with archive.open(entry) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _sheet_files(archive: zipfile.ZipFile) -> dict[str, str]:
    """The archive entry of each sheet, by the sheet's name. (expat itself refuses entity bombs: hence the noqa.)"""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    sheets: dict[str, str] = {}
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():  # noqa: S314
        if element.tag.endswith("}sheet"):
            reference = next((value for name, value in element.attrib.items() if name.endswith("}id")), "")
            target = PurePosixPath("/xl") / targets.get(reference, "")  # an absolute target replaces the folder
            sheets[element.get("name", "")] = str(target).lstrip("/")
    return sheets
