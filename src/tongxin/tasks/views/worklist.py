"""The worklist: what there is to do, the most pressing first; made for a phone, good on a desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.capabilities import role_label
from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.places.place_id import Level, PlaceId
from tongxin.tasks import kinds, queries
from tongxin.tasks.models import Task
from tongxin.web import subjects
from tongxin.web.addresses import addresses
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import narrowed

SOON = dt.timedelta(hours=2)
FREES, DUE = "frees", "due"
NEXT_KNOCK_FIRST = {"sampling"}
"""Roles whose worklist begins with the task that sets most free; the others' with what is due first."""


@require_safe
@requires("task.view")
def worklist(request: HttpRequest) -> HttpResponse:
    now, wanted = clock.now(), _filter(request)
    if wants_csv(request):
        return _export(request, now, wanted)
    page = paged(
        request, (int, int, dt.datetime, int), lambda after, limit: queries.worklist(now, wanted, after, limit), queries.key_of
    )
    names = {k.key: k for k in kinds.known()}
    counts = [
        {"key": c.kind, "label": getattr(names.get(c.kind), "label", c.kind), "open": c.open, "overdue": c.overdue}
        for c in queries.counts(now, SOON, replace(wanted, kinds=()))
    ]
    page.rows = rows_of(page.rows, request.user)
    return render(
        request, "tasks/worklist.html",
        {"rows": page, "counts": counts, "now": now, "all": sum(c["open"] for c in counts),
         "overdue": sum(c["overdue"] for c in counts), "filter": wanted},
    )  # fmt: skip


def _filter(request: HttpRequest) -> queries.Filter:
    """The filters in the address: ``kind``, ``team``, ``mine``, ``overdue``, ``up`` (passed up at least so often); and the
    ``order``: by what is due, or by what a task sets free."""
    get = request.GET
    order = get.get("order") or (FREES if request.user.role_id in NEXT_KNOCK_FIRST else DUE)
    known = {k.key for k in kinds.known()}
    up = get.get("up", "")
    return queries.Filter(
        teams=[t for t in get.getlist("team") if t],
        kinds=[k for k in get.getlist("kind") if k in known],
        owner_id=request.user.pk if get.get("mine") == "1" else None,
        overdue=get.get("overdue") == "1",
        place_id=narrowed(request),
        escalation=int(up) if up in ("1", "2", "3") else 0,
        by_freed=order == FREES,
        without=kinds.hidden(request.user.may),
        own=queries.own_of(request.user),
    )


def rows_of(tasks: Sequence[Task], user: Any) -> list[dict[str, Any]]:
    """What the list shows of each task: kind, person and subject by name, and the door at which it is to be done."""
    names = {k.key: k for k in kinds.known()}
    people = [("person", t.person_id) for t in tasks if t.person_id]
    found = subjects.links([*people, *((t.subject_kind, t.subject_id) for t in tasks)], user)
    home = {t.pk: found.get(("person", t.person_id)) for t in tasks if t.person_id}
    here = {t.pk for t in tasks if PlaceId(t.place_id).level > Level.COMMUNITY}  # at a door that is not the person's home
    stands = {
        t.pk: (link.place if t.pk not in here and (link := home.get(t.pk)) and link.place else t.place_id) for t in tasks
    }
    where = addresses(stands.values(), user)
    return [
        {
            "row": t,
            "kind": names.get(t.kind),
            "label": getattr(names.get(t.kind), "label", t.kind),
            "where": " ".join(
                filter(None, [where.get(stands[t.pk], ""), _door(t, home.get(t.pk), t.pk in here)])
            ),
            "person": home.get(t.pk),
            "subject": found.get((t.subject_kind, t.subject_id)),
            "team": role_label(t.team),
            "mine": t.owner_id == user.pk,
        }
        for t in tasks
    ]


def _door(task: Task, home: subjects.Link | None, here: bool) -> str:
    """The number on the door: at home the register's, elsewhere what the task says."""
    return str(task.params.get("door", "")) if here else home.door if home else ""


def _export(request: HttpRequest, now: dt.datetime, wanted: queries.Filter) -> HttpResponse:
    size = 500
    header = [_("Task"), _("State"), _("Due"), _("Place"), _("Person"), _("About"), _("Owner"), _("Team"),
              _("Frees (person-hours)")]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        tasks = queries.worklist(now, wanted, after, size)
        lines = [
            [
                r["label"], kinds.STATE_LABELS[r["row"].state], r["row"].due_at.isoformat(), r["where"],
                r["person"].text if r["person"] else "", r["subject"].text if r["subject"] else "",
                r["row"].owner.name if r["row"].owner else "", r["team"], r["row"].frees,
            ]
            for r in rows_of(tasks, request.user)
        ]  # fmt: skip
        return lines, queries.key_of(tasks[-1]) if len(tasks) == size else None

    return csv_response(request, "tasks", header, batch)
