"""What an area goes through until its lift: its test days, the terminal disinfection, what studies found of its cases. Live."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.areas import asks, queries, rules, terms
from tongxin.areas.forms import PHOTO_KINDS
from tongxin.areas.forms_course import DisinfectedForm, StudyForm
from tongxin.areas.models import Disinfection, Order, Study
from tongxin.areas.operations import disinfect
from tongxin.areas.operations.disinfect import Evidence
from tongxin.areas.states import IN_FORCE
from tongxin.areas.views import words
from tongxin.areas.views.act import done
from tongxin.areas.views.area import case_in_words, find
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.policy.queries import pack_at
from tongxin.web import labels
from tongxin.web.addresses import addresses

DOORS = 20


@require_safe
@requires("area.view")
def page(request: HttpRequest, order_id: int) -> HttpResponse:
    return _show(request, find(order_id))


def _show(request: HttpRequest, one: Order, form: forms.Form | None = None, case_id: int = 0) -> HttpResponse:
    """By itself, or as a part of the area's page; ``form`` was sent and refused, that of a case or of the disinfection."""
    live, user, now = one.state == IN_FORCE, request.user, clock.now()
    cases, tests = queries.cases(one.pk), _tests(one) if live else {}
    where = addresses([row.place_id for row in (*cases, *tests.get("doors", ()))], user)
    clean = one.anchor_event == rules.REMOVED
    context = {
        "one": one, "now": now, "live": live, "tests": tests, "counted": not clean,
        "doors": [f"{where.get(d.place_id, '')} {d.door}".strip() for d in tests.get("doors", ())[:DOORS]],
        "disinfections": [
            {"row": d, "who": labels.actor(d.by), "photo": d.photo_kind in PHOTO_KINDS.values()}
            for d in one.disinfections.defer("photo").order_by("-at")
        ],
        "disinfected_form": _disinfected_form(form, case_id) if live and not clean and user.may("area.exits") else None,
        "cases": _cases(one, cases, where, live and user.may("area.order"), form if case_id else None, case_id),
        "tried": form is not None,
    }  # fmt: skip
    part = request.headers.get("HX-Target") == "part-course"
    return render(request, "areas/course_part.html" if part else "areas/course.html", context, status=422 if form else 200)


def _disinfected_form(form: forms.Form | None, case_id: int) -> forms.Form:
    return form if form is not None and not case_id else DisinfectedForm(auto_id="disinfected_%s")


def _tests(one: Order) -> dict[str, Any]:
    """The next test day, and of today's who has not been sampled."""
    zone, now = clock.city_zone(), clock.now()
    says = terms.terms_of(pack_at(one.place_id, now), one.kind, one.after)
    anchor = one.anchor_at or one.starts_at
    coming, today = rules.next_test(says, anchor, zone, now), rules.test_on(says, anchor, zone, now)
    found: dict[str, Any] = {"days": list(says.test_days), "antigen": list(says.antigen_days), "today": today}
    if coming:
        found |= {"next": coming[0], "next_date": coming[1]}
    if today is not None and one.last_day != now.astimezone(zone).date():
        found |= {"doors": asks.untested(one.pk, now.astimezone(zone).date(), DOORS + 1), "counted": one.test_day is not None}
    return found


def _cases(
    one: Order, cases: list[queries.CaseRow], where: dict[int, str], may: bool, form: forms.Form | None, case_id: int
) -> list[dict[str, Any]]:
    """The cases of the area, also those that count no more, with what was found of each and the form to say it."""
    around = asks.studied(one)
    known = {s.case_id: s for s in Study.objects.filter(case_id__in=[c.id for c in (*cases, *around)])}
    rows = []
    for case in (*cases, *around):
        study = known.get(case.id)
        told = {"finding": study.finding, "ct": study.ct, "reason": study.reason} if study else {}
        rows.append({
            "row": case, "label": case_in_words(case, where), "study": study,
            "found": words.FINDINGS.get(study.finding, "") if study else "", "counts": case not in around,
            "who": labels.actor(study.by) if study else "",
            "form": form if case.id == case_id and form else StudyForm(initial=told, auto_id=f"study_{case.id}_%s"), "may": may,
        })  # fmt: skip
    return rows


@require_POST
@requires("area.exits")
def disinfected(request: HttpRequest, order_id: int) -> HttpResponse:
    """Somebody disinfected after the last case: by whom, and when."""
    one, now = find(order_id), clock.now()
    form = DisinfectedForm(request.POST, request.FILES, auto_id="disinfected_%s")
    if form.is_valid():
        told = form.cleaned_data
        seen = Evidence(told["done_by"], told["at"], told["note"], told["photo"])
        because = Because(request.user.actor, told["note"])
        refused = done(lambda: disinfect.record(one.pk, seen, request.user, now, because))
        if not refused:
            messages.success(request, _("On record. The days count from then."))
            return redirect("areas:area", one.pk)
        form.add_error(None, refused)
    return _show(request, one, form)


@require_safe
@requires("area.view")
def photo(request: HttpRequest, order_id: int, check_id: int) -> HttpResponse:
    """The photo of a disinfection, for those in whose scope the area lies; never as anything but a picture."""
    one = Disinfection.objects.filter(pk=check_id, order_id=order_id).first()
    if one is None or one.photo is None or one.photo_kind not in PHOTO_KINDS.values():
        raise Http404
    response = HttpResponse(bytes(one.photo), content_type=one.photo_kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_POST
@requires("area.order")
def study(request: HttpRequest, order_id: int, case_id: int) -> HttpResponse:
    """What a risk study found of a case of this area, signed by the user."""
    one, form = find(order_id), StudyForm(request.POST, auto_id=f"study_{case_id}_%s")
    if form.is_valid():
        told, because = form.cleaned_data, Because(request.user.actor, form.cleaned_data["reason"])
        refused = done(
            lambda: disinfect.study(
                one.pk, case_id, told["finding"], told["reason"], told["ct"], request.user, clock.now(), because
            )
        )  # fmt: skip
        if not refused:
            messages.success(request, _("On record, signed by you."))
            return redirect("areas:area", one.pk)
        form.add_error(None, refused)
    return _show(request, one, form, case_id)
