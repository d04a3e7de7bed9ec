"""A place: what stands in it and how many live there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.people.models import Person
from tongxin.places import queries
from tongxin.places.models import Facility, Home
from tongxin.places.place_id import Level, PlaceId
from tongxin.web import labels
from tongxin.web.addresses import in_address
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.place import here, read


@require_safe
@requires("place.view")
def index(request: HttpRequest) -> HttpResponseBase:
    """The user's own place, or the one in the address."""
    found = here(request).id
    return _show(request, found) if found else render(request, "places/none.html")


@require_safe
@requires("place.view")
def place(request: HttpRequest, code: str) -> HttpResponseBase:
    return _show(request, read(request.user, code))


def _show(request: HttpRequest, found: PlaceId) -> HttpResponseBase:
    children = _children(found)
    if wants_csv(request):
        header = [_("Code"), _("Place"), _("Residents")]
        lines = [[c["code"], c["name"], c["residents"]] for c in children]
        return csv_response(request, f"place-{found.code}", header, lambda _key: (lines, None))
    user: Any = request.user
    lo, hi = found.range
    top = next(PlaceId(s) for s in user.places() if PlaceId(s).contains(found))
    steps = [p for p in (*found.ancestors, found) if p.level >= top.level]
    names = {key: in_address(PlaceId(key), name) for key, name in queries.names([int(p) for p in steps]).items()}
    residents = _residents(user, found) if found.level == Level.UNIT else []
    return render(
        request, "places/place.html",
        {
            "place": found, "name": names.get(int(found), found.code),
            "path": [(p.code, names.get(int(p), p.code)) for p in steps[:-1]],
            "level": labels.of(labels.LEVELS, int(found.level)),
            "children": children, "total": sum(c["residents"] for c in children) or len(residents),
            "facilities": [
                (f, labels.of(labels.FACILITIES, f.kind))
                for f in Facility.objects.filter(place_id__gte=lo, place_id__lt=hi).order_by("kind", "code")[:200]
            ],
            "residents": residents,
        },
    )  # fmt: skip


def _children(found: PlaceId) -> list[dict[str, Any]]:
    """The places directly below with how many live in each, counted under the viewer's jurisdiction."""
    below = queries.children(found)
    if not below:
        return []
    width, (lo, hi) = Level(PlaceId(below[0][0]).level).width, found.range
    counted = dict(
        db.rows(
            "SELECT place_id - place_id %% %(width)s, count(*) FROM people_person"
            " WHERE place_id >= %(lo)s AND place_id < %(hi)s AND NOT provisional GROUP BY 1",
            {"width": width, "lo": lo, "hi": hi},
        )
    )
    return [
        {"id": key, "code": PlaceId(key).code, "name": in_address(PlaceId(key), name), "residents": counted.get(key, 0)}
        for key, name in below
    ]


def _residents(user: Any, found: PlaceId) -> list[dict[str, Any]]:
    """Who lives in a unit, door by door, for whoever may open their records; the look is recorded once."""
    if not user.may("person.view"):
        return []
    people = list(Person.objects.filter(place_id=found).select_related("home").order_by("home__number", "pk")[:500])
    audit.record(Because(user.actor), "view.list", "person", place=int(found), count=len(people))
    doors = {h.pk: h for h in Home.objects.filter(place_id=found)}
    return [
        {"person": p, "door": doors.get(p.home.pk) if p.home else None, "categories": labels.categories(p.category, user)}
        for p in people
    ]
