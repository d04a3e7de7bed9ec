"""From an empty pill box to the door, and the money."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.needs_town import BECAUSE, COMMUNITY, DISTRICT, HOUR, NOW, raised, settle, take

from tongxin.kit.audit import Because
from tongxin.needs.medicine import operations as medicine
from tongxin.needs.medicine.models import MedicineOrder, Prescription, Purchase, Tour
from tongxin.needs.medicine.rules import Paid
from tongxin.needs.models import Need
from tongxin.needs.operations import deeds
from tongxin.policy.decisions import Refused
from tongxin.tasks import operations as work
from tongxin.tasks.models import Task

PILLS = [{"name": "硝苯地平", "strength": "30 mg", "amount": "两盒"}]
PAID = Paid(Decimal("45.60"), "resident", "R-1")


@pytest.fixture
def town(cast: dict[str, Any]) -> dict[str, Any]:
    settle()
    return cast


def ordered(text: str = "降压药只剩两天", kind: str = "medicine", ref: str = "1") -> MedicineOrder:
    (need,) = take(raised(text, ref, phone="10000000003", kind=kind, details={"what": text}, confirmed_by="user:desk"))
    return need.medicine  # type: ignore[no-any-return,attr-defined]


def steps(order: MedicineOrder) -> set[str]:
    found = Task.objects.filter(subject_kind="medicine", subject_id=order.pk, state__in=("open", "claimed"))
    return set(found.values_list("kind", flat=True))


def done(order: MedicineOrder, kind: str, outcome: str, now: dt.datetime = NOW) -> None:
    task = Task.objects.get(kind=kind, subject_id=order.pk, state="open")
    work.complete(task.pk, outcome, {}, now, Because("user:worker"))
    order.refresh_from_db()


def test_medicine_is_looked_at_its_card_collected_bought_and_brought_to_the_door(town: Any) -> None:
    order = ordered()
    assert (order.state, steps(order)) == ("registered", {"medicine.consult"})
    medicine.consult(order.pk, PILLS, "饭后", True, None, NOW, Because("user:pharmacist"))
    assert steps(order) == {"medicine.card"}
    medicine.card(order.pk, "collected", "楼栋管家", NOW, BECAUSE)
    order.refresh_from_db()
    assert (order.state, steps(order)) == ("ready", {"medicine.buy"})
    medicine.buy(order.pk, PAID, None, town["officer"], NOW + HOUR, Because("user:officer"))
    assert steps(order) == {"medicine.deliver", "medicine.card_back"}
    done(order, "medicine.deliver", "delivered", NOW + 2 * HOUR)
    medicine.card(order.pk, "returned", "本人", NOW + 2 * HOUR, BECAUSE)
    need = Need.objects.get(pk=order.need_id)
    assert (order.state, need.state, steps(order)) == ("delivered", "done", set())
    assert [s.step for s in order.card_steps.order_by("pk")] == ["collected", "returned"]
    assert Task.objects.get(subject_kind="need", subject_id=need.pk, state="open").kind == "need.ask"
    deeds.reopen(None, need.pk, None, "少了一盒", NOW + 3 * HOUR, BECAUSE)
    order.refresh_from_db()
    assert (order.state, steps(order)) == ("registered", {"medicine.consult"})


def test_a_special_drug_is_searched_for_across_communities_and_climbs_straight_to_the_district(town: Any) -> None:
    order = ordered("靶向药没了", "special_drug")
    medicine.consult(order.pk, PILLS, "", False, None, NOW, BECAUSE)
    assert steps(order) == {"medicine.source"}
    work.escalate_due(NOW + 48 * HOUR)
    assert Task.objects.get(kind="medicine.source").escalation == 2
    done(order, "medicine.source", "found")
    assert (order.state, steps(order)) == ("ready", {"medicine.buy"})
    done(order, "medicine.buy", "not_there")
    assert (order.state, steps(order)) == ("searched", {"medicine.source"})


def test_where_a_special_drug_was_found_is_where_it_is_bought_and_the_next_who_asks_reads_it(town: Any) -> None:
    from tongxin.needs.medicine import planning, queries
    from tongxin.places.models import Facility

    shop = Facility.objects.create(code="H9", name="市肿瘤医院", kind="hospital", place_id=COMMUNITY)
    first, second, third = (ordered("靶向药没了", "special_drug", ref) for ref in "123")
    for order in (first, second, third):
        medicine.consult(order.pk, [{"name": "奥希 替尼"}] if order is second else PILLS, "", False, None, NOW, BECAUSE)
    with pytest.raises(Refused, match="write who has it"):
        medicine.found(first.pk, None, "  ", NOW, BECAUSE)
    found = medicine.found(first.pk, shop.pk, "", NOW, BECAUSE)
    assert (found.state, found.sold_at_id, steps(first)) == ("ready", shop.pk, {"medicine.buy"})
    medicine.buy(first.pk, PAID, shop.pk, town["officer"], NOW + HOUR, BECAUSE)
    for order in (second, third):
        order.refresh_from_db()
    assert queries.sold_lately(second, DISTRICT, NOW + 2 * HOUR) == [], "another drug"
    (sold,) = queries.sold_lately(third, DISTRICT, NOW + 2 * HOUR)
    assert (sold.facility, sold.times, sold.last) == (shop, 1, NOW + HOUR)
    assert queries.sold_lately(third, DISTRICT, NOW + 31 * 24 * HOUR) == []
    given = medicine.found(third.pk, None, "福民社区李阿姨让出两支，100-0000-0009", NOW, BECAUSE)
    assert "李阿姨" not in str(bytes(given.found_at or b"")), "who has it is nobody's to read in the database"
    with pytest.raises(Refused, match="No order is ready"):
        planning.plan(DISTRICT, NOW.date(), [town["officer"]], NOW, BECAUSE)


def test_a_special_drug_that_was_found_waits_for_the_card_if_one_is_needed(town: Any) -> None:
    order = ordered("靶向药没了", "special_drug")
    medicine.consult(order.pk, PILLS, "", True, None, NOW, BECAUSE)
    found = medicine.found(order.pk, None, "市肿瘤医院", NOW, BECAUSE)
    assert (found.state, steps(order)) == ("cleared", {"medicine.card"})
    assert medicine.card(order.pk, "collected", "楼栋管家", NOW, BECAUSE).state == "ready" and steps(order) == {"medicine.buy"}


def test_the_order_goes_with_its_need(town: Any) -> None:
    order = ordered()
    deeds.withdraw(None, order.need_id, None, "女儿带来了", NOW, BECAUSE)
    order.refresh_from_db()
    assert (order.state, steps(order)) == ("cancelled", set())


def test_who_needs_a_doctor_gets_one_instead(town: Any) -> None:
    order = ordered()
    done(order, "medicine.consult", "see_doctor")
    need = Need.objects.get(pk=order.need_id)
    assert (order.state, need.kind, need.state) == ("cancelled", "medical", "open")


def test_a_step_out_of_order_is_refused(town: Any) -> None:
    order = ordered()
    with pytest.raises(Refused, match="Nobody has looked"):
        medicine.buy(order.pk, PAID, None, town["officer"], NOW, BECAUSE)
    with pytest.raises(Refused, match="not been collected"):
        medicine.card(order.pk, "returned", "本人", NOW, BECAUSE)
    with pytest.raises(Refused, match="receipt"):
        medicine.buy(order.pk, Paid(Decimal(1), "resident", " "), None, town["officer"], NOW, BECAUSE)


def test_a_purse_is_settled_by_somebody_else_and_a_difference_has_a_reason(town: Any) -> None:
    order, buyer = ordered(), town["officer"]
    medicine.consult(order.pk, PILLS, "", False, None, NOW, BECAUSE)
    medicine.buy(order.pk, PAID, None, buyer, NOW, BECAUSE)
    tour = Tour.objects.get()  # who buys without a tour has a purse for the day all the same
    assert (tour.buyer, tour.day, tour.stops) == (buyer, NOW.date(), [])
    medicine.advance(tour.pk, Decimal(100), NOW, BECAUSE)
    medicine.refund(Purchase.objects.get().pk, Decimal("5.60"), NOW, BECAUSE)
    with pytest.raises(Refused, match="own purse"):
        medicine.settle(tour.pk, Decimal(60), "", NOW, Because(buyer.actor))
    with pytest.raises(Refused, match=r"10\.00 yuan are not accounted"):
        medicine.settle(tour.pk, Decimal(50), "", NOW, BECAUSE)
    assert medicine.settle(tour.pk, Decimal(60), "", NOW, BECAUSE).settled_at == NOW
    with pytest.raises(Refused, match="settled already"):
        medicine.refund(Purchase.objects.get().pk, Decimal(0), NOW, BECAUSE)
    later = ordered("药没了", ref="2")
    medicine.consult(later.pk, PILLS, "", False, None, NOW, BECAUSE)
    with pytest.raises(Refused, match="settled already"):
        medicine.buy(later.pk, PAID, None, buyer, NOW + HOUR, BECAUSE)
    medicine.buy(later.pk, PAID, None, buyer, NOW + 24 * HOUR, BECAUSE)


def test_what_was_not_right_is_ordered_anew_and_the_card_is_fetched_again(town: Any) -> None:
    order = ordered()
    medicine.consult(order.pk, PILLS, "", True, None, NOW, BECAUSE)
    medicine.card(order.pk, "collected", "楼栋管家", NOW, BECAUSE)
    medicine.buy(order.pk, PAID, None, town["officer"], NOW, BECAUSE)
    medicine.card(order.pk, "returned", "本人", NOW, BECAUSE)
    done(order, "medicine.deliver", "delivered", NOW + HOUR)
    deeds.reopen(None, order.need_id, None, "少了一盒", NOW + 2 * HOUR, BECAUSE)
    medicine.consult(order.pk, PILLS, "", True, None, NOW + 3 * HOUR, BECAUSE)
    assert steps(order) == {"medicine.card"}
    done(order, "medicine.card", "collected", NOW + 4 * HOUR)
    assert (order.state, steps(order)) == ("ready", {"medicine.buy"})


@pytest.mark.parametrize(("outcome", "state"), [("delivered", "delivered"), ("not_delivered", "cancelled")])
def test_what_is_bought_when_the_need_is_withdrawn_comes_to_an_end(town: Any, outcome: str, state: str) -> None:
    order = ordered()
    medicine.consult(order.pk, PILLS, "", False, None, NOW, BECAUSE)
    medicine.buy(order.pk, PAID, None, town["officer"], NOW, BECAUSE)
    deeds.withdraw(None, order.need_id, None, "女儿带来了", NOW, BECAUSE)
    done(order, "medicine.deliver", outcome, NOW + HOUR)
    assert (order.state, steps(order), Need.objects.get(pk=order.need_id).state) == (state, set(), "withdrawn")


def test_a_recurring_prescription_comes_back_before_it_runs_out_and_once(town: Any) -> None:
    order = ordered()
    medicine.consult(order.pk, PILLS, "", False, None, NOW, BECAUSE)
    medicine.prescribe(order.pk, 14, NOW, BECAUSE)
    assert medicine.come_back(NOW + 10 * 24 * HOUR) == 0
    day = NOW + 11 * 24 * HOUR  # fourteen days' supply, asked for again three days before
    assert (medicine.come_back(day), medicine.come_back(day)) == (1, 0)
    need = Need.objects.order_by("-pk")[0]
    assert (need.channel, need.kind, need.state, need.medicine.state) == ("ledger", "medicine", "open", "registered")  # type: ignore[attr-defined]
    assert Prescription.objects.get().comes_back_on == (NOW + 25 * 24 * HOUR).date()
