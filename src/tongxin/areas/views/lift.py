"""Lifting many areas in one action: what it will do is said first, then done, then told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tongxin.access.guards import requires
from tongxin.areas import queries
from tongxin.areas.models import Order
from tongxin.areas.operations import deeds
from tongxin.areas.operations.deeds import Lifted
from tongxin.areas.states import IN_FORCE
from tongxin.areas.views import words
from tongxin.areas.views.listing import rows_of, wanted_of
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.policy.decisions import Refused
from tongxin.screening.views.scope import int64

MOST = 500


@require_http_methods(["GET", "HEAD", "POST"])
@requires("area.lift")
def lift(request: HttpRequest) -> HttpResponse:
    """GET: every area of the filters whose conditions are met; POST: those that were ticked, to be confirmed; with
    ``confirmed`` they are lifted."""
    if request.method != "POST":
        wanted = replace(wanted_of(request), state=IN_FORCE, met=True)
        return _confirm(request, queries.orders(wanted, limit=MOST))
    orders = _ticked(request)
    if not orders:
        messages.warning(request, _("Tick at least one area whose conditions are met."))
        return redirect("areas:areas")
    if request.POST.get("confirmed") != "1":
        return _confirm(request, orders)
    try:
        with db.acting_as_jobs():
            done = deeds.lift([o.pk for o in orders], "", request.user, clock.now(), Because(request.user.actor))
    except Refused as reason:
        return _confirm(request, orders, words.refusal(reason))
    tell(request, done)
    return redirect("areas:areas")


def _ticked(request: HttpRequest) -> list[Order]:
    """The areas of the form, in the user's own scope: whoever names another's does not find it."""
    try:
        keys = {int64(text) for text in request.POST.getlist("area")[:MOST]}
    except ValueError:
        raise Http404 from None
    found = list(Order.objects.filter(pk__in=keys).order_by("ends_at", "pk"))
    if len(found) < len(keys):
        raise Http404
    return found


def _confirm(request: HttpRequest, orders: Sequence[Order], error: str = "") -> HttpResponse:
    """How many areas, how many people, which; and which of them it will not lift, with the reason."""
    now = clock.now()
    rows = rows_of(orders, request.user, now)
    ready = [row for row in rows if row["ready"] and row["row"].state == IN_FORCE]
    context = {
        "rows": ready, "others": [row for row in rows if row not in ready], "now": now, "error": error,
        "persons": sum(row["row"].persons for row in ready), "most": MOST if len(orders) == MOST else None,
    }  # fmt: skip
    return render(request, "areas/lift.html", context, status=422 if error else 200)


def tell(request: HttpRequest, done: Lifted) -> None:
    """What the lift did, and what somebody else had been faster with."""
    if done.areas:
        areas = ngettext("%(n)s area is lifted", "%(n)s areas are lifted", done.areas) % {"n": done.areas}
        people = ngettext("%(n)s person is free of it", "%(n)s people are free of it", done.persons)
        messages.success(request, _("%(areas)s; %(people)s.") % {"areas": areas, "people": people % {"n": done.persons}})
    if done.eased:
        eased: Any = ngettext(
            "%(n)s area goes on as a milder one, as was said from the start.",
            "%(n)s areas go on as milder ones, as was said from the start.", done.eased,
        )  # fmt: skip
        messages.success(request, eased % {"n": done.eased})
    if done.already:
        said: Any = ngettext(
            "%(n)s area had ended already: somebody else was faster.",
            "%(n)s areas had ended already: somebody else was faster.", done.already,
        )  # fmt: skip
        messages.warning(request, said % {"n": done.already})
