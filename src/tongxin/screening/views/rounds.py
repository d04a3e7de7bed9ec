"""The rounds, and one round: its parts count by themselves and come when they have been counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.chase import queries as chase
from tongxin.kit import clock
from tongxin.places.queries import names
from tongxin.screening import queries, waiting
from tongxin.screening.queries import Part
from tongxin.screening.views import words
from tongxin.screening.views.scope import counted, int64, part_of
from tongxin.web.exports import clock_text, csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import narrowed

CHASE_HOPS = ("reported_reached", "reached_retested", "retested_resulted", "resulted_resolved")


@require_safe
@requires("screening.view")
def rounds(request: HttpRequest) -> HttpResponse:
    place = narrowed(request)
    page = paged(request, (_day, int64), lambda after, limit: queries.rounds(place, after, limit), _key, size=30)
    return render(request, "screening/rounds.html", {"rows": page, "unmatched": queries.unmatched_count()})


def _key(row: queries.RoundRow) -> tuple[str, int]:
    return row.day.isoformat(), row.id


def _day(text: object) -> dt.date:
    return dt.date.fromisoformat(str(text))


@require_safe
@requires("screening.view")
def one(request: HttpRequest, round_id: int) -> HttpResponse:
    """The frame of a round; without script each part is a page of its own."""
    part = part_of(request, round_id)
    parts = [
        {"key": key, "title": title, "url": reverse(f"screening:{key}", args=[round_id])}
        for key, title in (("progress", _("Progress and sites")), ("times", _("Times and laboratories")),
                           ("transit", _("On the way")), ("untested", _("Not tested")))
    ]  # fmt: skip
    return render(request, "screening/round.html", {"part": part, "round": part.round, "parts": parts})


@require_safe
@requires("screening.view")
def progress(request: HttpRequest, round_id: int) -> HttpResponse:
    """What was taken and what came of it, site by site."""
    part = part_of(request, round_id)
    if wants_csv(request):
        return _export_sites(request, part)
    found, at = counted(request, part, "sites", queries.sites)
    total = queries.progress(found)
    where = names({site.place_id for site in found if site.place_id})
    tubes = reverse("screening:tubes", args=[round_id])
    context = {
        "part": part, "round": part.round, "at": at, "total": total, "unmatched": queries.unmatched_count(),
        "sites": [{"row": site, "where": where.get(site.place_id, "") if site.place_id else ""} for site in found],
        "flags": [(code, words.FLAGS[code], count) for code, count in total.flags.items() if count], "tubes_url": tubes,
        "done": round(100 * (total.tubes - total.pending) / total.tubes) if total.tubes else None,
    }  # fmt: skip
    return _part(request, "progress", context)


def _export_sites(request: HttpRequest, part: Part) -> HttpResponse:
    header = [
        _("Site"), _("Community"), _("Tables"), _("Tubes"), pgettext("count", "People"), _("Last scan"), _("Pending"), _("Invalid"),
        _("Inconclusive"), _("Positive"),
    ]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.sites(part)
        where = names({site.place_id for site in found if site.place_id})
        lines = [
            [s.name, where.get(s.place_id or 0, ""), s.tables, s.tubes, s.persons, clock_text(s.last_scan_at),
             s.pending, s.invalid, s.inconclusive, s.positive]
            for s in found
        ]  # fmt: skip
        return lines, None

    return csv_response(request, f"sites-{part.round.name}", header, batch)


@require_safe
@requires("screening.view")
def times(request: HttpRequest, round_id: int) -> HttpResponse:
    """How long each hop took, and each laboratory; of the positives to the end."""
    part = part_of(request, round_id)
    hops, at = counted(request, part, "hops", queries.hops)
    labs, _at = counted(request, part, "labs", queries.labs)
    spans = [(words.HOPS[hop.key], hop, False) for hop in hops]
    if request.user.may("chase.view"):
        spans += _of_positives(part)
    context = {"part": part, "round": part.round, "at": at, "spans": spans, "labs": labs}
    return _part(request, "times", context)


def _of_positives(part: Part) -> list[tuple[Any, Any, bool]]:
    """The hops of the members of this round's chases."""
    from tongxin.chase.views import words as chase_words

    period = chase.Period(_EVER, _NEVER, part.round.pk)
    found = {hop.key: hop for hop in chase.hops(period, part.place_id)}
    return [(chase_words.HOPS[key], found[key], True) for key in CHASE_HOPS]


_EVER, _NEVER = dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


@require_safe
@requires("screening.view")
def transit(request: HttpRequest, round_id: int) -> HttpResponse:
    """The tubes that wait for a result, by where they are, and what their results would set free."""
    part = part_of(request, round_id)
    found, at = counted(request, part, "transit", queries.transit)
    worth, _at = counted(request, part, "worth", waiting.worth)
    frees = Counter[int]()
    for one in worth.values():
        frees[one.step] += one.hours
    rows = [{"row": row, "step": words.STEPS.get(row.step, row.step), "frees": frees[row.step]} for row in found]
    context = {"part": part, "round": part.round, "at": at, "rows": rows, "now": clock.now(), "frees": sum(frees.values())}
    return _part(request, "transit", context)


def _part(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A part inside the round's page, or by itself."""
    fragment = bool(request.headers.get("HX-Request"))
    template = f"screening/part_{name}.html" if fragment else "screening/part.html"
    return render(request, template, {**context, "name": name, "include": f"screening/part_{name}.html"})
