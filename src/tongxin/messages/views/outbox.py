"""The outbox: what went out, what waits, what did not arrive; one message is looked at on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongxin.access.guards import requires
from tongxin.kit import audit, clock, crypto
from tongxin.kit.audit import Because
from tongxin.messages import operations, queries, states, templates
from tongxin.messages.models import Message
from tongxin.messages.queries import Filter
from tongxin.messages.views import words
from tongxin.web import labels, subjects
from tongxin.web.addresses import addresses
from tongxin.web.deeds import done
from tongxin.web.exports import clock_text, csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import narrowed

EXPORTED_AT_ONCE = 500


@require_safe
@requires("message.view")
def outbox(request: HttpRequest) -> HttpResponse:
    wanted = _filter(request)
    if wants_csv(request):
        return _export(request, wanted)
    page = paged(
        request, (int,), lambda after, limit: queries.listing(wanted, after[0] if after else None, limit), lambda m: (m.pk,)
    )
    page.rows = _rows(page.rows, request.user)
    counts = queries.counts(wanted)
    chips = [{"key": s, "label": words.STATES[s], "count": counts.get(s), "here": wanted.state == s} for s in states.STATES]
    context = {
        "rows": page, "chips": chips, "filter": wanted, "now": clock.now(), "audiences": words.AUDIENCES,
        "templates": [(t.key, t.label) for t in templates.known()], "day": request.GET.get("day", "") if wanted.day else "",
    }  # fmt: skip
    return render(request, "messages/outbox.html", context)


def _filter(request: HttpRequest) -> Filter:
    """The filters in the address: ``state``, ``audience``, ``template``, ``day`` (2022-11-26) and ``place``; what is none
    is left out."""
    get = request.GET
    try:
        day = dt.date.fromisoformat(get.get("day", ""))
    except ValueError:
        day = None
    return Filter(
        state=_known(get.get("state", ""), states.STATES), audience=_known(get.get("audience", ""), tuple(words.AUDIENCES)),
        template=_known(get.get("template", ""), [t.key for t in templates.known()]), place_id=narrowed(request),
        day=day if day and dt.date.min < day < dt.date(9000, 1, 1) and day.year > 1900 else None,
    )  # fmt: skip


def _known(value: str, allowed: Sequence[str]) -> str:
    return value if value in allowed else ""


def _rows(found: Sequence[Message], user: Any) -> list[dict[str, Any]]:
    where = addresses([m.place_id for m in found], user)
    return [
        {
            "row": m, "label": words.template(m.template), "to": m.group.label if m.group else words.AUDIENCES[m.audience],
            "where": where.get(m.place_id, ""), "state": words.STATES[m.state], "tone": words.TONES.get(m.state, "todo"),
            "reason": labels.of(words.REASONS, m.reason) if m.reason else "",
        }
        for m in found
    ]  # fmt: skip


def _export(request: HttpRequest, wanted: Filter) -> HttpResponse:
    """What the list shows, all of it: no text and no number."""
    header = [_("Queued"), _("Message"), _("To"), _("Place"), _("State"), _("Why"), _("Tried"), _("Sent")]

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.listing(wanted, after, EXPORTED_AT_ONCE)
        lines = [
            [clock_text(r["row"].queued_at), str(r["label"]), str(r["to"]), r["where"], str(r["state"]), str(r["reason"]),
             r["row"].attempts, clock_text(r["row"].sent_at)]
            for r in _rows(found, request.user)
        ]  # fmt: skip
        return lines, found[-1].pk if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, "messages", header, batch)


@require_safe
@requires("message.view")
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message with its text: looking at it stands in the audit trail, and in the resident's own list."""
    one = find(message_id)
    because = Because(request.user.actor)
    if one.person_id:
        audit.record(because, "view.message", "person", one.person_id, one.place_id)
    else:
        audit.record(because, "view.message", "message", one.pk, one.place_id)
    person = subjects.links([("person", one.person_id)], request.user).get(("person", one.person_id)) if one.person_id else None
    context = {
        **_rows([one], request.user)[0], "text": queries.text_of(one), "phone": crypto.decrypt(one.phone), "person": person,
        "now": clock.now(), "held": one.state == states.QUEUED and one.not_before > clock.now(),
        "can_withdraw": states.can(one.state, states.WITHDRAW) and request.user.may("message.send"),
        "who": labels.actor(one.queued_by),
    }  # fmt: skip
    return render(request, "messages/message.html", context)


def find(message_id: int) -> Message:
    """A message in the viewer's scope. Raises Http404."""
    try:
        return queries.get(message_id)
    except (Message.DoesNotExist, OverflowError):
        raise Http404 from None


@require_POST
@requires("message.send")
def withdraw(request: HttpRequest, message_id: int) -> HttpResponse:
    one = find(message_id)
    refused = done(lambda: operations.withdraw(one.pk, clock.now(), Because(request.user.actor)))
    if refused:
        flashes.error(request, refused)
    else:
        flashes.success(request, _("The message is taken back; it does not go out."))
    return redirect("messages:message", one.pk) if request.user.may("message.view") else redirect("messages:notice")
