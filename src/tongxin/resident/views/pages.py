"""The page of a resident: a number, a code, perhaps a date of birth; then what is on record about that one person.

A visit has a cookie of its own, which is sent to these pages alone and opens nothing else; a user of the program who is
signed in besides is nobody here. No address, form or filter names a person.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.kit import clock
from tongxin.messages import sending
from tongxin.policy.decisions import Refused
from tongxin.resident import operations, queries, rules, words
from tongxin.resident.forms import CodeForm, NumberForm, ObjectForm, WhoForm
from tongxin.resident.queries import Resident
from tongxin.screening.views.scope import int64
from tongxin.web import labels
from tongxin.web.paging import paged

COOKIE, PATH = "tongxin_me", "/me"
View = Callable[..., HttpResponse]
LOOKS_SHOWN, LOOKS_A_PAGE = 5, 20


def machine_time() -> dt.datetime:
    """Visits run on the time of the machine (see ``rules``)."""
    return dt.datetime.now(dt.UTC)


def private(view: View) -> View:
    """Nothing of these pages stays anywhere: in no cache, in no search engine, in no address that another page reads."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


def resident_only(view: Callable[..., HttpResponse]) -> View:
    """Hand the resident of the visit to a view; whoever is none (any more) begins anew."""

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        me = queries.current(_token(request), machine_time())
        return view(request, me) if me else redirect("resident:start")

    return private(guarded)


def _token(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE, "")


def _with_cookie(response: HttpResponse, token: str, lasts: dt.timedelta) -> HttpResponse:
    response.set_cookie(COOKIE, token, max_age=lasts, path=PATH, httponly=True, secure=settings.SECURE_COOKIES, samesite="Lax")
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@private
def start(request: HttpRequest) -> HttpResponse:
    """Type a number. Whoever is reading already goes on."""
    if request.method != "POST":
        me = queries.current(_token(request), machine_time())
        return redirect("resident:status") if me else render(request, "resident/start.html", {"form": NumberForm()})
    form = NumberForm(request.POST)
    if not form.is_valid():
        return render(request, "resident/start.html", {"form": form}, status=422)
    try:
        token = operations.ask(form.cleaned_data["number"], machine_time())
    except Refused as reason:
        return _refused(request, "resident/start.html", form, reason, 429)
    return _with_cookie(redirect("resident:code"), token, operations.terms().valid)


def _refused(
    request: HttpRequest, template: str, form: forms.Form, reason: Refused, status: int = 422, **more: Any
) -> HttpResponse:
    form.add_error(None, labels.refusal(reason))
    return render(request, template, {"form": form, **more}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def code(request: HttpRequest) -> HttpResponse:
    """Type the code. The page is the same whether anybody has the number or not."""
    visit = queries.visit(_token(request))
    if visit is None:
        return redirect("resident:start")
    if visit.proven_at:
        return redirect("resident:status" if visit.person_id else "resident:who")
    says = operations.terms()
    context = {"minutes": round(says.valid / dt.timedelta(minutes=1)), "folder": sending.folder() if sending.is_file() else ""}
    if request.method != "POST":
        return render(request, "resident/code.html", {"form": CodeForm(), **context})
    form = CodeForm(request.POST)
    if not form.is_valid():
        return render(request, "resident/code.html", {"form": form, **context}, status=422)
    try:
        token = operations.redeem(_token(request), form.cleaned_data["code"], machine_time())
    except Refused as reason:
        return _refused(request, "resident/code.html", form, reason, **context)
    return _with_cookie(redirect("resident:who"), token, rules.VISIT)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def who(request: HttpRequest) -> HttpResponse:
    """A phone is not a person: say who one is of those behind it."""
    visit = queries.visit(_token(request))
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
        operations.identify(_token(request), told["born"], told["last_four"], machine_time())
    except Refused as reason:
        return _refused(request, "resident/who.html", form, reason)
    return redirect("resident:status")


@require_safe
@resident_only
def status(request: HttpRequest, me: Resident) -> HttpResponse:
    return _show(request, me)


def _show(request: HttpRequest, me: Resident, tried: ObjectForm | None = None) -> HttpResponse:
    now = clock.now()
    limits = [words.limit(limit, now, _form(limit, tried)) for limit in queries.limits(me)]
    context = {
        "me": me, "now": now, "limits": limits, "past": [words.past(row, objected) for row, objected in queries.past(me)],
        "results": [words.result(r) for r in queries.results(me)],
        "looks": [words.look(one) for one in queries.looks(me, limit=LOOKS_SHOWN)],
        "left": round((me.until - machine_time()) / dt.timedelta(minutes=1)),
    }  # fmt: skip
    return render(request, "resident/status.html", context, status=422 if tried else 200)


def _form(limit: queries.Limit, tried: ObjectForm | None) -> ObjectForm | None:
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
        operations.object_to(me, int64(form.cleaned_data["limit"]), form.cleaned_data["text"])
    except (Refused, ValueError):
        raise Http404 from None
    return redirect("resident:status")


@require_safe
@resident_only
def looks(request: HttpRequest, me: Resident) -> HttpResponse:
    """Everybody who looked, a page at a time."""
    page = paged(
        request, (int64,), lambda after, limit: queries.looks(me, after[0] if after else None, limit), lambda one: (one.id,),
        LOOKS_A_PAGE,
    )  # fmt: skip
    page.rows = [words.look(one) for one in page.rows]
    return render(request, "resident/looks.html", {"rows": page, "me": me})


@require_POST
@private
def leave(request: HttpRequest) -> HttpResponseRedirect:
    operations.leave(_token(request), machine_time())
    response = redirect("resident:start")
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response
