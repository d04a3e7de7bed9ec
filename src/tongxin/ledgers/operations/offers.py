"""Neighbours' offers, taken like tasks: by a conditional update, so that one hand has it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tongxin.access.models import User
from tongxin.kit import audit, crypto, db, events
from tongxin.kit.audit import Because
from tongxin.ledgers import states
from tongxin.ledgers.models import Offer
from tongxin.ledgers.operations.derive import TOPIC
from tongxin.messages.rules import check_group_text
from tongxin.policy.queries import pack_at

KINDS = ("goods", "ride", "errand", "company", "skill", "other")


@dataclass(frozen=True)
class NewOffer:
    place_id: int
    kind: str
    text: str
    name: str = ""
    phone: str = ""


def make(offer: NewOffer, now: dt.datetime, because: Because) -> Offer:
    """Note what a neighbour offers, for all to read; it lapses by itself after the pack's days. Raises Refused where it names a
    number or anybody's health."""
    check_group_text(offer.text)
    with db.transaction_block():
        made = Offer(
            place_id=offer.place_id, kind=offer.kind, text=offer.text, name=offer.name, phone=crypto.encrypt(offer.phone),
            offered_at=now, offered_by=because.actor,
            until=now + pack_at(offer.place_id, now).days("ledger.offer_valid"),
        )  # fmt: skip
        made.save(force_insert=True)
        audit.record(because, "offer.made", "offer", made.pk, made.place_id)
        events.publish(TOPIC, [made.place_id])
    return made


def claim(offer_id: int, user: User, now: dt.datetime) -> None:
    _change(offer_id, states.CLAIM, now, Because(user.actor), claimed_by=user, claimed_at=now)


def put_back(offer_id: int, user: User, now: dt.datetime) -> None:
    _change(offer_id, states.RELEASE, now, Because(user.actor), claimed_by=None, claimed_at=None)


def close(offer_id: int, event: str, user: User, now: dt.datetime) -> None:
    """The offer was used (``states.COMPLETE``) or is no longer made (``states.WITHDRAW``)."""
    _change(offer_id, event, now, Because(user.actor), closed_at=now)


def _change(offer_id: int, event: str, now: dt.datetime, because: Because, **values: object) -> None:
    """Raises Refused where the offer is not in a state for it, Offer.DoesNotExist where it is not seen."""
    with db.transaction_block():
        offer = Offer.objects.select_for_update(of=("self",)).get(pk=offer_id)
        following = states.check_can(offer.state, event)
        Offer.objects.filter(pk=offer_id).update(state=following, **values)
        audit.record(because, f"offer.{event}", "offer", offer_id, offer.place_id)
        events.publish(TOPIC, [offer.place_id])
