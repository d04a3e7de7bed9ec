"""What every page shows around its content: the city's time, the place, the navigation, how it looks."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest

from tongxin.kit import clock
from tongxin.web import demo, nav, place

THEMES = ("light", "dark")
THEME_COOKIE = "tongxin_theme"
AS_GOOD_AS_REAL = dt.timedelta(minutes=1)


class Page:
    """Asked for lazily, so that a page without head costs nothing and an error page needs no database."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def now(self) -> dt.datetime:
        """The city's time."""
        return clock.now()

    @property
    def simulated(self) -> bool:
        """Whether the city's clock was set to another time than the machine's: a demo, a drill or a replay."""
        return abs(self.now - dt.datetime.now(dt.UTC)) > AS_GOOD_AS_REAL

    @cached_property
    def here(self) -> place.Here:
        """The view has refused a place outside the scope; the page that says so shows the user's own."""
        try:
            return place.here(self.request)
        except Http404:
            return place.own(self.request)

    @cached_property
    def nav(self) -> list[tuple[Any, str]]:
        return nav.entries(self.request.user)

    @property
    def theme(self) -> str:
        """The choice of this browser; empty follows the system."""
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @cached_property
    def demo_users(self) -> list[demo.Login]:
        return demo.logins()


def page(request: HttpRequest) -> dict[str, Any]:
    return {"page": Page(request)}
