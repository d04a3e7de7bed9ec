"""The board: a row a positive or inconclusive tube that the user may see, exceptions first. Live."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.chase import queries
from tongxin.chase.queries import STATES, Filter, Row
from tongxin.chase.views import bar, words
from tongxin.kit import clock
from tongxin.screening.views.scope import int64
from tongxin.web import labels
from tongxin.web.exports import clock_text, csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import narrowed

ALL = "all"
EXPORTED_AT_ONCE = 500


@require_safe
@requires("chase.view")
def board(request: HttpRequest) -> HttpResponse:
    now, wanted = clock.now(), _filter(request)
    if wants_csv(request):
        return _export(request, wanted)
    page = paged(
        request, (int64, int64, int64), lambda after, limit: queries.board(wanted, after, limit), lambda row: row.key
    )
    page.rows = [shown(row, now) for row in page.rows]
    counts = queries.counts(wanted)
    chips = [{"key": s, "label": words.CHASE_STATES[s], "count": counts[s], "here": wanted.state == s} for s in STATES]
    chips.append({"key": ALL, "label": _("all"), "count": sum(counts.values()), "here": wanted.state is None})
    context = {"rows": page, "chips": chips, "code": wanted.code, "now": now, "key": bar.key(), "filtered": wanted}
    fragment = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    return render(request, "chase/board_rows.html" if fragment else "chase/board.html", context)


def _filter(request: HttpRequest) -> Filter:
    """``state`` (open unless said or searched), ``q`` (a part of the barcode) and ``place`` in the address."""
    code = request.GET.get("q", "").replace("\0", "").strip()[:64]
    state = request.GET.get("state", "")
    if state not in STATES:
        state = ALL if state == ALL or code else Filter.state
    return Filter(None if state == ALL else state, code, narrowed(request))


def shown(row: Row, now: dt.datetime) -> dict[str, Any]:
    """A row as the board shows it."""
    return {
        "row": row,
        "url": address(row.tube_id, row.barcode),
        "name": row.barcode or _("a tube of %(place)s") % {"place": row.place or _("elsewhere")},
        "age": now - row.since,
        "result": labels.of(labels.RESULTS, row.result) if row.result is not None else _("positive or inconclusive"),
        "tone": labels.RESULT_TONES.get(row.result, "bad") if row.result is not None else "bad",
        "state": words.of(words.CHASE_STATES, row.state),
        "state_tone": words.STATE_TONES.get(row.state, "todo"),
        "parts": bar.parts(row.groups),
        "exceptions": [(words.of(words.EXCEPTIONS, code), count) for code, count in row.exceptions.most_common()],
    }


def address(tube_id: int, barcode: str | None) -> str:
    """The page of a chased tube; of one from elsewhere the page of the own members."""
    return reverse("chase:tube", args=[barcode]) if barcode else reverse("chase:elsewhere", args=[tube_id])


def _export(request: HttpRequest, wanted: Filter) -> HttpResponse:
    """The same rows in the same order, all of them."""
    groups = [words.GROUPS[key] for key in queries.GROUPS]
    header = [
        _("Tube"), _("Result"), _("State"), _("Reported"), _("Site"), _("Table"), _("Community"), _("Members"),
        *(group.label for group in groups), _("Exceptions"),
    ]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.board(wanted, after, EXPORTED_AT_ONCE)
        return [_line(row) for row in found], found[-1].key if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, "chase", header, batch)


def _line(row: Row) -> list[Any]:
    result = labels.of(labels.RESULTS, row.result) if row.result is not None else ""
    trouble = [f"{words.of(words.EXCEPTIONS, code)} {count}" for code, count in row.exceptions.most_common()]
    if row.recheck:
        trouble.append(_("all negative: who was in it?"))
    return [
        row.barcode or "", result, words.of(words.CHASE_STATES, row.state), clock_text(row.since), row.site or "",
        row.station or "", row.place or "", row.members, *(row.groups[key] for key in queries.GROUPS),
        "; ".join(map(str, trouble)),
    ]  # fmt: skip
