"""Which pack holds at a place at a moment and since when, the response level, and the words of a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext

from tongxin.kit import db
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import root
from tongxin.policy.models import Comment, Period, ResponseLevel
from tongxin.policy.schema import Pack, load

BASE = "base"


@dataclass(frozen=True)
class Calendar:
    """The packs in force at one moment: the name of the pack of every place that has adopted one."""

    packs: Mapping[int, str]

    def at(self, place_id: int) -> Pack:
        """The pack of the nearest place, going up from this one, that has adopted any; else ``base``."""
        if self.packs:
            for level in reversed(Level):
                if level and (name := self.packs.get(place_id - place_id % level.width)):
                    return load(name)
        return load(BASE)

    def every(self) -> dict[str, Pack]:
        """All packs that hold somewhere, by their names; ``base`` holds where no other does."""
        return {name: load(name) for name in {BASE, *(name for name in self.packs.values() if name)}}

    def reach(self, place_id: int) -> list[tuple[int, int]]:
        """Where the pack of a place holds: its range without those of the places below that have one of their own."""
        lo, hi = PlaceId(place_id).range
        found = []
        for below in sorted(p for p in self.packs if lo < p < hi):
            if below >= lo:
                found.append((lo, below))
                lo = PlaceId(below).range[1]
        return [(a, b) for a, b in (*found, (lo, hi)) if a < b]


def packs_in_force(at: dt.datetime) -> Calendar:
    """Every place's pack at a moment, in one query: for work on many places at once."""
    return Calendar(dict(db.rows(db.sql("policy/periods_in_force"), {"at": at})))


def pack_at(place_id: int, at: dt.datetime) -> Pack:
    """The pack that holds at a place at a moment."""
    found = db.rows(db.sql("policy/period_at"), {"places": _upwards(place_id), "at": at})
    return load(found[0][0] if found else BASE)


def pack_of_city(at: dt.datetime) -> Pack | None:
    """The pack that holds for all that is loaded; None where no places are."""
    try:
        return pack_at(root(), at)
    except LookupError:
        return None


def _upwards(place_id: int) -> list[int]:
    place = PlaceId(place_id)
    return [int(p) for p in (*place.ancestors, place)]


def holding(at: dt.datetime) -> QuerySet[Period]:
    """The periods in force at a moment."""
    return Period.objects.using(db.alias()).filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)


def held(place_id: int, at: dt.datetime) -> Period | None:
    """The period, of this place or of the nearest above, that gives it its pack; None where ``base`` holds."""
    found = holding(at).filter(place_id__in=_upwards(place_id)).exclude(pack="")
    return found.order_by("-place_id").first()


def own(place_id: int, at: dt.datetime) -> Period | None:
    """The place's own period in force."""
    return holding(at).filter(place_id=place_id).first()


def planned(place_id: int, after: dt.datetime) -> Period | None:
    """The place's own period that is still to begin; one that was withdrawn is none."""
    found = Period.objects.using(db.alias()).filter(place_id=place_id, starts_at__gt=after)
    return found.exclude(ends_at=F("starts_at")).order_by("starts_at").first()


def before(period: Period) -> str:
    """The pack that the place had before this period; empty where it followed the place above."""
    found = Period.objects.using(db.alias()).filter(place_id=period.place_id, starts_at__lt=period.starts_at)
    last = found.exclude(ends_at=F("starts_at")).order_by("-starts_at").first()
    return last.pack if last else ""


@dataclass(frozen=True)
class Filter:
    """Which periods: touching this place (in it, or around it), in force or planned only, of this pack."""

    place_id: int
    only: str = ""
    pack: str = ""


def adoptions(
    wanted: Filter, now: dt.datetime, after: tuple[dt.datetime, int] | None = None, limit: int = 50
) -> list[Period]:
    """Periods of a place, of those in it and of those around it, the latest first, a page at a time."""
    lo, hi = PlaceId(wanted.place_id).range
    touching = Q(place_id__gte=lo, place_id__lt=hi) | Q(place_id__in=_upwards(wanted.place_id))
    found = Period.objects.using(db.alias()).filter(touching)
    if wanted.only == "in_force":
        found = found.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)
    elif wanted.only == "planned":
        found = found.filter(starts_at__gt=now).exclude(ends_at=F("starts_at"))
    if wanted.pack:
        found = found.filter(pack=wanted.pack)
    if after:
        found = found.filter(Q(starts_at__lt=after[0]) | Q(starts_at=after[0], pk__lt=after[1]))
    return list(found.order_by("-starts_at", "-pk")[:limit])


def level_at(place_id: int, at: dt.datetime) -> ResponseLevel | None:
    """The response level of a place: its own or that of the nearest place above which has any."""
    found = ResponseLevel.objects.using(db.alias()).filter(place_id__in=_upwards(place_id), starts_at__lte=at)
    return found.order_by("-place_id", "-starts_at").first()


def levels(
    place_id: int, after: tuple[dt.datetime, int] | None = None, limit: int = 50
) -> list[ResponseLevel]:
    """The response levels of a place, of those in it and of those around it, the latest first, a page at a time."""
    lo, hi = PlaceId(place_id).range
    touching = Q(place_id__gte=lo, place_id__lt=hi) | Q(place_id__in=_upwards(place_id))
    found = ResponseLevel.objects.using(db.alias()).filter(touching)
    if after:
        found = found.filter(Q(starts_at__lt=after[0]) | Q(starts_at=after[0], pk__lt=after[1]))
    return list(found.order_by("-starts_at", "-pk")[:limit])


def comments(pack: str, key: str, after: int | None = None, limit: int = 50) -> list[Comment]:
    """What was said of a parameter, as far as the acting role may see it, the latest first."""
    found = Comment.objects.using(db.alias()).filter(pack=pack, key=key)
    if after is not None:
        found = found.filter(pk__lt=after)
    return list(found.order_by("-pk")[:limit])


def comment_counts(pack: str) -> dict[str, int]:
    """How many comments each parameter of a pack has, as far as the acting role may see them."""
    return dict(
        db.rows("SELECT key, count(*) FROM policy_comment WHERE pack = %s GROUP BY key", [pack])
    )


def in_words(sentence: str, values: Mapping[str, Any]) -> str:
    """A decision's or refusal's sentence in the reader's language, its values filled in."""
    return gettext(sentence) % dict(values) if sentence else ""
