"""Purchase tours: planned for the buyers of a day, a sheet for each, and the purse settled at its end."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.access.models import User
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.needs.medicine import operations, planning, queries, states, words
from tongxin.needs.medicine.forms import PlanForm, PurseForm, SettleForm, line_of
from tongxin.needs.medicine.models import Tour
from tongxin.places.models import Facility
from tongxin.places.place_id import Level, PlaceId
from tongxin.web.addresses import addresses
from tongxin.web.deeds import done
from tongxin.web.labels import of
from tongxin.web.place import here

MOST_BUYERS = 50


@require_http_methods(["GET", "HEAD", "POST"])
@requires("need.act")
def tours(request: HttpRequest) -> HttpResponse:
    """The tours of a day; a POST plans them anew from the orders that are ready."""
    place, today = here(request), _today()
    if not place.id:
        raise Http404
    day = _day(request.GET.get("day", ""), today)
    form = PlanForm(_buyers(int(place.id)), today, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        planned = _plan(request, int(place.id), form)
        if planned:
            return planned
    found = queries.tours(int(place.id), day)
    context = {
        "rows": [{"row": t, "orders": _orders_of(t), "balance": queries.balance(t, queries.spent(t))} for t in found],
        "day": day, "today": today, "form": form, "ready": queries.counts(int(place.id)).get(states.READY, 0),
    }  # fmt: skip
    return render(request, "medicine/tours.html", context, status=422 if form.errors else 200)


def _today() -> dt.date:
    return clock.now().astimezone(clock.city_zone()).date()


def _day(text: str, today: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if text else today
    except ValueError:
        return today


def _orders_of(tour: Tour) -> int:
    return sum(len(stop["orders"]) for stop in tour.stops if stop["kind"] == "buy")


def _buyers(place_id: int) -> list[tuple[int, str]]:
    """Who may buy here: users of the medicine team whose place holds this one or lies in it."""
    wanted = PlaceId(place_id)
    found = User.objects.filter(role="team_medicine", is_active=True).order_by("name").prefetch_related("scopes")
    near = [u for u in found if any(_touch(wanted, PlaceId(s.place_id)) for s in u.scopes.all())]
    return [(user.pk, user.name) for user in near[:MOST_BUYERS]]


def _touch(one: PlaceId, other: PlaceId) -> bool:
    return one.contains(other) or other.contains(one)


def _plan(request: HttpRequest, place_id: int, form: PlanForm) -> HttpResponse | None:
    told, found = form.cleaned_data, []
    buyers = list(User.objects.filter(pk__in=told["buyers"]).order_by("pk"))
    refused = done(
        lambda: found.append(planning.plan(place_id, told["day"], buyers, clock.now(), Because(request.user.actor)))
    )
    if refused:
        form.add_error(None, refused)
        return None
    made = found[0]
    messages.success(request, _("%(orders)s orders on %(tours)s tours.") % {"orders": made.orders, "tours": len(made.tours)})
    for reason in sorted(set(made.left.values())):
        count = sum(r == reason for r in made.left.values())
        messages.warning(
            request, _("%(count)s orders are on no tour: %(reason)s.") % {"count": count, "reason": of(words.LEFT, reason)}
        )
    place = f"&place={place_id}" if request.GET.get("place") else ""
    return redirect(f"{request.path}?day={told['day']}{place}")


def find(tour_id: int) -> Tour:
    one = queries.tour(tour_id)
    if one is None:
        raise Http404
    return one


@require_safe
@requires("need.act")
def tour(request: HttpRequest, tour_id: int) -> HttpResponse:
    return show(request, find(tour_id))


def show(request: HttpRequest, one: Tour, **tried: forms.Form) -> HttpResponse:
    """The sheet of a buyer, to read on a phone or to print."""
    orders = {o.pk: o for o in queries.of_sheet(one)}
    spent = queries.spent(one)
    gates = {_gate(o.place_id) for o in orders.values()}
    where = addresses([*(o.place_id for o in orders.values()), *gates], request.user)
    shops = {f.pk: f for f in Facility.objects.filter(pk__in=[s["place"] for s in one.stops if s.get("place")])}
    context = {
        "one": one, "now": clock.now(), "stops": [_stop(s, orders, where, shops) for s in one.stops], "spent": spent,
        "balance": queries.balance(one, spent), "own": one.buyer_id == request.user.pk,
        "purse_form": tried.get("purse_form") or PurseForm(initial={"advanced": one.advanced}, auto_id="purse_%s"),
        "settle_form": tried.get("settle_form") or SettleForm(auto_id="settle_%s"),
    }  # fmt: skip
    return render(request, "medicine/tour.html", context, status=422 if tried else 200)


def _stop(stop: dict[str, Any], orders: dict[int, Any], where: dict[int, str], shops: dict[int, Facility]) -> dict[str, Any]:
    mine = [orders[key] for key in stop["orders"] if key in orders]
    shop = shops.get(stop["place"]) if stop.get("place") else None
    gates = sorted({where.get(_gate(o.place_id)) or where.get(o.place_id, "") for o in mine}) if stop["kind"] == "hand" else []
    return {
        "kind": stop["kind"], "what": of(words.STOPS, stop["kind"]),
        "name": shop.name if shop else "、".join(g for g in gates if g),
        "arrives": _clock(stop["arrives"]), "leaves": _clock(stop["leaves"]),
        "orders": [
            {
                "row": o, "where": where.get(o.place_id, ""), "items": [line_of(i) for i in queries.items_of(o)],
                "state": of(words.STATES, o.state), "bought": o.state in (states.BOUGHT, states.DELIVERED),
            }
            for o in mine
        ],
    }  # fmt: skip


def _gate(place_id: int) -> int:
    """The compound at whose gate it is handed over."""
    place = PlaceId(place_id)
    return int(place.at(Level.COMPOUND)) if place.level > Level.COMPOUND else place_id


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


@require_POST
@requires("need.act")
def purse(request: HttpRequest, tour_id: int) -> HttpResponse:
    """Note what the buyer was given."""
    one, form = find(tour_id), PurseForm(request.POST, auto_id="purse_%s")
    if form.is_valid():
        refused = done(
            lambda: operations.advance(one.pk, form.cleaned_data["advanced"], clock.now(), Because(request.user.actor))
        )
        if not refused:
            messages.success(request, _("The advance is noted."))
            return redirect("needs:tour", one.pk)
        form.add_error(None, refused)
    return show(request, one, purse_form=form)


@require_POST
@requires("need.act")
def settle(request: HttpRequest, tour_id: int) -> HttpResponse:
    """Settle the day: by somebody else than the buyer."""
    one, form = find(tour_id), SettleForm(request.POST, auto_id="settle_%s")
    if form.is_valid():
        told = form.cleaned_data
        refused = done(
            lambda: operations.settle(one.pk, told["returned"], told["reason"], clock.now(), Because(request.user.actor))
        )
        if not refused:
            messages.success(request, _("The day is settled."))
            return redirect("needs:tour", one.pk)
        form.add_error(None, refused)
    return show(request, one, settle_form=form)
