"""Where temporary control may not be begun anew: where it just was, floor by floor and door by door, and nowhere else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, person, place

from tongxin.areas.models import Order
from tongxin.areas.operations import issue
from tongxin.areas.operations.issue import Piece
from tongxin.places.place_id import Level
from tongxin.policy.decisions import Refused

LATER = BASE + dt.timedelta(hours=25)


def test_temporary_control_of_a_floor_does_not_keep_it_from_another_one(cast: dict[str, Any]) -> None:
    at(BASE)
    town.settle()
    unit, building = place(Level.UNIT), place(Level.BUILDING)

    def door(number: str) -> Piece:
        return Piece(unit, home_id=person(number).home_id)

    def control(*pieces: Piece, now: dt.datetime = LATER) -> Order:
        told = draft(*pieces, kind="temporary", at=now, name="和苑1号楼1单元", justification="one staircase for all of them")
        return issue.issue(told, cast["officer"], at(now), BECAUSE)

    control(Piece(unit, floor=2), now=BASE)
    control(door("P1-301"), now=BASE)
    for piece in (Piece(unit, floor=2), door("P1-201"), Piece(unit, floor=3), door("P1-301"), Piece(unit), Piece(building)):
        with pytest.raises(Refused, match="under temporary control since"):
            control(piece)
    control(Piece(unit, floor=1))
    control(door("P1-302"))
    control(Piece(place(Level.BUILDING, 2)))
