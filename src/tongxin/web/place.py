"""The place a page is about: ``?place=`` where it lies in the user's scope, else what the user answers for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest

from tongxin.access.rules import holds
from tongxin.places import queries
from tongxin.places.place_id import Level, PlaceId
from tongxin.web.addresses import in_address


@dataclass
class Here:
    """``id`` is None for a user without any place. ``chosen``: the address says so, rather than the user's scope."""

    id: PlaceId | None
    chosen: bool
    scopes: list[int] = field(default_factory=list)

    @cached_property
    def _around(self) -> tuple[dict[int, str], list[tuple[int, str]]]:
        wanted = {*self.scopes, *([self.id, *self.id.ancestors] if self.id else [])}
        return queries.around(wanted, int(self.id)) if self.id else (queries.names(wanted) if wanted else {}, [])

    @property
    def _names(self) -> dict[int, str]:
        return self._around[0]

    def name_of(self, place: int) -> str:
        name = self._names.get(place)
        return in_address(PlaceId(place), name) if name else PlaceId(place).code

    @property
    def name(self) -> str:
        return self.name_of(self.id) if self.id else ""

    @property
    def top(self) -> PlaceId | None:
        """The scope in which the place lies."""
        return next((PlaceId(s) for s in self.scopes if self.id and PlaceId(s).contains(self.id)), None)

    @property
    def path(self) -> list[tuple[int, str]]:
        """From the user's own place down to this one: nobody is led above what they answer for."""
        if not self.id or not self.top:
            return []
        steps = [p for p in (*self.id.ancestors, self.id) if p.level >= self.top.level]
        return [(int(p), self.name_of(p)) for p in steps]

    @property
    def above(self) -> str:
        """The names above the user's own place, for reading only."""
        if not self.top:
            return ""
        return " › ".join(self.name_of(p) for p in self.top.ancestors if p.level >= Level.DISTRICT)

    @property
    def children(self) -> list[tuple[int, str]]:
        return [(key, in_address(PlaceId(key), name)) for key, name in self._around[1]]

    @property
    def others(self) -> list[tuple[int, str]]:
        """The user's other places."""
        return [(s, self.name_of(s)) for s in self.scopes if s != self.top]

    @property
    def query(self) -> str:
        """What a link to another page takes along."""
        return f"?place={self.id:d}" if self.chosen and self.id else ""


def read(user: Any, text: str) -> PlaceId:
    """A place in the user's scope from its code. Raises Http404 for any other, known or not."""
    try:
        place = PlaceId.parse(text)
    except ValueError:
        raise Http404 from None
    if not holds(user.ranges(), place.range) or not queries.existing([place]):
        raise Http404
    return place


def here(request: HttpRequest) -> Here:
    """Where the page stands; asked once a request. Raises Http404 for a place outside the scope."""
    if not hasattr(request, "_tongxin_here"):
        found = own(request)
        if (text := request.GET.get("place", "")) and request.user.is_authenticated:
            found = Here(read(request.user, text), True, found.scopes)
        request._tongxin_here = found  # type: ignore[attr-defined]
    return request._tongxin_here  # type: ignore[attr-defined, no-any-return]


def own(request: HttpRequest) -> Here:
    """What the user answers for, whatever the address says."""
    scopes = request.user.places() if request.user.is_authenticated else []
    return Here(PlaceId(scopes[0]) if scopes else None, False, scopes)


def narrowed(request: HttpRequest) -> int | None:
    """The place to which a list is narrowed: None shows the user's whole scope."""
    found = here(request)
    return int(found.id) if found.chosen and found.id else None
