"""What is kept while an area lasts: the exits with their photos, the register of barriers, the objections. Live."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.access.guards import check_may, requires
from tongxin.areas import queries, rules
from tongxin.areas.forms import PHOTO_KINDS, AnswerForm, BarrierForm, ExitsForm
from tongxin.areas.models import Barrier, ExitsCheck, Objection, Order
from tongxin.areas.operations import upkeep
from tongxin.areas.operations.issue import Photo
from tongxin.areas.states import IN_FORCE
from tongxin.areas.views import words
from tongxin.areas.views.act import done
from tongxin.areas.views.area import find
from tongxin.kit import audit, clock
from tongxin.kit.audit import Because
from tongxin.policy.decisions import Refused
from tongxin.restrictions.models import Restriction
from tongxin.web import labels, subjects


@require_safe
@requires("area.view")
def page(request: HttpRequest, order_id: int) -> HttpResponse:
    return _show(request, find(order_id))


def _show(request: HttpRequest, one: Order, **tried: forms.Form) -> HttpResponse:
    """By itself, or as a part of the area's page."""
    live, user = one.state == IN_FORCE, request.user
    may_keep = user.may("area.exits")
    context = {
        "one": one, "now": clock.now(), "live": live,
        "exits": [
            {"row": e, "who": labels.actor(e.by), "photo": e.photo_kind in PHOTO_KINDS.values()} for e in queries.exits(one.pk)
        ],
        "barriers": queries.barriers(one.pk), "may_read": may_read(user),
        "objections": [_objection(o, user) for o in queries.objections(one.pk)] if may_read(user) else [],
        "may_keep": may_keep,
        "exits_form": tried.get("exits_form") or ExitsForm(auto_id="exits_%s") if live and may_keep else None,
        "barrier_form": tried.get("barrier_form") or BarrierForm(auto_id="barrier_%s") if live and may_keep else None,
        "tried": sorted(tried),
    }  # fmt: skip
    part = request.headers.get("HX-Target") == "part-upkeep"
    return render(request, "areas/upkeep_part.html" if part else "areas/upkeep.html", context, status=422 if tried else 200)


@require_POST
@requires("area.exits")
def exits(request: HttpRequest, order_id: int) -> HttpResponse:
    """Somebody looked, and took a photo."""
    one, now = find(order_id), clock.now()
    form = ExitsForm(request.POST, request.FILES, auto_id="exits_%s")
    if not form.is_valid():
        return _show(request, one, exits_form=form)
    told = form.cleaned_data
    seen = Photo(now, *told["photo"], note=told["note"])
    because = Because(request.user.actor, told["note"])
    refused = done(lambda: upkeep.check_exits(one.pk, seen, told["is_open"], request.user, now, because))
    if refused:
        form.add_error(None, refused)
        return _show(request, one, exits_form=form)
    if told["is_open"]:
        messages.success(request, _("Noted: every exit is open."))
    else:
        messages.warning(request, _("Noted. Opening the exit is an urgent task now."))
    return redirect("areas:upkeep", one.pk)


@require_safe
@requires("area.view")
def photo(request: HttpRequest, order_id: int, check_id: int) -> HttpResponse:
    """The photo of one look, for those in whose scope the area lies; never as anything but a picture."""
    one = ExitsCheck.objects.filter(pk=check_id, order_id=order_id).first()
    if one is None or one.photo_kind not in PHOTO_KINDS.values():
        raise Http404
    response = HttpResponse(bytes(one.photo), content_type=one.photo_kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_POST
@requires("area.exits")
def barrier(request: HttpRequest, order_id: int) -> HttpResponse:
    one, form = find(order_id), BarrierForm(request.POST, auto_id="barrier_%s")
    if not form.is_valid():
        return _show(request, one, barrier_form=form)
    told, because = form.cleaned_data, Because(request.user.actor)
    refused = done(
        lambda: upkeep.place_barrier(one.pk, told["where"], told["made_of"], request.user, clock.now(), because)
    )
    if refused:
        form.add_error(None, refused)
        return _show(request, one, barrier_form=form)
    messages.success(request, _("The barrier is on the register."))
    return redirect("areas:upkeep", one.pk)


@require_POST
@requires("area.exits")
def remove_barrier(request: HttpRequest, barrier_id: int) -> HttpResponse:
    one = Barrier.objects.filter(pk=barrier_id).first()
    if one is None:
        raise Http404
    done(lambda: upkeep.remove_barrier(one.pk, request.user, clock.now(), Because(request.user.actor)))
    messages.success(request, _("The barrier is gone."))
    return redirect("areas:upkeep", one.order_id)


def may_read(user: Any) -> bool:
    """What somebody objects is for those who answer it or may open that person's record, not for all who see the area."""
    return user.may("objection.answer") or (user.may("area.view") and user.may("person.view"))


def _objection(one: Objection, user: Any, form: forms.Form | None = None) -> dict[str, Any]:
    """An objection with the form to answer it, or with the reason why not by this user."""
    found: dict[str, Any] = {"row": one, "against": labels.actor(one.against), "who": labels.actor(one.answered_by)}
    if one.answered_at is None and user.may("objection.answer"):
        try:
            for signer in {one.against, *one.signers}:
                rules.check_can_answer(signer, user.actor)
            found["form"] = form or AnswerForm(auto_id=f"answer_{one.pk}_%s")
        except Refused as reason:
            found["refused"] = words.refusal(reason)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@requires("objection.answer", "area.view")
def objection(request: HttpRequest, objection_id: int) -> HttpResponse:
    """One objection, whatever limit it is against; a POST answers it."""
    one, form = queries.objection(objection_id), None
    if not may_read(request.user):
        check_may(request, "objection.answer")
    if one is None:
        raise Http404
    if request.method == "POST":
        answered, form = _answer(request, one)
        if answered:
            return answered
    audit.record(Because(request.user.actor), "view.objection", "person", one.person_id, one.place_id)
    context = {
        "item": _objection(one, request.user, form), "one": one.order, "now": clock.now(),
        "person": subjects.links([("person", one.person_id)], request.user).get(("person", one.person_id)),
        "limit": Restriction.objects.filter(pk=one.restriction_id).first() if one.restriction_id else None,
    }  # fmt: skip
    return render(request, "areas/objection.html", context, status=422 if request.method == "POST" else 200)


def _answer(request: HttpRequest, one: Objection) -> tuple[HttpResponse | None, forms.Form]:
    """Answer it: the redirect, or the form that was refused."""
    check_may(request, "objection.answer")
    form = AnswerForm(request.POST, auto_id=f"answer_{one.pk}_%s")
    if form.is_valid():
        told, because = form.cleaned_data, Because(request.user.actor, form.cleaned_data["words"])
        refused = done(
            lambda: upkeep.answer(one.pk, told["upheld"], told["words"], request.user, clock.now(), because)
        )
        if refused and one.answered_at is None:
            form.add_error(None, refused)
            return None, form
        if refused:
            messages.warning(request, refused)
        else:
            messages.success(request, _("Answered. The resident can read it now."))
        return (redirect("areas:upkeep", one.order_id) if one.order else redirect("areas:objection", one.pk)), form
    return None, form
