"""Reads of tasks. What a user may see is the database's affair; a place here only narrows it further."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Min, Q, QuerySet, When

from tongxin.kit import db
from tongxin.places.place_id import PlaceId
from tongxin.tasks import kinds, states
from tongxin.tasks.models import Task, TaskEvent

Key = tuple[int, int, dt.datetime, int]


@dataclass(frozen=True)
class Filter:
    """Which open tasks: of these teams, these kinds, this owner, overdue only, in this place, passed up so often; none of the
    kinds of ``without``, and of ``own`` (a team and a user) nothing that is neither the team's nor the user's. ``by_freed``:
    those that end a restriction first, the one that ends most first; before them urgent medical need."""

    teams: Sequence[str] = ()
    kinds: Sequence[str] = ()
    owner_id: int | None = None
    overdue: bool = False
    place_id: int | None = None
    escalation: int = 0
    by_freed: bool = False
    without: Sequence[str] = ()
    own: tuple[str, int] | None = None


@dataclass(frozen=True)
class KindCount:
    """The open tasks of one kind: all, overdue, due soon (and not overdue), and the earliest due time."""

    kind: str
    open: int
    overdue: int
    soon: int
    earliest_due: dt.datetime


def own_of(user: Any) -> tuple[str, int] | None:
    """The team and the number of somebody who sees no work but their own; None for those who see everybody's."""
    return None if user.may("task.others") else (user.role_id, user.pk)


def key_of(task: Task) -> Key:
    """Where a page of the worklist ends: pass it as ``after`` for the next."""
    return int(not _is_medical(task.kind)), -task.frees, task.due_at, task.pk


def worklist(now: dt.datetime, wanted: Filter, after: Key | None = None, limit: int = 50) -> list[Task]:
    """Open and taken tasks by due time, or first by what they set free, a page at a time, each with its owner."""
    found = _open(now, wanted).select_related("owner")
    if wanted.by_freed:
        return _by_freed(found, after, limit)
    if after:
        *_, due, key = after
        found = found.filter(Q(due_at__gt=due) | Q(due_at=due, pk__gt=key), due_at__gte=due)
    return list(found.order_by("due_at", "pk")[:limit])


def _by_freed(found: QuerySet[Task], after: Key | None, limit: int) -> list[Task]:
    medical = [kind.key for kind in kinds.known() if kind.medical]
    found = found.annotate(rank=Case(When(kind__in=medical, then=0), default=1)) if medical else found
    if after:
        rank, less, due, key = after
        behind = Q(frees__lt=-less) | Q(frees=-less, due_at__gt=due) | Q(frees=-less, due_at=due, pk__gt=key)
        found = found.filter(Q(behind, rank=rank) | Q(rank__gt=rank) if medical else behind)
    order = ("rank", "-frees", "due_at", "pk") if medical else ("-frees", "due_at", "pk")
    return list(found.order_by(*order)[:limit])


def _is_medical(kind: str) -> bool:
    return any(k.medical for k in kinds.known() if k.key == kind)


def counts(now: dt.datetime, soon: dt.timedelta, wanted: Filter) -> list[KindCount]:
    """For every kind with open tasks how many there are, most overdue first; one query."""
    late, near = Q(due_at__lt=now), Q(due_at__gte=now, due_at__lt=now + soon)
    found = (
        _open(now, wanted)
        .values("kind")
        .annotate(n=Count("pk"), late=Count("pk", filter=late), near=Count("pk", filter=near), first=Min("due_at"))
        .order_by("-late", "first")
    )
    return [KindCount(row["kind"], row["n"], row["late"], row["near"], row["first"]) for row in found]


def get(task_id: int) -> Task:
    """One task with its owner. Raises Task.DoesNotExist where the acting role cannot see it."""
    return Task.objects.select_related("owner").get(pk=task_id)


def history(task_id: int) -> list[TaskEvent]:
    """What happened to a task, in order, as far as the acting role may see it."""
    return list(TaskEvent.objects.filter(task_id=task_id).order_by("pk"))


def of_subjects(subject_kind: str, subject_ids: Sequence[int], only_open: bool = True) -> list[Task]:
    """The tasks about some subjects, by due time."""
    found = Task.objects.filter(subject_kind=subject_kind, subject_id__in=subject_ids)
    if only_open:
        found = found.filter(state__in=states.WORKABLE)
    return list(found.select_related("owner").order_by("due_at", "pk"))


def _open(now: dt.datetime, wanted: Filter) -> QuerySet[Task]:
    found = Task.objects.using(db.alias()).filter(state__in=states.WORKABLE)
    if wanted.teams:
        found = found.filter(team__in=wanted.teams)
    if wanted.kinds:
        found = found.filter(kind__in=wanted.kinds)
    if wanted.own:
        team, owner = wanted.own
        found = found.filter(Q(team=team) | Q(owner_id=owner))
    if wanted.without:
        found = found.exclude(kind__in=wanted.without)
    if wanted.owner_id is not None:
        found = found.filter(owner_id=wanted.owner_id)
    if wanted.overdue:
        found = found.filter(due_at__lt=now)
    if wanted.place_id is not None:
        lo, hi = PlaceId(wanted.place_id).range
        found = found.filter(place_id__gte=lo, place_id__lt=hi)
    if wanted.escalation:
        found = found.filter(escalation__gte=wanted.escalation)
    return found
