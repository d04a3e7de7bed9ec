"""The building drawn as it stands: units across, floors up, a cell a home; and its doors as a list to take along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.areas.building import queries
from tongxin.areas.building.queries import Building, Home, Limit, Resident
from tongxin.areas.building.words import State, added, spoken
from tongxin.kit import audit, clock
from tongxin.kit.audit import Because
from tongxin.places import queries as places
from tongxin.places.place_id import Level, PlaceId
from tongxin.restrictions import kinds as restriction_kinds
from tongxin.web import labels, looks
from tongxin.web.addresses import addresses, in_address
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.place import read

PRINTED_FOR = dt.timedelta(hours=24)
"""How long a printed door list may be used."""
States = dict[str, State]
OF_AREAS = frozenset({queries.MISSING, queries.LIMITED, queries.UNTESTED})
OF_PERSONS = frozenset({queries.POSITIVE, queries.CARE})


@dataclass(frozen=True)
class Viewer:
    """What somebody may know of a home: that it is there; what areas say of it; what is known of its people."""

    areas: bool
    persons: bool

    @property
    def marks(self) -> frozenset[str]:
        found = frozenset({queries.EMPTY, queries.FREE}) | added()  # each of those asks for itself
        return found | (OF_AREAS if self.areas else frozenset()) | (OF_PERSONS if self.persons else frozenset())

    def state(self, home: Home) -> str:
        seen = home.marks & self.marks
        return next((state for state in queries.STATES if state in seen), queries.FREE)


def viewer(user: Any) -> Viewer:
    return Viewer(user.may("area.view"), user.may("area.view") and user.may("person.view"))


@require_safe
@requires("area.view", "place.view")
def building(request: HttpRequest, code: str) -> HttpResponseBase:
    """``home`` in the address opens one home."""
    place, now, seen, states = read(request.user, code), clock.now(), viewer(request.user), spoken()
    if place.level == Level.UNIT and place.parent:
        return redirect("building:building", read(request.user, str(int(place.parent))).code)
    if place.level != Level.BUILDING:
        raise Http404
    text = request.GET.get("home", "")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    one = queries.building(place, now, wanted if seen.persons else 0, user=request.user)
    opened = next((home for home in one.homes if home.id == wanted), None) if wanted else None
    if seen.persons:
        looks.note(request, "view.building", "place", int(place), int(place), sum(len(h.people) for h in one.homes))
        if opened:
            looks.note(request, "view.home", "home", wanted, opened.unit, len(opened.people))
    shown = _opened(opened, seen, states) if opened else None
    if request.headers.get("HX-Target") == "home":
        return render(request, "areas/building_home.html", {"place": place, "seen": seen, "opened": shown})
    context = {
        **_head(request, place), "one": one, "now": now, "seen": seen, "legend": _legend(one, seen, place, states),
        "residents": sum(len(h.people) for h in one.homes), "rows": _drawing(one, seen, wanted, states), "areas": _areas(one, seen),
        "opened": shown, "units": [in_address(PlaceId(u), name) for u, name in one.units],
    }  # fmt: skip
    return render(request, "areas/building.html", context)


def _head(request: HttpRequest, place: PlaceId) -> dict[str, Any]:
    """The name of the building, and the way down to it from the user's own place."""
    top = next(PlaceId(s) for s in request.user.places() if PlaceId(s).contains(place))
    steps = [p for p in (*place.ancestors, place) if p.level >= min(top.level, Level.COMPOUND)]
    names = places.names([int(p) for p in steps])
    words = [(p, in_address(p, names.get(int(p), p.code))) for p in steps]
    shown = [word for p, word in words if p.level >= Level.COMPOUND]
    path = [(p.code, word) for p, word in words[:-1] if p.level >= top.level]
    return {"place": place, "name": " ".join(shown), "path": path}


def _legend(one: Building, seen: Viewer, place: PlaceId, states: States) -> list[dict[str, Any]]:
    """What the cells mean, how many homes each is true of, and the list that opens them."""
    counts, address = queries.counts(one.homes), reverse("building:doors", args=[place.code])
    counts[queries.FREE] = sum(seen.state(home) == queries.FREE for home in one.homes)
    return [
        {"state": state, "count": counts[key], "url": f"{address}?state={key}"}
        for key, state in states.items() if key in seen.marks
    ]  # fmt: skip


def _drawing(one: Building, seen: Viewer, opened: int, states: States) -> list[dict[str, Any]]:
    """The floors from the top down, each with the cells of every unit."""
    return [
        {"floor": floor, "units": [[_cell(home, seen, opened, states) for home in homes] for homes in one.at(floor).values()]}
        for floor in one.floors
    ]


def _cell(home: Home, seen: Viewer, opened: int, states: States) -> dict[str, Any]:
    key, marks = seen.state(home), home.marks & seen.marks
    also = [state for mark, state in states.items() if mark in marks and mark not in (key, queries.EMPTY)]
    here = bool(opened) and home.id == opened
    return {"home": home, "people": len(home.people), "state": states[key], "also": also, "here": here}


