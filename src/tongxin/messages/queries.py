"""Reading the outbox, under the viewer's jurisdiction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q, QuerySet

from tongxin.access.rules import holds
from tongxin.kit import clock, crypto, db
from tongxin.messages import rules, states
from tongxin.messages.carriers import NotTaken
from tongxin.messages.models import Channel, Group, Message
from tongxin.messages.operations.routes import Routes, Words
from tongxin.places.place_id import PlaceId
from tongxin.policy.queries import packs_in_force


@dataclass(frozen=True)
class Filter:
    """Which messages: in these states, for this audience, of this template, at this place, queued on this day."""

    state: str = ""
    audience: str = ""
    template: str = ""
    place_id: int | None = None
    day: dt.date | None = None

    def conditions(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: value
            for name, value in (("state", self.state), ("audience", self.audience), ("template", self.template))
            if value
        }
        if self.place_id is not None:
            lo, hi = PlaceId(self.place_id).range
            found |= {"place_id__gte": lo, "place_id__lt": hi}
        if self.day:
            begin = dt.datetime.combine(self.day, dt.time(), clock.city_zone())
            end = dt.datetime.combine(self.day + dt.timedelta(days=1), dt.time(), clock.city_zone())
            found |= {"queued_at__gte": begin, "queued_at__lt": end}
        return found


def listing(wanted: Filter, after: int | None, limit: int) -> Sequence[Message]:
    """Messages, the latest first, a page at a time; without phones and texts."""
    found = Message.objects.filter(**wanted.conditions()).select_related("group").order_by("-pk")
    if after is not None:
        found = found.filter(pk__lt=after)
    return list(found.defer("phone", "phone_hash", "params", "token", "group__url")[:limit])


def counts(wanted: Filter) -> dict[str, int]:
    """How many are not with their recipients, by state; whatever state is asked for."""
    found = Message.objects.filter(**replace(wanted, state="").conditions(), state__in=states.OPEN)
    counted = dict(found.order_by().values_list("state").annotate(Count("pk")))
    return {state: counted.get(state, 0) for state in states.OPEN}


def get(message_id: int) -> Message:
    """Raises Message.DoesNotExist for one that the viewer may not see."""
    return Message.objects.select_related("group").get(pk=message_id)


def text_of(message: Message) -> str:
    """What a message says, in the words that hold at its place now; nothing where they cannot be made any more."""
    with db.acting_as_jobs():  # the words of a place above are nobody's secret
        routes = Routes.words_only()
    try:
        return routes.text(message)
    except NotTaken:
        return ""


def words_at(template: str, place_id: int) -> Words:
    """A template's wording in both languages that holds at a place. Raises KeyError for an unknown one."""
    with db.acting_as_jobs():
        return Routes.words_only().words(template, place_id)


# -- groups and channels --------------------------------------------------------------------------------


def groups(place_id: int | None, text: str = "", closed: bool = True) -> QuerySet[Group]:
    """Groups at a place, by place and name."""
    found = Group.objects.order_by("place_id", "pk")
    if place_id is not None:
        lo, hi = PlaceId(place_id).range
        found = found.filter(place_id__gte=lo, place_id__lt=hi)
    if text:
        found = found.filter(label__icontains=text)
    return found if closed else found.filter(active=True)


def page_of_groups(place_id: int | None, text: str, after: tuple[int, int] | None, limit: int) -> Sequence[Group]:
    found = groups(place_id, text)
    if after:
        found = found.filter(Q(place_id__gt=after[0]) | Q(place_id=after[0], pk__gt=after[1]), place_id__gte=after[0])
    return list(found[:limit])


def channels() -> Sequence[Channel]:
    """The channels of the viewer's places: one or two for a street."""
    return list(Channel.objects.order_by("place_id", "audience", "-active", "pk"))


def kind_of_url(sealed: bytes | None) -> str:
    """What of a URL may be shown: its kind ("wecombot"), never what it opens."""
    return crypto.decrypt(sealed).partition("://")[0] if sealed else ""


@dataclass(frozen=True)
class Reach:
    """Whom a notice reaches: how many groups, how many of them nothing carries anything to, and when it goes out."""

    groups: Sequence[Group]
    without: Sequence[Group]
    from_when: dt.datetime


def reach(place_id: int, now: dt.datetime, urgent: bool) -> Reach:
    """The groups of a place that the viewer may see, and the latest moment from which a notice goes out to them."""
    found = list(groups(place_id, closed=False))
    with db.acting_as_jobs():
        routes = Routes.load()
    packs = packs_in_force(now)
    starts = {}
    for place in {g.place_id for g in found} if not urgent else ():
        pack = packs.at(place)
        terms = pack.hours("messages.quiet_from"), pack.hours("messages.quiet_until")
        if terms not in starts:
            starts[terms] = rules.after_quiet(now, clock.city_zone(), *terms)
    without = [g for g in found if not routes.serves(g.pk)]
    return Reach(found, without, max(starts.values(), default=now))


def within(user: Any, place_id: int) -> bool:
    return holds(user.ranges(), PlaceId(place_id).range)
