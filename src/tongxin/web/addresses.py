"""Where something stands, in words, for many rows at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from tongxin.access.rules import holds
from tongxin.places import queries
from tongxin.places.place_id import Level, PlaceId


def addresses(places: Iterable[int], user: Any, top: Level = Level.COMMUNITY) -> dict[int, str]:
    """``community compound building unit`` of each place that lies in the user's scope, in one query."""
    mine = user.ranges()
    wanted = [PlaceId(p) for p in {int(p) for p in places} if holds(mine, (int(p), int(p) + 1))]
    parts = {p: [a for a in (*p.ancestors, p) if a.level >= min(top, p.level)] for p in wanted}
    names = queries.names({int(a) for above in parts.values() for a in above})
    return {
        int(p): " ".join(in_address(a, names[int(a)]) for a in above if int(a) in names) for p, above in parts.items()
    }


def in_address(place: PlaceId, name: str) -> str:
    """The name of a place as it stands in an address: a bare number says of what it is the number."""
    if not name.isdigit():
        return name
    if place.level == Level.BUILDING:
        return _("building %(number)s") % {"number": name}
    return _("unit %(number)s") % {"number": name} if place.level == Level.UNIT else name