def _areas(one: Building, seen: Viewer) -> list[Limit]:
    """The areas that hold here, each once."""
    if not seen.areas:
        return []
    limits = [limit for home in one.homes for p in home.people for limit in p.limits if limit.order_id]
    return sorted({limit.order_id: limit for limit in limits}.values(), key=lambda limit: limit.ends_at)


def _opened(home: Home, seen: Viewer, states: States) -> dict[str, Any]:
    """One home: its people by name for those who may see them, else how many; what limits them; what is missing."""
    kinds = {k.key: k.label for k in restriction_kinds.known()}
    return {
        "home": home, "state": states[seen.state(home)],
        "unit": in_address(PlaceId(home.unit), places.names([home.unit]).get(home.unit, "")),
        "people": [
            {**_person(p, states), "limits": [(kinds.get(limit.kind, limit.kind), limit) for limit in p.limits]}
            for p in (home.people if seen.persons else ())
        ],
        "marks": [(state, sum(_holds(p, mark) for p in home.people)) for mark, state in states.items()
                  if mark in home.marks & seen.marks],
    }  # fmt: skip


def _holds(person: Resident, mark: str) -> bool:
    holds = {
        queries.POSITIVE: person.positive, queries.MISSING: person.lacks, queries.LIMITED: person.limits,
        queries.UNTESTED: person.untested, queries.CARE: person.categories,
    }  # fmt: skip
    return bool(holds.get(mark))


def _person(one: Resident, states: States) -> dict[str, Any]:
    return {
        "row": one, "categories": [labels.of(labels.CATEGORIES, key) for key in one.categories.split("|") if key],
        "marks": [states[mark] for mark in (queries.POSITIVE, queries.MISSING) if _holds(one, mark)],
    }  # fmt: skip


@require_safe
@requires("area.view", "place.view")
def doors(request: HttpRequest, code: str) -> HttpResponse:
    """The homes of a building as a list, all of it, to be printed; ``state`` and ``unit`` in the address narrow it."""
    place, now, seen, states = read(request.user, code), clock.now(), viewer(request.user), spoken()
    if place.level != Level.BUILDING:
        raise Http404
    one = queries.building(place, now, everybody=seen.persons, user=request.user)
    state, unit = request.GET.get("state", ""), request.GET.get("unit", "")
    found = _chosen(one, seen, state if state in seen.marks else "", unit)
    if seen.persons:
        because = replace(Because(request.user.actor), details={"state": state} if state in seen.marks else {})
        audit.record(because, "view.doors", "place", int(place), int(place), count=sum(len(h.people) for h in found))
    where = addresses([u for u, _name in one.units], request.user, Level.UNIT)
    rows = [_door(home, seen, where, states) for home in found]
    if wants_csv(request):
        return _export(request, place, seen, rows)
    context = {
        **_head(request, place), "rows": rows, "seen": seen, "now": now,
        "until": now + PRINTED_FOR, "state": state if state in seen.marks else "", "unit": unit,
        "units": [(str(u), in_address(PlaceId(u), name)) for u, name in one.units], "legend": _legend(one, seen, place, states),
        "by": request.user.name,
        "records": reverse("people:person", args=[0]).removesuffix("0"), "count": sum(len(home.people) for home in found),
    }  # fmt: skip
    return render(request, "areas/doors.html", context)


def _chosen(one: Building, seen: Viewer, state: str, unit: str) -> list[Home]:
    """In the order in which one walks: unit by unit, floor by floor."""
    found = [home for home in one.homes if not unit or str(home.unit) == unit]
    if state == queries.FREE:
        return [home for home in found if seen.state(home) == state]
    return [home for home in found if not state or state in home.marks]


def _door(home: Home, seen: Viewer, where: dict[int, str], states: States) -> dict[str, Any]:
    marks = home.marks & seen.marks
    return {
        "home": home, "unit": where.get(home.unit, ""), "count": len(home.people),
        "people": [_person(p, states) for p in home.people] if seen.persons else [],
        "marks": [state for mark, state in states.items() if mark in marks],
    }  # fmt: skip


def _export(request: HttpRequest, place: PlaceId, seen: Viewer, rows: Sequence[dict[str, Any]]) -> HttpResponse:
    header = [_("Unit"), _("Floor"), _("Door"), pgettext("count", "People"), _("State")]
    header += [_("Names"), _("Category")] if seen.persons else []
    lines = []
    for row in rows:
        home = row["home"]
        line = [row["unit"], home.floor or "", home.number, row["count"], "; ".join(s.word for s in row["marks"])]
        if seen.persons:
            kinds = dict.fromkeys(str(c) for p in row["people"] for c in p["categories"])
            line += ["; ".join(p.name or "" for p in home.people), "; ".join(kinds)]
        lines.append(line)
    return csv_response(request, f"doors-{place.code}", header, lambda _key: (lines, None))
