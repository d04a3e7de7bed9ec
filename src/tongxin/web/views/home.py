"""The home page, and what belongs to no stage: how a page looks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.access.guards import came_from, requires
from tongxin.web import home
from tongxin.web.context import THEME_COOKIE, THEMES
from tongxin.web.place import here

TITLES = {
    "find": (_("Find"), _("from the swab to every member resolved")),
    "care": (_("Care"), _("from a need to its end")),
    "release": (_("Release"), _("everyone the moment the rules allow")),
}


@require_GET
@requires()
def start(request: HttpRequest) -> HttpResponse:
    """The three clocks of the place that the user answers for, or of one inside it."""
    place = here(request)
    columns: list[dict[str, Any]] = []
    for clock in home.CLOCKS:
        title, meaning = TITLES[clock]
        figures = home.figures(clock, request.user, int(place.id)) if place.id else []
        columns.append({"key": clock, "title": title, "meaning": meaning, "figures": figures})
    return render(request, "web/home.html", {"columns": columns})


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or (anything else) what the system says; kept in a cookie of this browser."""
    response = HttpResponseRedirect(came_from(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=365 * 24 * 3600, samesite="Lax")
    else:
        response.delete_cookie(THEME_COOKIE)
    return response
