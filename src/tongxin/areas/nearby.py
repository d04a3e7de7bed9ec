"""The cases near the places of an order that is being written: its cause may live next door, or on the floor below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from tongxin.areas.asks import CaseRow
from tongxin.areas.operations.issue import Piece
from tongxin.areas.queries import cases_in
from tongxin.places.place_id import Level, PlaceId
from tongxin.tasks.rules import smallest_place

MOST = 20


def around(pieces: Sequence[Piece]) -> int | None:
    """The smallest compound or community that holds the pieces and more than them; None where none does."""
    found = smallest_place([p.place_id for p in pieces])
    if found is None:
        return None
    whole = {int(p.place_id) for p in pieces if p == Piece(p.place_id)}
    place = PlaceId(found)
    above = [int(place.at(level)) for level in (Level.COMPOUND, Level.COMMUNITY) if place.level >= level]
    return next((key for key in above if key not in whole), None)


def cases_near(pieces: Sequence[Piece], now: dt.datetime) -> list[CaseRow]:
    """The cases around the pieces, not those inside them: those still there first, then the latest, ``MOST`` at most."""
    place = around(pieces)
    if place is None:
        return []
    without = [replace(p, excluded=True) for p in pieces if p.facility_id is None and p.address_id is None]
    return cases_in([Piece(place), *without], now, MOST)
