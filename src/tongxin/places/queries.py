"""Reading the tree."""

from __future__ import annotations

from collections.abc import Iterable

from tongxin.kit import db
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.rules import Point


def existing(places: Iterable[int]) -> set[int]:
    """Those of the places that are in the tree."""
    return {p for (p,) in db.rows("SELECT id FROM places_place WHERE id = ANY(%s)", [list(places)])}


def names(places: Iterable[int]) -> dict[int, str]:
    """The printed names of places."""
    return dict(db.rows("SELECT id, name FROM places_place WHERE id = ANY(%s)", [list(places)]))


def around(places: Iterable[int], place: int) -> tuple[dict[int, str], list[tuple[int, str]]]:
    """The printed names of places, and ``(id, name)`` of those directly below one place in the order of their codes: both in
    one query."""
    wanted = set(places)
    rows = db.rows(
        "SELECT id, name, parent_id = %s AND id <> parent_id FROM places_place WHERE id = ANY(%s) OR parent_id = %s ORDER BY id",
        [place, list(wanted), place],
    )
    return {key: name for key, name, _ in rows if key in wanted}, [(key, name) for key, name, below in rows if below]


def children(place: int) -> list[tuple[int, str]]:
    """``(id, name)`` of the places directly below, in the order of their codes."""
    return db.rows("SELECT id, name FROM places_place WHERE parent_id = %s AND id <> parent_id ORDER BY id", [place])


def path(place: int, top: Level = Level.DISTRICT) -> list[tuple[int, str]]:
    """``(id, name)`` from ``top`` down to the place, for a heading."""
    here = PlaceId(place)
    wanted = [*(a for a in here.ancestors if a.level >= top), here]
    known = names(wanted)
    return [(int(p), known.get(p, p.code)) for p in wanted]


def root() -> int:
    """The smallest place that holds all places of the tree: where something stands whose own place is not known.

    Raises LookupError when no places are loaded.
    """
    lowest, highest = db.rows("SELECT min(id), max(id) FROM places_place WHERE level >= 3")[0]
    if lowest is None:
        raise LookupError("no places are loaded; run `tongxin load places` first")
    low, high = PlaceId(lowest), PlaceId(highest)
    shared = [int(a) for a in [*low.ancestors, low] if a == high or a in high.ancestors]
    return max(existing(shared), default=int(low))


def points(places: Iterable[int], up_to: Level = Level.COMMUNITY) -> dict[int, Point]:
    """Where places are on the map: each by its own point, else by that of the smallest place around it that has one, up to a
    level; those of which nothing is known are not in the answer. One query."""
    around = {p: [p, *(int(a) for a in reversed(PlaceId(p).ancestors) if a.level >= up_to)] for p in places}
    asked = list({a for wanted in around.values() for a in wanted})
    rows = db.rows("SELECT id, lon, lat FROM places_place WHERE id = ANY(%s) AND lon IS NOT NULL AND lat IS NOT NULL", [asked])
    known = {key: (lon, lat) for key, lon, lat in rows}
    found = {p: next((known[a] for a in wanted if a in known), None) for p, wanted in around.items()}
    return {p: point for p, point in found.items() if point}
