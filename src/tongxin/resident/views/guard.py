"""Whose visit it is. A visit has a cookie of its own, which is sent to these pages alone and opens nothing else; a user of the
program who is signed in besides is nobody here."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from tongxin.policy.decisions import Refused
from tongxin.resident.forms import words_of
from tongxin.resident.queries import record
from tongxin.web import labels

COOKIE, PATH = "tongxin_me", "/me"
View = Callable[..., HttpResponse]


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
    """Hand the resident of the visit to a view; whoever is none (any more) begins anew. What was typed into a form that was
    sent too late is shown, to be copied."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if me := record.current(token(request), machine_time()):
            return view(request, me, **kwargs)
        typed, at = words_of(request.POST.dict()), request.resolver_match
        quiet = at is not None and at.url_name == "talk" and request.method == "POST"
        if typed or quiet:
            return render(request, "resident/over.html", {"typed": typed, "quiet": quiet}, status=422)
        return redirect("resident:start")

    return private(guarded)


def token(request: HttpRequest) -> str:
    """The cookie of the visit."""
    return request.COOKIES.get(COOKIE, "")


def with_cookie(response: HttpResponse, value: str, lasts: dt.timedelta) -> HttpResponse:
    response.set_cookie(COOKIE, value, max_age=lasts, path=PATH, httponly=True, secure=settings.SECURE_COOKIES, samesite="Lax")
    return response


def refused(
    request: HttpRequest, template: str, form: forms.Form, reason: Refused, status: int = 422, **more: Any
) -> HttpResponse:
    """The form again, with what was typed and why it is refused."""
    form.add_error(None, labels.refusal(reason))
    return render(request, template, {"form": form, **more}, status=status)
