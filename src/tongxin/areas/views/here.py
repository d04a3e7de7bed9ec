"""Somebody is in an area who is not registered there: looked for in the whole register, told apart, then put on the roll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxin.access.guards import requires
from tongxin.areas.operations import presence
from tongxin.areas.operations.presence import Found, Sought, Where
from tongxin.areas.views import people
from tongxin.areas.views.act import done
from tongxin.areas.views.area import find
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.places.queries import names
from tongxin.web.addresses import addresses

NEW = "new"


@require_POST
@requires("area.roll")
def unregistered(request: HttpRequest, order_id: int) -> HttpResponse:
    """First who is meant, then, with one of them chosen (or ``new``: nobody whom the register knows), the mark on the roll."""
    one = find(order_id)
    form = people.form_of(request, one, request.POST)
    if not form.is_valid():
        return people.show(request, one, unregistered=form)
    told, chosen = form.cleaned_data, request.POST.get("person", "")
    sought = Sought(told["number"], told["name"], told["phone"])
    where, because = Where(told["place"], told["door"].strip()), Because(request.user.actor, told["reason"])
    found: list[Found] = []

    def deed() -> None:
        if chosen == NEW:
            presence.add_unknown(one.pk, where, sought, request.user, clock.now(), because)
        elif chosen.isascii() and chosen.isdigit():
            presence.add(one.pk, int(chosen[:18]), where, sought, request.user, clock.now(), because)
        else:
            found.extend(presence.find(one.pk, sought, where, request.user, because))

    if refused := done(deed):
        form.add_error(None, refused)
        return people.show(request, one, unregistered=form)
    if not chosen:
        return people.show(request, one, unregistered=form, candidates=_rows(request, found))
    messages.success(request, _("Noted. The area limits this person too, where they are."))
    return redirect("areas:people", one.pk)


def _rows(request: HttpRequest, found: Sequence[Found]) -> list[dict[str, Any]]:
    """Who was found, with the home of those who live where the user answers, and the street of the others."""
    own = addresses([f.place_id for f in found if f.own], request.user)
    streets = names([f.place_id for f in found if not f.own])
    return [{"row": f, "where": own.get(f.place_id, "") if f.own else streets.get(f.place_id, "")} for f in found]
