"""One task: what is to be done, what may be done with it, what has happened to it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.tasks import kinds, queries, states
from tongxin.tasks.forms import HandOverForm, OutcomeForm
from tongxin.tasks.models import Task
from tongxin.tasks.views.needs import needs
from tongxin.tasks.views.worklist import rows_of
from tongxin.web import labels


@require_safe
@requires("task.view")
def task(request: HttpRequest, task_id: int) -> HttpResponse:
    return show(request, find(request, task_id))


def find(request: HttpRequest, task_id: int) -> Task:
    """A task in the viewer's scope, of a kind that the viewer may see. Raises Http404."""
    try:
        found = queries.get(task_id)
    except Task.DoesNotExist:
        raise Http404 from None
    own = queries.own_of(request.user)
    if found.kind in kinds.hidden(request.user.may) or (own and own != (found.team, own[1]) and found.owner_id != own[1]):
        raise Http404
    return found


def show(request: HttpRequest, one: Task, **tried: forms.Form) -> HttpResponse:
    """The page; ``tried`` are forms that were sent and refused, with what was typed."""
    row = rows_of([one], request.user)[0]
    kind = row["kind"]
    context: dict[str, Any] = {
        **row,
        "history": [
            {"event": e, "label": kinds.EVENT_LABELS.get(e.event, e.event), "who": labels.actor(e.actor)}
            for e in queries.history(one.pk)
        ],
        "now": clock.now(),
        "state": kinds.STATE_LABELS[one.state],
        "outcome": kind.outcomes.get(one.outcome, one.outcome) if kind else one.outcome,
        "can": {
            "claim": states.can(one.state, states.CLAIM),
            "put_back": one.owner_id == request.user.pk and states.can(one.state, states.RELEASE),
            "complete": kind is not None
            and states.can(one.state, states.COMPLETE)
            and request.user.may(needs(one.kind)),
            "hand_over": states.can(one.state, states.HAND_OVER),
        },
        "outcome_form": tried.get("outcome_form") or (OutcomeForm(kind) if kind else None),
        "hand_over_form": tried.get("hand_over_form") or HandOverForm(),
    }
    return render(request, "tasks/task.html", context, status=422 if tried else 200)
