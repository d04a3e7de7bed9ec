"""What part of a round a page is about, and figures of a wide part, which are counted once for a little while."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.http import Http404, HttpRequest

from tongxin.kit import clock
from tongxin.screening.models import Round
from tongxin.screening.queries import Part
from tongxin.web.place import narrowed

T = TypeVar("T")
KEEP_SECONDS = 30


def part_of(request: HttpRequest, round_id: int) -> Part:
    """The round, narrowed to the place in the address, or to what the user answers for. Raises Http404."""
    found = Round.objects.filter(pk=round_id).first()
    if found is None:
        raise Http404
    mine = request.user.places()
    return Part(found, narrowed(request) or (mine[0] if len(mine) == 1 else None))


def counted(request: HttpRequest, part: Part, name: str, count: Callable[[Part], T]) -> tuple[T, dt.datetime]:
    """``count(part)`` and when it was counted. Of a wide part it is kept for half a minute, for everybody with the same
    places: a hundred screens that ask again must not count a million people a hundred times."""
    if not part.is_wide:
        return count(part), clock.now()
    ranges = hashlib.sha256(repr(request.user.ranges()).encode()).hexdigest()
    key = f"screening:{name}:{part.round.pk}:{part.place_id}:{ranges}"
    kept = cache.get(key)
    if kept is None:
        kept = (count(part), clock.now())
        cache.set(key, kept, KEEP_SECONDS)
    return kept


def int64(value: object) -> int:
    """A number of a key in the address. Raises ValueError for one that no column holds: it was tampered with."""
    number = int(str(value))
    if not -(2**63) <= number < 2**63:
        raise ValueError("out of range")
    return number
