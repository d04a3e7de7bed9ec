"""What is done with a need. The web role has seen it in the user's own jurisdiction, at a version; the deed itself runs as the
jobs role (``operations.deeds``). What is refused keeps what was typed and says what others have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.needs import desk, kinds, locate, queries
from tongxin.needs.forms import (
    CloseForm,
    ConfirmForm,
    FinishForm,
    NoteForm,
    PromiseForm,
    ReasonForm,
    SeenForm,
)
from tongxin.needs.models import Need
from tongxin.needs.operations import deeds
from tongxin.needs.operations.deeds import Confirmed
from tongxin.needs.rules import NO_PLACE
from tongxin.needs.views import looks, where
from tongxin.needs.views.looks import Look
from tongxin.needs.views.need import find, show
from tongxin.places.place_id import PlaceId
from tongxin.policy.decisions import Refused
from tongxin.web import labels

Deed = Callable[[dict[str, Any], Any, Because], Any]


def _done(deed: Callable[[], Any]) -> str:
    """Do it; the reason where it was refused, else nothing. Not by way of ``web.deeds``: the deed first looks at the need as the
    web role, in the user's scope."""
    try:
        deed()
    except Refused as reason:
        return labels.refusal(reason)
    return ""


def _deed(request: HttpRequest, need_id: int, name: str, form: forms.Form, deed: Deed, said: str) -> HttpResponse:
    """A deed with its form: done, or the page again with the form as it was sent."""
    find(request, need_id)
    if form.is_valid():
        told, because = form.cleaned_data, Because(request.user.actor)  # reasons tell of health: they stand in the event, encrypted
        refused = _done(lambda: deed(told, clock.now(), because))
        if not refused:
            messages.success(request, said)
            return _back(request, need_id)
    else:
        refused = _("Something is missing or wrong; it is said at the field.")
    return show(request, need_id, 422, seen=_version(form), refused=refused, **{name: form})


def _version(form: forms.Form) -> int | None:
    return form.cleaned_data.get("version") if hasattr(form, "cleaned_data") else None


def _back(request: HttpRequest, need_id: int) -> HttpResponse:
    """To the need; to the desk where it has gone out of the user's sight."""
    return redirect("needs:need", need_id) if queries.one(request.user, need_id) else redirect("needs:desk")


@require_POST
@requires("need.act")
def confirm(request: HttpRequest, need_id: int) -> HttpResponse:
    """Say what a need is. Without script, ``ask`` shows the questions of another kind and ``find`` searches places first."""
    one = find(request, need_id)
    form = ConfirmForm(request.POST, kind=one.kind, topic=one.topic, auto_id="confirm_%s")
    if "find" in request.POST or "ask" in request.POST:
        plain = _unbound(one, form)
        found = where.search(request.POST.get("q", ""), request.user) if "find" in request.POST else None
        return show(request, need_id, confirm_form=plain, **({"places": found} if found is not None else {}))
    if not form.is_valid():
        refused = _("Something is missing or wrong; it is said at the field.")
        return show(request, need_id, 422, seen=_version(form), refused=refused, confirm_form=form, **_found(request))
    told = _confirmed(request, one, form)
    if told is None:
        refused = _(NO_PLACE)
        return show(request, need_id, 422, refused=refused, confirm_form=form, **_found(request))
    because = Because(request.user.actor)
    refused = _done(lambda: deeds.confirm(request.user, need_id, form.cleaned_data["version"], told, clock.now(), because))
    if refused:
        return show(request, need_id, 422, seen=_version(form), refused=refused, confirm_form=form, **_found(request))
    messages.success(request, _("It is with its team: %(team)s.") % {"team": kinds.TEAMS[kinds.get(told.kind).team]})
    return _back(request, need_id)


def _unbound(one: Need, form: ConfirmForm) -> ConfirmForm:
    """The form with what was typed and without a word about what is missing yet."""
    typed = {name: form.data.get(name, "") for name in form.fields}
    plain = ConfirmForm(initial=typed, kind=one.kind, topic=one.topic, auto_id="confirm_%s")
    plain.initial["version"] = one.version
    return plain


def _found(request: HttpRequest) -> dict[str, Any]:
    text = request.POST.get("q", "").strip()
    return {"places": where.search(text, request.user)} if text else {}


def _confirmed(request: HttpRequest, one: Need, form: ConfirmForm) -> Confirmed | None:
    """What the operator said; None for a place or a person that is not theirs to name. A person stands where they live, unless
    another place was chosen."""
    told = form.cleaned_data
    person = where.person(told["who"])
    spot = where.read(told["spot"], request.user) if told["spot"] else locate.Spot(one.place_id, one.home_id)
    if (told["who"] and person is None) or spot is None:
        return None
    place, home = spot.place_id, spot.home_id
    if person and person.pk != one.person_id and PlaceId(place).contains(PlaceId(person.place_id)) and home is None:
        place, home = person.place_id, person.home_id
    return Confirmed(
        told["kind"], told["urgency"], place, home, person.pk if person else None, told["topic"], form.details()
    )


@require_POST
@requires("need.act")
def questions(request: HttpRequest, need_id: int) -> HttpResponse:
    """The questions of the kind that is chosen, with what was typed already: a part of the page."""
    one = find(request, need_id)
    form = ConfirmForm(request.POST, kind=one.kind, topic=one.topic, auto_id="confirm_%s")
    return render(request, "needs/questions.html", {"form": _unbound(one, form), "kind": form.chosen})


