"""The list of restrictions: overdue first of all, or what ends soon, or all in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.places.place_id import PlaceId
from tongxin.restrictions import kinds, queries, rules
from tongxin.restrictions.models import Restriction
from tongxin.web import labels, looks, subjects
from tongxin.web.addresses import addresses
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import here, narrowed

SOON = dt.timedelta(hours=2)
BATCH = 1000


@require_safe
@requires("restriction.release", "restriction.extend", "person.view")
def restrictions(request: HttpRequest) -> HttpResponse:
    """Filters in the address: ``only`` is "overdue" or "ending", ``place``."""
    now, only = clock.now(), request.GET.get("only", "")
    place = narrowed(request)
    if wants_csv(request):
        return _export(request, now, only, place)
    page = paged(
        request, (dt.datetime, int), lambda after, limit: _found(now, only, place, after, limit),
        lambda r: (r.ends_at, r.pk),
    )  # fmt: skip
    page.rows = rows_of(page.rows, request.user, now)
    at = here(request).id
    looks.note(request, "view.restrictions", "place", at or "", at, len(page.rows))
    figures = queries.release_clock(now, SOON, place)
    context = {"rows": page, "only": only, "figures": figures, "now": now}
    return render(request, "restrictions/restrictions.html", context)


def _found(now: dt.datetime, only: str, place: int | None, after: Any, limit: int) -> list[Restriction]:
    """By end, so that what lapses first stands first."""
    found: QuerySet[Restriction] = Restriction.objects.filter(released_at=None)
    if only == "overdue":
        found = found.filter(due_at__lt=now, conditions_met_at__lt=now)
    else:
        found = found.filter(starts_at__lte=now, ends_at__gt=now)
        if only == "ending":
            found = found.filter(ends_at__lt=now + SOON)
    if place is not None:
        lo, hi = PlaceId(place).range
        found = found.filter(place_id__gte=lo, place_id__lt=hi)
    if after:
        end, key = after
        found = found.filter(Q(ends_at__gt=end) | Q(ends_at=end, pk__gt=key), ends_at__gte=end)
    return list(found.order_by("ends_at", "pk")[:limit])


def rows_of(found: Sequence[Restriction], user: Any, now: dt.datetime) -> list[dict[str, Any]]:
    names = {k.key: k.label for k in kinds.known()}
    links = subjects.links([(r.subject_kind, r.subject_id) for r in found], user)
    where = addresses([r.place_id for r in found], user)
    english = labels.english()
    return [
        {
            "row": r,
            "kind": names.get(r.kind, r.kind),
            "subject_kind": labels.of(labels.SUBJECTS, r.subject_kind),
            "subject": links.get((r.subject_kind, r.subject_id)),
            "where": where.get(r.place_id, ""),
            "reason": r.reason_en if english else r.reason_zh,
            "overdue": rules.is_overdue(now, r.due_at, r.conditions_met_at, r.released_at),
            "since": rules.overdue_since(r.due_at, r.conditions_met_at, r.released_at),
        }
        for r in found
    ]


def _export(request: HttpRequest, now: dt.datetime, only: str, place: int | None) -> HttpResponse:
    header = [_("Restriction"), _("About"), _("Place"), _("Since"), _("Can be released"), _("Ends by itself"),
              _("Overdue"), _("Basis"), _("Reason")]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = _found(now, only, place, after, BATCH)
        lines = [
            [row["kind"], row["subject"].text if row["subject"] else "", row["where"], row["row"].starts_at.isoformat(),
             row["row"].due_at.isoformat(), row["row"].ends_at.isoformat(), int(row["overdue"]), row["row"].basis,
             row["reason"]]
            for row in rows_of(found, request.user, now)
        ]  # fmt: skip
        return lines, (found[-1].ends_at, found[-1].pk) if len(found) == BATCH else None

    return csv_response(request, "restrictions", header, batch)
