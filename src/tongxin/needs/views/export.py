"""A list of needs as a file: exactly what is shown. What was said, and numbers to call back, only for those who act on needs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from tongxin.kit import audit, crypto, db
from tongxin.kit.audit import Because
from tongxin.needs import desk, kinds, queries, words
from tongxin.needs.models import Caller, Need
from tongxin.needs.queries import Filter
from tongxin.needs.views.sheets import xlsx_response
from tongxin.web.addresses import addresses
from tongxin.web.exports import clock_text, csv_response

FORMATS = {"csv": "CSV", "xlsx": "Excel"}
AT_ONCE = 500


def export(request: HttpRequest, wanted: Filter, now: dt.datetime, soon: dt.timedelta) -> HttpResponseBase:
    """The file, streamed; that it was made is recorded with how many needs it holds, and whether with what was said."""
    user: Any = request.user
    acts, places = user.may("need.act"), user.places()
    count = queries.filtered(user, wanted, now, soon).count()
    told = {"query": request.GET.urlencode()[:500], "texts": acts}
    place = wanted.place_id or (places or [None])[0]
    audit.record(Because(user.actor, details=told), "need.exported", "need", place=place, count=count)
    header = [
        _("Number"), _("Kind"), _("Urgency"), _("State"), _("Place"), _("Channel"), _("Raised"), _("Due"), _("Done"), _("Team"),
        _("Words heard"), _("Suggested"), _("Perhaps the same"), _("To be watched"), _("Promised until"),
        *([_("Text"), _("Callers"), _("Numbers to call back")] if acts else []),
    ]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = desk.listed(user, wanted, now, soon, after, AT_ONCE)
        where = addresses([n.place_id for n in found], user)
        callers = _callers(found) if acts else {}
        lines = [_line(need, where, callers.get(need.pk, []), acts) for need in found]
        return lines, queries.key_of(found[-1], wanted) if len(found) == AT_ONCE else None

    make = xlsx_response if request.GET.get("format") == "xlsx" else csv_response
    return make(request, "needs", header, batch)


def _callers(needs: Sequence[Need]) -> dict[int, list[tuple[str, str]]]:
    """``(name, phone)`` of the callers of needs; those of silent ones are nobody's to call back by routine."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    loud = [need.pk for need in needs if not need.silent]
    for one in Caller.objects.using(db.alias()).filter(need_id__in=loud).order_by("raised_at", "pk"):
        found[one.need_id].append((crypto.decrypt(one.name), crypto.decrypt(one.phone)))
    return found


def _line(need: Need, where: dict[int, str], callers: Sequence[tuple[str, str]], acts: bool) -> list[Any]:
    kind, yes = kinds.get(need.kind), str(_("yes"))
    line = [
        need.pk, str(kind.label), str(kinds.URGENCIES[need.urgency]), str(words.of(words.STATES, need.state)),
        f"{where.get(need.place_id, '')} {need.door or ''}".strip(), str(words.of(kinds.CHANNELS, need.channel)),
        clock_text(need.raised_at), clock_text(need.due_at), clock_text(need.done_at), str(kinds.TEAMS[kind.team]),
        "、".join(map(str, need.words)), str(kinds.get(need.suggested_kind).label), yes if need.same else "",
        yes if need.watched else "", clock_text(need.promised_at),
    ]  # fmt: skip
    if acts:
        names, phones = dict.fromkeys(n for n, _phone in callers if n), dict.fromkeys(p for _name, p in callers if p)
        line += [queries.text_of(need), "、".join(names), "、".join(phones)]
    return line
