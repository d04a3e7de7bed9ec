"""What somebody once said about the columns of a shape of sheets, remembered for the next one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tongxin.kit import audit, clock, db
from tongxin.kit.audit import Because
from tongxin.kit.models import ColumnMapping
from tongxin.kit.sheets.fields import Field, plain, signature
from tongxin.kit.sheets.reading import Remembered, Sheet

_kinds: dict[str, Sequence[Field]] = {}


def declare(kind: str, fields: Sequence[Field]) -> None:
    """Make a kind of sheets known, so that its columns can be told apart on a page."""
    _kinds[kind] = fields


def fields_of(kind: str) -> Sequence[Field]:
    return _kinds.get(kind, ())


def finder(kind: str) -> Remembered:
    """What ``open_sheet`` asks: the confirmed mapping of headings, or None."""
    known = dict(ColumnMapping.objects.filter(kind=kind).exclude(confirmed_at=None).values_list("signature", "mapping"))
    return lambda headings: known.get(signature(headings))


def note(kind: str, sheet: Sheet) -> int:
    """Keep the shape of a sheet with what was guessed of it, to be confirmed; its id. A known one stays as it is."""
    head = sheet.head
    db.execute(
        "INSERT INTO kit_columnmapping (kind, signature, headings, mapping, seen_at, confirmed_by)"
        " VALUES (%s, %s, %s::jsonb, %s::jsonb, %s, '') ON CONFLICT (kind, signature) DO NOTHING",
        [kind, head.signature, _json(head.headings), _json(sheet.mapping), clock.now()],
    )
    return ColumnMapping.objects.get(kind=kind, signature=head.signature).pk


def confirm(mapping_id: int, columns: Mapping[str, str], because: Because) -> ColumnMapping:
    """Remember for good which field each heading (as it stands) is; "" keeps a column by its heading.

    Raises ValueError when a heading or a field is not one of the sheet's, or one field is given two columns.
    """
    with db.transaction_block():
        found = ColumnMapping.objects.select_for_update().get(pk=mapping_id)
        wanted = {plain(h): name for h, name in columns.items()}
        names = [name for name in wanted.values() if name]
        known = {f.name for f in fields_of(found.kind)}
        if not set(wanted) <= {plain(h) for h in found.headings} or not set(names) <= known:
            raise ValueError("a column or a field is not one of this sheet's")
        if len(names) != len(set(names)):
            raise ValueError("one field was given two columns")
        found.mapping, found.confirmed_by, found.confirmed_at = wanted, because.actor, clock.now()
        found.save(update_fields=["mapping", "confirmed_by", "confirmed_at"])
        audit.record(because, "columns.confirmed", "columns", found.pk)
    return found


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
