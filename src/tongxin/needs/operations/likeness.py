"""Needs that may be one: marked when they come in, each with its reason, and decided by an operator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tongxin.kit import db
from tongxin.needs import kinds, rules
from tongxin.needs.models import Likeness
from tongxin.needs.rules import Shape
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.queries import packs_in_force

_OWN = (
    "SELECT n.id, n.id, n.kind, n.topic, n.person_id, n.home_id, n.place_id, n.raised_at,"
    " ARRAY(SELECT encode(c.phone_hash, 'hex') FROM needs_caller c WHERE c.need_id = n.id AND c.phone_hash IS NOT NULL)"
    " FROM needs_need n WHERE n.id = ANY(%s)"
)


def mark(needs: Sequence[int], now: dt.datetime) -> int:
    """Mark the live needs that may be the same as these, with the reason (``rules.likeness``). How many pairs."""
    if not needs:
        return 0
    near = db.rows(db.sql("needs/alike"), {"needs": list(needs)})
    if not near:
        return 0
    own = {row[0]: row for row in db.rows(_OWN, [list(needs)])}
    packs = packs_in_force(now)
    marks = []
    for new, *other in near:
        mine, theirs = _shape(own[new][1:]), _shape(other)
        reason = rules.likeness(mine, theirs, packs.at(own[new][6]).hours("need.duplicate_window"))
        first, second = sorted((new, other[0]))
        if reason:
            marks.append(Likeness(need_id=second, other_id=first, place_id=own[new][6], reason=reason))
    Likeness.objects.bulk_create(marks, ignore_conflicts=True)
    return len(marks)


def _shape(row: Sequence[object]) -> Shape:
    _id, kind, topic, person, home, place, raised_at, phones = row
    unit = int(PlaceId(place).at(Level.UNIT)) if PlaceId(place).level == Level.UNIT else 0  # type: ignore[arg-type]
    shared = kinds.get(str(kind)).shared and bool(unit)
    return Shape(str(kind), str(topic), person, home, frozenset(phones), unit, raised_at, shared)  # type: ignore[arg-type]
