"""What was asked most: by kind, by building, by day, with the share done in time; and what operators changed of what the rules
suggested. Every number opens its rows."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.needs import desk, kinds, queries
from tongxin.needs.desk import Asked, Often
from tongxin.needs.queries import ASKED, DAY, LIVE
from tongxin.needs.views.listing import day_of
from tongxin.web.addresses import addresses
from tongxin.web.place import here

DAYS = (1, 3, 7, 14, 30)
USUAL, LONGEST = 7, 92
CHANGES_SHOWN = 20
MANY, KEEP_SECONDS = 5_000, 30


@require_safe
@requires("need.view")
def asked(request: HttpRequest) -> HttpResponse:
    """``days`` back, or from ``since`` to before ``until``; ``kind`` narrows buildings and days."""
    user, place = request.user, here(request).id
    since, until = _period(request)
    kind = request.GET.get("kind", "")
    kind = kind if kinds.known(kind) else ""
    context: dict[str, Any] = {
        "since": since.date(), "until": until.date(), "last": until.date() - DAY, "kind": kinds.get(kind) if kind else None,
        "periods": [(days, (until - since).days == days) for days in DAYS],
    }  # fmt: skip
    if place:
        found, at = counted(user, int(place), since, until, kind)
        to = _links(int(place), since, until)
        most = max([one.count for one in found.days], default=1)
        context |= {
            "kinds": _rows(found.kinds, {k.key: k.label for k in kinds.KINDS}, lambda one: to(kind=one.key)),
            "days": [
                {**row, "width": round(100 * row["row"].count / most)}
                for row in _rows(found.days, {}, lambda one: _day(to, one, kind))
            ],
            "buildings": _buildings(found.buildings, to, kind, user), "elsewhere": found.elsewhere,
            "whole": _whole(found.kinds), "counted_at": at, **_changed(int(place), since, to),
        }  # fmt: skip
    return render(request, "needs/asked.html", context)


def counted(user: Any, place: int, since: dt.datetime, until: dt.datetime, kind: str) -> tuple[Asked, dt.datetime]:
    """``desk.asked`` and when it was counted. What took many rows is kept for half a minute, for everybody who sees the same."""
    who = hashlib.sha256(repr((user.ranges(), user.may("need.silent"))).encode()).hexdigest()[:20]
    key = f"needs:asked:{place}:{since.date()}:{until.date()}:{kind}:{who}"
    kept = cache.get(key)
    if kept is None:
        kept = (desk.asked(user, place, since, until, kind), clock.now())
        if sum(one.count for one in kept[0].kinds) >= MANY:
            cache.set(key, kept, KEEP_SECONDS)
    found: tuple[Asked, dt.datetime] = kept
    return found


def _period(request: HttpRequest) -> tuple[dt.datetime, dt.datetime]:
    """From midnight to midnight of the city; the days of the address, or the last seven with today."""
    today = dt.datetime.combine(clock.now().astimezone(clock.city_zone()).date(), dt.time(), clock.city_zone())
    since, until = day_of(request.GET.get("since")), day_of(request.GET.get("until"))
    if since and until and since < until <= since + LONGEST * DAY:
        return since, until
    text = request.GET.get("days", "")
    days = int(text) if text in map(str, DAYS) else USUAL
    return today + DAY - days * DAY, today + DAY


def _links(place: int, since: dt.datetime, until: dt.datetime) -> Any:
    """Addresses of the desk with the rows behind a figure."""

    def to(**more: Any) -> dict[str, str]:
        told = {"place": place, "state": ASKED, "since": since.date(), "until": until.date(), "team": "all", **more}
        base = {key: value for key, value in told.items() if value}

        def url(**extra: Any) -> str:
            return f"{reverse('needs:desk')}?{urlencode({**base, **extra})}"

        return {"all": url(), "open": url(state=LIVE), "in_time": url(done="in_time"), "done": url(done="any")}

    return to


def _rows(found: Sequence[Often], names: Mapping[str, Any], to: Any) -> list[dict[str, Any]]:
    return [
        {"row": one, "name": names.get(one.key, one.key), "url": to(one), "share": share(one.in_time, one.done)} for one in found
    ]


def share(part: int, whole: int) -> int | None:
    """Per cent, rounded down: nothing is called complete before it is."""
    return 100 * part // whole if whole else None


def _day(to: Any, one: Often, kind: str) -> dict[str, str]:
    return to(since=one.key, until=dt.date.fromisoformat(one.key) + DAY, kind=kind)  # type: ignore[no-any-return]


def _buildings(found: Sequence[Often], to: Any, kind: str, user: Any) -> list[dict[str, Any]]:
    where = addresses([int(one.key) for one in found], user)
    return _rows(found, {one.key: where.get(int(one.key), one.key) for one in found}, lambda one: to(place=int(one.key), kind=kind))


def _whole(found: Sequence[Often]) -> dict[str, Any]:
    whole = Often("", *(sum(getattr(one, name) for one in found) for name in Often._fields[1:]))
    return {"row": whole, "share": share(whole.in_time, whole.done)}


def _changed(place: int, since: dt.datetime, to: Any) -> dict[str, Any]:
    """How often the kind that the rules suggested was confirmed, and what it was changed to."""
    found = queries.corrected(place, since)
    read, right = sum(n for *_kinds, n in found), sum(n for suggested, kind, n in found if suggested == kind)
    by_kind = {k.key: k.label for k in kinds.KINDS}
    return {
        "read": read, "right": right, "right_share": share(right, read),
        "changed": [
            {"suggested": by_kind.get(a, a), "kind": by_kind.get(b, b), "count": n,
             "url": to(suggested=a, kind=b, read=since.date(), since="", until="")["all"].replace(f"state={ASKED}", "state=all")}
            for a, b, n in found if a != b
        ][:CHANGES_SHOWN],
    }  # fmt: skip
