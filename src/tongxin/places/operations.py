"""Writes of the tree: divisions, what the register tells of compounds, buildings, units and homes, where places are on the map,
and the facilities that stand in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tongxin.kit import db
from tongxin.places.place_id import WIDTHS, Level, PlaceId

TREE_LOCK = 7_401_002
_moved: list[Callable[[Sequence[int]], None]] = []


class Division(NamedTuple):
    """A place of the official tree and its printed name."""

    id: PlaceId
    level: Level
    name: str


class Spot(NamedTuple):
    """Where a place is on the map."""

    place_id: int
    lon: float
    lat: float


class FacilityRow(NamedTuple):
    """A facility as a list names it; ``code`` is its own, given by the city."""

    code: str
    name: str
    kind: str
    place_id: int
    lon: float | None = None
    lat: float | None = None


def on_facility_moved(handler: Callable[[Sequence[int]], None]) -> Callable[[Sequence[int]], None]:
    """Register a handler ``(facility_ids)`` for facilities that stand in another place now; runs in the transaction that
    moved them."""
    if handler not in _moved:
        _moved.append(handler)
    return handler


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


def find_below(wanted: Iterable[tuple[int, tuple[str, ...]]]) -> dict[tuple[int, tuple[str, ...]], int]:
    """Places by the one they are in and the printed names from there down; those that are not in the tree are not in the
    answer. At most four queries."""
    order = set(wanted)
    at = {key: key[0] for key in order}
    for depth in range(max((len(names) for _, names in order), default=0)):
        steps = {key: (above, key[1][depth]) for key, above in at.items() if len(key[1]) > depth}
        known = _find(list(set(steps.values())))
        at = {key: known.get(steps[key], 0) if key in steps else above for key, above in at.items()}
        at = {key: above for key, above in at.items() if above}
    return at


def record_spots(spots: Sequence[Spot]) -> tuple[int, int]:
    """Note where places are. Returns (changed, same)."""
    changed = db.execute(
        "UPDATE places_place p SET lon = i.lon, lat = i.lat"
        "  FROM unnest(%s::bigint[], %s::float8[], %s::float8[]) AS i (id, lon, lat)"
        " WHERE p.id = i.id AND (p.lon, p.lat) IS DISTINCT FROM (i.lon, i.lat)",
        [[s.place_id for s in spots], [s.lon for s in spots], [s.lat for s in spots]],
    )
    return changed, len(spots) - changed


def record_facilities(rows: Sequence[FacilityRow]) -> tuple[int, int]:
    """Write facilities in one transaction, known ones by their code; a point that a row does not tell is kept. Returns (new or
    changed, same)."""
    with db.transaction_block():
        codes = [r.code for r in rows]
        before = dict(db.rows("SELECT id, place_id FROM places_facility WHERE code = ANY(%s) ORDER BY id FOR UPDATE", [codes]))
        written = db.rows(
            "INSERT INTO places_facility AS f (code, name, kind, place_id, lon, lat)"
            " SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::float8[], %s::float8[])"
            " ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, place_id = excluded.place_id,"
            " lon = coalesce(excluded.lon, f.lon), lat = coalesce(excluded.lat, f.lat)"
            " WHERE (f.name, f.kind, f.place_id) IS DISTINCT FROM (excluded.name, excluded.kind, excluded.place_id)"
            "    OR (excluded.lon, excluded.lat) IS DISTINCT FROM (f.lon, f.lat) AND excluded.lon IS NOT NULL"
            " RETURNING f.id, f.place_id",
            [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * 6,
        )
        moved = [key for key, place in written if key in before and before[key] != place]
        for handler in _moved if moved else ():
            handler(moved)
    return len(written), len(rows) - len(written)
