"""The areas of a place: as a list with what each waits for, as a grid of the places below, as a file. Live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.capabilities import role_label
from tongxin.access.guards import requires
from tongxin.areas import queries, rules
from tongxin.areas.models import Order
from tongxin.areas.queries import Filter
from tongxin.areas.states import IN_FORCE, STATES
from tongxin.areas.views import words
from tongxin.kit import clock
from tongxin.places.place_id import Level, PlaceId
from tongxin.screening.views.scope import int64
from tongxin.web import labels
from tongxin.web.addresses import addresses
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import here, narrowed

ALL, ENDED = "all", "ended"
EXPORTED_AT_ONCE = 500


@require_safe
@requires("area.view")
def areas(request: HttpRequest) -> HttpResponse:
    """``state``, ``kind``, ``source``, ``q``, ``only``, ``place`` and ``sort`` in the address; ``view=grid`` counts them by
    the places below."""
    now, wanted = clock.now(), wanted_of(request)
    if wants_csv(request):
        return _export(request, wanted, now)
    counts = queries.figures(replace(wanted, only="", state=IN_FORCE), now)
    context = {
        "wanted": wanted, "counts": counts, "now": now, "grid": request.GET.get("view") == "grid", "kinds": words.KINDS,
        "states": words.STATES, "sources": words.SOURCES, "sort": sort_of(request, wanted),
        "chips": [{"key": key, "label": label, "count": getattr(counts, key)} for key, label in words.ONLY.items()],
        "filtered": any(request.GET.get(k) for k in ("q", "kind", "source", "state", "wide")),
    }  # fmt: skip
    if context["grid"]:
        return render(request, "areas/grid.html", {**context, "cells": _cells(request, wanted, now)})
    page = paged(
        request, (_types(context["sort"]), int64),
        lambda after, limit: queries.orders(wanted, after, limit, context["sort"]),
        lambda order: queries.sort_key(order, context["sort"]),
    )  # fmt: skip
    page.rows = rows_of(page.rows, request.user, now)
    return render(request, "areas/areas.html", {**context, "rows": page})


def wanted_of(request: HttpRequest) -> Filter:
    """The filters in the address; one that nobody knows shows everything."""
    get = request.GET
    only, state, place = get.get("only", ""), get.get("state", ""), narrowed(request)
    return Filter(
        state=None if state == ALL else state if state in STATES else IN_FORCE,
        kind=kind if (kind := get.get("kind")) in words.KINDS else None,
        text=get.get("q", "").replace("\0", "").strip()[:100],
        place_id=place,
        exact=get.get("wide") == "1" and place is not None,
        source=source if (source := get.get("source")) in words.SOURCES else None,
        only=only if only in queries.ONLY else "",
        now=clock.now(),
    )


def sort_of(request: HttpRequest, wanted: Filter) -> str:
    """By end, what ends first (of those that ended, what ended last) on top, unless the address says otherwise."""
    usual = "ends" if wanted.state in (None, IN_FORCE) else "ended"
    sort = request.GET.get("sort", "")
    return sort if sort in ("since", "persons") else usual


def _types(sort: str) -> Any:
    return int64 if sort == "persons" else dt.datetime


def rows_of(orders: Sequence[Order], user: Any, now: dt.datetime) -> list[dict[str, Any]]:
    """What the list shows of each; three queries, however many they are."""
    standings = queries.standings([o for o in orders if o.state == IN_FORCE], now)
    around = {o.pk: int(PlaceId(o.place_id).at(Level.COMMUNITY)) for o in orders}
    where = addresses(around.values(), user, Level.STREET)
    return [
        {
            "row": o,
            "kind": words.of(words.KINDS, o.kind),
            "where": where.get(around[o.pk], ""),
            "missing": o.missing if o.state == IN_FORCE and has_begun(o, now) else 0,
            "source": words.of(words.SOURCES, o.source),
            "state": words.of(words.STATES, o.state),
            "state_tone": words.STATE_TONES.get(o.state, "todo"),
            **standing_of(o, standings.get(o.pk), now),
        }
        for o in orders
    ]


def has_begun(one: Order, now: dt.datetime) -> bool:
    """Whether the day whose results decide has come: before it nobody's result is missing."""
    return one.last_day is not None and now.astimezone(clock.city_zone()).date() >= one.last_day


def standing_of(order: Order, standing: rules.Standing | None, now: dt.datetime) -> dict[str, Any]:
    """The clock of one area: its conditions, whether it can be lifted with many others, since when that is overdue."""
    if standing is None:
        return {"conditions": [], "ready": False, "overdue_since": None, "late": False}
    met = order.conditions_met_at or standing.met_at
    overdue = rules.is_overdue(order.due_at, order.conditions_met_at, order.ended_at, now)
    since = max(order.due_at, order.conditions_met_at) if overdue and order.conditions_met_at else None
    if since is None and rules.has_lapsed(order.ends_at, now):
        since = order.ends_at
    conditions = words.conditions(standing, now)
    for one in conditions:
        one["whose"] = role_label(one["team"]) if one["team"] else ""
    late = met is None and standing.earliest > order.ends_at
    return {"conditions": conditions, "ready": met is not None, "met_at": met, "overdue_since": since, "late": late}


def _cells(request: HttpRequest, wanted: Filter, now: dt.datetime) -> list[dict[str, Any]]:
    """One cell a place directly below, also where there is no area; and one for areas that span several of them."""
    found = here(request)
    if not found.id:
        return []
    below = found.children or [(int(found.id), found.name)]
    width = PlaceId(below[0][0]).level.width
    counted = queries.cells(replace(wanted, place_id=int(found.id)), width, now)
    known = [{"id": key, "name": name, "cell": counted.get(key), "wide": False} for key, name in below]
    wide = counted.get(int(found.id)) if found.children else None
    if wide:
        known.append({"id": int(found.id), "name": _("spanning several of them"), "cell": wide, "wide": True})
    return known


def _export(request: HttpRequest, wanted: Filter, now: dt.datetime) -> HttpResponse:
    """The same rows in the same order, all of them."""
    sort = sort_of(request, wanted)
    header = [
        _("Area"), _("Kind"), _("State"), _("Place"), _("Since"), _("Can be lifted"), _("Ends by itself"), _("Ended"),
        _("Conditions met"), _("Open conditions"), _("Persons"), _("Without a result"), _("Source"), _("Basis"),
    ]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.orders(wanted, after, EXPORTED_AT_ONCE, sort)
        lines = [_line(row) for row in rows_of(found, request.user, now)]
        return lines, queries.sort_key(found[-1], sort) if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, "areas", header, batch)


def _line(row: dict[str, Any]) -> list[Any]:
    one = row["row"]
    unmet = [f"{c['label']}: {c['facts']}" for c in row["conditions"] if not c["met"]]
    return [
        one.name, row["kind"], row["state"], row["where"], labels.moment(one.starts_at), labels.moment(one.due_at),
        labels.moment(one.ends_at), labels.moment(one.ended_at), labels.moment(one.conditions_met_at), "; ".join(unmet),
        one.persons, row["missing"], row["source"], one.basis,
    ]  # fmt: skip
