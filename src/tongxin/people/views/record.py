"""One person's record. Opening it, and showing the phone number, is written into the audit trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock, crypto
from tongxin.kit.audit import Because
from tongxin.kit.models import AuditEntry
from tongxin.people import queries
from tongxin.people.models import Person
from tongxin.people.views.history import swabs
from tongxin.places.place_id import Level, PlaceId
from tongxin.restrictions import kinds as restriction_kinds
from tongxin.restrictions import queries as restrictions
from tongxin.restrictions import rules as restriction_rules
from tongxin.restrictions.models import Restriction
from tongxin.tasks import kinds as task_kinds
from tongxin.tasks import states
from tongxin.tasks.models import Task
from tongxin.web import labels, subjects
from tongxin.web.addresses import addresses


@require_safe
@requires("person.view")
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    return render(request, "people/person.html", _record(request, _look(request, person_id, "person")))


@require_POST
@requires("person.view")
def phone(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show the phone number in full, once."""
    found = _look(request, person_id, "phone")
    number = crypto.decrypt(found.phone)
    if request.headers.get("HX-Request"):
        return render(request, "people/phone.html", {"person": found, "phone": number, "shown": True})
    return render(request, "people/person.html", {**_record(request, found), "shown": True})


def _look(request: HttpRequest, person_id: int, why: str) -> Person:
    found = queries.look_up(person_id, why, Because(request.user.actor))
    if found is None:
        raise Http404
    return found


def _record(request: HttpRequest, found: Person) -> dict[str, Any]:
    now = clock.now()
    limits = restrictions.in_force_on_person(now, found.pk)
    known = {r.pk for r in limits}
    taken = swabs(found.pk)
    tubes = subjects.links([("tube", swab.tube_id) for swab in taken], request.user)
    past = [r for r in restrictions.of_person(found.pk) if r.pk not in known]
    return {
        "person": found,
        "phone": crypto.decrypt(found.phone),
        "identity": crypto.decrypt(found.id_number),
        "sex": labels.of(labels.SEXES, found.sex) if found.sex else "",
        "age": _age(found.birth_date, now.date()),
        "categories": labels.categories(found.category, request.user),
        "where": addresses([found.place_id], request.user).get(found.place_id, ""),
        "limits": [_limit(r, now) for r in limits],
        "past": [_limit(r, now) for r in past[:20]],
        "swabs": [(swab, tubes.get(("tube", swab.tube_id))) for swab in taken],
        "tasks": _tasks(found),
        "looks": _looks(found),
    }


def _age(born: dt.date | None, today: dt.date) -> int | None:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) if born else None


def _limit(one: Restriction, now: dt.datetime) -> dict[str, Any]:
    kind = next((k.label for k in restriction_kinds.known() if k.key == one.kind), one.kind)
    english = labels.english()
    return {
        "row": one,
        "kind": kind,
        "subject": labels.of(labels.SUBJECTS, one.subject_kind),
        "reason": one.reason_en if english else one.reason_zh,
        "overdue": restriction_rules.is_overdue(now, one.due_at, one.conditions_met_at, one.released_at),
        "release_reason": gettext(one.release_reason) if one.release_reason else "",
    }


def _tasks(found: Person) -> list[dict[str, Any]]:
    """Open work about this person: it stands in the community where they live."""
    lo, hi = PlaceId(found.place_id).at(Level.COMMUNITY).range
    rows = Task.objects.filter(state__in=states.WORKABLE, place_id__gte=lo, place_id__lt=hi, person_id=found.pk).order_by(
        "due_at", "pk"
    )[:20]
    names = {k.key: k.label for k in task_kinds.known()}
    return [{"row": t, "kind": names.get(t.kind, t.kind)} for t in rows]


def _looks(found: Person) -> list[dict[str, Any]]:
    rows = AuditEntry.objects.filter(subject_kind="person", subject_id=str(found.pk), action__startswith="view.").order_by("-pk")[
        :20
    ]
    return [{"at": e.at, "who": labels.actor(e.actor), "what": labels.action(e.action)} for e in rows]
