"""Hospitals' lists: who must be chosen, who is unknown here, and who of the ledger no hospital names."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.ledgers import words
from tongxin.ledgers.operations import hospital as operations
from tongxin.ledgers.queries import hospital as queries
from tongxin.ledgers.queries.hospital import STATES, UNLISTED
from tongxin.ledgers.views.common import LABELS, act, because, look, sensitive
from tongxin.ledgers.views.listing import rows_of
from tongxin.people.models import Person
from tongxin.screening.views.scope import int64
from tongxin.web.addresses import addresses
from tongxin.web.paging import paged


@require_safe
@requires("ledger.assign")
def hospital(request: HttpRequest) -> HttpResponse:
    """``state`` and ``category`` in the address; the unlisted are entries of the ledger."""
    state, category = request.GET.get("state", ""), request.GET.get("category", "")
    state = state if state in (*STATES, UNLISTED) else STATES[0]
    category, may = category if category in operations.OF_HOSPITALS else "", sensitive(request)
    if state == UNLISTED:
        page: Any = paged(
            request, (int64,), lambda after, limit: queries.unlisted(category, may, after[0] if after else None, limit),
            lambda e: (e.pk,),
        )  # fmt: skip
        page.rows = rows_of(page.rows, request)
    else:
        page = paged(
            request, (int64,), lambda after, limit: queries.patients(state, category, may, after[0] if after else None, limit),
            lambda p: (p.row.pk,),
        )  # fmt: skip
        page.rows = _patients(page.rows, request)
    if page.rows:
        look(request, "view.hospital_list", "ledger", count=len(page.rows))
    counts = queries.counts(may)
    context = {
        "rows": page, "state": state, "category": category, "unlisted": state == UNLISTED,
        "states": [{"key": key, "label": words.PATIENTS[key], "count": counts[key]} for key in (*STATES, UNLISTED)],
        "categories": [(key, LABELS[key]) for key in operations.OF_HOSPITALS],
    }  # fmt: skip
    return render(request, "ledgers/hospital.html", context)


def _patients(found: Any, request: HttpRequest) -> list[dict[str, Any]]:
    people = [p for one in found for p in (*one.candidates, *([one.person] if one.person else []))]
    where = addresses([p.place_id for p in people], request.user)
    return [
        {
            "row": one.row, "said": one.said, "category": LABELS[one.row.category], "how": words.BY.get(one.row.how, ""),
            "person": _person(one.person, where) if one.person else None,
            "candidates": [_person(c, where) for c in one.candidates],
        }
        for one in found
    ]  # fmt: skip


def _person(one: Person, where: dict[int, str]) -> dict[str, Any]:
    return {"row": one, "where": where.get(one.place_id, ""), "door": one.home.number if one.home else ""}


@require_POST
@requires("ledger.assign")
def choose(request: HttpRequest, row_id: int) -> HttpResponse:
    """``person`` is one of the candidates, ``number`` a person number, or neither: nobody of here."""
    row = queries.one(row_id, sensitive(request))
    if row is None:
        raise Http404
    person, number = request.POST.get("person", ""), request.POST.get("number", "").strip()[:64]
    key: int | None = None
    if person in {str(c) for c in row.candidates}:
        key = int(person)
    elif number:
        key = Person.objects.filter(person_no=number, provisional=False).values_list("pk", flat=True).first()
    if key is None and request.POST.get("nobody") != "1":
        messages.error(request, _("Choose somebody of your places, or say that it is nobody of here."))
        return redirect("ledgers:hospital")
    return act(
        request, lambda: operations.choose(row_id, key, clock.now(), because(request)), _("It is settled who this patient is."),
        "ledgers:hospital",
    )  # fmt: skip
