"""Narrowing an area to what the facts ask for, or splitting it: ticked in its own tree, told before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tongxin.access.guards import requires
from tongxin.areas import queries
from tongxin.areas.forms import NarrowForm
from tongxin.areas.models import Order, Part
from tongxin.areas.operations import deeds
from tongxin.areas.operations.deeds import Share
from tongxin.areas.operations.issue import Piece
from tongxin.areas.states import IN_FORCE
from tongxin.areas.views import pieces, words
from tongxin.areas.views.act import done
from tongxin.areas.views.area import find
from tongxin.areas.views.tree import Choice, units_of
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.places.place_id import Level, PlaceId
from tongxin.web.addresses import in_address

UNITS_WITH_DOORS = 120


@require_http_methods(["GET", "HEAD", "POST"])
@requires("area.order")
def narrow(request: HttpRequest, order_id: int) -> HttpResponse:
    """What is ticked remains; a POST shows what becomes of whom, and with ``confirmed`` does it."""
    one, parts = find(order_id), queries.parts(order_id)
    if one.state != IN_FORCE or one.source != "own":
        messages.warning(request, _("Only an own area in force can be narrowed."))
        return redirect("areas:area", one.pk)
    ticked = _ticked(request, parts)
    form = NarrowForm(request.POST or None)
    if request.method != "POST" or "back" in request.POST or not form.is_valid():
        return _choose(request, one, parts, form, 200 if "back" in request.POST else None)
    if not ticked:
        form.add_error(None, _("Tick at least one place that remains."))
        return _choose(request, one, parts, form)
    shares = _shares(request, form, ticked, parts)
    stay, whole = queries.whom([p for share in shares for p in share.pieces]), queries.whom(parts)
    if stay == whole and len(shares) == 1:
        form.add_error(None, _("This is the whole area still: nobody would be free."))
        return _choose(request, one, parts, form)
    if request.POST.get("confirmed") != "1":
        counted = [(share, queries.whom(share.pieces), pieces.labelled(share.pieces, request.user)) for share in shares]
        context = {"one": one, "form": form, "shares": counted, "stay": stay.persons, "free": whole.persons - stay.persons,
                   "codes": request.POST.getlist("p")}  # fmt: skip
        return render(request, "areas/narrow_confirm.html", context)
    made: list[Order] = []
    now, because = clock.now(), Because(request.user.actor)
    refused = done(lambda: made.extend(deeds.split(one.pk, shares, request.user, now, because)))
    if refused:
        form.add_error(None, refused)
        return _choose(request, one, parts, form)
    said = ngettext("Narrowed: %(n)s area goes on.", "Narrowed: %(n)s areas go on.", len(made)) % {"n": len(made)}
    messages.success(request, said)
    return redirect("areas:area", made[0].pk if len(made) == 1 else one.pk)


def _ticked(request: HttpRequest, parts: Sequence[Part]) -> list[Piece]:
    """The ticked places, as far as they lie in the area's own parts; what a part leaves out stays out."""
    wanted = pieces.read(request.POST.getlist("p"), request.user)
    return [p for p in wanted if any(_within(p, part) for part in parts if not part.excluded)]


def _within(piece: Piece, part: Part) -> bool:
    """Whether a ticked place lies in a part: an area is narrowed, never moved."""
    if not part.place_id <= piece.place_id < part.place_end:
        return False
    if part.home_id is not None or part.facility_id is not None:
        return (part.home_id, part.facility_id) == (piece.home_id, piece.facility_id)
    if part.floor is not None and piece.home_id is not None:
        return bool(db.rows("SELECT FROM places_home WHERE id = %s AND floor = %s", [piece.home_id, part.floor]))
    return part.floor is None or part.floor == piece.floor


def _shares(request: HttpRequest, form: NarrowForm, ticked: Sequence[Piece], parts: Sequence[Part]) -> list[Share]:
    groups = [list(ticked)] if form.cleaned_data["how"] == "one" else [[p] for p in ticked]
    name = form.cleaned_data["name"] if len(groups) == 1 else ""
    out = [p for p in parts if p.excluded]
    shares = []
    for group in groups:
        ranges = [PlaceId(p.place_id) for p in group if pieces.is_whole(p)]
        inside = [x for x in out if any(r.contains(x.place_id) for r in ranges)]
        left_out = [Piece(x.place_id, x.floor, x.home_id, excluded=True) for x in inside]
        shares.append(Share(name or pieces.published_name(group, request.user), [*group, *left_out]))
    return shares


def _choose(request: HttpRequest, one: Order, parts: Sequence[Part], form: NarrowForm, status: int | None = None) -> HttpResponse:
    ticked = set(request.POST.getlist("p"))
    context = {"one": one, "kind": words.of(words.KINDS, one.kind), "form": form, "choices": _choices(parts, request.user, ticked)}
    return render(request, "areas/narrow.html", context, status=status or (422 if request.method == "POST" else 200))


def _choices(parts: Sequence[Part], user: Any, ticked: set[str]) -> list[Choice]:
    """The area's own parts, each with what is finer in it."""
    own = [p for p in parts if not p.excluded and p.address_id is None]
    labels = pieces.labelled(own, user, Level.COMPOUND)
    return [_choice(part, label, ticked) for part, label in zip(own, labels, strict=True)]


def _choice(part: Part, label: str, ticked: set[str]) -> Choice:
    code = pieces.encode(part)
    found = Choice(code, label, code in ticked)
    place = PlaceId(part.place_id)
    if part.floor is not None:
        unit = units_of([(int(place), "")], ticked)[0]
        found.parts = next((floor.parts for floor in unit.parts if floor.code == code), [])
    elif pieces.is_whole(part):
        found.parts = _inside(place, ticked)
    return found


def _inside(place: PlaceId, ticked: set[str]) -> list[Choice]:
    """Buildings with their units, or units with their floors and doors; of a large area no doors."""
    lo, hi = place.range
    rows = db.rows("SELECT id, name, level FROM places_place WHERE id > %s AND id < %s ORDER BY id LIMIT 2000", [lo, hi])
    units = [(key, name) for key, name, level in rows if level == Level.UNIT]
    if place.level == Level.UNIT:
        return units_of([(int(place), "")], ticked)[0].parts
    made: dict[int, Choice] = {}
    if len(units) <= UNITS_WITH_DOORS:
        made = {int(choice.code): choice for choice in units_of(units, ticked)}
    top: list[Choice] = []
    for key, name, level in rows:
        here = PlaceId(key)
        one = made.setdefault(key, Choice(str(key), in_address(here, name), str(key) in ticked))
        one.folded = level == Level.BUILDING
        above = made.get(int(here.parent or 0))
        (above.parts if above else top).append(one)
    return top
