"""What is decided about one area: lift it, withdraw it, extend it, signed.

The web role has seen the area in the user's own jurisdiction before anything is written. The deed itself then runs as
the jobs role: what an order means for a person stands where the person is, which may be elsewhere by now.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxin.access.guards import requires
from tongxin.areas import queries, states
from tongxin.areas.forms import ExtendForm, ReasonForm
from tongxin.areas.operations import deeds
from tongxin.areas.states import IN_FORCE
from tongxin.areas.views import words
from tongxin.areas.views.area import citable, find, show
from tongxin.areas.views.lift import tell
from tongxin.areas.views.listing import has_begun
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.web import deeds as deeds_of_pages
from tongxin.web.addresses import addresses


def done(deed: Callable[[], Any]) -> str:
    """Do it; the reason where it was refused, sizes in words, else nothing."""
    return deeds_of_pages.done(deed, words.SIZES)


@require_POST
@requires("area.lift")
def lift(request: HttpRequest, order_id: int) -> HttpResponse:
    """Lift one area: with its conditions met as it is, before that with the reason."""
    return _end(request, order_id, "lift_form", states.LIFTED)


@require_POST
@requires("area.order")
def withdraw(request: HttpRequest, order_id: int) -> HttpResponse:
    """Withdraw one area: its cause was none."""
    return _end(request, order_id, "withdraw_form", states.WITHDRAWN)


def _end(request: HttpRequest, order_id: int, name: str, state: str) -> HttpResponse:
    one = find(order_id)
    required = state == states.WITHDRAWN or (one.state == IN_FORCE and one.conditions_met_at is None)
    form = ReasonForm(request.POST, required=required, auto_id=f"{name.removesuffix('_form')}_%s")
    if not form.is_valid():
        return show(request, one, **{name: form})
    reason, because = form.cleaned_data["reason"], Because(request.user.actor, form.cleaned_data["reason"])
    told: list[deeds.Lifted] = []
    refused = done(lambda: told.append(deeds.lift([one.pk], reason, request.user, clock.now(), because, state)))
    if refused:
        form.add_error(None, refused)
        return show(request, one, **{name: form})
    if state == states.WITHDRAWN and told[0].areas:
        messages.success(request, _("The area is withdrawn; %(n)s people are free of it.") % {"n": told[0].persons})
    else:
        tell(request, told[0])
    return redirect("areas:area", one.pk)


@require_POST
@requires("area.extend")
def extend(request: HttpRequest, order_id: int) -> HttpResponse:
    """A longer end for one area, signed by the user, citing one of its own cases or missing results."""
    one = find(order_id)
    cases = queries.cases(one.pk)
    missing = queries.missing(one.pk) if has_begun(one, clock.now()) else []
    where = addresses([r.place_id for r in (*cases, *missing)], request.user)
    form = ExtendForm(citable(cases, missing, where), request.POST)
    if not form.is_valid():
        return show(request, one, extend_form=form)
    told = form.cleaned_data
    refused = done(
        lambda: deeds.extend(
            one.pk, told["until"], form.cited(), told["reason"], request.user, clock.now(),
            Because(request.user.actor, told["reason"]),
        )
    )  # fmt: skip
    if refused:
        form.add_error(None, refused)
        return show(request, one, extend_form=form)
    messages.success(request, _("It was extended, signed by you."))
    return redirect("areas:area", one.pk)
