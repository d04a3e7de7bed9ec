"""Another pack: tried on the areas in force before it is adopted, and then only ever shortening."""

import datetime as dt
from typing import Any

import pytest
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, place, sample
from tests.support import COMMUNITY, DISTRICT

from tongxin.areas.models import Event, Order
from tongxin.areas.operations import issue, turn
from tongxin.areas.operations.issue import Piece
from tongxin.kit import clocks
from tongxin.places.place_id import Level
from tongxin.policy import compare, operations
from tongxin.restrictions.models import Restriction

HOUR = dt.timedelta(hours=1)
TWENTY, TEN, NINTH = "cn-2022-11-twenty", "cn-2022-12-ten", "cn-2022-06-ninth"


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> Any:
    at(BASE)
    town.settle()
    return cast["officer"]


def adopt(pack: str, user: Any, now: dt.datetime, where: int = DISTRICT) -> None:
    operations.adopt(where, pack, now, user, "as the centre says", at(now))
    clocks.quick(now)


def ordered(officer: Any, now: dt.datetime = BASE, number: int = 1, **other: Any) -> Order:
    return issue.issue(draft(Piece(place(Level.BUILDING, number)), at=now, **other), officer, at(now), BECAUSE)


def test_under_the_ninth_edition_seven_days_under_the_twenty_five(here: Any) -> None:
    adopt(NINTH, here, BASE)
    order = ordered(here, anchor_at=BASE)
    assert order.ends_at == on(28) and order.basis == f"{NINTH}/area.high_clear_days"
    adopt(TWENTY, here, on(22))
    order.refresh_from_db()
    assert order.ends_at == on(26) and order.last_day == on(25).date()
    assert {r.ends_at for r in Restriction.objects.filter(cause_id=order.pk)} == {on(26)}
    assert Event.objects.filter(order=order, event="rederived").count() == 1


def test_adoption_never_moves_an_end_later_by_itself(here: Any) -> None:
    adopt(TWENTY, here, BASE)
    order = ordered(here, anchor_at=BASE)
    adopt(NINTH, here, on(21))
    order.refresh_from_db()
    assert order.ends_at == on(26)


def test_what_a_new_pack_forbids_is_over_when_it_begins(here: Any) -> None:
    adopt(TWENTY, here, BASE)
    order = ordered(here, kind="temporary")
    adopt(TEN, here, BASE + 2 * HOUR)
    clocks.quick(at(BASE + 2 * HOUR + dt.timedelta(minutes=1)))
    order.refresh_from_db()
    assert order.state == "lapsed" and order.ended_at == BASE + 2 * HOUR
    assert not Restriction.objects.filter(cause_id=order.pk, released_at=None).exists()


def test_a_pack_without_the_last_test_needs_only_the_days(here: Any) -> None:
    adopt(TWENTY, here, BASE)
    order = ordered(here, anchor_at=BASE)
    adopt(TEN, here, on(21))
    turn.run(at(on(26)))
    order.refresh_from_db()
    assert order.due_at == on(26) and order.state == "lapsed"


def test_trying_a_pack_counts_and_writes_nothing(here: Any) -> None:
    adopt(NINTH, here, BASE)
    ordered(here, anchor_at=BASE), ordered(here, number=2, anchor_at=BASE)
    sample(21, "P1-101")
    before = list(Order.objects.values_list("ends_at", "due_at", "basis"))
    found = compare.compare(COMMUNITY, NINTH, TWENTY, at(on(22)))
    counted = {e.key: e.count for e in found.effects}
    assert counted["area.earlier"] == 2 and counted["area.earlier.people"] == 12
    assert list(Order.objects.values_list("ends_at", "due_at", "basis")) == before


def test_a_kind_that_a_new_pack_does_not_know_is_over_and_the_others_follow(here: Any) -> None:
    adopt(NINTH, here, BASE)
    medium, high = ordered(here, kind="medium", anchor_at=BASE), ordered(here, number=2, anchor_at=BASE)
    adopt(TWENTY, here, on(22))
    clocks.quick(at(on(22, 0.1)))
    medium.refresh_from_db(), high.refresh_from_db()
    assert medium.state == "lapsed" and high.ends_at == on(26)


def test_a_stricter_pack_takes_no_lift_back(here: Any) -> None:
    adopt(TWENTY, here, BASE)
    order = ordered(here, anchor_at=BASE)
    for number in ("P1-101", "P1-102", "P1-201", "P1-202", "P1-301", "P1-302"):
        sample(25, number, reported=12)
    turn.run(at(on(25, 13)))
    adopt(NINTH, here, on(25, 14))
    order.refresh_from_db()
    assert order.conditions_met_at == on(25, 12) and order.due_at == on(25)
