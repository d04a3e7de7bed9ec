"""The places of an order in the address of a page, and in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from tongxin.access.rules import holds
from tongxin.areas.operations.issue import Piece
from tongxin.kit import db
from tongxin.places.models import Address, Facility, Home
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import existing
from tongxin.web.addresses import addresses

MOST = 200
_CODE = re.compile(r"(\d{19})(?:\.([fhua])(-?\d{1,18}))?")
_KEYS = {"h": "home_id", "u": "facility_id", "a": "address_id"}


def encode(piece: Any) -> str:
    """``PLACE``, ``PLACE.fFLOOR``, ``PLACE.hHOME``, ``PLACE.uFACILITY`` or ``PLACE.aADDRESS`` (one that is not settled)."""
    if piece.address_id is not None:
        return f"{piece.place_id}.a{piece.address_id}"
    if piece.home_id is not None:
        return f"{piece.place_id}.h{piece.home_id}"
    if piece.floor is not None:
        return f"{piece.place_id}.f{piece.floor}"
    return f"{piece.place_id}.u{piece.facility_id}" if piece.facility_id is not None else f"{piece.place_id}"


def read(texts: Sequence[str], user: Any) -> list[Piece]:
    """The pieces of an address that exist and lie in the user's scope, each once, without those that a whole one of them
    holds anyway; whatever else stands there was tampered with and is passed over. More than ``MOST`` are none: an order is
    never smaller than what was ticked (``are_too_many`` says so)."""
    if are_too_many(texts):
        return []
    wanted = [p for p in map(_decode, dict.fromkeys(texts)) if p and holds(user.ranges(), PlaceId(p.place_id).range)]
    places = existing({p.place_id for p in wanted})
    homes = _keys(Home, {p.home_id for p in wanted})
    facilities = _keys(Facility, {p.facility_id for p in wanted})
    unsettled = _keys(Address, {p.address_id for p in wanted}, settled_at=None)
    wanted = [
        p for p in wanted
        if p.place_id in places and (p.home_id is None or (p.home_id, p.place_id) in homes)
        and (p.facility_id is None or (p.facility_id, p.place_id) in facilities)
        and (p.address_id is None or (p.address_id, p.place_id) in unsettled)
    ]  # fmt: skip
    whole = [PlaceId(p.place_id) for p in wanted if is_whole(p)]
    return [p for p in wanted if not any(w.contains(p.place_id) and (not is_whole(p) or w != p.place_id) for w in whole)]


def are_too_many(texts: Sequence[str]) -> bool:
    return len(set(texts)) > MOST


def is_whole(piece: Any) -> bool:
    return piece.floor is None and piece.home_id is None and piece.facility_id is None and piece.address_id is None


def _decode(text: str) -> Piece | None:
    found = _CODE.fullmatch(text)
    if not found:
        return None
    try:
        place = int(PlaceId(int(found[1])))
    except ValueError:
        return None
    number = int(found[3] or 0)
    if found[2] == "f":
        return Piece(place, floor=number) if -100 < number < 1000 else None
    return Piece(place, **{_KEYS[found[2]]: number}) if found[2] else Piece(place)


def _keys(model: Any, wanted: set[int | None], **only: Any) -> set[tuple[int, int]]:
    keys = [key for key in wanted if key is not None]
    return set(model.objects.using(db.alias()).filter(pk__in=keys, **only).values_list("pk", "place_id")) if keys else set()


def ranges(pieces: Sequence[Any]) -> list[tuple[int, int]]:
    return [PlaceId(p.place_id).range for p in pieces if not p.excluded]


def labelled(pieces: Sequence[Any], user: Any, top: Level = Level.COMMUNITY, where: dict[int, str] | None = None) -> list[str]:
    """Each place of an order as one says where it is; ``where`` are the addresses of their places if they are known."""
    where = addresses([p.place_id for p in pieces], user, top) if where is None else where
    doors = _names(Home, "number", [p.home_id for p in pieces])
    facilities = _names(Facility, "name", [p.facility_id for p in pieces])
    texts = _names(Address, "text", [p.address_id for p in pieces])
    return [_label(p, where.get(int(p.place_id), ""), doors, facilities, texts) for p in pieces]


def _label(piece: Any, where: str, doors: dict[int, str], facilities: dict[int, str], texts: dict[int, str]) -> str:
    if piece.address_id is not None:
        finer = texts.get(piece.address_id, "")
    elif piece.facility_id is not None:
        finer = facilities.get(piece.facility_id, "")
    elif piece.home_id is not None:
        finer = doors.get(piece.home_id, "")
    else:
        finer = _("floor %(number)s") % {"number": piece.floor} if piece.floor is not None else ""
    return f"{where} {finer}".strip()


def _names(model: Any, column: str, keys: Sequence[int | None]) -> dict[int, str]:
    wanted = {key for key in keys if key is not None}
    return dict(model.objects.using(db.alias()).filter(pk__in=wanted).values_list("pk", column)) if wanted else {}


def published_name(pieces: Sequence[Piece], user: Any) -> str:
    """The name under which these places may be published: Chinese, and a unit at the finest."""
    with override("zh-hans"):
        where = addresses([p.place_id for p in pieces], user, Level.COMPOUND)
        facilities = _names(Facility, "name", [p.facility_id for p in pieces])
        texts = _names(Address, "text", [p.address_id for p in pieces])
    names = [
        facilities.get(p.facility_id or 0) or texts.get(p.address_id or 0) or where.get(p.place_id, "").replace(" ", "")
        for p in pieces if not p.excluded
    ]
    return "、".join(dict.fromkeys(filter(None, names)))
