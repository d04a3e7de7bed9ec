"""Settling addresses: the list with its suggestions, many at once, one with the tree beside it, and taking it back.

The web role has seen the address in the user's own jurisdiction; what is done then runs as the jobs role
(``operations.settle``): an order may reach beyond what this user sees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.areas.meaning import Meaning
from tongxin.areas.operations import settle as operations
from tongxin.areas.operations.settle import Choice, Settled
from tongxin.areas.settling import queries, words
from tongxin.areas.settling.forms import TakeBackForm
from tongxin.areas.settling.queries import BY_STREET, NEWEST, OPEN, SETTLED, Filter, Standing, Suggestion
from tongxin.areas.settling.words import Names
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.places import queries as tree
from tongxin.places.models import Address
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import Refused
from tongxin.screening.views.scope import int64
from tongxin.web import labels
from tongxin.web.addresses import in_address
from tongxin.web.exports import clock_text, csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import narrowed

EXPORTED_AT_ONCE = 500


@require_safe
@requires("address.settle")
def addresses(request: HttpRequest) -> HttpResponse:
    """``state`` (open or settled), ``q`` (a part of the text), ``standing`` (under an order in force), ``sort`` and ``place``
    in the address; ``tick=sure`` ticks what is sure."""
    wanted = _filter(request)
    if wants_csv(request):
        return _export(request, wanted)
    page = paged(
        request, (int64, int64), lambda after, limit: queries.addresses(wanted, after, limit),
        lambda one: queries.key_of(one, wanted.sort),
    )  # fmt: skip
    page.rows = _rows(page.rows, wanted.state)
    context = {
        "rows": page, "wanted": wanted, "count": queries.count(wanted), "tick": request.GET.get("tick") == "sure",
        "sure": sum(bool(row["best"] and row["best"]["row"].sure) for row in page.rows),
    }  # fmt: skip
    return render(request, "areas/addresses.html", context)


def _filter(request: HttpRequest) -> Filter:
    get = request.GET
    return Filter(
        state=SETTLED if get.get("state") == SETTLED else OPEN,
        text=get.get("q", "").replace("\0", "").strip()[:100],
        place_id=narrowed(request),
        standing=get.get("standing") == "1",
        sort=NEWEST if get.get("sort") == NEWEST else BY_STREET,
    )


def _rows(found: Sequence[Address], state: str) -> list[dict[str, Any]]:
    """What the list shows: the text and what was read in it, the orders on it, and what it may mean or means."""
    orders = queries.orders_on([one.pk for one in found], state)
    suggested = queries.suggestions(found) if state == OPEN else {}
    settled = [int(p) for one in found for p in one.settled]
    meanings = [s.meaning for some in suggested.values() for s in some]
    names = words.names(meanings, [*settled, *(one.place_id for one in found)])
    return [_row(one, orders.get(one.pk, []), suggested.get(one.pk, []), names) for one in found]


def _row(one: Address, orders: Sequence[Standing], suggested: Sequence[Suggestion], names: Names) -> dict[str, Any]:
    shown = [
        {"row": s, "text": names.meaning(s.meaning), "unknown": words.unknown(s.meaning.unknown)} for s in suggested
    ]  # fmt: skip
    return {
        "row": one, "street": names.places.get(one.place_id, ""), "said": words.said(one.parsed),
        "low": one.parsed.get("confidence") != "high", "orders": orders, "in_force": [o for o in orders if o.in_force],
        "suggestions": shown, "best": shown[0] if suggested and suggested[0].can_be_accepted else None,
        "settled": "; ".join(names.long(int(p)) for p in one.settled), "by": labels.actor(one.settled_by),
    }  # fmt: skip


def _export(request: HttpRequest, wanted: Filter) -> HttpResponse:
    header = [_("Street"), _("Text"), _("Read as"), _("Orders in force"), _("Means"), _("Lacking in the tree")]
    header += [_("Settled"), _("By")] if wanted.state == SETTLED else []

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.addresses(wanted, after, EXPORTED_AT_ONCE)
        lines = []
        for row in _rows(found, wanted.state):
            first = row["suggestions"][0] if row["suggestions"] else {"text": row["settled"], "unknown": []}
            line = [row["street"], row["row"].text, " ".join(row["said"]), len(row["in_force"]), first["text"],
                    "; ".join(first["unknown"])]  # fmt: skip
            settled = [clock_text(row["row"]), row["by"]] if wanted.state == SETTLED else []
            lines.append([*line, *settled])
        return lines, queries.key_of(found[-1], wanted.sort) if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, "addresses", header, batch)


@require_POST
@requires("address.settle")
def settle(request: HttpRequest) -> HttpResponse:
    """Accept the suggestion of all that are ticked: first said, with how many it concerns, then done."""
    choices = _choices(request.POST.getlist("choice"))
    if not choices:
        messages.warning(request, _("Tick at least one address."))
        return redirect("settling:addresses")
    if request.POST.get("confirmed") == "1":
        done = _done(request, lambda: operations.settle(choices, request.user, clock.now(), Because(request.user.actor)))
        if done:
            _tell(request, done)
        return redirect("settling:addresses")
    seen: list[tuple[Settled, list[Meaning]]] = []
    _done(request, lambda: seen.append(_preview(request, choices)))
    if not seen:
        return redirect("settling:addresses")
    done, meant = seen[0]
    rows = {one.pk: one for one in Address.objects.filter(pk__in=[key for key, _ in choices])}
    names = words.names(meant, [one.place_id for one in rows.values()])
    lines = [
        {"row": rows[key], "street": names.places.get(rows[key].place_id, ""), "choice": f"{key}:{places[0]}",
         "text": names.meaning(meaning), "unknown": words.unknown(meaning.unknown), "wider": meaning.wider}
        for (key, places), meaning in zip(choices, meant, strict=True)
    ]  # fmt: skip
    can = not any(line["wider"] for line in lines)
    return render(request, "areas/settle.html", {"rows": lines, "done": done, "can": can})


def _choices(texts: Sequence[str]) -> list[Choice]:
    """``ADDRESS:PLACE`` each; whatever else was sent is passed over."""
    found: dict[int, list[int]] = {}
    for text in texts:
        key, _colon, place = text.partition(":")
        try:
            found[int64(key)] = [int(PlaceId(int64(place)))]
        except ValueError:
            continue
    return list(found.items())


def _preview(request: HttpRequest, choices: Sequence[Choice]) -> tuple[Settled, list[Meaning]]:
    return operations.preview(choices, request.user, clock.now(), Because(request.user.actor))


def _done(request: HttpRequest, deed: Callable[[], Any]) -> Any:
    """Do it; what is refused is said on the next page."""
    try:
        return deed()
    except Refused as reason:
        messages.error(request, labels.refusal(reason))
        return None


def _tell(request: HttpRequest, done: Settled) -> None:
    if done.addresses:
        said = (
            ngettext("%(n)d address is settled.", "%(n)d addresses are settled.", done.addresses) % {"n": done.addresses},
            ngettext("%(n)d order stands on it.", "%(n)d orders stand on real places now.", done.orders) % {"n": done.orders},
            ngettext("%(n)d person is newly limited.", "%(n)d people are newly limited.", done.persons) % {"n": done.persons},
        )
        messages.success(request, " ".join(said))
    if done.already:
        messages.warning(
            request,
            ngettext(
                "%(n)d address had been settled by somebody else already.",
                "%(n)d addresses had been settled by somebody else already.", done.already,
            ) % {"n": done.already},
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@requires("address.settle")
def address(request: HttpRequest, address_id: int) -> HttpResponse:
    """One address: suggestions, and the tree of its street to search and to walk (``q``, ``at``); ``to`` are the places that
    were chosen: what settling it there would do is said before it is done."""
    one = _find(address_id)
    if request.method == "POST" and one.settled_at is None:
        choice, wider = (one.pk, _places(request.POST.getlist("to"))), request.POST.get("wider") == "1"
        because = Because(request.user.actor)
        done = _done(request, lambda: operations.settle([choice], request.user, clock.now(), because, wider))
        if done:
            _tell(request, done)
            return redirect("settling:addresses")
        query = "&".join(f"to={place}" for place in choice[1])
        return redirect(f"{reverse('settling:address', args=[one.pk])}?{query}")
    return _show(request, one)


def _find(address_id: int) -> Address:
    """An address in the viewer's scope. Raises Http404."""
    one = queries.address(address_id)
    if one is None:
        raise Http404
    return one


