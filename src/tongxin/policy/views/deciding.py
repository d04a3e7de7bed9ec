"""Adopting a pack and rolling back: first what it does and to how many, then the signature."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongxin.access.guards import requires
from tongxin.kit import clock, db
from tongxin.places import queries as places
from tongxin.places.place_id import PlaceId
from tongxin.policy import compare, operations, words
from tongxin.policy.decisions import Refused
from tongxin.policy.forms import AdoptForm, RollBackForm
from tongxin.policy.views.comparing import shown
from tongxin.policy.views.overview import standing
from tongxin.web import labels

BOTH = ["GET", "HEAD", "POST"]


@require_http_methods(BOTH)
@requires("policy.adopt")
def adopt(request: HttpRequest) -> HttpResponse:
    """Sent once, the form comes back with what it would do; sent again with that confirmed, it does it."""
    now, place = clock.now(), standing(request)
    if request.method != "POST":
        start = {"pack": request.GET.get("pack", ""), "starts_at": _midnight(now)}
        return _adopt_page(request, AdoptForm(initial=start))
    form = AdoptForm(request.POST)
    if not form.is_valid():
        return _adopt_page(request, form, status=422)
    name, starts_at, reason = (form.cleaned_data[k] for k in ("pack", "starts_at", "reason"))
    try:
        plan = operations.check_adopt(place, name, starts_at, request.user, reason, now)
        if request.POST.get("confirmed") == form.seal():
            with db.acting_as_jobs():
                operations.adopt(place, name, starts_at, request.user, reason, now)
            messages.success(request, _("%(pack)s is adopted.") % {"pack": words.title(plan.pack)})
            return _back(place)
    except Refused as refused:
        form.add_error(None, labels.refusal(refused))
        return _adopt_page(request, form, status=422)
    found = compare.compare(place, plan.before.name, name, now)
    return _adopt_page(request, form, {**_told(plan, found, request.user), "starts_at": starts_at, "seal": form.seal()})


@require_http_methods(BOTH)
@requires("policy.adopt")
def roll_back(request: HttpRequest) -> HttpResponse:
    now, place = clock.now(), standing(request)
    form = RollBackForm(request.POST if request.method == "POST" else None)
    try:
        plan = operations.to_return(place, now)
    except Refused as refused:
        messages.error(request, labels.refusal(refused))
        return _back(place)
    if form.is_valid():
        try:
            with db.acting_as_jobs():
                operations.roll_back(place, request.user, form.cleaned_data["reason"], now)
            messages.success(request, _("It was rolled back."))
            return _back(place)
        except Refused as refused:
            form.add_error(None, labels.refusal(refused))
    found = compare.compare(place, plan.present.name, plan.pack.name, now)
    told = {
        **_told(plan, found, request.user), "planned": plan.planned, "form": form,
        "planned_title": words.name_of(plan.planned.pack) if plan.planned else "",
    }  # fmt: skip
    return render(request, "policy/roll_back.html", told, status=422 if form.errors else 200)


def _told(plan: operations.Adoption | operations.Return, found: compare.Comparison, user: Any) -> dict[str, Any]:
    """What a decision does: which pack for which, what differs, whom it touches, which places below follow again."""
    names = places.names({p.place_id for p in plan.ended})
    return {
        "told": True,
        "title": words.title(plan.pack),
        "found": shown(found, user),
        "ended": [(names.get(p.place_id, ""), words.name_of(p.pack)) for p in plan.ended],
    }


def _adopt_page(
    request: HttpRequest, form: forms.Form, plan: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    return render(request, "policy/adopt.html", {"form": form, **(plan or {})}, status=status)


def _back(place: PlaceId) -> HttpResponseRedirect:
    return redirect(f"{reverse('policy:packs')}?place={place:d}")


def _midnight(now: dt.datetime) -> dt.datetime:
    """The next one of the city."""
    day = timezone.localtime(now).date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(), clock.city_zone())
