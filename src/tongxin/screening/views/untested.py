"""Who is not tested: counted down the tree, then the doors on which a steward knocks."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit import audit
from tongxin.kit.audit import Because
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import names
from tongxin.screening import queries
from tongxin.screening.queries import WHY_UNTESTED, Below, Part, Untested
from tongxin.screening.views import words
from tongxin.screening.views.scope import counted, int64, part_of
from tongxin.web import labels
from tongxin.web.addresses import addresses, in_address
from tongxin.web.exports import clock_text, csv_response, wants_csv
from tongxin.web.paging import paged

EXPORTED_AT_ONCE = 1000
BELOW = {Level.COMMUNITY: Level.BUILDING, Level.COMPOUND: Level.BUILDING, Level.BUILDING: Level.UNIT}


@require_safe
@requires("screening.view")
def untested(request: HttpRequest, round_id: int) -> HttpResponse:
    """The counts one step down: communities of a district, buildings of a community, units of a building."""
    part = part_of(request, round_id)
    level = _level(part)
    if wants_csv(request):
        return _export_counts(request, part, level)
    rows, at = _counts(request, part, level)
    total = {name: sum(getattr(row, name) for row in rows) for name in Below._fields[1:]}
    where = names({row.place_id for row in rows} | _above(rows))
    context = {
        "part": part, "round": part.round, "at": at, "total": total, "name": "untested",
        "rows": [{"row": row, "name": _name(row.place_id, where)} for row in rows],
        "doors": not part.is_wide, "include": "screening/part_untested.html",
    }  # fmt: skip
    fragment = request.headers.get("HX-Request") and "HX-Boosted" not in request.headers
    return render(request, "screening/part_untested.html" if fragment else "screening/part.html", context)


def _level(part: Part) -> Level:
    if part.place_id is None:
        return Level.COMMUNITY
    here = PlaceId(part.place_id).level
    return BELOW.get(here, Level.COMMUNITY if here < Level.COMMUNITY else Level.UNIT)


def _counts(request: HttpRequest, part: Part, level: Level) -> tuple[list[Below], dt.datetime]:
    return counted(request, part, f"untested:{level}", lambda p: queries.untested_below(p, level))


def _above(rows: list[Below]) -> set[int]:
    """Compounds of buildings, streets of communities: without them "building 3" says little."""
    return {int(above) for row in rows if (above := PlaceId(row.place_id).parent)}


def _name(place_id: int, where: dict[int, str]) -> str:
    place = PlaceId(place_id)
    above = where.get(int(place.parent), "") if place.parent and place.level > Level.STREET else ""
    return f"{above} {in_address(place, where.get(place_id, place.code))}".strip()


def _export_counts(request: HttpRequest, part: Part, level: Level) -> HttpResponse:
    header = [_("Place"), _("Code"), _("Residents"), _("Not tested"), *(words.WHY[why] for why in WHY_UNTESTED),
              _("Sampled elsewhere")]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.untested_below(part, level)
        where = names({row.place_id for row in found} | _above(found))
        return [[_name(row.place_id, where), PlaceId(row.place_id).code, *row[1:]] for row in found], None

    return csv_response(request, f"untested-{part.round.name}", header, batch)


@require_safe
@requires("screening.view")
def doors(request: HttpRequest, round_id: int) -> HttpResponse:
    """The people who are not tested, door by door. Above a community one chooses a community first."""
    part = part_of(request, round_id)
    if part.is_wide:
        return untested(request, round_id)
    why = request.GET.get("why", "")
    wanted = why if why in WHY_UNTESTED else None
    if wants_csv(request):
        return _export_doors(request, part, wanted)

    def fetch(after: Any, limit: int) -> list[Untested]:
        return queries.untested_people(part, wanted, after, limit)

    page = paged(request, (int64, int64, str, int64), fetch, _key)
    shown = list(page.rows)
    _note_look(request, part, len(shown))
    where = addresses([row.place_id for row in shown], request.user, Level.COMPOUND)
    page.rows = _by_door(shown, where, request.user)
    context = {
        "rows": page, "part": part, "round": part.round, "why": wanted, "whys": words.WHY.items(),
        "may_name": request.user.may("person.view"),
    }  # fmt: skip
    return render(request, "screening/doors.html", context)


def _key(row: Untested) -> queries.Door:
    return row.place_id, row.floor, row.number, row.person_id


def _by_door(rows: list[Untested], where: dict[int, str], user: Any) -> list[dict[str, Any]]:
    """The people of one door together."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        door = found.setdefault(
            (row.place_id, row.number),
            {"where": where.get(row.place_id, ""), "number": row.number, "floor": row.floor, "people": []},
        )
        door["people"].append(
            {"row": row, "why": words.WHY[row.why], "categories": labels.categories(row.category, user)}
        )
    return list(found.values())


def _note_look(request: HttpRequest, part: Part, count: int) -> None:
    if request.user.may("person.view"):
        because = replace(Because(request.user.actor), details={"round": part.round.name})
        audit.record(because, "view.untested", "place", part.place_id or "", part.place_id, count=count)


def _export_doors(request: HttpRequest, part: Part, why: str | None) -> HttpResponse:
    """The list to take along; names only for whoever may open a person's record."""
    named = request.user.may("person.view")
    header = [pgettext("address", "Home"), _("Door"), _("Floor"), _("Why"), _("Tube"), _("Scanned")]
    header += [_("Number"), _("Name"), _("Category")] if named else []

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.untested_people(part, why, after, EXPORTED_AT_ONCE)
        _note_look(request, part, len(found))
        where = addresses([row.place_id for row in found], request.user, Level.COMPOUND)
        lines = [_line(row, where.get(row.place_id, ""), request.user if named else None) for row in found]
        return lines, _key(found[-1]) if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, f"doors-{part.round.name}", header, batch)


def _line(row: Untested, where: str, reader: Any) -> list[Any]:
    plain = [where, row.number, row.floor or "", words.WHY[row.why], row.barcode or "", clock_text(row.scanned_at)]
    if reader is None:
        return plain
    return [*plain, row.person_no, row.name, "; ".join(map(str, labels.categories(row.category, reader)))]
