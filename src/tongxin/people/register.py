"""Load the register: homes are found or made, people are new, changed or the same, and who was provisional is known now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from tongxin.kit import clock, crypto, db
from tongxin.kit.imports import Outcome
from tongxin.kit.tables import Block, Column, Reject
from tongxin.people import locks, rules
from tongxin.people.rules import Entry
from tongxin.places import operations as places
from tongxin.places import queries as tree
from tongxin.places.place_id import PlaceId

COLUMNS: Sequence[Column] = (
    Column("person_no"),
    Column("id_number"),
    Column("name"),
    Column("sex", required=False),
    Column("birth_date", required=False),
    Column("phone"),
    Column("community_code"),
    Column("compound"),
    Column("building"),
    Column("unit"),
    Column("room"),
    Column("category", required=False),
)
NO_ROOM = (
    "the tree has no room for this compound, building or unit (99 compounds in a community, 999 buildings in a compound,"
    " 99 units in a building); check the names for spellings of one and the same"
)
Door = tuple[str, str, str, str]
Units = dict[Door, int]
Handler = Callable[[Sequence[int], dt.datetime], None]
_handlers: list[Handler] = []
_written: list[Handler] = []


def on_moved(handler: Handler) -> Handler:
    """Register a handler ``(person_ids, now)`` for people who became known or live elsewhere now; runs in the transaction
    that wrote them, while nobody else reads the register."""
    _handlers.append(handler)
    return handler


def on_written(handler: Handler) -> Handler:
    """As ``on_moved``, for everybody of whom the register now says something else, whatever it is."""
    if handler not in _written:
        _written.append(handler)
    return handler


class PeopleLoader:
    kind, columns, keep_together, writers = "people", COLUMNS, None, 1

    def forget(self) -> None:
        """Nothing is remembered between blocks."""

    def prepare(self, block: Block) -> tuple[Block, dict[int, Entry], list[Reject]]:
        entries, rejects = {}, list(block.rejects)
        for i, row in enumerate(block.frame.iter_rows(named=True)):
            try:
                entries[i] = rules.read(row)
            except rules.Unreadable as reason:
                rejects.append(block.reject(i, str(reason)))
        return block, entries, rejects

    def write(self, prepared: tuple[Block, dict[int, Entry], list[Reject]]) -> Outcome:
        block, entries, rejects = prepared
        known = tree.existing({_community(e) for e in entries.values()})
        lost = [i for i, e in entries.items() if _community(e) not in known]
        rejects = rejects + [
            block.reject(i, f"there is no community {entries[i].community} in the tree; load its division") for i in lost
        ]
        kept = {i: e for i, e in entries.items() if _community(e) in known}
        locks.hold_register()
        units = _units(list(kept.values()))
        full = [i for i, e in kept.items() if _door(e) not in units]
        rejects += [block.reject(i, NO_ROOM) for i in full]
        housed = [e for e in kept.values() if _door(e) in units]
        accepted = _record(_latest(housed), units)
        return Outcome(accepted, len(housed) - accepted, rejects)


def _community(entry: Entry) -> int:
    return int(entry.community) * 10**7


def record(entries: Sequence[Entry]) -> int:
    """Write people in one transaction; of several rows for a number the last one holds. Returns how many rows were new
    or changed somebody."""
    rows = _latest(entries)
    with db.transaction_block():
        locks.hold_register()
        return _record(rows, _units(rows))


def note_provisional(name: str, phone: str, id_number: str, place_id: int) -> int:
    """Make somebody known who was found at a door and is not in the register, under a number of the program's own. The
    person's key."""
    locks.share_register()
    return int(
        db.rows(
            "INSERT INTO people_person (id, person_no, name, place_id, id_number, id_hash, phone, phone_hash, provisional)"
            " SELECT n, 'DOOR' || n, %s, %s, %s, %s, %s, %s, true"
            "   FROM nextval(pg_get_serial_sequence('people_person', 'id')) AS n RETURNING id",
            [
                name, place_id, crypto.encrypt(id_number), crypto.lookup_hash(id_number), crypto.encrypt(phone),
                crypto.lookup_hash(phone),
            ],
        )[0][0]
    )  # fmt: skip


def _latest(entries: Sequence[Entry]) -> list[Entry]:
    return list({e.person_no: e for e in entries}.values())


def _record(rows: Sequence[Entry], units: Units) -> int:
    """As ``record``, for distinct people whose units are found, in a transaction that holds the register."""
    changed = db.rows(db.sql("people/record_people"), _columns(rows, units, _homes(rows, units)))
    moved = [person for person, is_moved in changed if is_moved]
    if changed:
        locks.count_change()
    for handler in _handlers if moved else ():
        handler(moved, clock.now())
    for handler in _written if changed else ():
        handler([person for person, _ in changed], clock.now())
    return len(changed)


def _homes(rows: Sequence[Entry], units: Units) -> dict[tuple[int, str], int]:
    """The homes of the rows by ``(unit, number)``, found or made."""
    doors = list(dict.fromkeys((units[_door(e)], e.room) for e in rows))
    columns = [[d[0] for d in doors], [d[1] for d in doors], [rules.floor_of(d[1]) for d in doors]]
    db.execute(
        "INSERT INTO places_home (place_id, number, floor)"
        " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::int2[]) ON CONFLICT DO NOTHING",
        columns,
    )
    found = db.rows(
        "SELECT h.place_id, h.number, h.id FROM unnest(%s::bigint[], %s::text[]) AS i (place, number)"
        " JOIN places_home h ON h.place_id = i.place AND h.number = i.number",
        columns[:2],
    )
    return {(place, number): home for place, number, home in found}


def _door(entry: Entry) -> Door:
    return entry.community, entry.compound, entry.building, entry.unit


def _units(rows: Sequence[Entry]) -> Units:
    """The unit of each row; compounds, buildings and units that are new get their ordinals by arrival. A door for which
    the tree has no room is missing."""
    doors = list(dict.fromkeys(_door(e) for e in rows))
    at = {d: int(PlaceId.parse(d[0])) for d in doors}
    for depth in (1, 2, 3):
        made = places.place_children((above, d[depth]) for d, above in at.items())
        at = {d: made[at[d], d[depth]] for d in at if (at[d], d[depth]) in made}
    return at


def _columns(rows: Sequence[Entry], units: Units, homes: dict[tuple[int, str], int]) -> dict[str, Any]:
    where = [units[_door(e)] for e in rows]
    return {
        "numbers": [e.person_no for e in rows],
        "names": [e.name for e in rows],
        "sexes": [e.sex for e in rows],
        "births": [e.birth_date for e in rows],
        "places": where,
        "homes": [homes[place, e.room] for place, e in zip(where, rows, strict=True)],
        "categories": [e.category for e in rows],
        "ids": [crypto.encrypt(e.id_number) for e in rows],
        "id_hashes": [crypto.lookup_hash(e.id_number) for e in rows],
        "phones": [crypto.encrypt(e.phone) for e in rows],
        "phone_hashes": [crypto.lookup_hash(e.phone) for e in rows],
    }
