"""Whom an area limits, and whose result it lacks, door by door; who is away, exempt or here unregistered is noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.areas import queries
from tongxin.areas.forms import MarkForm, UnregisteredForm
from tongxin.areas.models import Order, RollMark
from tongxin.areas.operations import deeds
from tongxin.areas.queries import START, Missing, OnRoll, Roll
from tongxin.areas.states import IN_FORCE
from tongxin.areas.views import words
from tongxin.areas.views.act import done
from tongxin.areas.views.area import find
from tongxin.areas.views.listing import has_begun
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.people.models import Person
from tongxin.places.place_id import Level
from tongxin.screening.views.scope import int64
from tongxin.web import labels, looks
from tongxin.web.addresses import addresses
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.paging import paged

KEY = (int64, int64, str, int64)
EXPORTED_AT_ONCE = 1000


@require_safe
@requires("area.view")
def people(request: HttpRequest, order_id: int) -> HttpResponse:
    """The roll: ``status`` and ``q`` (a part of the door; of name or number for those who may see them) in the address."""
    return show(request, find(order_id))


def show(request: HttpRequest, one: Order, **tried: Any) -> HttpResponse:
    """The page; ``tried`` are forms that were sent and refused, and ``candidates`` for who is here unregistered."""
    wanted, user = _wanted(request), request.user
    if wants_csv(request):
        return _export_people(request, one, wanted)
    page = paged(
        request, KEY, lambda after, limit: queries.roll(one.pk, wanted, after or START, limit), lambda row: row.key
    )
    _note_look(request, one, len(page.rows))
    where = addresses([row.place_id for row in page.rows], user, Level.COMPOUND)
    live = one.state == IN_FORCE
    page.rows = [_row(row, where, tried if live and user.may("area.roll") else None) for row in page.rows]
    counted = queries.marks(one.pk)
    context = {
        "one": one, "rows": page, "wanted": wanted, "named": wanted.named, "live": live, "now": clock.now(),
        "chips": [{"key": key, "label": label, "count": counted.get(key, 0)} for key, label in words.MARKS.items()],
        "form": (tried.get("unregistered") or form_of(request, one)) if live and user.may("area.roll") else None,
        "candidates": tried.get("candidates"),
    }  # fmt: skip
    return render(request, "areas/people.html", context, status=422 if tried and "candidates" not in tried else 200)


def form_of(request: HttpRequest, one: Order, data: Any = None) -> UnregisteredForm:
    """The form with the places of the area in which somebody can be."""
    places = queries.standing_places(one.pk)
    where = addresses(places, request.user, Level.COMPOUND)
    return UnregisteredForm([(place, where.get(place, str(place))) for place in places], data)


def _wanted(request: HttpRequest) -> Roll:
    status = request.GET.get("status", "")
    text = request.GET.get("q", "").replace("\0", "").strip()[:64]
    return Roll(status if status in ("limited", *words.MARKS) else "", text, request.user.may("person.view"))


def _row(row: OnRoll, where: dict[int, str], tried: dict[str, Any] | None) -> dict[str, Any]:
    """A line of the roll; ``tried`` is None for those who may not write on it."""
    found = {"row": row, "where": where.get(row.place_id, ""), "mark": words.of(words.MARKS, row.status) if row.status else "",
             "by": labels.actor(row.by)}  # fmt: skip
    if tried is not None:
        mine = tried.get("person") == row.person_id
        found["form"] = tried["form"] if mine else MarkForm(auto_id=f"mark_{row.person_id}_%s")
        found["open"] = mine
    return found


@require_POST
@requires("area.roll")
def mark(request: HttpRequest, order_id: int, person_id: int) -> HttpResponse:
    """Somebody on the roll is away or exempt: not limited, and never in the way of the lift."""
    one, form = find(order_id), MarkForm(request.POST, auto_id=f"mark_{person_id}_%s")
    _seen(one.pk, person_id)
    if form.is_valid():
        told = form.cleaned_data
        refused = _mark(request, one, person_id, told["status"], told["reason"])
        if not refused:
            messages.success(request, _("Noted. The area no longer limits this person."))
            return redirect("areas:people", one.pk)
        form.add_error(None, refused)
    return show(request, one, person=person_id, form=form)


def _mark(request: HttpRequest, one: Order, person_id: int, status: str, reason: str) -> str:
    now, because = clock.now(), Because(request.user.actor, reason)
    return done(lambda: deeds.mark(one.pk, person_id, status, reason, request.user, now, because))


@require_POST
@requires("area.roll")
def unmark(request: HttpRequest, order_id: int, person_id: int) -> HttpResponse:
    """The person is back, or was marked by mistake."""
    one = find(order_id)
    _seen(one.pk, person_id)
    done(lambda: deeds.unmark(one.pk, person_id, clock.now(), Because(request.user.actor)))
    messages.success(request, _("The mark is gone."))
    return redirect("areas:people", one.pk)


def _seen(order_id: int, person_id: int) -> None:
    """Only of people in the user's own scope, or on the roll of an area in it, anything is noted. Raises Http404."""
    marked = RollMark.objects.filter(order_id=order_id, person_id=person_id)
    if not Person.objects.filter(pk=person_id).exists() and not marked.exists():
        raise Http404


