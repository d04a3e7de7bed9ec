"""The telephone desk: type while talking. The caller is found by the number, what is needed by its words; what is sent counts
once, however often it is sent. The same page takes what is told at a door and letters of request from other cities."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.needs import desk, kinds, locate, queries, rules, triage
from tongxin.needs.forms import TAKEN_BY_HAND, LetterForm, TakeForm
from tongxin.needs.kinds import EMERGENCY
from tongxin.needs.operations import intake
from tongxin.needs.operations.intake import Raised
from tongxin.needs.rules import MAX_TEXT
from tongxin.needs.views import looks, where
from tongxin.needs.views.looks import Look
from tongxin.needs.views.text import highlighted
from tongxin.policy.decisions import Refused
from tongxin.web import labels
from tongxin.web.place import here

LETTER, PHONE = "letter", "phone"
WHOLE = re.compile(r"1\d{10}|0\d{9,11}|\d{7,8}")
"""A number that is typed to its end; a shorter one is not looked up."""


@require_http_methods(["GET", "HEAD", "POST"])
@requires("need.act")
def take(request: HttpRequest) -> HttpResponse:
    """``channel`` in the address: phone, door or letter."""
    channel = request.GET.get("channel", PHONE)
    channel = channel if channel in TAKEN_BY_HAND else PHONE
    make = LetterForm if channel == LETTER else TakeForm
    told = _heard(request.POST.get("text", ""))
    form, refused = make(request.POST or None, kind=told["heard"].kind, auto_id="take_%s"), ""
    if request.method == "POST" and "find" not in request.POST and form.is_valid():
        try:
            return _taken(request, form, _raised(request, form, channel))
        except Refused as reason:
            refused = labels.refusal(reason)
    typed = request.POST if request.method == "POST" else {}
    context = {
        "form": form, "channel": channel, "refused": refused, "here": here(request),
        "channels": [(key, label, f"{reverse('needs:phone')}?channel={key}") for key, label in TAKEN_BY_HAND.items()],
        **_caller(request, str(typed.get("phone", "")), str(typed.get("who", ""))), **told,
        "places": where.search(str(typed.get("q", "")), request.user), "spot": typed.get("spot", ""), "kind": form.chosen,
    }  # fmt: skip
    return render(request, "needs/phone.html", context, status=422 if refused or (form.is_bound and form.errors) else 200)


def _raised(request: HttpRequest, form: TakeForm, channel: str) -> Raised:
    """What the form says, confirmed by whoever typed it. Raises Refused."""
    told, user = form.cleaned_data, request.user
    text = rules.check_text(told["text"])
    heard = triage.suggest(text, queries.glossary())
    kind = kinds.get(told["kind"] or heard.kind)
    urgency = heard.urgency if told["urgency"] is None else told["urgency"]
    details = form.details()
    if isinstance(form, LetterForm):
        details |= {"sender": told["sender"].strip(), "number": told["number"].strip()}
    if urgency != EMERGENCY:
        rules.check_details(details, [(a.name, str(a.label)) for a in kind.asks if a.required])
    spot, person = _spot(request, told)
    if spot is None:
        raise Refused(rules.NO_PLACE)
    address = "" if told["spot"] or told["who"] else told["q"]
    return Raised(
        channel, form.reference if isinstance(form, LetterForm) else told["ref"], text, clock.now(), spot.place_id,
        "".join(told["phone"].split()), told["name"].strip() or details.get("sender", ""), address,
        person, spot.home_id, kind.key, urgency, details, user.actor,
    )  # fmt: skip


def _spot(request: HttpRequest, told: dict[str, Any]) -> tuple[locate.Spot | None, int | None]:
    """Where, and whom it is about: a place that was chosen, else the caller's home, else what the user answers for. Whoever was
    only guessed by the number is not meant where another home was chosen."""
    person = where.person(told["who"][1:]) if told["who"].startswith("p") else None
    home = where.read(told["who"][1:], request.user) if told["who"].startswith("h") else None
    spot = where.read(told["spot"], request.user) if told["spot"] else None
    if (told["spot"] and spot is None) or (told["who"] and not (person or home)):
        return None, None
    elsewhere = spot is not None and spot.home_id is not None and person is not None and spot.home_id != person.home_id
    if elsewhere and told["who"] == request.POST.get("guess"):
        return spot, None
    if person:
        return spot or locate.Spot(person.place_id, person.home_id), person.pk
    own = here(request).id
    return spot or home or (locate.Spot(int(own)) if own else None), None


def _taken(request: HttpRequest, form: TakeForm, one: Raised) -> HttpResponse:
    """To the need that was made, or that the first sending made."""
    made = intake.record([one], clock.now(), Because(request.user.actor)).made
    found = desk.by_source(request.user, one.channel, one.source_ref)
    if found is None:  # a silent call for help: whoever may see it has it
        messages.success(request, _("It was taken in, and those who may see it have it now. Do not call this number back."))
        return redirect(f"{reverse('needs:phone')}?channel={one.channel}")
    if made:
        messages.success(request, _("Taken in."))
    else:
        messages.warning(request, _("This was taken in before, on %(time)s.") % {"time": labels.moment(found.received_at)})
    return redirect("needs:need", found.pk)


@require_POST
@requires("need.act")
def caller(request: HttpRequest) -> HttpResponse:
    """Who calls, as far as the number tells: a part of the page."""
    context = _caller(request, request.POST.get("phone", ""), request.POST.get("who", ""))
    return render(request, "needs/caller.html", context)


def _caller(request: HttpRequest, phone: str, who: str) -> dict[str, Any]:
    """The households behind a number with their members, and what was asked from it before and still waits. Several
    households: nobody is chosen beforehand."""
    number = "".join(c for c in phone if c.isdigit())
    if not WHOLE.fullmatch(number):
        return {"looked": False}
    user, spots = request.user, queries.behind(number)
    members = desk.members({s.home_id for s in spots if s.home_id}, {s.person_id for s in spots if s.person_id})
    calling = [s.person_id for s in spots if s.person_id]
    houses = where.households(members, user, calling)
    homes = [Look("home", str(h), p) for p, h in {(m.place_id, m.home_id) for m in members if m.home_id}]
    looks.note(request, "view.home", homes)
    looks.note(request, "view.caller", [Look("person", str(p), s.place_id) for s in spots if (p := s.person_id)])
    guess = request.POST.get("guess", "")
    if not who and len(houses) == 1:
        who = guess = f"p{calling[0]}" if len(calling) == 1 else houses[0].code
    before = desk.of_phone(user, number)
    return {
        "looked": True, "houses": houses, "who": who, "guess": guess, "several": len(houses) > 1,
        "full": len(spots) >= locate.MOST_BEHIND_A_PHONE,
        "before": [{"row": n, "kind": kinds.get(n.kind).label} for n in before],
    }  # fmt: skip


@require_POST
@requires("need.act")
def heard(request: HttpRequest) -> HttpResponse:
    """What the words suggest, and the questions of the kind: a part of the page, asked for while somebody types."""
    form = (LetterForm if request.GET.get("channel") == LETTER else TakeForm)(request.POST, auto_id="take_%s")
    told = _heard(request.POST.get("text", ""))
    kind = kinds.get(request.POST.get("kind") or told["heard"].kind)
    plain = type(form)(initial={**request.POST.dict(), "kind": request.POST.get("kind", "")}, kind=kind.key, auto_id="take_%s")
    context = {"form": plain, "kind": plain.chosen, "channel": request.GET.get("channel", PHONE), **told}
    return render(request, "needs/heard.html", context)


def _heard(text: str) -> dict[str, Any]:
    read = text[:MAX_TEXT]
    said = triage.suggest(read, queries.glossary())
    return {
        "heard": said, "heard_kind": kinds.get(said.kind), "heard_urgency": kinds.URGENCIES[said.urgency],
        "heard_text": highlighted(read[:300], said.words) if said.words else [],
    }  # fmt: skip


@require_POST
@requires("need.act")
def places(request: HttpRequest) -> HttpResponse:
    """The places that an address or a name may mean: a part of the page."""
    text = request.POST.get("q", "")
    found, current = where.search(text, request.user), request.POST.get("spot", "")
    return render(request, "needs/places.html", {"places": found, "spot": current, "searched": bool(text.strip())})
