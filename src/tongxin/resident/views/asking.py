"""Ask for help: by kind or in one's own words, quietly, or without a visit. An emergency is answered on the next page; what was
asked quietly is answered in place, so that neither address nor list tells of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tongxin.kit import clock
from tongxin.needs import kinds
from tongxin.policy.decisions import Refused
from tongxin.resident import words
from tongxin.resident.forms import HelpForm, OutsideForm, QuietForm
from tongxin.resident.operations import asking
from tongxin.resident.queries import needs
from tongxin.resident.queries.record import Resident
from tongxin.resident.views.guard import machine_time, private, refused, resident_only
from tongxin.web.templatetags.tongxin import masked

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@resident_only
def ask(request: HttpRequest, me: Resident) -> HttpResponse:
    """The kinds as buttons and free text; or the questions of one kind."""
    kind = _kind(request.POST.get("kind", "") if request.method == "POST" else request.GET.get("kind", ""))
    form = _form(request, me, kind)
    shown = {"me": me, "kind": kind, "plain": words.plain(kind), "kinds": words.offered(), "more": words.offered(more=True)}
    if request.method != "POST":
        return render(request, "resident/help.html", {"form": form, **shown})
    if not form.is_valid():
        return render(request, "resident/help.html", {"form": form, **shown}, status=422)
    try:
        answer = asking.ask(me, form.typed(), clock.now())
    except Refused as reason:
        return refused(request, "resident/help.html", form, reason, **shown)
    return answered(request, me, answer)


def _kind(key: str) -> kinds.Kind | None:
    """A kind that is offered here; a quiet call has a form of its own."""
    return kinds.get(key) if key in words.PLAIN else None


def _form(request: HttpRequest, me: Resident, kind: kinds.Kind | None) -> HelpForm:
    number = needs.phone(me)
    return HelpForm(
        request.POST if request.method == "POST" else None, kind=kind, on_file=words.on_file(masked(number)) if number else "",
        members=[(one.key, one.name) for one in needs.household(me)],
    )  # fmt: skip


def answered(request: HttpRequest, me: Resident, answer: asking.Answer) -> HttpResponse:
    """Where somebody goes who has asked: to the need; from a silent one nowhere, its answer stands where it was asked."""
    if answer.silent:
        return render(request, "resident/heard.html", {"me": me, "emergency": answer.emergency})
    return redirect("resident:need", need_id=answer.need_id)


@require_http_methods(FORM)
@resident_only
def talk(request: HttpRequest, me: Resident) -> HttpResponse:
    """Ask quietly."""
    form = QuietForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "resident/talk.html", {"me": me, "form": form})
    if not form.is_valid():
        return render(request, "resident/talk.html", {"me": me, "form": form}, status=422)
    try:
        answer = asking.ask_quietly(me, form.typed(), clock.now())
    except Refused as reason:
        return refused(request, "resident/talk.html", form, reason, me=me)
    return answered(request, me, answer)


@require_http_methods(FORM)
@private
def outside(request: HttpRequest) -> HttpResponse:
    """Ask without a visit. What it answers is the same for everybody."""
    form = OutsideForm(request.POST if request.method == "POST" else None, districts=needs.districts())
    if request.method != "POST":
        return render(request, "resident/outside.html", {"form": form})
    if not form.is_valid():
        return render(request, "resident/outside.html", {"form": form}, status=422)
    try:
        answer = asking.call(form.typed(), clock.now(), machine_time())
    except Refused as reason:
        return refused(request, "resident/outside.html", form, reason, 429 if "at" in reason.values else 422)
    return render(request, "resident/sent.html", {"answer": answer, "numbers": words.numbers(answer.kind)})
