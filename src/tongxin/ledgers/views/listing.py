"""The ledger as a list: by category, owner, last seen, next due; as the street's sheet."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.ledgers import exports, words
from tongxin.ledgers.categories import CATEGORIES, hidden
from tongxin.ledgers.models import Entry
from tongxin.ledgers.queries import entries
from tongxin.ledgers.queries.entries import DUE, ONLY, PLACE, SEEN, SORTS, Filter
from tongxin.ledgers.views.common import LABELS, because, look, sensitive
from tongxin.screening.views.scope import int64
from tongxin.web.addresses import addresses
from tongxin.web.exports import clock_text, csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import narrowed

KEYS: dict[str, tuple[Any, Any]] = {DUE: (dt.datetime, int64), SEEN: (dt.datetime, int64), PLACE: (int64, int64)}
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AT_ONCE = 500


@require_safe
@requires("ledger.view")
def ledger(request: HttpRequest) -> HttpResponse:
    """``category``, ``source``, ``owner``, ``q`` (beginning of the name), ``only``, ``sort`` and ``place`` in the address;
    ``format=xlsx`` is the street's sheet."""
    now, wanted = clock.now(), wanted_of(request)
    sort = request.GET.get("sort") if request.GET.get("sort") in SORTS else DUE
    if wants_csv(request):
        return _csv(request, wanted)
    if request.GET.get("format") == "xlsx":
        return _excel(request, wanted)
    page = paged(
        request, KEYS[sort], lambda after, limit: entries.page(wanted, sort, after, limit), lambda e: entries.key_of(e, sort)
    )  # fmt: skip
    page.rows = rows_of(page.rows, request)
    figures = entries.figures(wanted)
    if page.rows:
        look(request, "view.ledger_list", "ledger", place=wanted.place_id, count=len(page.rows))
    context = {
        "rows": page, "wanted": wanted, "figures": figures, "now": now, "sort": sort, "sources": words.SOURCES,
        "owners": entries.owners(wanted) if request.user.may("ledger.assign") else [],
        "only": [{"key": key, "label": words.ONLY[key], "count": getattr(figures, key)} for key in ONLY],
        "categories": [{"key": key, "label": LABELS[key], "count": n} for key, n in figures.categories],
        "filtered": any(request.GET.get(k) for k in ("q", "source", "owner")),
        "mine": request.GET.get("owner") == "me",
    }  # fmt: skip
    return render(request, "ledgers/ledger.html", context)


def wanted_of(request: HttpRequest) -> Filter:
    """The filters in the address; one that nobody knows shows everything."""
    get, may = request.GET, sensitive(request)
    owner = get.get("owner", "")
    category = get.get("category", "")
    return Filter(
        now=clock.now(), sensitive=may,
        category=category if category in CATEGORIES and category not in hidden(may) else "",
        source=get.get("source", "") if get.get("source") in words.SOURCES else "",
        owner_id=request.user.pk if owner == "me" else number(owner),
        text=get.get("q", "").replace("\0", "").strip()[:60],
        place_id=narrowed(request),
        only=get.get("only", "") if get.get("only") in ONLY else "",
    )  # fmt: skip


def number(text: str) -> int | None:
    """A key of the address; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def rows_of(found: Any, request: HttpRequest) -> list[dict[str, Any]]:
    where = addresses([e.place_id for e in found], request.user)
    return [
        {"row": e, "category": LABELS[e.category], "where": where.get(e.place_id, ""), "how": words.HOWS.get(e.last_seen_how, ""),
         "door": e.person.home.number if e.person.home else "", "name": e.person.name or e.person.person_no}
        for e in found
    ]  # fmt: skip


def _csv(request: HttpRequest, wanted: Filter) -> HttpResponse:
    header = [_("Name"), _("Address"), _("Door"), _("Category"), _("Who answers"), _("Last seen"), _("How"), _("Next contact"),
              _("Source")]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = entries.page(wanted, DUE, after, AT_ONCE)
        look(request, "view.ledger_export", "ledger", place=wanted.place_id, count=len(found))
        lines = [_line(row) for row in rows_of(found, request)]
        return lines, entries.key_of(found[-1], DUE) if len(found) == AT_ONCE else None

    return csv_response(request, "ledger", header, batch)


def _line(row: dict[str, Any]) -> list[Any]:
    e: Entry = row["row"]
    return [
        row["name"], row["where"], row["door"], row["category"], e.owner.name if e.owner else "", clock_text(e.last_seen_at),
        row["how"], clock_text(e.next_due), words.SOURCES.get(e.source, e.source),
    ]  # fmt: skip


def _excel(request: HttpRequest, wanted: Filter) -> HttpResponse:
    """The sheet as the street uses it, with the line that says until when it may be kept."""
    if entries.found(wanted).count() > exports.MOST:
        messages.error(request, _("That is too much for one sheet: choose a smaller place or a category."))
        return redirect("ledgers:ledger")
    out, scopes = io.BytesIO(), request.user.places()
    place = wanted.place_id or (scopes[0] if scopes else None)
    exports.write(out, wanted, request.user.name, because(request), place)
    response = HttpResponse(out.getvalue(), content_type=EXCEL)
    response["Content-Disposition"] = content_disposition_header(True, "ledger.xlsx") or ""
    return response
