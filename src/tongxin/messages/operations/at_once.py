"""Texts that cannot wait in the outbox and are not kept: one-time codes. They go by the channel of their place like every
message; what fails is their own affair, for whoever asked may not learn whether a number is known."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tongxin.kit import crypto, db
from tongxin.messages import carriers, sending
from tongxin.messages.carriers import Parcel
from tongxin.messages.models import Channel
from tongxin.messages.operations.routes import Routes, nearest

logger = logging.getLogger(__name__)
_pool = ThreadPoolExecutor(4, thread_name_prefix="at-once")


class Text(NamedTuple):
    """What is sent to a phone; ``place_id`` decides the channel."""

    place_id: int
    phone: str
    text: str


def send_at_once(texts: Sequence[Text]) -> None:
    """Hand texts over and return at once, whatever becomes of them. The channels are read even for no text at all, so that it
    takes as long. Without any channel in the city each is a file."""
    with db.acting_as_jobs():
        routes = Routes.to_people()
    for one in texts:
        if routes.is_demo:
            sending.send(sending.Message(one.phone, one.text))
        elif (sealed := nearest(routes.channels, Channel.Audience.PERSON, one.place_id)) is None:
            logger.warning("no channel serves place %s: a one-time code was not sent", one.place_id)
        else:
            token = secrets.token_hex(16)
            url = carriers.address(crypto.decrypt(sealed), one.phone, token)
            _pool.submit(_carry, Parcel("code", token, Channel.Audience.PERSON, one.phone, one.text, url))


def _carry(parcel: Parcel) -> None:
    try:
        carriers.current()(parcel)
    except Exception as error:  # the log holds neither number nor text
        logger.warning("a one-time code was not taken by its channel: %s", getattr(error, "reason", type(error).__name__))
