"""What a settled address means: of the places that somebody chose, only what the text names of them.

A text names buildings, units, floors and rooms, and what is taken out of them; the tree and the register say whether
there are such. What they do not have is said: an address never quietly means more than its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from tongxin.areas.operations.issue import Piece
from tongxin.kit import db
from tongxin.places.addresses.numerals import arabic, half_width
from tongxin.places.place_id import Level, PlaceId

_WORD = re.compile("(?:号楼|号院|楼|栋|幢|座|号|单元|门)$")
_CELLAR = re.compile(r"(?:B|地下|负)(\d{1,2})")
_DIGITS = "零一二三四五六七八九"
Unknown = tuple[str, str]


@lru_cache(maxsize=65_536)
def label(name: str) -> str:
    """The bare number of a building or unit, whichever way it is written: ``28号楼``, ``28栋`` and ``028`` are one."""
    plain = arabic(half_width(name)).upper()
    return (_WORD.sub("", plain) or plain).lstrip("0") or plain


@dataclass(frozen=True)
class Meaning:
    """``pieces`` of an order that stands on the address; ``unknown`` is what the text names and the tree lacks, (kind,
    name) each; ``wider``: the pieces are more than the text says, because of that."""

    pieces: tuple[Piece, ...]
    unknown: tuple[Unknown, ...] = ()
    wider: bool = False


class Asked(NamedTuple):
    """An address (``places.addresses`` as JSON) and the places that somebody chose for it."""

    said: Mapping[str, Any]
    places: Sequence[int]


class Node(NamedTuple):
    """A building or unit of the tree."""

    id: int
    level: int
    label: str


class Door(NamedTuple):
    """A home: its unit, its number and its floor."""

    place: int
    id: int
    number: str
    floor: int


@dataclass
class _Draft:
    said: Mapping[str, Any]
    spots: list[int]
    out: list[Piece] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    wider: bool = False

    def names(self, kind: str, excluded: bool = False) -> list[str]:
        table = self.said.get("excluded") or {} if excluded else self.said
        return list(table.get(kind) or [])

    def lacks(self, kind: str, names: Iterable[str], wider: bool) -> None:
        missing = [(kind, name) for name in names]
        self.unknown += missing
        self.wider |= wider and bool(missing)


def meanings(asked: Sequence[Asked]) -> list[Meaning]:
    """What each address means if it is settled to its places; two queries, however many."""
    nodes = _nodes(asked)
    drafts = [_placed(one, nodes) for one in asked]
    doors = _doors(drafts)
    return [_finished(draft, doors) for draft in drafts]


def meaning(said: Mapping[str, Any], places: Sequence[int]) -> Meaning:
    return meanings([Asked(said, places)])[0]


def _placed(asked: Asked, nodes: Sequence[Node]) -> _Draft:
    """Go down from the chosen places to the buildings and units of the text."""
    draft = _Draft(asked.said, [int(p) for p in asked.places])
    high = [p for p in draft.spots if PlaceId(p).level < Level.BUILDING]
    if named := draft.names("buildings"):
        if high:
            draft.spots = _down(draft, "buildings", named, high, nodes, Level.BUILDING)
        else:
            _compare(draft, "buildings", named, nodes, Level.BUILDING)
    units, one_building = draft.names("units"), len(draft.names("buildings")) <= 1
    above = [p for p in draft.spots if PlaceId(p).level < Level.UNIT]
    if units and above and one_building and len(above) == 1 and PlaceId(above[0]).level == Level.BUILDING:
        draft.spots = _down(draft, "units", units, above, nodes, Level.UNIT)
    elif units and above:
        draft.lacks("units", units, True)
    elif units:
        _compare(draft, "units", units, nodes, Level.UNIT)
    for kind, level in (("buildings", Level.BUILDING), ("units", Level.UNIT)):
        if taken := draft.names(kind, excluded=True):
            within = [int(p) for p in asked.places] if level == Level.BUILDING else draft.spots
            _take_out(draft, kind, taken, within, nodes, level, one_building or kind == "buildings")
    return draft


def _compare(draft: _Draft, kind: str, named: Sequence[str], nodes: Sequence[Node], level: Level) -> None:
    """Places were chosen as finely as the text names them: another one than it names is said."""
    chosen = [p for p in draft.spots if PlaceId(p).level == level]
    labels = {n.id: n.label for n in nodes}
    wanted, found = {label(name) for name in named}, {labels.get(p) for p in chosen}
    if chosen:
        draft.lacks(kind, [name for name in named if label(name) not in found], not found <= wanted)


def _down(draft: _Draft, kind: str, named: Sequence[str], above: Sequence[int], nodes: Sequence[Node], level: Level) -> list[int]:
    """The spots with those above replaced by what is named in them; as they were where nothing of it is there."""
    found = {name: _named(name, above, nodes, level) for name in named}
    hits = [hit for hit in found.values() if hit is not None]
    draft.lacks(kind, [name for name, hit in found.items() if hit is None], not hits)
    return [*(p for p in draft.spots if p not in above), *hits] if hits else draft.spots


def _take_out(
    draft: _Draft, kind: str, named: Sequence[str], within: Sequence[int], nodes: Sequence[Node], level: Level, clear: bool
) -> None:
    found = {name: _named(name, within, nodes, level) if clear else None for name in named}
    draft.out += [Piece(hit, excluded=True) for hit in found.values() if hit is not None]
    draft.lacks(f"without {kind}", [name for name, hit in found.items() if hit is None], True)


def _named(name: str, above: Sequence[int], nodes: Sequence[Node], level: Level) -> int | None:
    """The one place of that name; None where there is none, or more than one could be meant."""
    wanted, ranges = label(name), [PlaceId(p).range for p in above]
    found = {n.id for n in nodes if n.level == level and n.label == wanted and any(lo <= n.id < hi for lo, hi in ranges)}
    return found.pop() if len(found) == 1 else None


def _finished(draft: _Draft, doors: Sequence[Door]) -> Meaning:
    """Floors and rooms of the spots, and what is taken out of them."""
    pieces = [Piece(p) for p in draft.spots]
    kind = "rooms" if draft.names("rooms") else "floors"
    if named := draft.names(kind):
        found = {name: _fine(draft, kind, name, doors) for name in named}
        draft.lacks(kind, [name for name, hits in found.items() if not hits], not any(found.values()))
        pieces = [piece for hits in found.values() for piece in hits] or pieces
    for kind in ("floors", "rooms"):
        for name in draft.names(kind, excluded=True):
            hits = _fine(draft, kind, name, doors)
            draft.lacks(f"without {kind}", [] if hits else [name], True)
            draft.out += [Piece(p.place_id, p.floor, p.home_id, excluded=True) for p in hits]
    gone = {replace(piece, excluded=False) for piece in draft.out}
    left = [piece for piece in pieces if piece not in gone]
    if not left:  # a text that takes out all that it names says nothing
        return Meaning(tuple(pieces), tuple(draft.unknown), True)
    out = [piece for piece in draft.out if replace(piece, excluded=False) not in pieces]
    return Meaning(tuple(dict.fromkeys([*left, *out])), tuple(draft.unknown), draft.wider)


def _fine(draft: _Draft, kind: str, name: str, doors: Sequence[Door]) -> list[Piece]:
    """A floor or a room of a text, where the register has homes there; of several buildings it could be any."""
    if len({PlaceId(p).at(Level.BUILDING) for p in draft.spots}) > 1 or PlaceId(draft.spots[0]).level < Level.BUILDING:
        return []
    inside = [(spot, door) for spot in draft.spots for door in doors if PlaceId(spot).contains(door.place)]
    if kind == "rooms":
        return [Piece(door.place, home_id=door.id) for _, door in inside if door.number == name]
    floor = floor_of(name)
    return [Piece(spot, floor=floor) for spot in dict.fromkeys(s for s, d in inside if floor and d.floor == floor)]


def floor_of(name: str) -> int:
    """The floor that a text names: ``5`` → 5, ``b1`` → -1; 0 for one that is none."""
    plain = label(name)
    cellar = _CELLAR.fullmatch(plain)
    if cellar:
        return -int(cellar[1])
    return int(plain) if plain.isdecimal() and len(plain) < 4 else 0


def _nodes(asked: Sequence[Asked]) -> list[Node]:
    """The buildings and units below the chosen places that have a name which some text has."""
    wanted: set[str] = set()
    for one in asked:
        for table in (one.said, one.said.get("excluded") or {}):
            wanted |= {label(name) for kind in ("buildings", "units") for name in table.get(kind) or []}
    ranges = {PlaceId(p).range for one in asked for p in one.places}
    if not wanted or not ranges:
        return []
    found = db.rows(
        "SELECT DISTINCT p.id, p.level, p.name FROM unnest(%s::bigint[], %s::bigint[]) AS r (lo, hi)"
        " JOIN places_place p ON p.id >= r.lo AND p.id < r.hi WHERE p.level IN (7, 8)"
        "  AND regexp_replace(upper(p.name), '(号楼|号院|楼|栋|幢|座|号|单元|门)$', '') = ANY(%s)",
        [[lo for lo, _ in ranges], [hi for _, hi in ranges], [form for one in wanted for form in _forms(one)]],
    )
    return [Node(place, level, label(name)) for place, level, name in found]


def _forms(plain: str) -> list[str]:
    """How a tree may write a number: as it is, with a zero before it, in Chinese numerals."""
    forms = [plain, f"0{plain}", f"00{plain}"]
    if plain.isdecimal() and 0 < int(plain) < 100:
        tens, ones = divmod(int(plain), 10)
        forms.append(("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else ""))
    return forms


def _doors(drafts: Sequence[_Draft]) -> list[Door]:
    """The homes of the spots that some text may mean by a floor or a room."""
    fine = [d for d in drafts if any(d.names(kind, out) for kind in ("floors", "rooms") for out in (False, True))]
    ranges = {PlaceId(p).range for draft in fine for p in draft.spots}
    if not ranges:
        return []
    rooms = {name for d in fine for out in (False, True) for name in d.names("rooms", out)}
    floors = {floor_of(name) for d in fine for out in (False, True) for name in d.names("floors", out)} - {0}
    found = db.rows(
        "SELECT DISTINCT h.place_id, h.id, h.number, h.floor FROM unnest(%s::bigint[], %s::bigint[]) AS r (lo, hi)"
        " JOIN places_home h ON h.place_id >= r.lo AND h.place_id < r.hi"
        " WHERE h.number = ANY(%s::text[]) OR h.floor = ANY(%s::int[]) ORDER BY h.place_id, h.id",
        [[lo for lo, _ in ranges], [hi for _, hi in ranges], list(rooms), list(floors)],
    )
    return [Door(*row) for row in found]
