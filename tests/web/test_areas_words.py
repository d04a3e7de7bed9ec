"""What pages of areas say: whom a facility limits, how a place is opened, who is here without being registered."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, person, place

from tongxin.areas.operations import issue
from tongxin.areas.operations.issue import Piece
from tongxin.people import register
from tongxin.people.rules import Entry
from tongxin.places.models import Facility
from tongxin.places.place_id import Level
from tongxin.restrictions.models import Restriction
from tongxin.tasks.models import Task

PHONE = "10000000077"


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> None:
    at(BASE)
    town.settle()


def plain(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def ordered(cast: Any, *pieces: Piece, **other: Any) -> Any:
    return issue.issue(draft(*pieces, anchor_at=BASE, **other), cast["officer"], BASE, BECAUSE)


def test_an_order_on_a_market_says_plainly_whom_it_limits(cast: Any, signed_in: Any) -> None:
    market = Facility.objects.create(code="M1", name="农贸市场", kind="market", place_id=place(Level.BUILDING))
    officer, said = signed_in(cast["officer"]), "The register does not say who works there"
    order = ordered(cast, Piece(market.place_id, facility_id=market.pk), name="农贸市场")
    page = plain(officer.get(f"/areas/{order.pk}"))
    assert said in page and "stay home, services" not in page
    home = ordered(cast, Piece(place(Level.UNIT)))
    assert said not in plain(officer.get(f"/areas/{home.pk}"))
    assert said in plain(officer.get(f"/areas/new/order?p={market.place_id}.u{market.pk}"))


def test_a_place_of_the_tree_is_opened_and_not_waiting_for_somebody(cast: Any, signed_in: Any) -> None:
    page = signed_in(cast["officer"], "zh-hans").get("/areas/new").content.decode()
    assert "展开" in page and "待领取" not in page


def test_a_worker_puts_somebody_from_elsewhere_on_the_roll_and_sees_where_to_knock(cast: Any, signed_in: Any) -> None:
    register.record([Entry("V1", "", "欧阳远客", "F", None, PHONE, "500108106003", "远苑", "9", "1", "101", "")])
    order, worker = ordered(cast, Piece(place(Level.BUILDING))), signed_in(cast["worker"])
    told = {"name": "欧阳远客", "phone": PHONE, "place": str(place(Level.UNIT)), "door": "302", "reason": "visits her son"}
    address = f"/areas/{order.pk}/people/unregistered"
    found = plain(worker.post(address, told))
    assert "欧***" in found and "registered in 涂山镇" in found and "远苑" not in found
    assert worker.post(address, {**told, "person": str(person("V1").pk)}).status_code == 302
    page = worker.get(f"/areas/{order.pk}/people?q=302").content.decode()
    assert "欧阳远客" in page and f'/people/{person("V1").pk}"' not in page, "a name, and no record of another community"
    Task.objects.create(
        kind="area.sample", place_id=place(Level.UNIT), subject_kind="person", subject_id=person("V1").pk, person_id=person("V1").pk,
        params={"order": order.pk, "door": "302"}, team="sampling", created_at=BASE, due_at=BASE, rule="base/test", frees=7,
    )  # fmt: skip
    assert "欧阳远客 · 桃花桥社区 和苑 building 1 unit 1 302" in plain(worker.get("/tasks?kind=area.sample"))
    worker.post(f"/areas/{order.pk}/people/{person('V1').pk}/unmark")
    assert not Restriction.objects.filter(subject_id=person("V1").pk, released_at=None).exists()


def test_somebody_whom_the_register_does_not_know_is_noted_with_what_was_told(cast: Any, signed_in: Any) -> None:
    order, worker = ordered(cast, Piece(place(Level.BUILDING))), signed_in(cast["worker"])
    address, told = f"/areas/{order.pk}/people/unregistered", {"place": str(place(Level.UNIT)), "reason": "found at the door"}
    assert "name and the phone" in plain(worker.post(address, {**told, "name": "张三"}))
    assert "The register knows nobody by this" in plain(worker.post(address, {**told, "name": "张三", "phone": PHONE}))
    assert worker.post(address, {**told, "name": "张三", "person": "new"}).status_code == 302
    assert "张三" in plain(worker.get(f"/areas/{order.pk}/people?status=unregistered"))
