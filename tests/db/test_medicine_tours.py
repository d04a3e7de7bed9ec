"""Orders that are ready become buyers' tours."""

from __future__ import annotations

from typing import Any

import pytest
from tests.needs_town import BECAUSE, DISTRICT, HOUR, NOW, raised, settle, take
from tests.support import OTHER, PASSWORD

from tongxin.access import operations as access
from tongxin.needs.medicine import operations as medicine
from tongxin.needs.medicine import planning
from tongxin.needs.medicine.models import MedicineOrder, Tour
from tongxin.places.models import Facility
from tongxin.places.place_id import PlaceId
from tongxin.policy.decisions import Refused
from tongxin.solve.purchase import Effort
from tongxin.tasks.models import Task

QUICK = Effort(seconds=2, iterations=200)


@pytest.fixture
def town(cast: dict[str, Any]) -> dict[str, Any]:
    settle()
    cast["buyers"] = [
        access.create_user(f"buyer{n}", f"采购{n}", "team_medicine", [DISTRICT], PASSWORD, BECAUSE) for n in (1, 2)
    ]
    for code, kind in (("H1", "hospital"), ("Y1", "pharmacy"), ("Y2", "pharmacy")):
        Facility.objects.create(code=code, name=f"{code}店", kind=kind, place_id=5001081060020000000)
    return cast


def ready(*phones: int, sold_at: int | None = None) -> list[MedicineOrder]:
    found = []
    for n in phones:
        (need,) = take(raised("降压药没了", f"{n}", phone=f"100000000{n:02d}", details={"what": "药"}, confirmed_by="user:desk"))
        order = need.medicine  # type: ignore[attr-defined]
        medicine.consult(order.pk, [{"name": "硝苯地平"}], "", False, sold_at, NOW, BECAUSE)
        found.append(order)
    return found


def test_ready_orders_stand_on_one_buyers_tour_each_and_a_hospitals_order_is_bought_there(town: Any) -> None:
    hospital = Facility.objects.get(code="H1")
    common, special = ready(1, 2, 3), ready(6, sold_at=hospital.pk)
    made = planning.plan(DISTRICT, NOW.date(), town["buyers"], NOW, BECAUSE, QUICK)
    assert (made.orders, made.left) == (4, {})
    orders = MedicineOrder.objects.in_bulk([o.pk for o in (*common, *special)])
    assert {o.state for o in orders.values()} == {"planned"}
    for tour in Tour.objects.all():
        bought = {key for stop in tour.stops if stop["kind"] == "buy" for key in stop["orders"]}
        assert bought == {o.pk for o in orders.values() if o.tour_id == tour.pk}
    stops = [stop for tour in Tour.objects.all() for stop in tour.stops
             if stop["kind"] == "buy" and special[0].pk in stop["orders"]]
    assert stops[0]["place"] == hospital.pk and stops[0]["arrives"] >= 8 * 3600
    owners = set(Task.objects.filter(kind="medicine.buy").values_list("owner", "state"))
    assert owners <= {(buyer.pk, "claimed") for buyer in town["buyers"]}


def test_planning_again_moves_what_is_not_bought_and_leaves_what_is(town: Any) -> None:
    one, two = ready(1, 2)
    buyers = town["buyers"][:1]
    planning.plan(DISTRICT, NOW.date(), buyers, NOW, BECAUSE, QUICK)
    medicine.buy(one.pk, medicine.Paid(1, "relief", "R1"), None, buyers[0], NOW + HOUR, BECAUSE)  # type: ignore[arg-type]
    ready(3)
    made = planning.plan(DISTRICT, NOW.date(), buyers, NOW + HOUR, BECAUSE, QUICK)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (made.orders, one.state, two.state, Tour.objects.count()) == (2, "bought", "planned", 1)


def test_a_sheet_names_what_others_bought_and_keeps_what_is_bought_when_it_is_planned_again(town: Any) -> None:
    from tongxin.needs.medicine import queries

    one, two = ready(1, 2)
    planning.plan(DISTRICT, NOW.date(), town["buyers"], NOW, BECAUSE, QUICK)
    for tour in Tour.objects.all():
        named = {key for stop in tour.stops for key in stop["orders"]}
        assert named <= {o.pk for o in queries.of_sheet(tour)}, "whoever hands out reads what and where"
    one.refresh_from_db()
    buyer = one.tour.buyer  # type: ignore[union-attr]
    medicine.buy(one.pk, medicine.Paid(1, "relief", "R1"), None, buyer, NOW + HOUR, BECAUSE)  # type: ignore[arg-type]
    planning.plan(DISTRICT, NOW.date(), town["buyers"], NOW + HOUR, BECAUSE, QUICK)
    assert any(one.pk in stop["orders"] for tour in Tour.objects.all() for stop in tour.stops if stop["kind"] == "hand")
    late, before = NOW.replace(hour=17, minute=30), list(Tour.objects.order_by("pk").values("pk", "stops"))
    with pytest.raises(Refused, match="stay as they were"):
        planning.plan(DISTRICT, late.date(), town["buyers"], late, BECAUSE, QUICK)
    two.refresh_from_db()
    assert two.state == "planned" and list(Tour.objects.order_by("pk").values("pk", "stops")) == before
    with pytest.raises(Refused, match="a tour elsewhere"):
        planning.plan(OTHER, NOW.date(), town["buyers"], NOW + HOUR, BECAUSE, QUICK)


def test_nothing_to_buy_nobody_to_buy_and_nowhere_to_buy_are_said(town: Any) -> None:
    with pytest.raises(Refused, match="No order is ready"):
        planning.plan(DISTRICT, NOW.date(), town["buyers"], NOW, BECAUSE, QUICK)
    with pytest.raises(Refused, match="at least one buyer"):
        planning.plan(DISTRICT, NOW.date(), [], NOW, BECAUSE, QUICK)
    Facility.objects.all().delete()
    with pytest.raises(Refused, match="No hospital or pharmacy"):
        planning.plan(DISTRICT, NOW.date(), town["buyers"], NOW, BECAUSE, QUICK)


def test_an_order_that_nobody_can_buy_today_says_why(town: Any) -> None:
    ready(1)
    late = NOW.replace(hour=17, minute=30)
    made = planning.plan(DISTRICT, late.date(), town["buyers"], late, BECAUSE, QUICK)
    assert (made.orders, list(made.left.values())) == (0, ["no_time"])


def test_ways_are_as_long_as_the_places_are_apart_in_the_tree(town: Any) -> None:
    from tongxin.policy.queries import pack_at

    codes = ["5001081060020301201", "5001081060020302201", "5001081060030000000", "5001080010000000000", "5001060010000000000"]
    found = planning.travel([int(PlaceId.parse(c)) for c in codes], pack_at(DISTRICT, NOW), [None] * len(codes))
    assert [int(s) // 60 for s in found[0]] == [0, 5, 12, 25, 45]
