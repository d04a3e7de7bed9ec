"""Follow what one asked for: add a word, say whether it is solved, take it back. Somebody else's need is not found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongxin.kit import clock
from tongxin.policy.decisions import Refused
from tongxin.resident import words
from tongxin.resident.forms import MissingForm, SolvedForm, WithdrawForm, WordForm
from tongxin.resident.operations import asking, word
from tongxin.resident.queries import needs
from tongxin.resident.queries.needs import Mine
from tongxin.resident.queries.record import Resident
from tongxin.resident.views.asking import answered
from tongxin.resident.views.guard import resident_only
from tongxin.screening.views.scope import int64
from tongxin.web import labels
from tongxin.web.paging import paged

A_PAGE = 20
FORMS: dict[str, type[forms.Form]] = {"word": WordForm, "solved": SolvedForm, "missing": MissingForm, "withdraw": WithdrawForm}


@require_safe
@resident_only
def mine(request: HttpRequest, me: Resident) -> HttpResponse:
    """Everything that I asked for, the latest first."""
    page = paged(
        request, (int64,), lambda after, limit: needs.page(me, after[0] if after else None, limit), lambda one: (one.asked.pk,),
        A_PAGE,
    )  # fmt: skip
    page.rows = [words.need(one) for one in page.rows]
    return render(request, "resident/needs.html", {"rows": page, "me": me, "now": clock.now()})


@require_safe
@resident_only
def need(request: HttpRequest, me: Resident, need_id: int) -> HttpResponse:
    return _show(request, me, _one(me, need_id))


def _one(me: Resident, need_id: int) -> Mine:
    if need_id < 2**63 and (found := needs.one(me, need_id)):
        return found
    raise Http404


def _show(request: HttpRequest, me: Resident, found: Mine, tried: dict[str, forms.Form] | None = None) -> HttpResponse:
    drawn = {name: (tried or {}).get(name) or form(auto_id=f"{name}_%s") for name, form in FORMS.items()}
    events = needs.events(found)
    context = {
        "me": me, "now": clock.now(), "need": words.need(found), "steps": words.steps(found, events),
        "said": words.history(me, events), "forms": drawn,
    }  # fmt: skip
    return render(request, "resident/need.html", context, status=422 if tried else 200)


def _deed(name: str, work: Callable[[Resident, int, dict[str, Any]], asking.Answer | None]) -> Any:
    """A view that does one deed on a need of the resident's, and keeps what was typed where it cannot be done."""

    @require_POST
    @resident_only
    def view(request: HttpRequest, me: Resident, need_id: int) -> HttpResponse:
        found, form = _one(me, need_id), FORMS[name](request.POST, auto_id=f"{name}_%s")
        if not form.is_valid():
            return _show(request, me, found, {name: form})
        try:
            answer = work(me, need_id, form.cleaned_data)
        except Refused as reason:
            form.add_error(None, labels.refusal(reason))
            return _show(request, me, _one(me, need_id), {name: form})
        return answered(request, me, answer) if answer else redirect("resident:need", need_id=need_id)

    return view


add_word = _deed("word", lambda me, need_id, told: word.add(me, need_id, told["text"], clock.now()))
not_solved = _deed("missing", lambda me, need_id, told: word.not_solved(me, need_id, told["text"], clock.now()))
solved = _deed("solved", lambda me, need_id, told: word.solved(me, need_id, told["stars"], told["text"], clock.now()))
withdraw = _deed(
    "withdraw", lambda me, need_id, told: word.withdraw(me, need_id, told["text"] or _("the resident took it back"), clock.now())
)
