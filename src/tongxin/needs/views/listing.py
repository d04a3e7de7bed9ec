"""The desk: one inbox for every channel, kinds as tabs, emergencies first. Live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.needs import desk, kinds, queries, words
from tongxin.needs.desk import Tab
from tongxin.needs.models import Need
from tongxin.needs.queries import ALL, LIVE, PAST, STATES_OF, Filter
from tongxin.needs.views import export, looks
from tongxin.needs.views.looks import Look
from tongxin.needs.views.text import excerpt
from tongxin.screening.views.scope import int64
from tongxin.web.addresses import addresses
from tongxin.web.paging import paged
from tongxin.web.place import narrowed

SOON = dt.timedelta(hours=2)
ANY_TEAM = "all"


@require_safe
@requires("need.view")
def inbox(request: HttpRequest) -> HttpResponseBase:
    """Every filter stands in the address: ``state``, ``kind``, ``urgency``, ``channel``, ``team``, ``when``, ``alike``,
    ``watched``, ``promised``, ``done``, ``since``, ``until``, ``q`` (a number or a reference), ``sort``, ``place``."""
    now, wanted, user = clock.now(), wanted_of(request), request.user
    if wanted.number and not request.GET.get("state") and queries.one(user, wanted.number):
        return redirect("needs:need", wanted.number)
    if request.GET.get("format") in export.FORMATS:
        return export.export(request, wanted, now, SOON)
    urgent: list[Need] = []

    def fetch(after: queries.Key | None, limit: int) -> list[Need]:
        if after or wanted.state in PAST:
            return desk.listed(user, wanted, now, SOON, after, limit)
        rows, urgent[:] = desk.first_page(user, wanted, now, SOON, limit)
        return rows

    page = paged(request, (dt.datetime, int64), fetch, lambda need: queries.key_of(need, wanted))
    where = addresses([n.place_id for n in (*page.rows, *urgent)], user)
    tabs = desk.tabs(user, wanted, now, SOON)
    looks.note(request, "view.needs", [Look("need", "", narrowed(request) or _own(user), len(page.rows))])
    page.rows = [row_of(need, where, user) for need in page.rows]
    context = {
        "rows": page, "emergencies": [row_of(n, where, user) for n in urgent], "now": now, "wanted": wanted,
        "tabs": _tabs(tabs, wanted), "chips": _chips(request, tabs, wanted), "choices": _choices(user),
        "narrowed": _narrowed(request), "exported": export.FORMATS,
        "total": _total(tabs, wanted),
    }  # fmt: skip
    return render(request, "needs/desk.html", context)


def _own(user: Any) -> int | None:
    places = user.places()
    return places[0] if places else None


def wanted_of(request: HttpRequest) -> Filter:
    """The filters in the address; one that nobody knows shows everything. A service team begins with its own."""
    get, number, reference = request.GET, None, request.GET.get("q", "").replace("\0", "").strip()[:100]
    if reference.removeprefix("#").isascii() and reference.removeprefix("#").isdigit() and len(reference) < 18:
        number, reference = int(reference.removeprefix("#")), ""
    state, own = get.get("state", ""), request.user.role_id
    team = get.get("team", own if own in kinds.TEAMS else "")
    return Filter(
        narrowed(request),
        state if state in STATES_OF else ALL if number or reference else LIVE,
        kind=_known(get, "kind", [k.key for k in kinds.KINDS]),
        urgency=_known(get, "urgency", "012"),
        channel=_known(get, "channel", kinds.CHANNELS),
        team=team if team in kinds.TEAMS else "",
        when=_known(get, "when", words.WHEN),
        alike=get.get("alike") == "1", watched=get.get("watched") == "1", promised=get.get("promised") == "1",
        done=_known(get, "done", words.DONE), lately=get.get("lately") == "1",
        since=day_of(get.get("since")), until=day_of(get.get("until")),
        suggested=_known(get, "suggested", [k.key for k in kinds.KINDS]), read_since=day_of(get.get("read")),
        number=number, reference=reference, sort=_known(get, "sort", ("oldest",)),
    )  # fmt: skip


def _known(get: Mapping[str, Any], name: str, table: Any) -> str:
    value = str(get.get(name, ""))
    return value if value and value in table else ""


def day_of(text: str | None) -> dt.datetime | None:
    """The beginning of a day of the city, as ``YYYY-MM-DD``; None for anything else."""
    try:
        return dt.datetime.combine(dt.date.fromisoformat(text or ""), dt.time(), clock.city_zone())
    except ValueError:
        return None


def row_of(need: Need, where: Mapping[int, str], user: Any) -> dict[str, Any]:
    """What a list shows of a need: nothing of the person; of the text its beginning, for those who act on it."""
    kind = kinds.get(need.kind)
    return {
        "row": need, "kind": kind, "urgency": kinds.URGENCIES[need.urgency], "tone": words.URGENCY_TONES[need.urgency],
        "state": words.of(words.STATES, need.state), "state_tone": words.STATE_TONES.get(need.state, "todo"),
        "channel": words.of(kinds.CHANNELS, need.channel), "where": place_of(need, where),
        "waits": need.state in STATES_OF[queries.WAITING], "team": kinds.TEAMS[kind.team],
        "heard": [w for w in need.words if isinstance(w, str)][:6],
        "text": excerpt(queries.text_of(need)) if user.may("need.act") else "",
    }  # fmt: skip


def place_of(need: Need, where: Mapping[int, str]) -> str:
    door = getattr(need, "door", "") or ""
    return f"{where.get(need.place_id, '')} {door}".strip()


def _tabs(tabs: Sequence[Tab], wanted: Filter) -> list[dict[str, Any]]:
    """In the order of the table of kinds; a kind of which the list has none is left out."""
    found = {tab.kind: tab.count for tab in tabs}
    return [
        {"key": k.key, "label": k.label, "count": found.get(k.key, 0), "here": wanted.kind == k.key}
        for k in kinds.KINDS
        if found.get(k.key, 0) != 0 or wanted.kind == k.key
    ]


def _total(tabs: Sequence[Tab], wanted: Filter) -> int | None:
    """How many needs the whole list has; None where nobody counts them."""
    mine = [tab.count for tab in tabs if not wanted.kind or tab.kind == wanted.kind]
    return None if None in mine else sum(n for n in mine if n is not None)


def _chips(request: HttpRequest, tabs: Sequence[Tab], wanted: Filter) -> list[dict[str, Any]]:
    """Ways into what waits, each with how many there are of the kind that is shown; from the past the way back."""
    if wanted.state in PAST:
        back = with_query(request, dict.fromkeys(("state", "done", "lately", "since", "until", "suggested", "read", "q")))
        return [{"label": words.LISTS[LIVE], "url": back}, {"label": words.LISTS[wanted.state], "url": "", "here": True}]
    mine = [tab for tab in tabs if not wanted.kind or tab.kind == wanted.kind]
    numbers = {name: sum(getattr(tab, name) for tab in mine) for name in ("overdue", "soon", "new", "done", "watched")}
    clear = {"state": None, "when": None, "watched": None, "alike": None}
    plain = wanted.state == LIVE and not (wanted.when or wanted.watched or wanted.alike)
    whole: list[tuple[Any, dict[str, str], bool, int | None, bool]] = [
        (words.LISTS[LIVE], {}, plain, None, False),
        (words.WHEN["overdue"], {"when": "overdue"}, wanted.when == "overdue", numbers["overdue"], True),
        (words.WHEN["soon"], {"when": "soon"}, wanted.when == "soon", numbers["soon"], False),
        (words.STATES["new"], {"state": "new"}, wanted.state == "new", numbers["new"], False),
        (words.STATES["done"], {"state": "done"}, wanted.state == "done", numbers["done"], False),
        (_("perhaps the same"), {"alike": "1"}, wanted.alike, None, False),
        (_("to be watched"), {"watched": "1"}, wanted.watched, numbers["watched"], False),
    ]
    return [  # what may be the same is counted by nobody, and the other ways are not narrowed to it
        {"label": label, "url": with_query(request, {**clear, **to}), "here": here, "bad": bad and bool(count),
         "count": None if wanted.alike else count}
        for label, to, here, count, bad in whole
    ]  # fmt: skip


def _choices(user: Any) -> dict[str, Any]:
    seen = [k for k in kinds.KINDS if not k.silent or user.may("need.silent")]
    return {
        "states": words.LISTS, "kinds": {k.key: k.label for k in seen},
        "urgencies": {str(key): label for key, label in kinds.URGENCIES.items()}, "channels": kinds.CHANNELS,
        "teams": kinds.TEAMS,
    }  # fmt: skip


def _narrowed(request: HttpRequest) -> list[dict[str, Any]]:
    """What besides the form narrows the list, in words, each with what takes it away."""
    get, wanted, found = request.GET, wanted_of(request), []
    if wanted.done:
        what = words.DONE[wanted.done]
        found.append((_("%(what)s, in the last 24 hours") % {"what": what} if wanted.lately else what, ("done", "lately")))
    if wanted.since or wanted.until:
        told = {"from": get.get("since", "") if wanted.since else "…", "until": get.get("until", "") if wanted.until else "…"}
        found.append((_("raised from %(from)s to before %(until)s") % told, ("since", "until")))
    if wanted.suggested:
        found.append((_("suggested as: %(kind)s") % {"kind": kinds.get(wanted.suggested).label}, ("suggested",)))
    if wanted.read_since:
        found.append((_("confirmed since %(day)s") % {"day": get.get("read")}, ("read",)))
    if wanted.promised:
        found.append((_("with a promise"), ("promised",)))
    if wanted.sort:
        found.append((_("the oldest first"), ("sort",)))
    return [{"label": label, "url": with_query(request, dict.fromkeys(names))} for label, names in found]


def with_query(request: HttpRequest, changes: Mapping[str, str | None]) -> str:
    """The address of this list with some filters set and others (None) taken away, from its first page."""
    query = request.GET.copy()
    for name, value in {**changes, "after": None, "format": None}.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"

