"""Events for live boards: a topic and a place, sent when the transaction commits. They carry no data: a board that
hears one asks again for what it shows, under its own user's jurisdiction."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tongxin.kit import db

CHANNEL = "tongxin"
MAX_PLACES = 200  # a notification holds 8,000 bytes


def publish(topic: str, places: Iterable[int], **keys: object) -> None:
    """Tell every board that ``topic`` changed at ``places``; delivered on commit."""
    known = sorted({int(p) for p in places})
    for start in range(0, len(known), MAX_PLACES):
        payload = json.dumps({"topic": topic, "places": known[start : start + MAX_PLACES], **keys})
        db.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
