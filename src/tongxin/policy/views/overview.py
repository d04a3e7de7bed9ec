"""Which pack holds here and since when, the packs there are, what was adopted in this place, below and above it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock, db
from tongxin.places import queries as places
from tongxin.places.place_id import PlaceId
from tongxin.policy import operations, queries, schema, words
from tongxin.policy.decisions import Refused
from tongxin.policy.forms import LevelForm
from tongxin.policy.models import Period, ResponseLevel
from tongxin.web import labels
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import here

BATCH = 500
KEY = (dt.datetime, int)


@require_safe
@requires("policy.view")
def packs(request: HttpRequest) -> HttpResponseBase:
    """Filters in the address: ``place``, ``list`` ("levels"), ``only`` ("in_force" or "planned"), ``pack``."""
    return show(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("policy.adopt")
def level(request: HttpRequest) -> HttpResponseBase:
    """Set the response level; links of a page with a refused form lead back to the list."""
    if request.method != "POST":
        return redirect(f"{reverse('policy:packs')}?{request.GET.urlencode()}")
    place, form = standing(request), LevelForm(request.POST)
    if not form.is_valid():
        return show(request, form)
    given = form.cleaned_data
    try:
        with db.acting_as_jobs():
            operations.set_level(place, given["level"], request.user, given["reason"], clock.now())
    except Refused as reason:
        form.add_error(None, labels.refusal(reason))
        return show(request, form)
    messages.success(request, _("The response level holds from now on."))
    return redirect(f"{reverse('policy:packs')}?place={place:d}")


def standing(request: HttpRequest) -> PlaceId:
    """The place that a decision is about. Raises Http404 for a user without any."""
    found = here(request).id
    if found is None:
        raise Http404
    return found


def show(request: HttpRequest, tried: forms.Form | None = None) -> HttpResponseBase:
    """The page; ``tried`` is a form that was refused, with what was typed."""
    now, place = clock.now(), here(request).id
    wanted = queries.Filter(int(place or 0), request.GET.get("only", ""), request.GET.get("pack", ""))
    levels = request.GET.get("list") == "levels"
    if place and wants_csv(request):
        return _export(request, wanted, levels, now)
    page: Any = None
    if place:
        page = paged(request, KEY, lambda after, limit: _fetch(wanted, levels, now, after, limit), _key)
        page.rows = _rows(page.rows, now)
    context = {
        "rows": page, "levels": levels, "only": wanted.only, "chosen": wanted.pack, "now": now,
        "packs": _packs(place, now), "level_form": tried or LevelForm(), **(_here(place, now) if place else {}),
    }  # fmt: skip
    return render(request, "policy/packs.html", context, status=422 if tried else 200)


def _fetch(wanted: queries.Filter, levels: bool, now: dt.datetime, after: Any, limit: int) -> Sequence[Any]:
    if levels:
        return queries.levels(wanted.place_id, after, limit)
    return queries.adoptions(wanted, now, after, limit)


def _key(row: Period | ResponseLevel) -> tuple[dt.datetime, int]:
    return row.starts_at, row.pk


def _here(place: PlaceId, now: dt.datetime) -> dict[str, Any]:
    held, plan, found = queries.held(place, now), queries.planned(place, now), queries.level_at(place, now)
    names = places.names([p.place_id for p in (held, found) if p])
    return {
        "held": held,
        "held_pack": held.pack if held else queries.BASE,
        "held_title": words.name_of(held.pack if held else queries.BASE),
        "held_by": labels.actor(held.adopted_by) if held else "",
        "held_at": names.get(held.place_id, "") if held and held.place_id != place else "",
        "own": queries.own(place, now) is not None or plan is not None,
        "plan": plan,
        "plan_title": words.name_of(plan.pack) if plan else "",
        "level": found,
        "level_word": words.LEVELS[found.level if found else 0],
        "level_by": labels.actor(found.set_by) if found else "",
        "level_at": names.get(found.place_id, "") if found and found.place_id != place else "",
    }


def _packs(place: PlaceId | None, now: dt.datetime) -> list[dict[str, Any]]:
    in_force = [name for at, name in queries.packs_in_force(now).packs.items() if place and place.contains(at)]
    return [
        {
            "name": name,
            "title": words.title(pack),
            "extends": words.name_of(pack.extends) if pack.extends else "",
            "own": sum(p.pack == name for p in pack.parameters.values()),
            "assumed": sum(p.confidence == "assumed" and p.pack == name for p in pack.parameters.values()),
            "places": in_force.count(name),
        }
        for name in schema.names()
        if (pack := schema.load(name))
    ]


def _rows(found: Sequence[Any], now: dt.datetime) -> list[dict[str, Any]]:
    names = places.names({r.place_id for r in found})
    return [
        {
            "row": r,
            "where": names.get(r.place_id, PlaceId(r.place_id).code),
            "what": words.LEVELS[r.level] if isinstance(r, ResponseLevel) else words.name_of(r.pack),
            "who": labels.actor(r.set_by if isinstance(r, ResponseLevel) else r.adopted_by),
            **(_state(r, now) if isinstance(r, Period) else {}),
        }
        for r in found
    ]


def _state(period: Period, now: dt.datetime) -> dict[str, Any]:
    """How a period stands, with the shape that goes with the word."""
    if period.ends_at == period.starts_at:
        return {"state": _("withdrawn"), "tone": "todo"}
    if period.starts_at > now:
        return {"state": _("planned"), "tone": "warn"}
    if period.ends_at and period.ends_at <= now:
        return {"state": _("ended"), "tone": "todo"}
    return {"state": _("in force"), "tone": "good"}


def _export(request: HttpRequest, wanted: queries.Filter, levels: bool, now: dt.datetime) -> HttpResponse:
    header = [_("Response level") if levels else _("Pack"), _("Place"), _("From"), _("Until"), _("By"), _("Reason")]

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = _fetch(wanted, levels, now, after, BATCH)
        lines = [
            [r["what"], r["where"], r["row"].starts_at.isoformat(), _until(r["row"]), r["who"], r["row"].reason]
            for r in _rows(found, now)
        ]
        return lines, _key(found[-1]) if len(found) == BATCH else None

    return csv_response(request, "levels" if levels else "adoptions", header, batch)  # type: ignore[return-value]


def _until(row: Any) -> str:
    ends_at = getattr(row, "ends_at", None)
    return ends_at.isoformat() if ends_at else ""
