"""What the Release clock counts of areas: everybody once, however many areas hold them."""

from __future__ import annotations

from typing import Any

import pytest
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, person, place
from tests.support import DISTRICT

from tongxin.areas import queries
from tongxin.areas.operations import issue, upkeep
from tongxin.areas.operations.issue import Piece
from tongxin.areas.queries import Filter
from tongxin.kit import events
from tongxin.places.models import Facility
from tongxin.places.place_id import Level


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> None:
    at(BASE)
    town.settle()


def ordered(cast: Any, *pieces: Piece, **other: Any) -> Any:
    return issue.issue(draft(*pieces, justification="cases in both buildings", **other), cast["officer"], BASE, BECAUSE)


def limited(**wanted: Any) -> int:
    return queries.figures(Filter(place_id=DISTRICT, **wanted), BASE).persons


def test_who_is_in_two_areas_is_one_person(cast: Any) -> None:
    unit = place(Level.UNIT)
    ordered(cast, Piece(unit))
    assert limited() == 6
    ordered(cast, Piece(place(Level.BUILDING)), kind="temporary", name="和苑1号楼")
    ordered(cast, Piece(unit, floor=2), name="和苑1号楼1单元")
    ordered(cast, Piece(place(Level.UNIT, 2)), name="和苑2号楼")
    assert limited() == 12 and limited(kind="temporary") == 6
    width = Level.COMMUNITY.width
    assert [c.persons for c in queries.cells(Filter(place_id=DISTRICT), width, BASE).values()] == [12]
    ordered(cast, Piece(place(Level.COMPOUND)), name="和苑")
    assert limited() == 12


def test_who_is_in_an_area_without_living_there_is_one_person_too(cast: Any) -> None:
    from tongxin.areas.operations import presence
    from tongxin.areas.operations.presence import Sought, Where

    first, second = ordered(cast, Piece(place(Level.UNIT))), ordered(cast, Piece(place(Level.UNIT, 2)), name="和苑2号楼")
    assert limited() == 12
    presence.add(first.pk, person("P2-101").pk, Where(place(Level.UNIT)), Sought("P2-101"), cast["worker"], BASE, BECAUSE)
    first.refresh_from_db()
    assert (first.persons, second.persons, limited()) == (7, 6, 12)


def test_a_closed_market_limits_nobody_and_does_not_count_twice_who_lives_around_it(cast: Any) -> None:
    market = Facility.objects.create(code="M1", name="农贸市场", kind="market", place_id=place(Level.BUILDING))
    ordered(cast, Piece(market.place_id, facility_id=market.pk), name="农贸市场")
    ordered(cast, Piece(place(Level.UNIT)))
    assert limited() == 6


def test_boards_hear_of_a_barrier_that_is_placed_and_taken_away(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order = ordered(cast, Piece(place(Level.UNIT)))
    heard: list[Any] = []
    monkeypatch.setattr(events, "publish", lambda topic, places, **_: heard.append((topic, list(places))))
    one = upkeep.place_barrier(order.pk, "at the gate", "rope", cast["worker"], BASE, BECAUSE)
    upkeep.remove_barrier(one.pk, cast["worker"], BASE, BECAUSE)
    assert heard == [("areas", [order.place_id])] * 2
