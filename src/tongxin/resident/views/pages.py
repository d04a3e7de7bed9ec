"""The way in, a number, a code, perhaps a date of birth; then what is on record about that one person. No address, form or
filter names a person."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.kit import clock
from tongxin.messages import sending
from tongxin.policy.decisions import Refused
from tongxin.resident import rules, words
from tongxin.resident.forms import CodeForm, NumberForm, ObjectForm, WhoForm
from tongxin.resident.operations import visits
from tongxin.resident.queries import needs, record
from tongxin.resident.queries.record import Resident
from tongxin.resident.views.guard import COOKIE, PATH, machine_time, private, refused, resident_only, token, with_cookie
from tongxin.screening.views.scope import int64
from tongxin.web.paging import paged

LOOKS_SHOWN, LOOKS_A_PAGE, NEEDS_SHOWN = 5, 20, 5


@require_http_methods(["GET", "HEAD", "POST"])
@private
def start(request: HttpRequest) -> HttpResponse:
    """Type a number. Whoever is reading already goes on."""
    if request.method != "POST":
        me = record.current(token(request), machine_time())
        return redirect("resident:status") if me else render(request, "resident/start.html", {"form": NumberForm()})
    form = NumberForm(request.POST)
    if not form.is_valid():
        return render(request, "resident/start.html", {"form": form}, status=422)
    try:
        cookie = visits.ask(form.cleaned_data["number"], machine_time())
    except Refused as reason:
        return refused(request, "resident/start.html", form, reason, 429)
    return with_cookie(redirect("resident:code"), cookie, visits.terms().valid)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def code(request: HttpRequest) -> HttpResponse:
    """Type the code. The page is the same whether anybody has the number or not."""
    visit = record.visit(token(request))
    if visit is None:
        return redirect("resident:start")
    if visit.proven_at:
        return redirect("resident:status" if visit.person_id else "resident:who")
    says = visits.terms()
    context = {"minutes": round(says.valid / dt.timedelta(minutes=1)), "folder": sending.folder() if sending.is_file() else ""}
    if request.method != "POST":
        return render(request, "resident/code.html", {"form": CodeForm(), **context})
    form = CodeForm(request.POST)
    if not form.is_valid():
        return render(request, "resident/code.html", {"form": form, **context}, status=422)
    try:
        cookie = visits.redeem(token(request), form.cleaned_data["code"], machine_time())
    except Refused as reason:
        return refused(request, "resident/code.html", form, reason, **context)
    return with_cookie(redirect("resident:who"), cookie, rules.VISIT)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def who(request: HttpRequest) -> HttpResponse:
    """A phone is not a person: say who one is of those behind it."""
    visit = record.visit(token(request))
    if visit is None or visit.proven_at is None:
        return redirect("resident:start")
    if visit.person_id:
        return redirect("resident:status")
    form = WhoForm(request.POST or None)
    if request.method != "POST":
        return render(request, "resident/who.html", {"form": form})
    if not form.is_valid():
        return render(request, "resident/who.html", {"form": form}, status=422)
    told = form.cleaned_data
    try:
        visits.identify(token(request), told["born"], told["last_four"], machine_time())
    except Refused as reason:
        return refused(request, "resident/who.html", form, reason)
    return redirect("resident:status")


@require_safe
@resident_only
def status(request: HttpRequest, me: Resident) -> HttpResponse:
    return _show(request, me)


def _show(request: HttpRequest, me: Resident, tried: ObjectForm | None = None) -> HttpResponse:
    now = clock.now()
    limits = [words.limit(limit, now, _form(limit, tried)) for limit in record.limits(me)]
    context = {
        "me": me, "now": now, "limits": limits, "past": [words.past(row, objected) for row, objected in record.past(me)],
        "results": [words.result(r) for r in record.results(me)],
        "looks": [words.look(one) for one in record.looks(me, limit=LOOKS_SHOWN)],
        "needs": [words.need(one) for one in needs.live(me, NEEDS_SHOWN)],
        "left": round((me.until - machine_time()) / dt.timedelta(minutes=1)),
    }  # fmt: skip
    return render(request, "resident/status.html", context, status=422 if tried else 200)


def _form(limit: record.Limit, tried: ObjectForm | None) -> ObjectForm | None:
    if not limit.can_object:
        return None
    if tried is not None and tried.data.get("limit") == str(limit.row.pk):
        return tried
    return ObjectForm(initial={"limit": limit.row.pk}, of=limit.row.pk)


@require_POST
@resident_only
def object_to(request: HttpRequest, me: Resident) -> HttpResponse:
    form = ObjectForm(request.POST, of=request.POST.get("limit", ""))
    if not form.is_valid():
        if "limit" in form.errors:
            raise Http404
        return _show(request, me, form)
    try:
        visits.object_to(me, int64(form.cleaned_data["limit"]), form.cleaned_data["text"])
    except (Refused, ValueError):
        raise Http404 from None
    return redirect("resident:status")


@require_safe
@resident_only
def looks(request: HttpRequest, me: Resident) -> HttpResponse:
    """Everybody who looked, a page at a time."""
    page = paged(
        request, (int64,), lambda after, limit: record.looks(me, after[0] if after else None, limit), lambda one: (one.id,),
        LOOKS_A_PAGE,
    )  # fmt: skip
    page.rows = [words.look(one) for one in page.rows]
    return render(request, "resident/looks.html", {"rows": page, "me": me})


@require_POST
@private
def leave(request: HttpRequest) -> HttpResponseRedirect:
    visits.leave(token(request), machine_time())
    response = redirect("resident:start")
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response
