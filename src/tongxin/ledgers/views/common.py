"""What the pages of the ledger share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tongxin.access.models import RoleCapability, User
from tongxin.kit import audit
from tongxin.kit.audit import Because
from tongxin.ledgers import words
from tongxin.ledgers.categories import CATEGORIES
from tongxin.ledgers.queries import entries
from tongxin.places import queries as tree
from tongxin.places.place_id import Level, PlaceId
from tongxin.web.addresses import in_address
from tongxin.web.deeds import done

LABELS = {key: c.label for key, c in CATEGORIES.items()}
WORDS = {**LABELS, **words.HOWS, **words.OUTCOMES}


def sensitive(request: HttpRequest) -> bool:
    return bool(request.user.may("ledger.sensitive"))


def because(request: HttpRequest, reason: str = "") -> Because:
    return Because(request.user.actor, reason)


def act(request: HttpRequest, deed: Callable[[], Any], said: str, to: str, *args: Any) -> HttpResponse:
    """Do it as the jobs role, say what came of it, and go back to a page."""
    if refused := done(deed, WORDS):
        messages.error(request, refused)
    else:
        messages.success(request, said)
    return redirect(to, *args)


def look(request: HttpRequest, action: str, kind: str, subject: object = "", place: int | None = None, count: int = 1) -> None:
    """Record that somebody looked at people."""
    scopes = request.user.places()
    audit.record(because(request), action, kind, subject, place if place is not None else scopes[0] if scopes else None, count)


def users(request: HttpRequest, places: Sequence[int] = (), for_sensitive: bool = False) -> list[tuple[str, str]]:
    """Users to choose from: those of the reader's own places, and those who answer for one of ``places``; for a sensitive entry
    only those who may see it."""
    found = entries.may_answer(request.user.ranges(), places)
    if for_sensitive:
        roles = set(RoleCapability.objects.filter(capability="ledger.sensitive").values_list("role_id", flat=True))
        found = [u for u in found if u.role_id in roles]
    return [(str(u.pk), f"{u.name} ({u.username})") for u in found]


def chosen(key: str) -> User | None:
    return User.objects.filter(pk=int(key), is_active=True).first() if key.isascii() and key.isdigit() and len(key) < 18 else None


def building_names(ids: Sequence[int]) -> dict[int, str]:
    """``compound building`` (and unit) of places, in one query."""
    places = [PlaceId(i) for i in ids]
    steps = {p: [a for a in (*p.ancestors, p) if a.level >= Level.COMPOUND] or [p] for p in places}
    names = tree.names({int(a) for some in steps.values() for a in some})
    return {int(p): " ".join(in_address(a, names.get(int(a), a.code)) for a in some) for p, some in steps.items()}
