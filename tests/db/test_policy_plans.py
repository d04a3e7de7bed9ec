"""A plan that is withdrawn before it begins leaves nothing behind: what it would have ended, there and below, goes on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.support import COMMUNITY, DISTRICT, NOW, PASSWORD

from tongxin.kit import clocks
from tongxin.kit.audit import Because
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy import operations, queries
from tongxin.policy.models import Period
from tongxin.policy.queries import pack_at

HOUR = dt.timedelta(hours=1)
CITY, PROVINCE = (int(PlaceId(DISTRICT).at(level)) for level in (Level.CITY, Level.PROVINCE))
NINTH, TWENTY, TEN = "cn-2022-06-ninth", "cn-2022-11-twenty", "cn-2022-12-ten"
WHY = "the circular of the day"


@pytest.fixture
def people(cast: dict[str, Any], city: Any) -> dict[str, Any]:
    from tongxin.access import operations as access

    city.at(NOW)
    governor = access.create_user("governor", "governor", "operations", [PROVINCE], PASSWORD, Because("test"))
    return {**cast, "governor": governor}


def name_at(place: int, hours: int) -> str:
    return pack_at(place, NOW + hours * HOUR).name


def test_a_plan_withdrawn_above_gives_the_places_below_their_own_packs_back(people: Any) -> None:
    officer, governor = people["officer"], people["governor"]
    operations.adopt(DISTRICT, TWENTY, NOW, officer, WHY, NOW)
    operations.adopt(COMMUNITY, TEN, NOW, officer, WHY, NOW)
    operations.adopt(CITY, TEN, NOW + 9 * HOUR, governor, WHY, NOW)
    assert [name_at(p, 10) for p in (CITY, DISTRICT, COMMUNITY)] == [TEN, TEN, TEN]
    operations.roll_back(CITY, governor, "not yet", NOW + HOUR)
    assert [name_at(p, 10) for p in (CITY, DISTRICT, COMMUNITY)] == ["base", TWENTY, TEN]
    own = Period.objects.get(place_id=DISTRICT, pack=TWENTY)
    assert own.ends_at is None and queries.planned(DISTRICT, NOW) is None
    clocks.quick(NOW + 10 * HOUR)
    assert name_at(DISTRICT, 10) == TWENTY


def test_a_plan_below_that_had_given_way_holds_again_when_the_one_above_is_withdrawn(people: Any) -> None:
    operations.adopt(DISTRICT, NINTH, NOW + 9 * HOUR, people["officer"], WHY, NOW)
    operations.adopt(CITY, TWENTY, NOW + HOUR * 2, people["governor"], WHY, NOW)
    assert name_at(DISTRICT, 10) == TWENTY
    operations.roll_back(CITY, people["governor"], "not yet", NOW + HOUR)
    assert [name_at(DISTRICT, h) for h in (8, 10)] == ["base", NINTH]


def test_what_another_place_above_forbids_by_then_is_not_given_back_beyond_that(people: Any) -> None:
    governor = people["governor"]
    operations.adopt(DISTRICT, NINTH, NOW, people["officer"], WHY, NOW)
    operations.adopt(PROVINCE, TWENTY, NOW + 4 * HOUR, governor, WHY, NOW)
    operations.adopt(CITY, TWENTY, NOW + 8 * HOUR, governor, WHY, NOW)
    operations.roll_back(PROVINCE, governor, "not yet", NOW + HOUR)
    assert [name_at(DISTRICT, h) for h in (2, 5, 9)] == [NINTH, NINTH, TWENTY]


def test_a_pack_that_has_begun_and_is_rolled_back_leaves_those_below_following_the_place_above(people: Any) -> None:
    """What has been derived anew under it is not undone: only a plan that never held leaves no trace."""
    governor = people["governor"]
    operations.adopt(DISTRICT, NINTH, NOW, people["officer"], WHY, NOW)
    operations.adopt(CITY, TWENTY, NOW + HOUR, governor, WHY, NOW)
    operations.roll_back(CITY, governor, WHY, NOW + 2 * HOUR)
    assert name_at(DISTRICT, 3) == "base"
