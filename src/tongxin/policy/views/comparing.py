"""Two packs side by side: what they set differently, and what that means for what is in force at a place."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit import audit, clock
from tongxin.kit.audit import Because
from tongxin.policy import compare as comparing
from tongxin.policy import queries, schema, words
from tongxin.policy.forms import pack_choices
from tongxin.policy.views.reading import said
from tongxin.web import subjects
from tongxin.web.addresses import addresses
from tongxin.web.place import here


@require_safe
@requires("policy.view")
def compare(request: HttpRequest) -> HttpResponse:
    """Filters in the address: ``a`` (else the pack that holds here), ``b``, ``place``. Raises Http404 for a pack that is none."""
    now, place = clock.now(), here(request).id
    if any((name := request.GET.get(side, "")) and not _known(name) for side in ("a", "b")):
        raise Http404
    before, after = (_known(request.GET.get(name, "")) for name in ("a", "b"))
    if not before and place:
        before = queries.pack_at(place, now).name
    found = comparing.compare(place, before, after, now) if place and before and after else None
    if found and place and (count := sum(len(e.rows) for e in found.effects)):
        user: Any = request.user
        audit.record(Because(user.actor), "view.compare", "place", int(place), int(place), count=count)
    context = {
        "choices": pack_choices(), "before": before, "after": after, "found": shown(found, request.user) if found else None,
    }  # fmt: skip
    return render(request, "policy/compare.html", context)


def shown(found: comparing.Comparison, user: Any) -> dict[str, Any]:
    """A comparison in words."""
    return {
        "before": words.title(found.before),
        "after": words.title(found.after),
        "differences": [{"after": said(d.after), "sides": [said(d.before), said(d.after)]} for d in found.differences],
        "effects": [{"effect": e, "rows": _rows(e, user)} for e in found.effects],
    }


def _known(name: str) -> str:
    return name if name in schema.names() else ""


def _rows(effect: comparing.Effect, user: Any) -> list[dict[str, Any]]:
    links = subjects.links([r["subject"] for r in effect.rows if "subject" in r], user)
    where = addresses([r["place_id"] for r in effect.rows if "place_id" in r], user)
    return [
        {
            "who": links.get(r.get("subject", ("", 0))),
            "text": r.get("text", ""),
            "where": where.get(r.get("place_id", 0), ""),
            "before": _told(r.get("before", "")),
            "after": _told(r.get("after", "")),
        }
        for r in effect.rows
    ]


def _told(value: Any) -> Any:
    return date_format(timezone.localtime(value), "Y-m-d H:i") if isinstance(value, dt.datetime) else value
