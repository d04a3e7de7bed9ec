"""Who answers: owners and what is theirs, handing over, stewards of buildings, door heads."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.access.guards import check_may, requires
from tongxin.access.models import User
from tongxin.kit import clock
from tongxin.ledgers import words
from tongxin.ledgers.forms import AppointForm, DoorHeadForm, EndForm, HandOverForm
from tongxin.ledgers.models import DoorHead, Post
from tongxin.ledgers.operations import stewards as operations
from tongxin.ledgers.queries import entries
from tongxin.ledgers.queries import stewards as queries
from tongxin.ledgers.queries.entries import Filter
from tongxin.ledgers.views.common import act, because, building_names, chosen, look, sensitive, users
from tongxin.people.models import Person
from tongxin.places import queries as tree
from tongxin.places.place_id import Level, PlaceId
from tongxin.screening.views.scope import int64
from tongxin.web.addresses import in_address
from tongxin.web.deeds import done
from tongxin.web.paging import paged
from tongxin.web.place import here, narrowed, read


@require_safe
@requires("ledger.assign")
def owners(request: HttpRequest) -> HttpResponse:
    """Everybody who answers for somebody in the place, and how many have nobody."""
    wanted = Filter(clock.now(), sensitive(request), place_id=narrowed(request))
    context = {"rows": entries.owners(wanted), "figures": entries.figures(wanted)}
    return render(request, "ledgers/owners.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("ledger.assign")
def owner(request: HttpRequest, user_id: int) -> HttpResponse:
    """One owner: what is theirs in the reader's places; a POST hands all of it over."""
    leaving = User.objects.filter(pk=user_id).first()
    mine = entries.found(Filter(clock.now(), True, owner_id=user_id))
    posts = queries.posts_of(user_id)
    count = mine.count()
    if leaving is None or not (count or posts):
        raise Http404
    form = HandOverForm(users(request, [p.place_id for p in posts]), request.POST or None)
    if request.method == "POST" and form.is_valid():
        successor, reason = chosen(form.cleaned_data["successor"]), form.cleaned_data["reason"]
        ranges = request.user.ranges()
        refused = done(lambda: operations.hand_over(leaving, successor, ranges, clock.now(), because(request, reason)))
        if not refused:
            said = ngettext("%(n)d entry was handed over.", "%(n)d entries were handed over.", count) % {"n": count}
            return act(request, lambda: None, said, "ledgers:owners")
        form.add_error(None, refused)
    names = building_names([p.place_id for p in posts])
    context = {
        "leaving": leaving, "count": count, "alone": mine.filter(deputy=None).count(), "form": form,
        "posts": [{"row": p, "where": names[p.place_id], "duty": words.DUTIES[p.duty]} for p in posts],
    }  # fmt: skip
    return render(request, "ledgers/owner.html", context, status=422 if form.errors else 200)


@require_safe
@requires("ledger.view")
def stewards(request: HttpRequest) -> HttpResponse:
    """Buildings in the order of their codes; ``only=without`` those that have no steward."""
    place, without = here(request).id, request.GET.get("only") == "without"
    page: Any = None
    if place:
        page = paged(
            request, (int64,),
            lambda after, limit: queries.buildings(place, after[0] if after else None, limit, without), lambda b: (b.id,),
        )  # fmt: skip
        page.rows = _buildings(page.rows)
        if any(row["row"].heads for row in page.rows):
            look(request, "view.stewards", "place", int(place), int(place), sum(len(r["row"].heads) for r in page.rows))
    return render(request, "ledgers/stewards.html", {"rows": page, "without": without})


def _buildings(found: Any) -> list[dict[str, Any]]:
    names = building_names([b.id for b in found] + [p.place_id for b in found for p in b.posts])
    return [
        {
            "row": b, "name": names[b.id], "code": PlaceId(b.id).code,
            "posts": [{"row": p, "duty": words.DUTIES[p.duty], "where": names[p.place_id] if p.place_id != b.id else ""}
                      for p in b.posts],
        }
        for b in found
    ]  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@requires("ledger.view")
def steward(request: HttpRequest, code: str) -> HttpResponse:
    """One building: posts, door heads; a POST appoints."""
    place = _building(request, code)
    units = [(str(int(place)), _("the whole building"))]
    units += [(str(u), in_address(PlaceId(u), name)) for u, name in tree.children(place)]
    may = request.user.may("ledger.assign")
    form = AppointForm(users(request, [int(place)]) if may else [], units, request.POST or None)
    if request.method == "POST":
        check_may(request, "ledger.assign")
        if form.is_valid() and (user := chosen(form.cleaned_data["user"])):
            at, duty = PlaceId(int(form.cleaned_data["place"])), form.cleaned_data["duty"]
            refused = done(lambda: operations.appoint(at, user, duty, clock.now(), because(request)))
            if not refused:
                return act(request, lambda: None, _("The post is given."), "ledgers:steward", code)
            form.add_error(None, refused)
    row = _buildings([queries.one(int(place))])[0]
    if row["row"].heads:
        look(request, "view.stewards", "place", int(place), int(place), len(row["row"].heads))
    context = {"item": row, "form": form if may else None, "head_form": DoorHeadForm(), "end_form": EndForm()}
    return render(request, "ledgers/steward.html", context, status=422 if form.errors else 200)


def _building(request: HttpRequest, code: str) -> PlaceId:
    place = read(request.user, code)
    if place.level != Level.BUILDING:
        raise Http404
    return place


@require_POST
@requires("ledger.assign")
def head(request: HttpRequest, code: str) -> HttpResponse:
    """Make a resident of the building a door head, by the person number."""
    place = _building(request, code)
    form = DoorHeadForm(request.POST)
    person = Person.objects.filter(person_no=form.data.get("person_no", "").strip()[:64], provisional=False).first()
    if person is None:
        messages.error(request, _("Nobody in your places has that person number."))
        return redirect("ledgers:steward", code)
    return act(
        request, lambda: operations.add_door_head(place, person, clock.now(), because(request)), _("The door head is noted."),
        "ledgers:steward", code,
    )  # fmt: skip


@require_POST
@requires("ledger.assign")
def end_head(request: HttpRequest, head_id: int) -> HttpResponse:
    found = DoorHead.objects.filter(pk=head_id).first()
    if found is None:
        raise Http404
    return act(
        request, lambda: operations.end_door_head(head_id, clock.now(), because(request)), _("It has ended."),
        "ledgers:steward", PlaceId(found.place_id).code,
    )  # fmt: skip


@require_POST
@requires("ledger.assign")
def end_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """A deputy leaves; a steward hands over instead."""
    found = Post.objects.filter(pk=post_id).first()
    if found is None:
        raise Http404
    code = PlaceId(found.place_id).at(Level.BUILDING).code
    reason = request.POST.get("reason", "")[:300]
    return act(
        request, lambda: operations.end_deputy(post_id, clock.now(), because(request, reason)), _("The post has ended."),
        "ledgers:steward", code,
    )  # fmt: skip
