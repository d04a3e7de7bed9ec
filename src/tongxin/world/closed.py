"""The areas of the simulated city, ordered as a street would: one unit around each case, and some from days ago whose last
day is the day on which one looks."""

from __future__ import annotations

import datetime as dt
import struct
import zlib

from tongxin.access.models import User
from tongxin.areas import queries as areas
from tongxin.areas import rules
from tongxin.areas.models import Order
from tongxin.areas.operations import issue, upkeep
from tongxin.areas.operations.issue import Draft, Photo, Piece
from tongxin.chase.models import Case
from tongxin.kit import db
from tongxin.kit.audit import Because
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import path
from tongxin.policy.queries import pack_at
from tongxin.restrictions.models import Restriction

STREET = "street"
"""Who signs the areas of a demo: another than the officer whom one logs in as, so that that one may answer objections."""
BECAUSE = Because(f"user:{STREET}", "demo")
EARLIER = (5, 4, 5, 4, 5, 4)
"""How many days ago some areas were ordered: their last day is the day of the demo, or they open at its midnight."""
ORDERED_WITHIN = dt.timedelta(minutes=40)
ENDS_WITHIN = dt.timedelta(minutes=95)


def earlier(now: dt.datetime) -> None:
    """Areas ordered some days ago; their cases had left the same afternoon."""
    units = db.rows("SELECT DISTINCT ON (place_id / 100) place_id FROM people_person ORDER BY place_id / 100, place_id DESC")
    some = units[:: max(1, len(units) // len(EARLIER))]
    for nth, ((unit,), ago) in enumerate(zip(some, EARLIER, strict=False)):
        before = (now - dt.timedelta(days=ago)).replace(hour=10, minute=0) + nth * dt.timedelta(minutes=20)
        order = _order(unit, before, ("case", 0), before.replace(hour=15))
        seen = now.replace(hour=9, minute=nth)
        upkeep.check_exits(order.pk, Photo(seen, picture(), "image/png", "畅通"), True, _signer(), seen, BECAUSE)


def is_closed(place: int) -> bool:
    """Whether an area in force holds a place already, of more than hours."""
    return any(order.kind != rules.TEMPORARY for order in areas.around([PlaceId(place).range]))


def around(case: Case, now: dt.datetime) -> None:
    """The unit of a case is closed, unless it is already; one who was positive in the same unit before counts with it."""
    if not is_closed(case.place_id):
        _order(case.place_id, now, ("case", case.pk), case.removed_at)


def evening(now: dt.datetime) -> None:
    """What an onlooker wants to see besides: two buildings under temporary control, one of which ends soon, and a resident
    who objects."""
    latest = Case.objects.using(db.alias()).filter(withdrawn_at=None).order_by("-positive_at")[:1]
    for case in latest:
        _order(int(PlaceId(case.place_id).at(Level.BUILDING)), now - ORDERED_WITHIN, ("case", case.pk), None, rules.TEMPORARY)
    free = db.rows(
        "SELECT p.id FROM places_place p WHERE p.level = %s AND NOT EXISTS (SELECT FROM areas_part a"
        " WHERE a.place_id < p.id + %s AND a.place_end > p.id) ORDER BY p.id LIMIT 1",
        [Level.BUILDING, Level.BUILDING.width],
    )
    longest = pack_at(_signer().places()[0], now).hours("area.temporary_longest")
    for (building,) in free:
        _order(building, now + ENDS_WITHIN - longest, ("exposure", 0), None, rules.TEMPORARY)
    limit = Restriction.objects.using(db.alias()).filter(cause_kind="order", released_at=None).order_by("pk").first()
    if limit:
        upkeep.object_to(limit.pk, "我已搬走，不住在这里。", now, Because("resident"))


def _order(place: int, at: dt.datetime, cause: tuple[str, int], left_at: dt.datetime | None, kind: str = rules.HIGH) -> Order:
    what = "临时管控" if kind == rules.TEMPORARY else "高风险区"
    draft = Draft(
        kind=kind, name=_name(place), pieces=[Piece(place)], cause=cause, anchor_at=left_at,
        reason_zh=f"本处发现阳性感染者，依规划为{what}。", reason_en="A case was found here.",
        exits=Photo(at, picture(), "image/png", "单元门、消防通道均畅通"),
    )  # fmt: skip
    return issue.issue(draft, _signer(), at, BECAUSE)


def _name(place: int) -> str:
    """As it is published: 海棠居3号楼1单元."""
    ends = {Level.BUILDING: "号楼", Level.UNIT: "单元"}
    return "".join(f"{name}{ends.get(PlaceId(key).level, '')}" for key, name in path(place, Level.COMPOUND))


def _signer() -> User:
    return User.objects.using(db.alias()).get(username=STREET)


def picture() -> bytes:
    """A photo of a door, as far as a simulation has one: a small grey PNG."""
    wide, high = 64, 48
    rows = b"".join(b"\0" + bytes([200 - abs(x - 32) if 16 < x < 48 else 90 for x in range(wide)]) for _ in range(high))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
