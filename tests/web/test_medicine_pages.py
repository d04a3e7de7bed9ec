"""The medicine board, an order, the tours and the purse, as people see them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.needs_town import BECAUSE, COMMUNITY, DISTRICT, NOW, raised, settle, take
from tests.support import OTHER, PASSWORD, City

from tongxin.access import operations as access
from tongxin.kit.models import AuditEntry
from tongxin.needs.medicine import operations as medicine
from tongxin.needs.medicine.models import MedicineOrder, Purchase, Tour

PILLS = "硝苯地平, 30 mg, 两盒"


@pytest.fixture
def people(city: City, cast: dict[str, Any], signed_in: Callable[..., Any]) -> Callable[[str], Any]:
    """A browser signed in as one of the cast, or of the medicine team, at eight in the morning."""
    city.at(NOW)
    settle()
    for name, place in (("team", DISTRICT), ("next", OTHER)):
        cast[name] = access.create_user(name, name, "team_medicine", [place], PASSWORD, BECAUSE)
    return lambda name: signed_in(cast[name])


@pytest.fixture
def order(people: Any) -> MedicineOrder:
    (need,) = take(raised("降压药没了", phone="10000000003", details={"what": "降压药"}, confirmed_by="user:desk"))
    found: MedicineOrder = need.medicine  # type: ignore[attr-defined]
    return found


def said(response: Any) -> str:
    return response.content.decode()


def test_an_order_goes_its_way_page_by_page(people: Any, order: MedicineOrder) -> None:
    team, at = people("team"), f"/needs/medicine/{order.pk}"
    assert f"#{order.need_id}" in said(team.get("/needs/medicine")) and "降压药" in said(team.get(at))
    team.post(f"{at}/consult", {"items": PILLS, "note": "饭后", "card": "on"})
    team.post(f"{at}/card", {"step": "collected", "holder": "楼栋管家"})
    team.post(f"{at}/buy", {"price": "45.60", "payer": "resident", "receipt": "R-1"})
    order.refresh_from_db()
    page = said(team.get(at))
    assert order.state == "bought" and "30 mg" in page and "楼栋管家" in page and "45.60" in page and "R-1" in page
    team.post(f"{at}/recur", {"days": "14"})
    assert team.post(f"/needs/medicine/purchases/{Purchase.objects.get().pk}/refund", {"amount": "5.60"}).status_code == 302
    assert Purchase.objects.get().refund == Decimal("5.60")
    assert f"#{order.need_id}" in said(team.get("/needs/medicine?state=bought"))


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(people: Any, order: MedicineOrder) -> None:
    team, at = people("team"), f"/needs/medicine/{order.pk}"
    early = team.post(f"{at}/buy", {"price": "45.60", "payer": "resident", "receipt": "R-7"})
    assert early.status_code == 422 and "R-7" in said(early)
    nothing = team.post(f"{at}/consult", {"items": "  ", "note": "写了很多"})
    assert nothing.status_code == 422 and "写了很多" in said(nothing)
    medicine.consult(order.pk, [{"name": "药"}], "", False, None, NOW, BECAUSE)
    for wrong in ({"price": "-1"}, {"price": "1e9999"}, {"price": "x"}, {"payer": "somebody"}, {"receipt": ""}):
        assert team.post(f"{at}/buy", {"price": "1", "payer": "relief", "receipt": "R", **wrong}).status_code == 422, wrong
    order.refresh_from_db()
    assert order.state == "ready" and not Purchase.objects.exists()


def test_a_look_at_an_order_is_a_look_at_its_person(people: Any, order: MedicineOrder) -> None:
    people("team").get(f"/needs/medicine/{order.pk}")
    looks = AuditEntry.objects.filter(actor="user:team", action__startswith="view.").values_list("action", "subject_kind")
    assert set(looks) >= {("view.medicine", "medicine"), ("view.need", "person")}


@pytest.mark.parametrize("name", ["next", "outsider", "hospital"])
def test_nobody_elsewhere_or_without_the_right_sees_that_there_is_an_order(people: Any, order: MedicineOrder, name: str) -> None:
    other = people(name)
    board = other.get("/needs/medicine")
    assert board.status_code == 403 or f"#{order.need_id}" not in said(board)
    assert other.get(f"/needs/medicine/{order.pk}").status_code in (403, 404)
    for deed, typed in (("consult", {"items": PILLS}), ("card", {"step": "collected", "holder": "x"})):
        assert other.post(f"/needs/medicine/{order.pk}/{deed}", typed).status_code in (403, 404)
    order.refresh_from_db()
    assert order.state == "registered"


def test_a_purse_is_filled_and_settled_by_somebody_else(people: Any, order: MedicineOrder) -> None:
    from tongxin.access.models import User

    buyer = User.objects.get(username="team")
    tour = Tour.objects.create(place_id=COMMUNITY, day=NOW.date(), buyer=buyer, planned_at=NOW, planned_by="user:desk")
    own, other, at = people("team"), people("officer"), f"/needs/tours/{tour.pk}"
    assert own.post(f"{at}/purse", {"advanced": "100"}).status_code == 422
    assert other.post(f"{at}/purse", {"advanced": "100"}).status_code == 302
    assert other.post(f"{at}/settle", {"returned": "90"}).status_code == 422  # ten yuan are missing without a reason
    assert other.post(f"{at}/settle", {"returned": "90", "reason": "公交费"}).status_code == 302
    assert "公交费" in said(own.get(at))
    assert people("next").get(at).status_code == 404


def test_a_tour_without_buyers_shops_or_orders_is_refused_with_the_reason(people: Any) -> None:
    from tongxin.access.models import User

    team = people("team")
    assert team.get("/needs/tours?day=moon").status_code == 200
    key = User.objects.get(username="team").pk
    for typed in ({}, {"day": "2022-11-26"}, {"day": "2022-11-26", "buyers": key}, {"day": "2021-01-01", "buyers": key}):
        assert team.post("/needs/tours", typed).status_code == 422, typed
    assert not Tour.objects.exists()


def test_from_the_need_and_from_the_task_one_comes_to_the_order(people: Any, order: MedicineOrder) -> None:
    from tongxin.tasks.models import Task

    team, at = people("team"), f"/needs/medicine/{order.pk}"
    assert f'href="{at}"' in said(team.get(f"/needs/{order.need_id}"))
    assert f'href="{at}"' in said(team.get(f"/tasks/{Task.objects.get(kind='medicine.consult').pk}"))
    assert 'href="/needs/medicine' in said(team.get("/needs"))


def test_where_a_special_drug_was_found_is_written_on_its_page(people: Any, order: MedicineOrder) -> None:
    from tongxin.kit import db

    team, at = people("team"), f"/needs/medicine/{order.pk}"
    with db.acting_as_jobs():
        medicine.search(MedicineOrder.objects.get(pk=order.pk), NOW, BECAUSE)
    assert "Where it was found" in said(team.get(at)) and "Nobody of the district bought it lately" in said(team.get(at))
    empty = team.post(f"{at}/found", {"facility": "", "where": " "})
    assert empty.status_code == 422 and "write who has it" in said(empty)
    assert people("worker").post(f"{at}/found", {"facility": "", "where": "市肿瘤医院门诊药房"}).status_code == 302
    order.refresh_from_db()
    assert order.state == "ready" and "市肿瘤医院门诊药房" in said(team.get(at))
    assert people("next").post(f"{at}/found", {"where": "x"}).status_code == 404
