"""What is done about a member: a call is logged, a negative one is judged, somebody is handed over, a phone is shown.

The web role has seen the member in the user's own jurisdiction before anything is written. The deed itself then runs as
the jobs role, like the outcome of a task: whether a chase is resolved depends on all of its members, and the hold of
somebody who was handed over stands where the person lives; the web role would see a part and decide by that.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongxin.access.guards import check_may, requires
from tongxin.chase import queries
from tongxin.chase.forms import CallForm, HandOverForm, JudgeForm
from tongxin.chase.models import Member
from tongxin.chase.operations import deeds
from tongxin.chase.views import words
from tongxin.chase.views.board import address
from tongxin.chase.views.tube import Subject, home_of, name_of, show
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.people import queries as people
from tongxin.places.place_id import Level, PlaceId
from tongxin.screening import queries as screening
from tongxin.web.deeds import done


@require_POST
@requires("chase.act")
def call(request: HttpRequest, member_id: int) -> HttpResponse:
    """Log a call or a knock at the door."""
    one = find(member_id)
    form = CallForm(request.POST, auto_id=f"id_{member_id}_%s")
    if not form.is_valid():
        return show(request, subject_of(one), 422, member=member_id, call_form=form)
    told = form.cleaned_data
    refused = done(
        lambda: deeds.log_call(
            member_id, told["channel"], told["outcome"], told["note"], clock.now(), Because(request.user.actor)
        )
    )
    if refused:
        form.add_error(None, refused)
        return show(request, subject_of(one), 422, member=member_id, call_form=form)
    messages.success(
        request, _("Logged: %(outcome)s.") % {"outcome": words.of(words.CALL_OUTCOMES, told["outcome"])}
    )
    return back(one)


@require_POST
@requires("chase.judge")
def judge(request: HttpRequest, member_id: int) -> HttpResponse:
    """Close contact or not; who is not is free at once."""
    one = find(member_id)
    form = JudgeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose whether this is a close contact."))
        return back(one)
    contact = form.cleaned_data["contact"]
    refused = done(lambda: deeds.judge(member_id, contact, clock.now(), Because(request.user.actor)))
    if refused:
        messages.error(request, refused)
    elif contact:
        messages.success(request, _("Judged a close contact. The hold stays until its end."))
    else:
        messages.success(request, _("Judged no close contact. The person is free."))
    return back(one)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("chase.act")
def hand_over(request: HttpRequest, member_id: int) -> HttpResponse:
    """Give a member to the community of the district where the person is; the clock goes on."""
    one = find(member_id)
    streets = queries.communities(PlaceId(one.owner_place_id).at(Level.DISTRICT), but=one.owner_place_id)
    form = HandOverForm(list(streets.items()), request.POST or None)
    if request.method == "POST" and form.is_valid():
        to, because = PlaceId(form.cleaned_data["to"]), Because(request.user.actor, form.cleaned_data["reason"])
        refused = done(lambda: deeds.hand_over(member_id, to, clock.now(), because))
        if not refused:
            messages.success(request, _("Handed over; the clock goes on there."))
            return back(one)
        form.add_error(None, refused)
    row = next(m for m in queries.members_of(one.tube_id, clock.now()) if m.id == member_id)
    name = name_of(row, request.user.may("person.view"))
    context = {"form": form, "row": row, "name": name, "home": home_of(row), "back": _address(one.tube_id)}
    return render(request, "chase/hand_over.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@requires("chase.view")
def phone(request: HttpRequest, member_id: int) -> HttpResponse:
    """Show a member's phone number in full; the look is recorded with the person."""
    check_may(request, "person.view")
    one = find(member_id)
    number = people.phone_of(one.person_id, Because(request.user.actor, details={"member": member_id}))
    if number is None:
        raise Http404
    if request.headers.get("HX-Request"):
        return render(request, "chase/phone.html", {"id": member_id, "phone": number, "shown": True})
    return show(request, subject_of(one), member=member_id, phone=number)


def find(member_id: int) -> Member:
    """A member in the viewer's scope. Raises Http404."""
    one = queries.member(member_id)
    if one is None:
        raise Http404
    return one


def subject_of(one: Member) -> Subject:
    """The tube of a member as the viewer may see it."""
    barcode = queries.barcodes([one.tube_id]).get(one.tube_id)
    if barcode is None:
        return Subject(one.tube_id)
    return Subject(one.tube_id, screening.tube(barcode), queries.chase_of(one.tube_id))


def back(one: Member) -> HttpResponseRedirect:
    """To the member on the tube's page; to the board when neither is the viewer's any more."""
    if queries.member(one.pk):
        return HttpResponseRedirect(f"{_address(one.tube_id)}#member-{one.pk}")
    barcode = queries.barcodes([one.tube_id]).get(one.tube_id)
    return HttpResponseRedirect(address(one.tube_id, barcode) if barcode else reverse("chase:board"))


def _address(tube_id: int) -> str:
    return address(tube_id, queries.barcodes([tube_id]).get(tube_id))
