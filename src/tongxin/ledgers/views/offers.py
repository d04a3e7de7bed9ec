"""Neighbours' offers, to be taken like tasks. No page of theirs says anything about anybody's health."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongxin.access.guards import check_may, requires
from tongxin.kit import clock, crypto
from tongxin.ledgers import registry, states, words
from tongxin.ledgers.forms import OfferForm
from tongxin.ledgers.operations import offers as operations
from tongxin.ledgers.queries import offers as queries
from tongxin.ledgers.queries.offers import Filter
from tongxin.ledgers.views.common import act, because, look
from tongxin.places.place_id import PlaceId
from tongxin.screening.views.scope import int64
from tongxin.web.addresses import addresses
from tongxin.web.deeds import done
from tongxin.web.exports import clock_text, csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import here, narrowed

AT_ONCE = 500
EVENTS = (states.CLAIM, states.RELEASE, states.COMPLETE, states.WITHDRAW)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("ledger.view")
def offers(request: HttpRequest) -> HttpResponse:
    """``kind``, ``q``, ``mine`` and ``place`` in the address; a POST notes an offer."""
    wanted = Filter(
        clock.now(), kind=request.GET.get("kind", "") if request.GET.get("kind") in words.OFFERS else "",
        place_id=narrowed(request), claimed_by=request.user.pk if request.GET.get("mine") == "1" else None,
        text=request.GET.get("q", "").replace("\0", "").strip()[:60],
    )  # fmt: skip
    form = OfferForm(_where(request), request.POST or None)
    if request.method == "POST":
        check_may(request, "ledger.act")
        if form.is_valid() and _make(request, form):
            return redirect("ledgers:offers")
    if wants_csv(request):
        return _export(request, wanted)
    page: Any = paged(
        request, (int64,), lambda after, limit: queries.page(wanted, after[0] if after else None, limit), lambda o: (o.pk,)
    )
    page.rows = _rows(page.rows, request)
    context = {
        "rows": page, "wanted": wanted, "kinds": words.OFFERS, "form": form if request.user.may("ledger.act") else None,
        "now": clock.now(), "mine": wanted.claimed_by is not None,
    }  # fmt: skip
    return render(request, "ledgers/offers.html", context, status=422 if form.errors else 200)


def _where(request: HttpRequest) -> list[tuple[str, str]]:
    """Where an offer may stand: the place of the page, or one directly below it."""
    at = here(request)
    return [(str(int(at.id)), at.name), *((str(key), name) for key, name in at.children[:300])] if at.id else []


def _make(request: HttpRequest, form: OfferForm) -> bool:
    data = form.cleaned_data
    made = operations.NewOffer(int(PlaceId(int(data["place"]))), data["kind"], data["text"], data["name"], data["phone"])
    refused = done(lambda: operations.make(made, clock.now(), because(request)))
    if refused:
        form.add_error(None, refused)
    return not refused


def _rows(found: Any, request: HttpRequest) -> list[dict[str, Any]]:
    where = addresses([o.place_id for o in found], request.user)
    matches = registry.matches([o.pk for o in found], request.user)
    return [
        {
            "row": o, "where": where.get(o.place_id, ""), "kind": words.OFFERS.get(o.kind, o.kind),
            "mine": o.claimed_by_id == request.user.pk, "state": words.OFFER_STATES[o.state], "matches": matches.get(o.pk, []),
            "phone": crypto.decrypt(o.phone) if o.claimed_by_id == request.user.pk else "",
        }
        for o in found
    ]  # fmt: skip


@require_POST
@requires("ledger.act")
def change(request: HttpRequest, offer_id: int, event: str) -> HttpResponse:
    """Take it, put it back, say that it was used or is no longer made. Who takes it sees the phone number."""
    offer, now = queries.one(offer_id), clock.now()
    if offer is None or event not in EVENTS:
        raise Http404
    said, deed = {
        states.CLAIM: (_("The offer is yours."), lambda: operations.claim(offer_id, request.user, now)),
        states.RELEASE: (_("The offer is back on the list."), lambda: operations.put_back(offer_id, request.user, now)),
    }.get(event, (_("The offer is over."), lambda: operations.close(offer_id, event, request.user, now)))
    if event == states.CLAIM and offer.phone:
        look(request, "view.offer_phone", "offer", offer_id, offer.place_id)
    return act(request, deed, said, "ledgers:offers")


def _export(request: HttpRequest, wanted: Filter) -> HttpResponse:
    header = [_("Kind"), _("What is offered"), _("Place"), _("State"), _("Until"), _("Taken by")]

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.page(wanted, after, AT_ONCE)
        lines = [
            [r["kind"], r["row"].text, r["where"], r["state"], clock_text(r["row"].until),
             r["row"].claimed_by.name if r["row"].claimed_by else ""]
            for r in _rows(found, request)
        ]  # fmt: skip
        return lines, found[-1].pk if len(found) == AT_ONCE else None

    return csv_response(request, "offers", header, batch)
