"""Neighbours' offers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from tongxin.kit import db
from tongxin.ledgers.models import Offer
from tongxin.places.place_id import PlaceId


@dataclass(frozen=True)
class Filter:
    """Which offers that still stand: of this kind, in this place, mine, with a text in them."""

    now: dt.datetime
    kind: str = ""
    place_id: int | None = None
    claimed_by: int | None = None
    text: str = ""


def found(wanted: Filter) -> QuerySet[Offer]:
    offers = Offer.objects.using(db.alias()).filter(
        Q(state=Offer.State.CLAIMED) | Q(state=Offer.State.OPEN, until__gt=wanted.now)
    )
    if wanted.kind:
        offers = offers.filter(kind=wanted.kind)
    if wanted.claimed_by is not None:
        offers = offers.filter(claimed_by_id=wanted.claimed_by)
    if wanted.text:
        offers = offers.filter(text__icontains=wanted.text)
    if wanted.place_id is not None:
        lo, hi = PlaceId(wanted.place_id).range
        offers = offers.filter(place_id__gte=lo, place_id__lt=hi)
    return offers


def page(wanted: Filter, after: int | None, limit: int) -> list[Offer]:
    """The latest first."""
    offers = found(wanted)
    if after:
        offers = offers.filter(pk__lt=after)
    return list(offers.select_related("claimed_by").order_by("-pk")[:limit])


def one(offer_id: int) -> Offer | None:
    return Offer.objects.using(db.alias()).filter(pk=offer_id).first()
