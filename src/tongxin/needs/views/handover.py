"""The shift hand-over: what is late, what was promised until when, what is to be watched; made to be printed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock, crypto
from tongxin.needs import desk, queries
from tongxin.needs.models import Need
from tongxin.needs.views import looks
from tongxin.needs.views.listing import SOON, row_of
from tongxin.needs.views.looks import Look
from tongxin.web.addresses import addresses
from tongxin.web.place import here, narrowed


@require_safe
@requires("need.view")
def handover(request: HttpRequest) -> HttpResponse:
    user, now, place = request.user, clock.now(), narrowed(request)
    found, own = desk.hand_over(user, place, now), here(request).id
    whole = [*found.overdue, *found.promised, *found.watched]
    where = addresses([n.place_id for n in whole], user)
    looks.note(request, "view.needs", [Look("need", "", place or (int(own) if own else None), len({n.pk for n in whole}))])
    context = {
        "now": now, "figures": queries.figures(user, place or (int(own) if own else 0), now, SOON) if own else None,
        "overdue": [row_of(n, where, user) for n in found.overdue],
        "promised": [{**row_of(n, where, user), "promise": _promise(n, user)} for n in found.promised],
        "watched": [row_of(n, where, user) for n in found.watched], "most": desk.MOST_SHOWN, "by": user.name,
    }  # fmt: skip
    return render(request, "needs/handover.html", context)


def _promise(one: Need, user: Any) -> str:
    return crypto.decrypt(one.promise) if user.may("need.act") else ""