@require_POST
@requires("need.act")
def finish(request: HttpRequest, need_id: int) -> HttpResponse:
    form = FinishForm(request.POST, auto_id="finish_form_%s")
    return _deed(
        request, need_id, "finish_form", form,
        lambda told, now, why: deeds.finish(request.user, need_id, told["version"], told["note"], now, why),
        _("Done. The resident is asked whether it is solved."),
    )  # fmt: skip


@require_POST
@requires("need.act")
def close(request: HttpRequest, need_id: int) -> HttpResponse:
    form = CloseForm(request.POST, auto_id="close_form_%s")
    return _deed(
        request, need_id, "close_form", form,
        lambda told, now, why: deeds.close(
            request.user, need_id, told["version"], told["way"], told["satisfaction"], told["reason"], now, why
        ),
        _("Closed by the resident's word."),
    )  # fmt: skip


@require_POST
@requires("need.act")
def reopen(request: HttpRequest, need_id: int) -> HttpResponse:
    return _with_reason(request, need_id, "reopen", deeds.reopen, _("Opened again; its clock runs from now."))


@require_POST
@requires("need.act")
def withdraw(request: HttpRequest, need_id: int) -> HttpResponse:
    return _with_reason(request, need_id, "withdraw", deeds.withdraw, _("Withdrawn."))


@require_POST
@requires("need.act")
def district(request: HttpRequest, need_id: int) -> HttpResponse:
    """The commander of the compound calls the district, past community and street."""
    return _with_reason(request, need_id, "district", deeds.call_the_district, _("The district has it now."))


def _with_reason(request: HttpRequest, need_id: int, name: str, deed: Any, said: str) -> HttpResponse:
    form = ReasonForm(request.POST, auto_id=f"{name}_form_%s")
    return _deed(
        request, need_id, f"{name}_form", form,
        lambda told, now, why: deed(request.user, need_id, told["version"], told["reason"], now, why), said,
    )  # fmt: skip


@require_POST
@requires("need.act")
def promise(request: HttpRequest, need_id: int) -> HttpResponse:
    form = PromiseForm(request.POST, auto_id="promise_form_%s")
    return _deed(
        request, need_id, "promise_form", form,
        lambda told, now, why: deeds.promise(
            request.user, need_id, told["version"], told["at"], told["what"], told["watch"], now, why
        ),
        _("Kept. The next shift sees the promise."),
    )  # fmt: skip


@require_POST
@requires("need.act")
def note(request: HttpRequest, need_id: int) -> HttpResponse:
    form = NoteForm(request.POST, auto_id="note_form_%s")
    return _deed(
        request, need_id, "note_form", form,
        lambda told, now, why: deeds.note(request.user, need_id, told["version"], told["text"], now, why), _("Noted."),
    )  # fmt: skip


@require_POST
@requires("need.act")
def watch(request: HttpRequest, need_id: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    said = _("The next shift watches it.") if on else _("It is no longer watched.")
    return _deed(
        request, need_id, "watch_form", SeenForm(request.POST),
        lambda told, now, why: deeds.watch(request.user, need_id, told["version"], on, now, why), said,
    )  # fmt: skip


@require_POST
@requires("need.act")
def step(request: HttpRequest, need_id: int) -> HttpResponse:
    text = request.POST.get("step", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1
    return _deed(
        request, need_id, "step_form", SeenForm(request.POST),
        lambda told, now, why: deeds.step(request.user, need_id, told["version"], number, now, why), _("Noted."),
    )  # fmt: skip


@require_POST
@requires("need.act")
def merge(request: HttpRequest, need_id: int, other_id: int) -> HttpResponse:
    """Make one of two: this one's callers go over to the other. Both are the user's to see."""
    find(request, other_id)
    return _deed(
        request, need_id, "merge_form", SeenForm(request.POST),
        lambda told, now, why: deeds.merge(request.user, need_id, told["version"], other_id, now, why),
        _("The two are one now; every caller is told what becomes of it."),
    ) if need_id != other_id else redirect("needs:need", need_id)  # fmt: skip


@require_POST
@requires("need.act")
def two(request: HttpRequest, need_id: int, other_id: int) -> HttpResponse:
    """These are two needs; the suggestion does not come back."""
    find(request, need_id)
    find(request, other_id)
    refused = _done(lambda: deeds.not_the_same(request.user, need_id, other_id, clock.now(), Because(request.user.actor)))
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, _("Kept as two."))
    return _back(request, need_id)


@require_POST
@requires("need.act")
def phone(request: HttpRequest, need_id: int, caller_id: int) -> HttpResponse:
    """Show the number of a caller in full; the look is recorded, with the person where one is known."""
    one = find(request, need_id)
    caller = next((c for c in desk.askers(one.pk) if c.id == caller_id), None)
    if caller is None:
        raise Http404
    look = Look("need", str(one.pk), one.place_id)
    if caller.person_id and not one.silent:
        look = Look("person", str(caller.person_id), one.place_id)
    looks.note(request, "view.phone", [look], asked=True, need=one.pk)
    if request.headers.get("HX-Request"):
        return render(request, "needs/number.html", {"one": one, "caller": caller, "shown": caller.id, "acts": True})
    return show(request, need_id, shown=caller.id)
