"""The notice for the door, in both languages: what, why, until when, how to object. No personal data."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.areas import rules
from tongxin.areas.views import words
from tongxin.areas.views.area import find
from tongxin.kit import clock
from tongxin.places.queries import path
from tongxin.policy.queries import pack_at
from tongxin.policy.schema import load, names


@require_safe
@requires("area.view")
def notice(request: HttpRequest, order_id: int) -> HttpResponse:
    one, now = find(order_id), clock.now()
    pack = one.basis.partition("/")[0]
    context = {
        "one": one, "now": now, "kind": words.of(words.KINDS, one.kind), "meaning": words.MEANINGS.get(one.kind, ""),
        "street": " ".join(name for _key, name in path(one.place_id)[:3]), "pack": load(pack) if pack in names() else None,
        "within": pack_at(one.place_id, now).hours("area.objection_within") // dt.timedelta(hours=1),
        "languages": ("zh-hans", "en"), "then": words.KINDS.get(one.then_kind, ""),
        "tested": one.last_day is not None and one.kind != rules.TEMPORARY and not one.after,
    }  # fmt: skip
    return render(request, "areas/notice.html", context)
