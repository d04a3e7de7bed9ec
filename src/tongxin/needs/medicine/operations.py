"""Writes to the medicine chain. Each step is a task; its outcome moves the order on, in the same transaction.

The need's own task stays open beside the steps: it holds the time limit and climbs, whichever step is late.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError

from tongxin.access.models import User
from tongxin.kit import audit, clock, crypto, db, events
from tongxin.kit.audit import Because
from tongxin.needs import queries, rules
from tongxin.needs import states as need_states
from tongxin.needs.medicine import rules as money
from tongxin.needs.medicine import states, tasks
from tongxin.needs.medicine.models import CardStep, MedicineOrder, Prescription, Purchase, Tour
from tongxin.needs.medicine.rules import Paid
from tongxin.needs.models import Need
from tongxin.needs.operations import deeds, following, intake
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import packs_in_force
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask, on_outcome

TOPIC = "needs"
CHAIN = ("medicine", "special_drug")
NOT_THERE = N_("There is no such order, or not where you are responsible.")
SETTLED = N_("This buyer's day is settled already; note the refund on today's purse.")


def encrypted(items: Sequence[Mapping[str, str]]) -> bytes | None:
    return crypto.encrypt(json.dumps([dict(item) for item in items], ensure_ascii=False)) if items else None


def note_of(order: MedicineOrder) -> str:
    """What the pharmacist or doctor said."""
    return crypto.decrypt(order.note)


def begin(need: Need, now: dt.datetime, because: Because) -> None:
    """A need for medicine went to its team: an order is registered and somebody looks at it. One that was for another kind
    meanwhile is cancelled; one that was brought and is not right begins anew."""
    if need.kind not in CHAIN:
        leave(need, now, because)
        return
    what = queries.details_of(need).get("what") or queries.text_of(need)
    order, made = MedicineOrder.objects.get_or_create(
        need=need,
        defaults={
            "place_id": need.place_id, "person_id": need.person_id, "items": encrypted([{"name": what}]),
            "special": need.kind == "special_drug", "due_at": need.due_at, "urgent": need.urgency < rules.ROUTINE,
            "registered_at": now,
        },
    )  # fmt: skip
    if not made:
        order.place_id, order.person_id, order.due_at = need.place_id, need.person_id, need.due_at
        order.urgent, order.special = need.urgency < rules.ROUTINE, need.kind == "special_drug"
        if order.state in (states.DELIVERED, states.CANCELLED):
            order.state, order.tour, order.delivered_at, order.bought_at = states.REGISTERED, None, None, None
            order.sold_at, order.found_at = None, None
        order.save()
    if order.state == states.REGISTERED:
        _open(order, tasks.CONSULT, now, because)


def leave(need: Need, now: dt.datetime, because: Because) -> None:
    """Nobody needs the medicine any more."""
    order = MedicineOrder.objects.select_for_update(of=("self",)).filter(need=need).first()
    if order and states.can(order.state, states.CANCEL):
        order.state, order.tour = states.CANCELLED, None
        _close(order, now, because)
        order.save()


def _locked(order_id: int) -> MedicineOrder:
    return MedicineOrder.objects.select_for_update(of=("self",)).get(pk=order_id)


def _seen(order_id: int) -> None:
    """The acting user must see the order; then the rest is done as the jobs role."""
    if not MedicineOrder.objects.using(db.alias()).filter(pk=order_id).exists():
        raise Refused(NOT_THERE)


def _open(order: MedicineOrder, kind: str, now: dt.datetime, because: Because) -> None:
    """Open a step; none is due later than the need itself, unless that time is past."""
    due = order.due_at if kind in (tasks.BUY, tasks.DELIVER) and order.due_at > now else None
    work.open_tasks([NewTask(kind, order.place_id, order.pk, order.person_id, due_at=due)], now, because)


def _close(order: MedicineOrder, now: dt.datetime, because: Because, kinds: Sequence[str] = tasks.STEPS) -> None:
    work.cancel_for(kinds, "medicine", [order.pk], "", now, because)


def consult(
    order_id: int, items: Sequence[Mapping[str, str]], note: str, card_needed: bool, sold_at: int | None, now: dt.datetime,
    because: Because,
) -> MedicineOrder:  # fmt: skip
    """A pharmacist or doctor says what is bought, where it must be bought (null: anywhere) and whether the card is needed.
    Raises Refused."""
    if not [item for item in items if item.get("name", "").strip()]:
        raise Refused(N_("Write what is to be bought: name, strength, amount."))
    _seen(order_id)
    with db.acting_as_jobs(), db.transaction_block():
        order = _locked(order_id)
        order.state = states.check_can(order.state, states.CONSULT)
        order.items, order.note = encrypted(items), crypto.encrypt(note.strip())
        order.card_needed, order.sold_at_id, order.consulted_at, order.consulted_by = card_needed, sold_at, now, because.actor
        work.complete_for([tasks.CONSULT], "medicine", [order.pk], "cleared", now, because)
        if order.special and sold_at is None:
            return search(order, now, because)
        if _lacks_card(order):
            _open(order, tasks.CARD, now, because)
        else:
            _ready(order, now, because)
        return _written(order, "medicine.consulted", because)


def _lacks_card(order: MedicineOrder) -> bool:
    return order.card_needed and order.card in ("", "returned")


def _ready(order: MedicineOrder, now: dt.datetime, because: Because) -> None:
    order.state = states.check_can(order.state, states.CARD if order.state == states.CLEARED else states.FIND)
    _open(order, tasks.BUY, now, because)


def search(order: MedicineOrder, now: dt.datetime, because: Because) -> MedicineOrder:
    """Nobody near has it: the other communities of the district are asked."""
    order.state = states.check_can(order.state, states.SEARCH)
    order.tour = None
    _close(order, now, because)
    _open(order, tasks.SOURCE, now, because)
    return _written(order, "medicine.searched", because)


def found(order_id: int, facility_id: int | None, where: str, now: dt.datetime, because: Because) -> MedicineOrder:
    """A special drug was found: at a facility, or with somebody whom ``where`` names. It can be bought from then on. Raises
    Refused."""
    if facility_id is None and not where.strip():
        raise Refused(N_("Choose where it is sold, or write who has it."))
    _seen(order_id)
    with db.acting_as_jobs(), db.transaction_block():
        order = _locked(order_id)
        work.complete_for([tasks.SOURCE], "medicine", [order.pk], "found", now, because)
        return _found(order, facility_id, where, now, because)


def _found(order: MedicineOrder, facility_id: int | None, where: str, now: dt.datetime, because: Because) -> MedicineOrder:
    order.sold_at_id, order.found_at = facility_id, crypto.encrypt(where.strip())
    if _lacks_card(order):
        order.state = states.check_can(order.state, states.FIND_FIRST)
        _open(order, tasks.CARD, now, because)
    else:
        _ready(order, now, because)
    return _written(order, "medicine.found", because)


def card(order_id: int, step: str, holder: str, now: dt.datetime, because: Because) -> MedicineOrder:
    """One hand-over of the insurance card: ``step`` collected, passed_on or returned; ``holder`` has it now. Raises Refused."""
    if not holder.strip():
        raise Refused(N_("Write who has the card now."))
    _seen(order_id)
    with db.acting_as_jobs(), db.transaction_block():
        order = _locked(order_id)
        states.check_card(order.card, step)
        CardStep.objects.create(order=order, place_id=order.place_id, at=now, step=step, actor=because.actor, holder=holder.strip())
        order.card = step
        if step == "collected" and order.state == states.CLEARED:
            _ready(order, now, because)
        done = {"collected": (tasks.CARD, "collected"), "returned": (tasks.CARD_BACK, "returned")}.get(step)
        if done:
            work.complete_for([done[0]], "medicine", [order.pk], done[1], now, because)
        return _written(order, f"medicine.card_{step}", because)


def buy(
    order_id: int, paid: Paid, facility_id: int | None, buyer: User, now: dt.datetime, because: Because
) -> MedicineOrder:
    """It is bought: price, payer and receipt are kept, and it goes to the door. Raises Refused."""
    money.check_purchase(paid)
    _seen(order_id)
    with db.acting_as_jobs(), db.transaction_block():
        order = _locked(order_id)
        order.state = states.check_can(order.state, states.BUY)
        order.bought_at = now
        _spent(order, paid, facility_id, buyer, now, because)
        work.complete_for([tasks.BUY], "medicine", [order.pk], "bought", now, because)
        _open(order, tasks.DELIVER, now, because)
        if order.card in ("collected", "passed_on"):
            _open(order, tasks.CARD_BACK, now, because)
        return _written(order, "medicine.bought", because)


def _spent(
    order: MedicineOrder, paid: Paid, facility_id: int | None, buyer: User, now: dt.datetime, because: Because
) -> None:
    """The money of a purchase belongs to the buyer's day; who buys without a tour has a purse for the day all the same."""
    day, place = now.astimezone(clock.city_zone()).date(), PlaceId(order.place_id)
    at = int(place.at(Level.COMMUNITY)) if place.level > Level.COMMUNITY else order.place_id
    purse, _made = Tour.objects.get_or_create(
        buyer=buyer, day=day, defaults={"place_id": at, "planned_at": now, "planned_by": because.actor}
    )
    if purse.settled_at:
        raise Refused(SETTLED)
    try:
        with db.transaction_block():
            Purchase.objects.create(
                order=order, place_id=order.place_id, buyer=buyer, day=day,
                facility_id=facility_id, price=paid.price, payer=paid.payer, receipt=paid.receipt.strip(), refund=paid.refund,
                bought_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise Refused(N_("This receipt is on file for this order already.")) from None


def refund(purchase_id: int, amount: Any, now: dt.datetime, because: Because) -> Purchase:
    """Money was given back for a purchase. Raises Refused."""
    if not Purchase.objects.using(db.alias()).filter(pk=purchase_id).exists():
        raise Refused(NOT_THERE)
    with db.acting_as_jobs(), db.transaction_block():
        purchase = Purchase.objects.select_for_update(of=("self",)).get(pk=purchase_id)
        money.check_refund(Paid(purchase.price, purchase.payer, purchase.receipt, amount))
        _check_unsettled(purchase)
        purchase.refund = amount
        purchase.save(update_fields=["refund"])
        audit.record(because, "medicine.refunded", "medicine", purchase.order_id, purchase.place_id)
    return purchase


def _check_unsettled(purchase: Purchase) -> None:
    if Tour.objects.filter(buyer=purchase.buyer_id, day=purchase.day).exclude(settled_at=None).exists():
        raise Refused(SETTLED)


def advance(tour_id: int, amount: Any, now: dt.datetime, because: Because) -> Tour:
    """Note what a buyer was given for the day. Raises Refused."""
    if not Tour.objects.using(db.alias()).filter(pk=tour_id).exists():
        raise Refused(NOT_THERE)
    with db.acting_as_jobs(), db.transaction_block():
        tour = Tour.objects.select_for_update(of=("self",)).select_related("buyer").get(pk=tour_id)
        if tour.settled_at:
            raise Refused(SETTLED)
        if tour.buyer.actor == because.actor:
            raise Refused(N_("Nobody fills their own purse; ask somebody else."))
        tour.advanced = amount
        tour.save(update_fields=["advanced"])
        audit.record(because, "medicine.advanced", "tour", tour.pk, tour.place_id)
    return tour


def settle(tour_id: int, returned: Any, reason: str, now: dt.datetime, because: Because) -> Tour:
    """Reconcile a buyer's day: what was advanced, spent and handed in. Raises Refused."""
    if not Tour.objects.using(db.alias()).filter(pk=tour_id).exists():
        raise Refused(NOT_THERE)
    with db.acting_as_jobs(), db.transaction_block():
        tour = Tour.objects.select_for_update(of=("self",)).select_related("buyer").get(pk=tour_id)
        if tour.settled_at:
            raise Refused(SETTLED)
        rows = Purchase.objects.filter(buyer=tour.buyer_id, day=tour.day)
        found = money.balance(tour.advanced, returned, [Paid(r.price, r.payer, r.receipt, r.refund) for r in rows])
        money.check_can_settle(found, reason, tour.buyer.actor, because.actor)
        tour.returned, tour.settled_at, tour.settled_by, tour.settled_reason = returned, now, because.actor, reason.strip()
        tour.save()
        audit.record(because, "medicine.settled", "tour", tour.pk, tour.place_id)
        events.publish(TOPIC, [tour.place_id])
    return tour


def prescribe(order_id: int, every_days: int, now: dt.datetime, because: Because) -> Prescription:
    """What was ordered is taken for good: it is asked for again before it runs out. Raises Refused."""
    money.check_recurring(every_days)
    _seen(order_id)
    with db.acting_as_jobs(), db.transaction_block():
        order = _locked(order_id)
        if order.person_id is None or order.items is None:
            raise Refused(N_("Say first whose medicine it is."))
        today = now.astimezone(clock.city_zone()).date()
        before = packs_in_force(now).at(order.place_id).days("medicine.asked_again_before")
        Prescription.objects.filter(person_id=order.person_id, items=order.items, ended_at=None).update(ended_at=now)
        made = Prescription.objects.create(
            person_id=order.person_id, place_id=order.place_id, items=order.items, every_days=every_days, supplied_on=today,
            comes_back_on=money.comes_back(today, every_days, before),
        )  # fmt: skip
        audit.record(because, "medicine.prescribed", "person", order.person_id, order.place_id)
    return made


def come_back(now: dt.datetime) -> int:
    """Raise the needs of prescriptions that run out soon (the clock's work). Run twice it changes nothing. How many."""
    today = now.astimezone(clock.city_zone()).date()
    because = Because("clock", rule="medicine.asked_again_before")
    with db.acting_as_jobs(), db.transaction_block():
        due = list(Prescription.objects.select_for_update(skip_locked=True).filter(ended_at=None, comes_back_on__lte=today)[:500])
        packs = packs_in_force(now)
        raised = []
        for one in due:
            what = "、".join(item["name"] for item in json.loads(crypto.decrypt(one.items)))
            raised.append(intake.Raised(
                "ledger", f"rx{one.pk}-{one.comes_back_on}", what, now, one.place_id, person_id=one.person_id, kind="medicine",
                details={"what": what}, confirmed_by="clock",
            ))  # fmt: skip
            one.supplied_on += dt.timedelta(days=one.every_days)
            before = packs.at(one.place_id).days("medicine.asked_again_before")
            one.comes_back_on = max(money.comes_back(one.supplied_on, one.every_days, before), today + dt.timedelta(days=1))
        Prescription.objects.bulk_update(due, ["supplied_on", "comes_back_on"])
        return len(intake.record(raised, now, because).made)


def _written(order: MedicineOrder, action: str, because: Because) -> MedicineOrder:
    order.save()
    audit.record(because, action, "medicine", order.pk, order.place_id)
    events.publish(TOPIC, [order.place_id])
    return order


def connect() -> None:
    """What the outcomes of the steps do to an order."""
    following.on_begun(begin)
    following.on_left(leave)
    on_outcome(tasks.CONSULT)(_consulted)
    on_outcome(tasks.CARD)(_card_task)
    on_outcome(tasks.CARD_BACK)(_card_task)
    on_outcome(tasks.BUY)(_bought)
    on_outcome(tasks.DELIVER)(_delivered)
    on_outcome(tasks.SOURCE)(_sourced)


def _consulted(task: Any, now: dt.datetime, because: Because) -> None:
    """Cleared on the worklist, without the page: what was asked for is bought as it stands, wherever it is sold."""
    with db.acting_as_jobs():
        order = _locked(task.subject_id)
        if task.outcome == "see_doctor":
            need = Need.objects.get(pk=order.need_id)
            told = deeds.Confirmed(
                "medical", need.urgency, need.place_id, need.home_id, need.person_id,
                details={"complaint": str(task.evidence.get("note", "")) or queries.text_of(need)},
            )  # fmt: skip
            deeds.confirm(None, need.pk, None, told, now, because)
        elif order.state == states.REGISTERED:
            items = json.loads(crypto.decrypt(order.items) or "[]")
            consult(order.pk, items, str(task.evidence.get("note", "")), order.card_needed, order.sold_at_id, now, because)


def _card_task(task: Any, now: dt.datetime, because: Because) -> None:
    with db.acting_as_jobs():
        order = _locked(task.subject_id)
        step = {"collected": "collected", "returned": "returned"}.get(task.outcome)
        if step and step in states.CARD_STEPS.get(order.card, ()):
            card(order.pk, step, because.actor.removeprefix("user:") if step == "collected" else "—", now, because)
        elif task.outcome == "not_needed" and order.state == states.CLEARED:
            order.card_needed = False
            _ready(order, now, because)
            _written(order, "medicine.no_card", because)


def _bought(task: Any, now: dt.datetime, because: Because) -> None:
    """Bought on the worklist: the price and the receipt are still owed, so the page is the way; not to be had: search."""
    with db.acting_as_jobs():
        order = _locked(task.subject_id)
        if task.outcome == "not_there" and states.can(order.state, states.SEARCH):
            search(order, now, because)
        elif task.outcome == "bought" and states.can(order.state, states.BUY):
            raise Refused(N_("Open the order and write the price, who pays and the receipt's number."))


def _delivered(task: Any, now: dt.datetime, because: Because) -> None:
    """At the door: the need is done, and the resident is asked."""
    with db.acting_as_jobs():
        order = _locked(task.subject_id)
        need = Need.objects.select_for_update(of=("self",)).get(pk=order.need_id)
        waits = need_states.can(need.state, need_states.FINISH)
        there = task.outcome == "delivered"
        if waits and not there:
            return _open(order, tasks.DELIVER, now, because)
        order.state = states.check_can(order.state, states.DELIVER if there else states.GIVE_BACK)
        order.delivered_at = now if there else None
        _written(order, "medicine.delivered" if there else "medicine.given_back", because)
        if waits:
            need.version += 1
            deeds.finished(need, str(task.evidence.get("note", "")), now, because)
    return None


def _sourced(task: Any, now: dt.datetime, because: Because) -> None:
    """Found: it is bought there; not found: the district decides how else."""
    with db.acting_as_jobs():
        order = _locked(task.subject_id)
        if task.outcome == "found" and order.state == states.SEARCHED:
            _found(order, order.sold_at_id, str(task.evidence.get("note", "")), now, because)
        elif task.outcome == "not_found":
            deeds.stuck(order.need_id, now, because)
