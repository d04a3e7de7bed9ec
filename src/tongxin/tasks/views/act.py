"""What one does with a task. Claim, outcome and hand-over are one operation each; a refusal is said on the page."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxin.access.guards import check_may, requires
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.places.models import Place
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import Refused
from tongxin.tasks import kinds, operations
from tongxin.tasks.forms import HandOverForm, OutcomeForm
from tongxin.tasks.models import Task
from tongxin.tasks.views.needs import needs
from tongxin.tasks.views.task import find, show
from tongxin.web import labels


@require_POST
@requires("task.act")
def claim(request: HttpRequest, task_id: int) -> HttpResponseRedirect:
    find(request, task_id)
    if operations.claim(task_id, request.user, clock.now()):
        messages.success(request, _("The task is yours."))
    else:
        messages.error(request, _("Somebody else was faster: the task is taken or closed."))
    return _back(request, task_id)


@require_POST
@requires("task.act")
def put_back(request: HttpRequest, task_id: int) -> HttpResponseRedirect:
    find(request, task_id)
    if operations.release_claim(task_id, request.user, clock.now()):
        messages.success(request, _("The task is back on the list."))
    else:
        messages.error(request, _("This task is not yours any more."))
    return _back(request, task_id)


@require_POST
@requires("task.act")
def complete(request: HttpRequest, task_id: int) -> HttpResponse:
    """Close a task with its outcome. The stage that owns the kind acts on it, perhaps across a boundary (a released
    neighbour, a tube elsewhere), so it runs as the jobs role once the web role has seen the task."""
    one = find(request, task_id)
    check_may(request, needs(one.kind))
    form = OutcomeForm(kinds.get(one.kind), request.POST)
    if not form.is_valid():
        return show(request, one, outcome_form=form)
    note = form.cleaned_data["note"]
    because = Because(request.user.actor, note)
    try:
        with db.acting_as_jobs():
            operations.complete(
                task_id, form.cleaned_data["outcome"], {"note": note} if note else {}, clock.now(), because
            )
    except Refused as reason:
        return _refused(request, one, "outcome_form", form, reason)
    messages.success(request, _("Done. Thank you."))
    return _back(request, task_id)


@require_POST
@requires("task.act")
def hand_over(request: HttpRequest, task_id: int) -> HttpResponse:
    one = find(request, task_id)
    form = HandOverForm(request.POST)
    if not form.is_valid():
        return show(request, one, hand_over_form=form)
    target = _community(form.cleaned_data["to"], one)
    if target is None:
        form.add_error("to", _("No community of this district has that name or code."))
        return show(request, one, hand_over_form=form)
    because = Because(request.user.actor, form.cleaned_data["reason"])
    try:
        with db.acting_as_jobs():
            operations.hand_over(task_id, int(target), clock.now(), because)
    except Refused as reason:
        return _refused(request, one, "hand_over_form", form, reason)
    messages.success(request, _("The task was handed over; its clock goes on."))
    return redirect("tasks:worklist")


def _community(text: str, one: Task) -> PlaceId | None:
    """A community of the task's district, by its code or its whole name. Nothing is listed, so nothing is leaked."""
    text, district = text.strip(), PlaceId(one.place_id).at(Level.DISTRICT)
    lo, hi = district.range
    found = Place.objects.filter(pk__gte=lo, pk__lt=hi, level=Level.COMMUNITY)
    if text.isascii() and text.isdigit():
        try:
            found = found.filter(pk=int(PlaceId.parse(text)))
        except ValueError:
            return None
    else:
        found = found.filter(name=text)
    keys = list(found.values_list("pk", flat=True)[:2])
    return PlaceId(keys[0]) if len(keys) == 1 else None


def _refused(request: HttpRequest, one: Task, name: str, form: forms.Form, reason: Refused) -> HttpResponse:
    form.add_error(None, labels.refusal(reason))
    return show(request, find(request, one.pk), **{name: form})


def _back(request: HttpRequest, task_id: int) -> HttpResponseRedirect:
    """To the list from which it was done, else to the task."""
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, None):
        return HttpResponseRedirect(back)
    return redirect("tasks:task", task_id)
