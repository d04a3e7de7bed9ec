"""The medicine board, one order, and what is done with it. What is bought tells of health: only for who acts on needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.kit import audit, clock, crypto
from tongxin.kit.audit import Because
from tongxin.needs.medicine import operations, queries, states, words
from tongxin.needs.medicine.forms import BuyForm, CardForm, ConsultForm, FoundForm, RecurForm, RefundForm, line_of
from tongxin.needs.medicine.models import MedicineOrder, Purchase
from tongxin.needs.medicine.queries import Filter
from tongxin.people.models import Person
from tongxin.places.place_id import Level, PlaceId
from tongxin.screening.views.scope import int64
from tongxin.web import subjects
from tongxin.web.addresses import addresses
from tongxin.web.deeds import done
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.labels import moment, of
from tongxin.web.paging import paged
from tongxin.web.place import here

AT_ONCE = 500


@require_safe
@requires("need.act")
def board(request: HttpRequest) -> HttpResponse:
    """``state``, ``overdue`` and ``place`` in the address. Who and what is behind an order is on its page."""
    now, place = clock.now(), here(request)
    if not place.id:
        return render(request, "medicine/board.html", {"rows": None, "now": now, "chips": []})
    state = request.GET.get("state", "open")
    wanted = Filter(int(place.id), state if state in states.STATES else "open", request.GET.get("overdue") == "1")
    if wants_csv(request):
        return _export(request, wanted, now)
    page = paged(request, (dt.datetime, int64), lambda after, limit: queries.orders(wanted, now, after, limit), _key)
    page.rows = _rows(page.rows, request.user)
    counted = queries.counts(int(place.id))
    context = {
        "rows": page, "wanted": wanted, "now": now, "total": sum(counted.values()),
        "chips": [{"key": key, "label": words.STATES[key], "count": counted.get(key, 0)} for key in states.OPEN],
    }  # fmt: skip
    return render(request, "medicine/board.html", context)


def _key(row: MedicineOrder) -> tuple[dt.datetime, int]:
    return row.due_at, row.pk


def _rows(orders: Sequence[MedicineOrder], user: Any) -> list[dict[str, Any]]:
    where = addresses([o.place_id for o in orders], user)
    return [
        {
            "row": o, "where": where.get(o.place_id, ""), "state": of(words.STATES, o.state),
            "tone": words.TONES.get(o.state, "todo"), "card": of(words.CARD, o.card) if o.card else "",
        }
        for o in orders
    ]  # fmt: skip


def _export(request: HttpRequest, wanted: Filter, now: dt.datetime) -> HttpResponse:
    header = [_("Order"), _("Place"), _("State"), _("Insurance card"), _("Special drug"), _("Due")]

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.orders(wanted, now, after, AT_ONCE)
        lines = [
            [r["row"].pk, r["where"], r["state"], r["card"], _("yes") if r["row"].special else "", moment(r["row"].due_at)]
            for r in _rows(found, request.user)
        ]
        return lines, _key(found[-1]) if len(found) == AT_ONCE else None

    return csv_response(request, "medicine", header, batch)


def find(order_id: int) -> MedicineOrder:
    """An order in the viewer's scope. Raises Http404."""
    one = queries.one(order_id)
    if one is None:
        raise Http404
    return one


def links(ids: Collection[int], user: Any) -> dict[int, subjects.Link]:
    """Orders by the number of their need, for tasks."""
    may = user.may("need.act")
    rows = MedicineOrder.objects.filter(pk__in=ids).values_list("pk", "need_id", "place_id")
    return {
        key: subjects.Link(
            _("Medicine #%(number)s") % {"number": need}, reverse("needs:medicine_order", args=[key]) if may else "", place
        )
        for key, need, place in rows
    }  # fmt: skip


@require_safe
@requires("need.act")
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order; the look is one at the person's record."""
    one, because = find(order_id), Because(request.user.actor)
    audit.record(because, "view.medicine", "medicine", one.pk, one.place_id)
    if one.person_id and Person.objects.filter(pk=one.person_id).exists():
        audit.record(because, "view.need", "person", one.person_id, one.place_id)
    return show(request, one)


def show(request: HttpRequest, one: MedicineOrder, **tried: forms.Form) -> HttpResponse:
    """The page; ``tried`` are forms that were sent and refused, with what was typed."""
    user = request.user
    context = {
        "one": one, "now": clock.now(), "items": queries.items_of(one), "state": of(words.STATES, one.state),
        "tone": words.TONES.get(one.state, "todo"), "where": addresses([one.place_id], user).get(one.place_id, ""),
        "person": subjects.links([("person", one.person_id)], user).get(("person", one.person_id)) if one.person_id else None,
        "steps": [{"row": s, "step": of(words.CARD, s.step)} for s in queries.card_steps(one.pk)],
        "purchases": [
            {"row": p, "payer": of(words.PAYERS, p.payer), "form": RefundForm(auto_id=f"refund_{p.pk}_%s")}
            for p in queries.purchases(one.pk)
        ],
        "note": operations.note_of(one), "found_at": crypto.decrypt(one.found_at),
        "sold": queries.sold_lately(one, _district(one), clock.now()) if one.state == states.SEARCHED else [],
        **_forms(one, user, tried),
    }  # fmt: skip
    return render(request, "medicine/order.html", context, status=422 if tried else 200)


