"""Choosing places in the tree of one's own scope: by walking down, by searching, several at once; all in the address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tongxin.access.rules import holds
from tongxin.areas.meaning import Asked, meanings
from tongxin.areas.operations.issue import Piece
from tongxin.areas.views import pieces
from tongxin.kit import db
from tongxin.places import addresses, queries
from tongxin.places.models import Facility, Home
from tongxin.places.place_id import Level, PlaceId
from tongxin.web.addresses import in_address
from tongxin.web.place import own

FOUND = 30


@dataclass
class Choice:
    """A place that can be ticked: its code, how it is called, whether it is chosen, the place to walk into (0: none)."""

    code: str
    label: str
    chosen: bool = False
    into: int = 0
    parts: list[Choice] = field(default_factory=list)
    folded: bool = False

    @property
    def ticked_inside(self) -> bool:
        return any(part.chosen or part.ticked_inside for part in self.parts)


@dataclass
class Tree:
    """What the page of places shows: where it stands, what is there, what a search found, what is chosen."""

    at: PlaceId
    path: list[tuple[int, str]]
    here: Choice
    below: list[Choice]
    found: list[Choice] | None
    text: str
    chosen: list[Choice]
    others: list[tuple[int, str]]


def tree(request: HttpRequest, chosen: Sequence[Piece]) -> Tree | None:
    """``to`` (a step to another place), else ``at``, else the user's own; None for a user without places."""
    scope = own(request)
    if scope.id is None:
        return None
    user, get = request.user, request.GET
    at = _place(get.get("to", ""), user) or _place(get.get("at", ""), user) or scope.id
    text = get.get("q", "").replace("\0", "").strip()[:100]
    found = _search(text, user, at) if text and "to" not in get else None
    codes = {pieces.encode(p) for p in chosen}
    top = next((PlaceId(s) for s in scope.scopes if PlaceId(s).contains(at)), at)
    steps = [p for p in (*at.ancestors, at) if p.level >= top.level]
    names = queries.names([int(p) for p in steps])
    path = [(int(p), in_address(p, names.get(int(p), p.code))) for p in steps]
    labels = pieces.labelled(chosen, user)
    return Tree(
        at, path, Choice(str(int(at)), path[-1][1], str(int(at)) in codes), _below(at, codes), found, text,
        [Choice(pieces.encode(p), label, True) for p, label in zip(chosen, labels, strict=True)],
        [(s, scope.name_of(s)) for s in scope.scopes if not PlaceId(s).contains(at)],
    )  # fmt: skip


def _place(text: str, user: Any) -> PlaceId | None:
    """A place of the address that lies in the user's scope."""
    try:
        place = PlaceId(int(text))
    except ValueError:
        return None
    return place if holds(user.ranges(), place.range) and queries.existing([place]) else None


def _below(at: PlaceId, codes: set[str]) -> list[Choice]:
    """The places directly below; of a building its units with floors and doors; facilities of a community."""
    if at.level >= Level.BUILDING:
        units = [(int(at), "")] if at.level == Level.UNIT else queries.children(at)
        return units_of(units, codes)
    below = [
        Choice(str(key), in_address(PlaceId(key), name), str(key) in codes, key) for key, name in queries.children(at)
    ]
    if at.level >= Level.COMMUNITY:
        lo, hi = at.range
        rows = Facility.objects.using(db.alias()).filter(place_id__gte=lo, place_id__lt=hi).order_by("name")[:100]
        below += [Choice(code := f"{f.place_id}.u{f.pk}", f.name, code in codes) for f in rows]
    return below


def units_of(units: Sequence[tuple[int, str]], codes: set[str]) -> list[Choice]:
    """Units (one without a name is the place itself) with their floors, and those with their doors; one query."""
    doors: dict[int, dict[int, list[Home]]] = defaultdict(lambda: defaultdict(list))
    for home in Home.objects.using(db.alias()).filter(place_id__in=[key for key, _name in units]).order_by("number"):
        doors[home.place_id][home.floor].append(home)
    found = []
    for key, name in units:
        floors = [_floor(key, floor, homes, codes) for floor, homes in sorted(doors[key].items())]
        label = in_address(PlaceId(key), name) if name else ""
        found.append(Choice(str(key), label, str(key) in codes, 0, floors))
    return found


def _floor(unit: int, floor: int, homes: Sequence[Home], codes: set[str]) -> Choice:
    code = f"{unit}.f{floor}"
    doors = [Choice(door := f"{unit}.h{h.pk}", h.number, door in codes) for h in homes]
    label = _("floor %(number)s") % {"number": floor} if floor else _("floor unknown")
    return Choice(code, label, code in codes, 0, doors)


def _search(text: str, user: Any, at: PlaceId) -> list[Choice]:
    """Places of the user's scope by name, or by an address such as 和苑1号楼2单元3层: then what it names of them."""
    said = addresses.parse(text)
    names = list(dict.fromkeys(filter(None, (said.compound, f"{said.road}{said.number}", said.number, text))))
    los, his = [list(c) for c in zip(*user.ranges(), strict=True)]
    params = {"los": los, "his": his, "names": names, "at": int(at), "end": at.range[1], "limit": FOUND}
    named = [key for (key,) in db.rows(db.sql("areas/places"), params)]
    read = meanings([Asked(said.as_json(), [key]) for key in named])
    meant = [m for m in read if not m.wider and (said.buildings or said.units or said.floors or said.rooms)]
    found = [p for m in meant or read for p in m.pieces if not p.excluded][:FOUND]
    labels = pieces.labelled(found, user, Level.STREET)
    return [Choice(pieces.encode(p), label, False, p.place_id) for p, label in zip(found, labels, strict=True)]
