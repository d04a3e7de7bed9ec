"""The areas of the simulated city, ordered as a street would: one unit around each case, and some from five days ago whose
last day is the day on which one looks."""

from __future__ import annotations

import datetime as dt
import struct
import zlib

from tongxin.access.models import User
from tongxin.areas import queries
from tongxin.areas.models import Order
from tongxin.areas.operations import deeds, issue, upkeep
from tongxin.areas.operations.issue import Draft, Photo, Piece
from tongxin.chase.models import Case
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import path
from tongxin.restrictions.models import Restriction

BECAUSE = Because("user:operations", "demo")
EARLIER = 6
DAYS_AGO, ORDERED_WITHIN = dt.timedelta(days=5), dt.timedelta(minutes=40)


def earlier(now: dt.datetime) -> None:
    """Areas ordered five days ago; their cases had left the same afternoon."""
    before = (now - DAYS_AGO).replace(hour=10, minute=0)
    units = db.rows(
        "SELECT DISTINCT ON (place_id / 10000000) place_id FROM people_person ORDER BY place_id / 10000000, place_id DESC"
    )
    for nth, (unit,) in enumerate(units[:EARLIER]):
        order = _order(unit, before + nth * dt.timedelta(minutes=20), ("case", 0), before + dt.timedelta(hours=5))
        seen = now.replace(hour=9, minute=nth)
        upkeep.check_exits(order.pk, Photo(seen, picture(), "image/png", "畅通"), True, _officer(), seen, BECAUSE)


def around_cases(now: dt.datetime) -> None:
    """A unit around every case so far; one building under temporary control; somebody away, somebody who objects."""
    zone = clock.city_zone()
    for case in Case.objects.using(db.alias()).filter(withdrawn_at=None).order_by("positive_at"):
        at = min(case.positive_at.astimezone(zone) + ORDERED_WITHIN, now)
        _order(case.place_id, at, ("case", case.pk), case.removed_at)
    latest = Case.objects.using(db.alias()).order_by("-positive_at").first()
    if latest:
        _order(int(PlaceId(latest.place_id).at(Level.BUILDING)), now - ORDERED_WITHIN, ("case", latest.pk), None, "temporary")
    _people(now)


def _order(place: int, at: dt.datetime, cause: tuple[str, int], left_at: dt.datetime | None, kind: str = "high") -> Order:
    name = " ".join(text for _, text in path(place, Level.COMPOUND))
    what = "临时管控" if kind == "temporary" else "高风险区"
    draft = Draft(
        kind=kind, name=name, pieces=[Piece(place)], cause=cause, anchor_at=left_at,
        reason_zh=f"本处发现阳性感染者，依规划为{what}。", reason_en="A case was found here.",
        exits=Photo(at, picture(), "image/png", "单元门、消防通道均畅通"),
    )  # fmt: skip
    return issue.issue(draft, _officer(), at, BECAUSE)


def _officer() -> User:
    return User.objects.using(db.alias()).get(username="operations")


def _people(now: dt.datetime) -> None:
    found = Restriction.objects.using(db.alias()).filter(cause_kind="order", released_at=None).order_by("pk")
    limits = list(found[:1])
    short = Order.objects.using(db.alias()).filter(state="in_force", missing__gt=0, last_day=now.date()).order_by("missing")
    for order in short[1:2]:
        for one in queries.missing(order.pk):
            deeds.mark(order.pk, one.person_id, "away", "出差，本周未归", _officer(), now, BECAUSE)
    if limits:
        upkeep.object_to(limits[0].pk, "我已搬走，不住在这里。", now, Because("resident"))


def picture() -> bytes:
    """A photo of a door, as far as a simulation has one: a small grey PNG."""
    wide, high = 64, 48
    rows = b"".join(b"\0" + bytes([200 - abs(x - 32) if 16 < x < 48 else 90 for x in range(wide)]) for _ in range(high))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
