"""Where a need stands: the home that an address names, the people behind a phone. Set-based; a guess is never made of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongxin.areas.meaning import label
from tongxin.kit import crypto, db
from tongxin.places.addresses import parse
from tongxin.places.place_id import Level, PlaceId

MOST_BEHIND_A_PHONE = 10
MOST_NODES = 5_000


@dataclass(frozen=True)
class Spot:
    """A place, as finely as it is known, and the home and person where they are."""

    place_id: int
    home_id: int | None = None
    person_id: int | None = None


def by_phone(phones: Sequence[str]) -> dict[str, list[Spot]]:
    """The people behind each number, at most ten; a number may belong to several, also in several households."""
    keys = {phone: crypto.lookup_hash(phone) for phone in phones if phone}
    if not keys:
        return {}
    found = db.rows(
        "SELECT k.h, p.place_id, p.home_id, p.id FROM unnest(%s::bytea[]) AS k (h) CROSS JOIN LATERAL (SELECT * FROM"
        " people_person p WHERE p.phone_hash = k.h AND NOT p.provisional ORDER BY p.id LIMIT %s) p",
        [list(set(keys.values())), MOST_BEHIND_A_PHONE],
    )
    spots: dict[bytes, list[Spot]] = {}
    for key, place, home, person in found:
        spots.setdefault(bytes(key), []).append(Spot(place, home, person))
    return {phone: spots.get(key or b"", []) for phone, key in keys.items()}


def one_of(spots: Sequence[Spot]) -> Spot | None:
    """The one person, or of one household the home, or nobody: a number that belongs to two households tells nothing."""
    if len(spots) == 1:
        return spots[0]
    homes = {s.home_id for s in spots}
    if len(homes) == 1 and None not in homes:
        return Spot(spots[0].place_id, spots[0].home_id)
    return None


def by_address(texts: Sequence[tuple[str, int]]) -> list[Spot | None]:
    """The place that each text names within a place, ``(text, within)`` each: only where the compound is told apart for sure,
    and then as deep as building, unit and room are found."""
    read = [parse(text) for text, _within in texts]
    compounds = _compounds([(a.compound, within) for a, (_text, within) in zip(read, texts, strict=True) if a.compound])
    wanted = {c for c in compounds.values() if c}
    below = _below(sorted(wanted))
    found: list[Spot | None] = []
    doors: list[tuple[int, int, str]] = []
    for address, (_text, within) in zip(read, texts, strict=True):
        place = compounds.get((address.compound, within)) if address.compound else None
        for names in (address.buildings, address.units):
            place = below.get((place, label(names[0])), place) if place and len(names) == 1 else place
        if place and len(address.rooms) == 1 and PlaceId(place).level == Level.UNIT:
            doors.append((len(found), place, address.rooms[0]))
        found.append(Spot(place) if place else None)
    return _with_doors(found, doors)


def _compounds(wanted: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], int | None]:
    if not wanted:
        return {}
    asked = sorted(set(wanted))
    rows = db.rows(
        "SELECT w.name, w.lo, min(p.id), count(*) FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS w (name, lo, hi)"
        " JOIN places_place p ON p.name = w.name AND p.level = %s AND p.id >= w.lo AND p.id < w.hi GROUP BY 1, 2",
        [[n for n, _ in asked], [PlaceId(p).range[0] for _, p in asked], [PlaceId(p).range[1] for _, p in asked],
         int(Level.COMPOUND)],
    )  # fmt: skip
    return {(name, lo): (place if count == 1 else None) for name, lo, place, count in rows}


def _below(compounds: Sequence[int]) -> dict[tuple[int | None, str], int]:
    """The buildings and units of compounds by parent and bare number."""
    if not compounds:
        return {}
    rows = db.rows(
        "SELECT p.parent_id, p.name, p.id FROM unnest(%s::bigint[]) AS c (id)"
        " JOIN places_place p ON p.id > c.id AND p.id < c.id + %s LIMIT %s",
        [list(compounds), Level.COMPOUND.width, MOST_NODES],
    )
    return {(parent, label(name)): place for parent, name, place in rows}


def _with_doors(spots: list[Spot | None], doors: Sequence[tuple[int, int, str]]) -> list[Spot | None]:
    if doors:
        rows = db.rows(
            "SELECT d.i, h.id FROM unnest(%s::int[], %s::bigint[], %s::text[]) AS d (i, place, number)"
            " JOIN places_home h ON h.place_id = d.place AND h.number = d.number",
            [list(c) for c in zip(*doors, strict=True)],
        )
        for i, home in rows:
            spot = spots[i]
            assert spot is not None
            spots[i] = Spot(spot.place_id, home)
    return spots
