"""A notice to the groups of a place: written, then shown as they will read it and to how many it goes, then sent."""

from __future__ import annotations

import secrets

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.messages import operations, queries, rules, templates
from tongxin.messages.forms import NoticeForm
from tongxin.messages.operations import NewMessage
from tongxin.places.place_id import PlaceId
from tongxin.web.addresses import addresses
from tongxin.web.deeds import done
from tongxin.web.place import here

SHOWN = 40
MARK = 22


@require_http_methods(["GET", "HEAD", "POST"])
@requires("message.send")
def notice(request: HttpRequest) -> HttpResponse:
    place = here(request).id
    if place is None:
        return render(request, "messages/notice.html", {"form": None})
    form = NoticeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, place, form, status=422 if form.errors else 200)
    if not request.POST.get("send"):
        return _page(request, place, form, shown=True)
    return _send(request, place, form)


def _page(request: HttpRequest, place: PlaceId, form: NoticeForm, shown: bool = False, status: int = 200) -> HttpResponse:
    now = clock.now()
    urgent = shown and form.cleaned_data["urgent"]
    reach = queries.reach(place, now, urgent)
    where = addresses([g.place_id for g in reach.groups[:SHOWN]], request.user)
    context = {
        "form": form, "reach": reach, "now": now, "waits": reach.from_when > now, "mark": secrets.token_hex(MARK // 2),
        "groups": [(g, where.get(g.place_id, "")) for g in reach.groups[:SHOWN]], "more": max(0, len(reach.groups) - SHOWN),
        "without": {g.pk for g in reach.without}, "place": place,
    }  # fmt: skip
    if shown:
        zh, en = queries.words_at(templates.NOTICE_GROUP.key, place)
        languages = {g.language for g in reach.groups} or {"zh-hans"}
        values = {"text": form.cleaned_data["text"]}
        context["texts"] = [rules.filled(t, values) for t, code in ((zh, "zh-hans"), (en, "en")) if code in languages]
    return render(request, "messages/notice.html", context, status=status)


def _send(request: HttpRequest, place: PlaceId, form: NoticeForm) -> HttpResponse:
    """The mark of the form names the notice: a button that was pressed twice sends it once."""
    now, mark = clock.now(), request.POST.get("send", "")
    told = form.cleaned_data
    reach = queries.reach(place, now, told["urgent"])
    if len(mark) != MARK or not mark.isalnum() or not reach.groups:
        return _page(request, place, form, shown=True)
    new = [
        NewMessage(
            f"notice:{request.user.pk}:{mark}:{g.pk}", templates.NOTICE_GROUP.key, g.place_id, group_id=g.pk,
            params={"text": told["text"]}, language=g.language, urgent=told["urgent"],
        )
        for g in reach.groups
    ]  # fmt: skip
    made: list[int] = []
    refused = done(lambda: made.append(operations.queue(new, now, Because(request.user.actor))))
    if refused:
        form.add_error(None, refused)
        return _page(request, place, form, status=422)
    count = made[0] or len(new)
    flashes.success(
        request,
        ngettext("The notice is on its way to %(n)s group.", "The notice is on its way to %(n)s groups.", count) % {"n": count},
    )
    return redirect("messages:outbox") if request.user.may("message.view") else redirect("messages:notice")
