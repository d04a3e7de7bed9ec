"""The audit trail by person, place and user; what happened outside the viewer's places is not in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit.models import AuditEntry
from tongxin.people.models import Person
from tongxin.places.place_id import PlaceId
from tongxin.web import labels
from tongxin.web.addresses import addresses
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import narrowed

BATCH = 1000


@require_safe
@requires("audit.view")
def trail(request: HttpRequest) -> HttpResponse:
    """Filters in the address: ``user``, ``person`` (a person number), ``kind``, ``action``, ``place``."""
    wanted = _wanted(request)
    if wants_csv(request):
        return _export(request, wanted)
    page = paged(request, (int,), lambda after, limit: _entries(wanted, after, limit), lambda e: (e.pk,))
    page.rows = _rows(page.rows, request.user)
    context = {"rows": page, "kinds": labels.AUDIT_KINDS, "actions": labels.ACTIONS}
    return render(request, "web/audit.html", context)


def _wanted(request: HttpRequest) -> dict[str, Any] | None:
    """The filters as conditions; None where they can match nothing."""
    get, found = request.GET, {}
    if user := get.get("user", "").strip():
        found["actor__in"] = [user, f"user:{user}", f"device:{user}"]
    if action := get.get("action", ""):
        found["action"] = action
    if kind := get.get("kind", ""):
        found["subject_kind"] = kind
    if (place := narrowed(request)) is not None:
        lo, hi = PlaceId(place).range
        found |= {"place_id__gte": lo, "place_id__lt": hi}
    if number := get.get("person", "").strip():
        # An auditor need not see the register to ask who looked at somebody: the number alone finds the entries.
        known = Person.objects.filter(person_no=number).values_list("pk", flat=True).first()
        if known is None:
            return None
        found |= {"subject_kind": "person", "subject_id": str(known)}
    return found


def _entries(wanted: dict[str, Any] | None, after: Any, limit: int) -> Sequence[AuditEntry]:
    if wanted is None:
        return []
    found = AuditEntry.objects.filter(**wanted).order_by("-pk")
    if after:
        found = found.filter(pk__lt=after[0])
    return list(found[:limit])


def _rows(entries: Sequence[AuditEntry], user: Any) -> list[dict[str, Any]]:
    where = addresses([e.place_id for e in entries if e.place_id], user)
    numbers = _numbers(entries)
    return [
        {
            "entry": e,
            "who": labels.actor(e.actor),
            "what": labels.action(e.action),
            "kind": labels.of(labels.AUDIT_KINDS, e.subject_kind),
            "subject": numbers.get(e.subject_id, e.subject_id) if e.subject_kind == "person" else e.subject_id,
            "where": where.get(e.place_id, "") if e.place_id else "",
        }
        for e in entries
    ]


def _numbers(entries: Sequence[AuditEntry]) -> dict[str, str]:
    """The person numbers of people who are in the viewer's scope; an auditor reads numbers, not names."""
    keys = {int(e.subject_id) for e in entries if e.subject_kind == "person" and e.subject_id.isdigit()}
    return {str(pk): number for pk, number in Person.objects.filter(pk__in=keys).values_list("pk", "person_no")}


def _export(request: HttpRequest, wanted: dict[str, Any] | None) -> HttpResponse:
    header = [_("Time"), _("Who"), _("What"), _("About"), _("Which"), _("Place"), _("How many"), _("Reason"), _("Rule")]

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        entries = _entries(wanted, after, BATCH)
        lines = [
            [r["entry"].at.isoformat(), r["who"], r["entry"].action, r["entry"].subject_kind, r["subject"], r["where"],
             r["entry"].count, r["entry"].reason, r["entry"].rule]
            for r in _rows(entries, request.user)
        ]  # fmt: skip
        return lines, (entries[-1].pk,) if len(entries) == BATCH else None

    return csv_response(request, "audit", header, batch)
