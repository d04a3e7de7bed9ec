"""One chased tube: its members, what is done about each, its neighbours at the table, what happened. Live."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.chase import queries, states
from tongxin.chase.forms import CallForm
from tongxin.chase.models import Chase
from tongxin.chase.queries import MemberRow
from tongxin.chase.views import bar, happened, words
from tongxin.kit import clock, crypto
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.queries import pack_at
from tongxin.screening import queries as screening
from tongxin.screening.queries import TubeDetail
from tongxin.web import labels, looks
from tongxin.web.addresses import in_address


@dataclass(frozen=True)
class Subject:
    """What the page is about: a tube in scope with its chase, or only the id of one from elsewhere."""

    tube_id: int
    tube: TubeDetail | None = None
    chase: Chase | None = None


@require_safe
@requires("chase.view")
def tube(request: HttpRequest, barcode: str) -> HttpResponse:
    found = screening.tube(barcode)
    chase = queries.chase_of(found.id) if found else None
    if found is None or chase is None:
        if found and request.user.may("screening.view"):
            return redirect("screening:tube", barcode)
        raise Http404
    return show(request, Subject(found.id, found, chase))


@require_safe
@requires("chase.view")
def elsewhere(request: HttpRequest, tube_id: int) -> HttpResponse:
    """The members of the own place in a tube that was sampled elsewhere."""
    return show(request, Subject(tube_id))


def show(request: HttpRequest, subject: Subject, status: int = 200, **tried: Any) -> HttpResponse:
    """The page; ``tried`` holds a form that was refused, by its name, and the ``member`` it is about."""
    now = clock.now()
    members = queries.members_of(subject.tube_id, now)
    if not members and subject.tube is None:
        raise Http404
    _note_look(request, subject, members)
    context = {
        "subject": subject, "now": now, "rows": [_shown(request, m, tried) for m in members],
        "parts": bar.parts(Counter(m.group for m in members)), "key": bar.key(),
        "missing": sum(m.node == states.LISTED for m in members), "exceptions": sum(m.exceptional for m in members),
        "hidden": subject.tube.members - len(members) if subject.tube else None,
        "may_name": request.user.may("person.view"),
        "hops": [(words.HOPS[h.key], h) for h in queries.hops_of(_reported(subject), members) if h.count],
        **_head(subject), **_around(subject, now),
        "happened": happened.lines(subject, members, request.user.may("person.view")),
    }  # fmt: skip
    return render(request, "chase/tube.html", context, status=status)


def _head(subject: Subject) -> dict[str, Any]:
    one, chase = subject.tube, subject.chase
    if one is None or chase is None:
        return {"result": _("positive or inconclusive"), "tone": "bad"}
    received = next((s.at for s in one.steps if s.step == 4), None)
    return {
        "result": labels.of(labels.RESULTS, one.result),
        "tone": labels.RESULT_TONES.get(one.result, "todo"),
        "kind": labels.of(labels.TUBE_KINDS, one.kind),
        "state": words.of(words.CHASE_STATES, chase.state),
        "state_tone": words.STATE_TONES.get(chase.state, "todo"),
        "reports": [
            {"row": r, "result": labels.of(labels.RESULTS, r.result), "tone": labels.RESULT_TONES.get(r.result, "todo")}
            for r in one.reports
        ],
        "way": [
            (_("sampled"), one.last_scan_at, None),
            (_("received"), received, _between(one.last_scan_at, received)),
            (_("reported"), chase.reported_at, _between(received or one.last_scan_at, chase.reported_at)),
        ],
    }


def _reported(subject: Subject) -> dt.datetime | None:
    return subject.chase.reported_at if subject.chase else None


def _between(start: dt.datetime | None, end: dt.datetime | None) -> dt.timedelta | None:
    return end - start if start and end else None


def _around(subject: Subject, now: dt.datetime) -> dict[str, Any]:
    """The tubes before and after at the table, as many as the pack of the place says."""
    one = subject.tube
    if one is None:
        return {"neighbours": []}
    pack = pack_at(one.place_id, now)
    before, after = int(pack.number("chase.neighbours_before")), int(pack.number("chase.neighbours_after"))
    found = queries.neighbours(one.id, one.station_id, one.place_id, one.first_scan_at, before, after)
    return {
        "neighbours": [
            {"row": n, "result": labels.of(labels.RESULTS, n.result), "tone": labels.RESULT_TONES.get(n.result, "todo")}
            for n in found
        ]
    }


def _shown(request: HttpRequest, row: MemberRow, tried: dict[str, Any]) -> dict[str, Any]:
    """A member as the page shows it, with the forms of what may be done."""
    mine = tried.get("member") == row.id
    user, phone = request.user, crypto.decrypt(row.phone) if row.phone else ""
    return {
        "row": row,
        "name": name_of(row, user.may("person.view")),
        "known": row.person_no is not None,
        "phone": phone,
        "shown": mine and bool(tried.get("phone")),
        "home": home_of(row),
        "categories": labels.categories(row.category or "", request.user),
        "state": words.state_of(row.node, row.resolution),
        "tone": words.GROUPS[row.group].tone,
        "letter": words.GROUPS[row.group].letter,
        "exception": words.of(words.EXCEPTIONS, row.exception) if row.exception and row.is_open else "",
        "last_call": words.of(words.CALL_OUTCOMES, row.call_outcome) if row.call_outcome else "",
        "retest": labels.of(labels.RESULTS, row.retest) if row.retest is not None else "",
        "retest_tone": labels.RESULT_TONES.get(row.retest, "todo"),
        "call_form": _form(row, tried, mine) if user.may("chase.act") and row.can_be_called else None,
        "open": mine and "call_form" in tried,
        "judge": user.may("chase.judge") and row.can_be_judged,
        "hand_over": user.may("chase.act") and row.is_open,
    }


def _form(row: MemberRow, tried: dict[str, Any], mine: bool) -> forms.Form:
    if mine and "call_form" in tried:
        return tried["call_form"]
    return CallForm(auto_id=f"id_{row.id}_%s")


def name_of(row: MemberRow, may_name: bool) -> str:
    """Who it is, for those who may know; for others the call-back code tells two members apart."""
    if row.person_no is None:
        return _("lives elsewhere")
    return row.name or row.person_no if may_name else _("member %(code)s") % {"code": row.call_code}


def home_of(row: MemberRow) -> str:
    """Community, compound, building, unit and door, as in an address."""
    if row.home_place_id is None:
        return ""
    place = PlaceId(row.home_place_id)
    levels = (Level.COMMUNITY, Level.COMPOUND, Level.BUILDING, Level.UNIT)
    named = zip(levels, row.home_names, strict=True)
    parts = [in_address(place.at(level), name) for level, name in named if name]
    return " ".join([*parts, row.door] if row.door else parts)


def _note_look(request: HttpRequest, subject: Subject, members: Sequence[MemberRow]) -> None:
    if members or subject.tube:
        place = subject.tube.place_id if subject.tube else members[0].owner_place_id
        details = {"barcode": subject.tube.barcode} if subject.tube else {}
        looks.note(request, "view.tube", "tube", subject.tube_id, place, len(members), **details)
