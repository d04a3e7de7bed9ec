"""One area: what it is, why, until when, what it waits for and who can move, what happened. Live."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.areas import queries, rules, terms
from tongxin.areas.asks import NOTHING, waits
from tongxin.areas.forms import ExtendForm, ReasonForm
from tongxin.areas.models import Order, Part
from tongxin.areas.queries import CaseRow, Missing
from tongxin.areas.states import IN_FORCE
from tongxin.areas.views import pieces, words
from tongxin.areas.views.listing import has_begun, standing_of
from tongxin.kit import clock
from tongxin.policy import words as policy_words
from tongxin.policy.queries import packs_in_force
from tongxin.web import labels
from tongxin.web.addresses import addresses

DOORS = 8


@require_safe
@requires("area.view")
def area(request: HttpRequest, order_id: int) -> HttpResponse:
    return show(request, find(order_id))


def find(order_id: int) -> Order:
    """An area in the viewer's scope. Raises Http404."""
    one = queries.order(order_id)
    if one is None:
        raise Http404
    return one


def show(request: HttpRequest, one: Order, **tried: forms.Form) -> HttpResponse:
    """The page; ``tried`` are forms that were sent and refused, with what was typed."""
    now, parts = clock.now(), queries.parts(one.pk)
    says = terms.terms_of(packs_in_force(now).at(one.place_id), one.kind, one.after)
    cases = queries.cases(one.pk)
    live, inside = one.state == IN_FORCE, sum(c.removed_at is None for c in cases)
    missing = queries.missing(one.pk, limit=50) if live and has_begun(one, now) else []
    where = addresses([row.place_id for row in (*parts, *cases, *missing)], request.user)
    context = {
        "one": one, "now": now, "live": live, **_head(one), "parts": _parts(parts, request.user, where),
        **standing_of(one, queries.standing(one, says, inside, now, waits([one]).get(one.pk, NOTHING)) if live else None, now),
        "followers": [] if live else queries.followers(one.pk),
        "doors": [{"row": m, "where": at_door(m, where)} for m in missing[:DOORS]], "doors_more": len(missing) > DOORS,
        "facilities": any(p.facility_id for p in parts), "only_facilities": bool(parts) and all(p.facility_id for p in parts),
        "cases": [{"row": c, "where": at_door(c, where)} for c in cases], "may_open": request.user.may("person.view"),
        "timeline": [_line(e, request.user) for e in queries.timeline(one.pk)],
        "basis": policy_words.basis(one.basis), **_forms(request, one, says, cases, missing, where, tried),
    }  # fmt: skip
    return render(request, "areas/area.html", context, status=422 if tried else 200)


def _head(one: Order) -> dict[str, Any]:
    english = labels.english()
    return {
        "kind": words.of(words.KINDS, one.kind),
        "meaning": words.MEANINGS.get(one.kind, ""),
        "state": words.of(words.STATES, one.state),
        "state_tone": words.STATE_TONES.get(one.state, "todo"),
        "source": words.of(words.SOURCES, one.source),
        "cause": words.of(words.CAUSES, one.cause_kind),
        "reference": (one.decision.get("reference") or "") if one.cause_kind == "order" else "",
        "reasons": [one.reason_en, one.reason_zh] if english else [one.reason_zh, one.reason_en],
        "then": words.of(words.KINDS, one.then_kind) if one.then_kind else "",
        "size": words.of(words.SIZES, one.size),
        "issuer": labels.actor(one.issued_by),
        "ended_by": labels.actor(one.ended_by),
        "extensions": one.decision.get("extensions", []),
    }


def _parts(parts: Sequence[Part], user: Any, where: dict[int, str]) -> list[dict[str, Any]]:
    labels_of = pieces.labelled(parts, user, where=where)
    return [{"part": p, "label": label} for p, label in zip(parts, labels_of, strict=True)]


def _line(event: Any, user: Any) -> dict[str, Any]:
    more = words.happened(event.event, event.values)
    private = event.event == "objection_answered" and not user.may("person.view")
    note = _(event.note) if event.note and not private else ""
    return {
        "event": event, "what": words.of(words.EVENTS, event.event), "more": more, "note": note, "who": labels.actor(event.actor),
        "parent": event.values.get("from") if event.event in ("narrowed", "stepped") else None,
    }  # fmt: skip


def _forms(
    request: HttpRequest, one: Order, says: rules.Terms, cases: Sequence[CaseRow], missing: Sequence[Missing],
    where: dict[int, str], tried: dict[str, forms.Form],
) -> dict[str, Any]:  # fmt: skip
    """What this user may do with the area now, each with its form."""
    user, live = request.user, one.state == IN_FORCE
    found: dict[str, Any] = {"may_narrow": live and user.may("area.order") and one.source == "own"}
    if live and user.may("area.lift"):
        found["lift_form"] = tried.get("lift_form") or ReasonForm(required=one.conditions_met_at is None, auto_id="lift_%s")
    if live and user.may("area.order"):
        found["withdraw_form"] = tried.get("withdraw_form") or ReasonForm(auto_id="withdraw_%s")
    if live and user.may("area.extend") and (one.kind != rules.TEMPORARY or "extend_form" in tried):
        found["latest"] = min(one.starts_at + says.ceiling, one.ends_at + says.single_extension)
        causes = citable(cases, missing, where)
        found["extend_form"] = tried.get("extend_form") or ExtendForm(causes)
        # An opened form is kept when the page asks again for itself, as long as it says what is so.
        found["extend_mark"] = zlib.crc32(repr((one.ends_at, one.persons, causes)).encode())
    return found


def citable(cases: Sequence[CaseRow], missing: Sequence[Missing], where: dict[int, str]) -> list[tuple[str, Any]]:
    """The cases and the missing results of an area that an extension can cite, in groups."""
    of_cases = [(f"case:{c.id}", case_in_words(c, where)) for c in cases]
    of_missing = [(f"missing:{m.person_id}", at_door(m, where)) for m in missing]
    groups = [(_("A case"), of_cases), (_("A missing result"), of_missing)]
    return [(name, rows) for name, rows in groups if rows]


def case_in_words(one: CaseRow, where: dict[int, str]) -> str:
    return _("positive since %(time)s, %(where)s") % {"time": labels.moment(one.positive_at), "where": at_door(one, where)}


def at_door(row: CaseRow | Missing, where: dict[int, str]) -> str:
    return f"{where.get(row.place_id, '')} {row.door}".strip()
