"""Where something stands, in words, for many rows at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tongxin.access.rules import holds
from tongxin.places import queries
from tongxin.places.place_id import Level, PlaceId


def addresses(places: Iterable[int], user: Any, top: Level = Level.COMMUNITY) -> dict[int, str]:
    """``community compound building unit`` of each place that lies in the user's scope, in one query."""
    mine = user.ranges()
    wanted = [PlaceId(p) for p in {int(p) for p in places} if holds(mine, (int(p), int(p) + 1))]
    parts = {p: [a for a in (*p.ancestors, p) if a.level >= min(top, p.level)] for p in wanted}
    names = queries.names({int(a) for above in parts.values() for a in above})
    return {int(p): " ".join(names.get(int(a), "") for a in above).strip() for p, above in parts.items()}
