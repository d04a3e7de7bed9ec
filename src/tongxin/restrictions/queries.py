"""Reads of restrictions. What a user may see is the database's affair; a place here only narrows it further."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Greatest

from tongxin.kit import db
from tongxin.people.models import Person
from tongxin.places.place_id import PlaceId
from tongxin.restrictions.models import Restriction


@dataclass(frozen=True)
class ReleaseClock:
    """The release clock of a place: in force, overdue, ending soon, and since when the oldest overdue one is."""

    in_force: int
    overdue: int
    ending_soon: int
    oldest_overdue: dt.datetime | None


def in_force(now: dt.datetime, subject_kind: str, subject_ids: Sequence[int]) -> list[Restriction]:
    """What limits these subjects themselves now, the earliest end first."""
    found = _live(now).filter(subject_kind=subject_kind, subject_id__in=subject_ids)
    return list(found.order_by("ends_at", "pk"))


def in_force_on_person(now: dt.datetime, person_id: int) -> list[Restriction]:
    """What limits a person now: on the person, on the home, or on a place around it; the earliest end first."""
    limits = Q(subject_kind="person", subject_id=person_id)
    where = Person.objects.using(db.alias()).filter(pk=person_id).values_list("home_id", "place_id").first()
    if where:
        home, place = where[0], PlaceId(where[1])
        limits |= Q(subject_kind="place", subject_id__in=[*map(int, place.ancestors), int(place)])
        if home is not None:
            limits |= Q(subject_kind="home", subject_id=home)
    return list(_live(now).filter(limits).order_by("ends_at", "pk"))


def of_person(person_id: int) -> list[Restriction]:
    """Every restriction there ever was on a person, the latest first."""
    found = Restriction.objects.using(db.alias()).filter(subject_kind="person", subject_id=person_id)
    return list(found.order_by("-starts_at", "-pk"))


def overdue(now: dt.datetime, place_id: int | None = None, limit: int = 50) -> list[Restriction]:
    """Due, conditions met, not released: the longest overdue first. Each carries ``overdue_since``."""
    return list(_overdue(now, place_id).order_by("overdue_since", "pk")[:limit])


def overdue_count(now: dt.datetime, place_id: int | None = None) -> int:
    """How many releases are late. The goal is always zero."""
    return _overdue(now, place_id).count()


def ending(now: dt.datetime, within: dt.timedelta, place_id: int | None = None, limit: int = 50) -> list[Restriction]:
    """What lapses soon unless somebody extends it, the earliest first."""
    found = _in(place_id, _live(now).filter(ends_at__lt=now + within))
    return list(found.order_by("ends_at", "pk")[:limit])


def release_clock(now: dt.datetime, soon: dt.timedelta, place_id: int | None = None) -> ReleaseClock:
    """The figures of the release clock, in one query."""
    late = Q(due_at__lt=now, conditions_met_at__lt=now)
    live = Q(starts_at__lte=now, ends_at__gt=now)
    found = _in(place_id, _unreleased()).aggregate(
        n=Count("pk", filter=live),
        late=Count("pk", filter=late),
        near=Count("pk", filter=live & Q(ends_at__lt=now + soon)),
        oldest=Min(Greatest("due_at", "conditions_met_at"), filter=late),
    )
    return ReleaseClock(found["n"], found["late"], found["near"], found["oldest"])


def _unreleased() -> QuerySet[Restriction]:
    return Restriction.objects.using(db.alias()).filter(released_at=None)


def _live(now: dt.datetime) -> QuerySet[Restriction]:
    """In force: started, not past its end, not released (``rules.is_in_force``)."""
    return _unreleased().filter(starts_at__lte=now, ends_at__gt=now)


def _overdue(now: dt.datetime, place_id: int | None) -> QuerySet[Restriction]:
    """``rules.is_overdue`` in the database; both times are compared so that the index on ``due_at`` serves."""
    late = _unreleased().filter(due_at__lt=now, conditions_met_at__lt=now)
    return _in(place_id, late).annotate(overdue_since=Greatest("due_at", "conditions_met_at"))


def _in(place_id: int | None, found: QuerySet[Restriction]) -> QuerySet[Restriction]:
    if place_id is None:
        return found
    lo, hi = PlaceId(place_id).range
    return found.filter(place_id__gte=lo, place_id__lt=hi)
