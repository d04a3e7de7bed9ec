"""Door-knocking rounds: planned by building, walked door by door on a phone, printed a page a building."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.access.guards import check_may, requires
from tongxin.kit import clock
from tongxin.ledgers import exports, registry, words
from tongxin.ledgers.forms import KnockForm, RoundForm
from tongxin.ledgers.models import Knock, Round
from tongxin.ledgers.operations import rounds as operations
from tongxin.ledgers.queries import rounds as queries
from tongxin.ledgers.queries import stewards
from tongxin.ledgers.views.common import LABELS, act, because, building_names, look, sensitive
from tongxin.places.place_id import Level, PlaceId
from tongxin.screening.views.scope import int64
from tongxin.web import labels
from tongxin.web.addresses import addresses
from tongxin.web.deeds import done
from tongxin.web.exports import clock_text, csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import here, read

PRINTED = 600  # doors on one print; a larger round is printed building by building
OFFERED = 400
AT_ONCE = 500


@require_http_methods(["GET", "HEAD", "POST"])
@requires("ledger.view")
def rounds(request: HttpRequest) -> HttpResponse:
    """The rounds with their progress; a POST plans one of the buildings that are ticked."""
    form, may = RoundForm(request.POST or None), request.user.may("ledger.assign")
    if request.method == "POST":
        check_may(request, "ledger.assign")
        if form.is_valid() and (planned := _plan(request, form)):
            return redirect("ledgers:round", planned.pk)
    page = paged(request, (int64,), lambda after, limit: queries.rounds(after[0] if after else None, limit), lambda r: (r.pk,))
    progress = queries.progress([r.pk for r in page.rows])
    page.rows = [{"row": r, "progress": progress.get(r.pk), "by": labels.actor(r.planned_by)} for r in page.rows]
    place = here(request).id
    some = stewards.keys(place, OFFERED + 1) if may and place else []
    names = building_names(some)
    context = {
        "rows": page, "form": form if may else None, "now": clock.now(), "too_many": len(some) > OFFERED,
        "buildings": [{"id": b, "name": names[b]} for b in some[:OFFERED]], "ticked": request.POST.getlist("building"),
    }  # fmt: skip
    return render(request, "ledgers/rounds.html", context, status=422 if form.errors else 200)


def _plan(request: HttpRequest, form: RoundForm) -> Round | None:
    texts = request.POST.getlist("building")[:OFFERED]
    if request.POST.get("all") == "1" and (place := here(request).id):
        texts = [str(int(place))]
    places = [read(request.user, text) for text in texts]
    made: list[Round] = []
    data = form.cleaned_data
    refused = done(
        lambda: made.append(operations.plan(data["name"], places, data["vulnerable_only"], clock.now(), because(request)))
    )
    if refused:
        form.add_error(None, refused)
    return made[0] if made else None


def _find(round_id: int) -> Round:
    found = queries.one(round_id)
    if found is None:
        raise Http404
    return found


@require_safe
@requires("ledger.view")
def one(request: HttpRequest, round_id: int) -> HttpResponse:
    """The doors in the order in which one walks; ``building`` and ``result`` (``left`` for those not knocked at) narrow."""
    found = _find(round_id)
    building, result = _building(request), _result(request)
    if wants_csv(request):
        return _export(request, found, building, result)
    page = paged(
        request, (int64,),
        lambda after, limit: queries.doors(round_id, sensitive(request), building, result, after[0] if after else None, limit),
        lambda door: (door.knock.position,),
    )  # fmt: skip
    page.rows = _doors(page.rows, request)
    _look(request, "view.round", found, page.rows)
    some = queries.buildings(round_id)
    names = building_names(list(some))
    context = {
        "round": found, "rows": page, "progress": queries.whole(some.values()), "now": clock.now(), "building": building,
        "result": request.GET.get("result", ""), "results": words.RESULTS.items(), "by": labels.actor(found.planned_by),
        "buildings": [{"id": b, "name": names[b], "homes": part.homes, "left": part.left} for b, part in some.items()],
    }  # fmt: skip
    return render(request, "ledgers/round.html", context)


def _building(request: HttpRequest) -> int | None:
    text = request.GET.get("building", "")
    return int(read(request.user, text).at(Level.BUILDING)) if text else None


def _result(request: HttpRequest) -> str | None:
    text = request.GET.get("result", "")
    return "" if text == "left" else text if text in words.RESULTS else None


def _doors(found: Sequence[queries.Door], request: HttpRequest) -> list[dict[str, Any]]:
    """Persons and what they need, side by side: the two lists matched one to one."""
    where = addresses([d.knock.place_id for d in found], request.user, Level.COMPOUND)
    needs = registry.needs_at([d.knock.home_id for d in found], request.user)
    return [
        {
            "row": d.knock, "where": where.get(d.knock.place_id, ""), "note": d.note, "by": labels.actor(d.knock.by),
            "result": words.RESULTS.get(d.knock.result, ""), "tone": words.TONES.get(d.knock.result, "todo"),
            "people": [{"id": p, "name": name, "categories": [LABELS[c] for c in categories]} for p, name, categories in d.people],
            "needs": needs.get(d.knock.home_id, []), "building": int(PlaceId(d.knock.place_id).at(Level.BUILDING)),
        }
        for d in found
    ]  # fmt: skip


def _look(request: HttpRequest, action: str, found: Round, rows: Sequence[dict[str, Any]]) -> None:
    if count := sum(len(r["people"]) for r in rows):
        look(request, action, "round", found.pk, rows[0]["row"].place_id, count)


@require_POST
@requires("ledger.act")
def knock(request: HttpRequest, knock_id: int) -> HttpResponse:
    """The result at a door; htmx gets the door alone back."""
    door = Knock.objects.filter(pk=knock_id).first()
    if door is None:
        raise Http404
    form = KnockForm(request.POST)
    if not form.is_valid():
        refused = _("Say what came of it.")
    else:
        data = form.cleaned_data
        refused = done(lambda: operations.knock(knock_id, data["result"], data["note"], clock.now(), because(request)))
    if not request.headers.get("HX-Request"):
        (messages.error if refused else messages.success)(request, refused or _("The result is noted."))
        return redirect("ledgers:round", door.round_id)
    again = queries.doors(door.round_id, sensitive(request), after=door.position - 1, limit=1)
    item = _doors(again, request)[0]
    return render(request, "ledgers/door.html", {"item": item, "round": _find(door.round_id), "refused": refused})


@require_POST
@requires("ledger.assign")
def close(request: HttpRequest, round_id: int) -> HttpResponse:
    found = Round.objects.filter(pk=round_id).first()
    if found is None:
        raise Http404
    return act(
        request, lambda: operations.close(round_id, clock.now(), because(request)), _("The round is closed."),
        "ledgers:round", round_id,
    )  # fmt: skip


@require_safe
@requires("ledger.view")
def printed(request: HttpRequest, round_id: int) -> HttpResponse:
    """A page a building, with who made it and until when it may be kept."""
    found, building = _find(round_id), _building(request)
    doors = queries.doors(round_id, sensitive(request), building, limit=PRINTED + 1)
    rows = _doors(doors[:PRINTED], request)
    _look(request, "view.round_print", found, rows)
    pages: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        pages.setdefault(row["building"], []).append(row)
    names = building_names(list(pages))
    context = {
        "round": found, "pages": [{"name": names[b], "rows": some} for b, some in pages.items()], "more": len(doors) > PRINTED,
        "note": exports.note(request.user.name, clock.now()), "results": words.RESULTS.values(),
    }  # fmt: skip
    return render(request, "ledgers/round_print.html", context)


def _export(request: HttpRequest, found: Round, building: int | None, result: str | None) -> HttpResponse:
    header = [_("Address"), _("Floor"), _("Door"), _("Names"), _("Category"), _("Result"), _("At"), _("By"), _("Note")]

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        doors = queries.doors(found.pk, sensitive(request), building, result, after, AT_ONCE)
        rows = _doors(doors, request)
        _look(request, "view.round_print", found, rows)
        lines = [
            [r["where"], r["row"].home.floor or "", r["row"].home.number, "; ".join(p["name"] for p in r["people"]),
             "; ".join(dict.fromkeys(str(c) for p in r["people"] for c in p["categories"])), r["result"],
             clock_text(r["row"].at), r["by"], r["note"]]
            for r in rows
        ]  # fmt: skip
        return lines, doors[-1].knock.position if len(doors) == AT_ONCE else None

    return csv_response(request, "round", header, batch)
