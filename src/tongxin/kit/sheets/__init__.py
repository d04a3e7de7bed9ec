"""Read a sheet that was not shaped to a schema: a hotline's list, a hospital's, a street's ledger.

The heading is found below titles and blank rows, its words are matched with the fields wanted, values are read in the
forms in which people type them, unknown columns are kept by their heading, and a row that cannot be read comes back with
its line, the reason and what to do. What an operator once confirmed about such a sheet's columns is remembered
(``kit.mappings``).

    FIELDS = (Field("name", ("姓名",), required=True), Field("at", ("反映时间", "时间"), kind="time"))
    sheet = open_sheet(path, FIELDS, Reading(zone, today), remembered=mappings.finder("needs"))
    sheet.check_usable()
    for row in sheet.rows():                       # SheetRow or Reject
        ...

Modules: `fields` what is wanted, `times` and `values` one cell, `grid` rows of CSV and Excel, `reading` heading and rows,
`blocks` a sheet as the blocks of an import, `writing` a list as a sheet.
"""

from __future__ import annotations

from tongxin.kit.tables.parts import BadTable, Reject

from .blocks import SheetBlock, sheet_blocks
from .fields import Field, plain, signature
from .reading import Sheet, SheetRow, open_sheet
from .values import Reading
from .writing import write_sheet

__all__ = [
    "BadTable", "Field", "Reading", "Reject", "Sheet", "SheetBlock", "SheetRow", "open_sheet", "plain", "sheet_blocks",
    "signature", "write_sheet",
]  # fmt: skip