@require_safe
@requires("area.view")
def missing(request: HttpRequest, order_id: int) -> HttpResponse:
    """Who lacks the result of the last day: the doors to knock on."""
    one = find(order_id)
    if wants_csv(request):
        return _export_missing(request, one)
    page = paged(request, KEY, lambda after, limit: _missing(one, after, limit), lambda row: row.key)
    _note_look(request, one, len(page.rows))
    where = addresses([row.place_id for row in page.rows], request.user, Level.COMPOUND)
    page.rows = [{"row": row, "where": where.get(row.place_id, "")} for row in page.rows]
    context = {"one": one, "rows": page, "named": request.user.may("person.view"), "begun": has_begun(one, clock.now())}
    return render(request, "areas/missing.html", context)


def _missing(one: Order, after: Any, limit: int) -> Sequence[Missing]:
    return queries.missing(one.pk, after or START, limit) if one.state == IN_FORCE and has_begun(one, clock.now()) else []


def _note_look(request: HttpRequest, one: Order, count: int) -> None:
    if count and request.user.may("person.view"):
        looks.note(request, "view.area", "area", one.pk, one.place_id, count, area=one.name)


def _export_people(request: HttpRequest, one: Order, wanted: Roll) -> HttpResponse:
    header = [pgettext("address", "Home"), _("Door"), _("Floor"), _("On the roll"), _("Since")]
    header += [_("Reason"), _("Number"), _("Name")] if wanted.named else []

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.roll(one.pk, wanted, after or START, EXPORTED_AT_ONCE)
        _note_look(request, one, len(found))
        where = addresses([r.place_id for r in found], request.user, Level.COMPOUND)
        lines = [
            [where.get(r.place_id, ""), r.door, r.floor or "", words.MARKS.get(r.status, _("limited")), labels.moment(r.since),
             *([r.reason, r.person_no, r.name] if wanted.named else [])]
            for r in found
        ]  # fmt: skip
        return lines, found[-1].key if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, f"area-{one.pk}-people", header, batch)


def _export_missing(request: HttpRequest, one: Order) -> HttpResponse:
    """The list to take along; names only for whoever may open a person's record."""
    named = request.user.may("person.view")
    header = [pgettext("address", "Home"), _("Door"), _("Floor"), _("Tube that waits")] + ([_("Name")] if named else [])

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = _missing(one, after, EXPORTED_AT_ONCE)
        _note_look(request, one, len(found))
        where = addresses([r.place_id for r in found], request.user, Level.COMPOUND)
        lines = [[where.get(r.place_id, ""), r.door, r.floor or "", r.barcode or "", *([r.name] if named else [])] for r in found]
        return lines, found[-1].key if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, f"area-{one.pk}-missing", header, batch)
