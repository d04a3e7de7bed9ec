"""One restriction: why, on what ground, until when; lifting it, and extending it with a signature."""

from __future__ import annotations

import json

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.policy import words as policy_words
from tongxin.policy.decisions import Refused
from tongxin.restrictions import kinds, operations
from tongxin.restrictions.forms import ExtendForm, ReleaseForm
from tongxin.restrictions.models import Restriction
from tongxin.restrictions.views.listing import rows_of
from tongxin.web import labels


@require_safe
@requires("restriction.release", "restriction.extend", "person.view")
def restriction(request: HttpRequest, restriction_id: int) -> HttpResponse:
    return _show(request, _find(restriction_id))


@require_POST
@requires("restriction.release")
def release(request: HttpRequest, restriction_id: int) -> HttpResponse:
    """Lift one. Whoever hears of it earlier than the clock may do so at any time, with the reason."""
    one, form = _find(restriction_id), ReleaseForm(request.POST)
    if not form.is_valid():
        return _show(request, one, release_form=form)
    reason = form.cleaned_data["reason"]
    if operations.release([one.pk], reason, clock.now(), Because(request.user.actor, reason)):
        messages.success(request, _("It was lifted."))
    else:
        messages.warning(request, _("It had ended already."))
    return redirect("restrictions:restriction", one.pk)


@require_POST
@requires("restriction.extend")
def extend(request: HttpRequest, restriction_id: int) -> HttpResponse:
    one, form = _find(restriction_id), ExtendForm(request.POST)
    if not form.is_valid():
        return _show(request, one, extend_form=form)
    given = form.cleaned_data
    try:
        operations.extend(
            one.pk,
            given["until"],
            request.user,
            given["cause"],
            clock.now(),
            Because(request.user.actor, given["cause"]),
        )
    except Refused as reason:
        form.add_error(None, labels.refusal(reason))
        return _show(request, one, extend_form=form)
    messages.success(request, _("It was extended, signed by you."))
    return redirect("restrictions:restriction", one.pk)


def _find(restriction_id: int) -> Restriction:
    found = Restriction.objects.filter(pk=restriction_id).first()
    if found is None:
        raise Http404
    return found


def _show(request: HttpRequest, one: Restriction, **tried: forms.Form) -> HttpResponse:
    """The page; ``tried`` are forms that were refused, with what was typed."""
    now = clock.now()
    known = any(k.key == one.kind for k in kinds.known())
    may_extend = known and one.released_at is None and request.user.may(kinds.get(one.kind).extend_capability)
    context = {
        **rows_of([one], request.user, now)[0],
        "now": now,
        "released_by": labels.actor(one.released_by),
        "basis": policy_words.basis(one.basis), "decision": json.dumps(one.decision, ensure_ascii=False, indent=1),
        "can_release": one.released_at is None and request.user.may("restriction.release"),
        "can_extend": may_extend and one.ends_at > now,
        "release_form": tried.get("release_form") or ReleaseForm(),
        "extend_form": tried.get("extend_form") or ExtendForm(),
    }
    return render(request, "restrictions/restriction.html", context, status=422 if tried else 200)