def _forms(one: MedicineOrder, user: Any, tried: dict[str, forms.Form]) -> dict[str, Any]:
    """The forms of what may happen next."""
    asked = (states.CONSULT, states.BUY, states.FIND)
    shops = queries.shops(_district(one)) if any(states.can(one.state, event) for event in asked) else []
    lines = "\n".join(line_of(item) for item in queries.items_of(one))
    over = one.state in (states.REGISTERED, states.CANCELLED) or (one.state == states.DELIVERED and one.card == "returned")
    steps = () if over else states.CARD_STEPS.get(one.card, ())
    made: dict[str, Any] = {}
    if states.can(one.state, states.CONSULT):
        made["consult_form"] = ConsultForm(shops, initial={"items": lines})
    if one.card_needed and steps:
        made["card_form"] = CardForm(steps)
    if states.can(one.state, states.BUY):
        made["buy_form"] = BuyForm(shops)
    if states.can(one.state, states.FIND):
        made["found_form"] = FoundForm(shops)
    if one.state in (states.BOUGHT, states.DELIVERED) and one.person_id:
        made["recur_form"] = RecurForm()
    return {**made, **tried}


def _district(one: MedicineOrder) -> int:
    place = PlaceId(one.place_id)
    return int(place.at(Level.DISTRICT)) if place.level > Level.DISTRICT else one.place_id


def _deed(request: HttpRequest, one: MedicineOrder, name: str, form: Any, deed: Callable[[Any], Any], said: str) -> HttpResponse:
    """Check the form, do it, say so; what is wrong stands at the form with what was typed."""
    if not form.is_valid():
        return show(request, one, **{name: form})
    refused = done(lambda: deed(form.cleaned_data))
    if refused:
        form.add_error(None, refused)
        return show(request, find(one.pk), **{name: form})
    messages.success(request, said)
    return redirect("needs:medicine_order", one.pk)


@require_POST
@requires("need.act")
def consult(request: HttpRequest, order_id: int) -> HttpResponse:
    one = find(order_id)

    def deed(told: dict[str, Any]) -> None:
        sold_at = int(told["sold_at"]) if told["sold_at"] else None
        because = Because(request.user.actor)
        operations.consult(one.pk, told["items"], told["note"], told["card"], sold_at, clock.now(), because)

    form = ConsultForm(queries.shops(_district(one)), request.POST)
    return _deed(request, one, "consult_form", form, deed, _("Noted: it may be bought."))


@require_POST
@requires("need.act")
def found(request: HttpRequest, order_id: int) -> HttpResponse:
    one = find(order_id)

    def deed(told: dict[str, Any]) -> None:
        facility = int(told["facility"]) if told["facility"] else None
        operations.found(one.pk, facility, told["where"], clock.now(), Because(request.user.actor))

    form = FoundForm(queries.shops(_district(one)), request.POST)
    return _deed(request, one, "found_form", form, deed, _("Found. It can be bought now."))


@require_POST
@requires("need.act")
def card(request: HttpRequest, order_id: int) -> HttpResponse:
    one = find(order_id)
    form = CardForm(states.CARD_STEPS.get(one.card, ()), request.POST)
    return _deed(
        request, one, "card_form", form,
        lambda told: operations.card(one.pk, told["step"], told["holder"], clock.now(), Because(request.user.actor)),
        _("Noted who has the card."),
    )  # fmt: skip


@require_POST
@requires("need.act")
def buy(request: HttpRequest, order_id: int) -> HttpResponse:
    one = find(order_id)
    form = BuyForm(queries.shops(_district(one)), request.POST)

    def deed(told: dict[str, Any]) -> None:
        facility = int(told["facility"]) if told["facility"] else None
        operations.buy(one.pk, form.paid(), facility, request.user, clock.now(), Because(request.user.actor))

    return _deed(request, one, "buy_form", form, deed, _("Bought. It goes to the door now."))


@require_POST
@requires("need.act")
def recur(request: HttpRequest, order_id: int) -> HttpResponse:
    one = find(order_id)
    return _deed(
        request, one, "recur_form", RecurForm(request.POST),
        lambda told: operations.prescribe(one.pk, told["days"], clock.now(), Because(request.user.actor)),
        _("It will be asked for again before it runs out."),
    )  # fmt: skip


@require_POST
@requires("need.act")
def refund(request: HttpRequest, purchase_id: int) -> HttpResponse:
    purchase = Purchase.objects.filter(pk=purchase_id).first()
    if purchase is None:
        raise Http404
    form = RefundForm(request.POST)
    said = _("Write the refund as an amount of yuan.")
    if form.is_valid():
        amount = form.cleaned_data["amount"]
        said = done(lambda: operations.refund(purchase.pk, amount, clock.now(), Because(request.user.actor)))
    if said:
        messages.error(request, said)
    else:
        messages.success(request, _("The refund is noted."))
    return redirect("needs:medicine_order", purchase.order_id)
