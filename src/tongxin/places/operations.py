"""Writes of the tree: divisions, and what the register tells of compounds, buildings, units and homes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tongxin.kit import db
from tongxin.places.place_id import WIDTHS, Level, PlaceId

TREE_LOCK = 7_401_002


class Division(NamedTuple):
    """A place of the official tree and its printed name."""

    id: PlaceId
    level: Level
    name: str


def record_divisions(divisions: Sequence[Division]) -> tuple[int, int]:
    """Write divisions in one transaction; a new name for a known code replaces the old. Returns (new or changed, same)."""
    with db.transaction_block():
        hold_tree()
        written = db.execute(
            "INSERT INTO places_place AS p (id, parent_id, name, level)"
            " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int2[])"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, level = excluded.level, parent_id = excluded.parent_id"
            " WHERE (p.name, p.level) IS DISTINCT FROM (excluded.name, excluded.level)",
            [
                [int(d.id) for d in divisions],
                [int(d.id.parent or d.id) for d in divisions],
                [d.name for d in divisions],
                [int(d.level) for d in divisions],
            ],
        )
    return written, len(divisions) - written


def hold_tree() -> None:
    """Until the end of the transaction nobody else adds places (ordinals are given by arrival)."""
    db.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def place_children(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Find or make places by ``(parent, printed name)``; new ones get the next ordinals in the order given.

    A place for which its parent has no room left (99 compounds, 999 buildings, 99 units) is not in the answer.
    """
    order = list(dict.fromkeys(wanted))
    known = _find(order)
    missing = [key for key in order if key not in known]
    if missing:
        hold_tree()
        known |= _find(missing)
        _make([key for key in missing if key not in known], known)
    return known


def _find(keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    found = db.rows(
        "SELECT p.parent_id, p.name, p.id FROM unnest(%s::bigint[], %s::text[]) AS i (parent, name)"
        " JOIN places_place p ON p.parent_id = i.parent AND p.name = i.name",
        [[k[0] for k in keys], [k[1] for k in keys]],
    )
    return {(parent, name): place for parent, name, place in found}


def _make(keys: Sequence[tuple[int, str]], known: dict[tuple[int, str], int]) -> None:
    last = dict(
        db.rows(
            "SELECT parent_id, max(id) FROM places_place WHERE parent_id = ANY(%s) AND id <> parent_id GROUP BY 1",
            [list({k[0] for k in keys})],
        )
    )
    made = []
    for parent, name in keys:
        above = PlaceId(parent)
        below = Level(above.level + 1)
        used = last.get(parent, parent)
        ordinal = int(PlaceId(used).groups[below - 1]) + 1 if used != parent else 1
        if ordinal >= 10 ** WIDTHS[below - 1]:
            continue
        place = above.child(ordinal)
        last[parent] = known[parent, name] = int(place)
        made.append(Division(place, below, name))
    db.execute(
        "INSERT INTO places_place (id, parent_id, name, level)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int2[])",
        [
            [int(d.id) for d in made], [int(d.id.parent or 0) for d in made], [d.name for d in made],
            [int(d.level) for d in made],
        ],
    )
