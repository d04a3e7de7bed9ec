"""Needs and the ledger: who asks for help at a contact or a door raises a need; what waits at a door stands beside its people;
what a neighbour offers is shown the needs that it could serve."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from tongxin.areas.building import queries as building
from tongxin.areas.building import words as building_words
from tongxin.kit import db
from tongxin.kit.audit import Because
from tongxin.ledgers import registry
from tongxin.ledgers.models import Offer
from tongxin.ledgers.registry import Help
from tongxin.needs import kinds, queries, states, triage
from tongxin.needs.models import Need
from tongxin.needs.operations import intake
from tongxin.needs.operations.intake import Raised
from tongxin.places.place_id import Level, PlaceId

MARK = building_words.State(
    "need", "?", pgettext_lazy("home", "need open"), gettext_lazy("somebody waits for something they asked for")
)
UNSAID = "需要帮助"
"""What a need says that was noted without a word."""
SHOWN = 3


def help_asked(asked: Help, now: dt.datetime, because: Because) -> bool:
    """Raise a need for somebody on the ledger; asked twice at one contact it is one need."""
    ref = f"contact{asked.contact_id}" if asked.contact_id is not None else f"knock{asked.knock_id}"
    raised = Raised(
        "ledger", ref, asked.text.strip() or UNSAID, now, asked.place_id, person_id=asked.person_id, home_id=asked.home_id
    )
    intake.record([raised], now, because)
    return True


def needs_at(homes: Collection[int], user: Any) -> dict[int, Sequence[str]]:
    """The needs that wait at homes, by number and kind, as far as the user may see them."""
    if not user.may("need.view"):
        return {}
    rows = queries.visible(user).filter(home_id__in=[h for h in homes if h], state__in=states.LIVE)
    found: dict[int, list[str]] = {}
    for home, key, kind in rows.order_by("due_at").values_list("home_id", "pk", "kind")[:500]:
        found.setdefault(home, []).append(gettext("%(kind)s #%(number)s") % {"kind": kinds.get(kind).label, "number": key})
    return found  # type: ignore[return-value]


def waiting(homes: Collection[int], user: Any) -> set[int]:
    """The homes in which somebody waits for something, as far as the user may see it."""
    if not user.may("need.view"):
        return set()
    rows = queries.visible(user).filter(home_id__in=homes, state__in=(states.NEW, states.OPEN))
    return set(rows.values_list("home_id", flat=True).distinct()[:1_000])  # type: ignore[arg-type]


def matches(offers: Collection[int], user: Any) -> dict[int, Sequence[tuple[str, str]]]:
    """The needs that an offer could serve: open ones of its compound about the same thing; nothing that tells of health."""
    if not user.may("need.act"):
        return {}
    glossary, found = queries.glossary(), {}
    for offer in Offer.objects.using(db.alias()).filter(pk__in=offers):
        heard = triage.suggest(offer.text, glossary)
        if kinds.get(heard.kind).health or heard.kind == "other":
            continue
        wanted = _alike(user, offer.place_id, heard)
        if wanted:
            found[offer.pk] = [(f"#{n.pk} {kinds.get(n.kind).label}", reverse("needs:need", args=[n.pk])) for n in wanted]
    return found  # type: ignore[return-value]


def _alike(user: Any, place_id: int, heard: triage.Suggestion) -> list[Need]:
    place = PlaceId(place_id)
    lo, hi = (place.at(Level.COMPOUND) if place.level > Level.COMPOUND else place).range
    rows = queries.visible(user).filter(place_id__gte=lo, place_id__lt=hi, kind=heard.kind, state__in=(states.NEW, states.OPEN))
    if heard.topic:
        rows = rows.filter(topic__in=("", heard.topic))
    return list(rows.order_by("due_at")[:SHOWN])


def connect() -> None:
    registry.on_help(help_asked)
    registry.register_needs(needs_at)
    registry.register_matches(matches)
    building.register_mark(MARK.key, waiting)
    building_words.register(MARK)