def _show(request: HttpRequest, one: Address, form: TakeBackForm | None = None) -> HttpResponse:
    state = OPEN if one.settled_at is None else SETTLED
    context = {**_rows([one], state)[0], "form": form or TakeBackForm()}
    if state == OPEN:
        context |= _walk(request, one)
        chosen = context["chosen"]
        seen = _done(request, lambda: _preview(request, [(one.pk, chosen)])) if chosen else None
        if seen:
            done, meant = seen
            context |= {
                "done": done, "meaning": meant[0], "means": words.names(meant).meaning(meant[0]),
                "unknown": words.unknown(meant[0].unknown),
            }  # fmt: skip
    return render(request, "areas/address.html", context, status=422 if form else 200)


def _walk(request: HttpRequest, one: Address) -> dict[str, Any]:
    """The tree of the street: where one stands in it, what is there, what a search found, what is chosen."""
    street, text = PlaceId(one.place_id), request.GET.get("q", "").replace("\0", "").strip()[:100]
    at = next((p for p in _places([request.GET.get("at", "")]) if street.contains(p)), int(street))
    chosen = [p for p in _places(request.GET.getlist("to")) if street.contains(p) and p != street]
    steps = [p for p in (*PlaceId(at).ancestors, PlaceId(at)) if p.level >= street.level]
    below = tree.children(at) if PlaceId(at).level < Level.UNIT else []
    found = queries.named(int(street), text) if text else []
    names = words.names([], [*map(int, steps), *chosen, *found])
    return {
        "at": at, "text": text, "chosen": chosen,
        "path": [(int(p), names.places.get(int(p), p.code)) for p in steps],
        "below": [
            {"id": key, "name": in_address(PlaceId(key), name), "open": PlaceId(key).level < Level.UNIT} for key, name in below
        ],
        "found": [{"id": p, "name": names.long(p), "open": True} for p in found],
        "ticked": [{"id": p, "name": names.long(p)} for p in chosen],
    }  # fmt: skip


def _places(texts: Sequence[str]) -> list[int]:
    """Places that exist, of those that were sent."""
    wanted = []
    for text in texts[:100]:
        try:
            wanted.append(int(PlaceId(int64(text))))
        except ValueError:
            continue
    known = tree.existing(wanted) if wanted else set()
    return [p for p in dict.fromkeys(wanted) if p in known]


@require_POST
@requires("address.settle")
def take_back(request: HttpRequest, address_id: int) -> HttpResponse:
    """It was settled to the wrong places: whoever it limited is free, and it can be settled anew."""
    one, form = _find(address_id), TakeBackForm(request.POST)
    if not form.is_valid():
        return _show(request, one, form)
    reason = form.cleaned_data["reason"]
    because = Because(request.user.actor, reason)
    done = _done(request, lambda: operations.take_back(one.pk, reason, request.user, clock.now(), because))
    if done:
        said = (
            _("Taken back."),
            ngettext("%(n)d order stands on the address again.", "%(n)d orders stand on the address again.", done.orders)
            % {"n": done.orders},
            ngettext("%(n)d person is free.", "%(n)d people are free.", done.persons) % {"n": done.persons},
        )
        messages.success(request, " ".join(said))
    return redirect("settling:address", one.pk)
