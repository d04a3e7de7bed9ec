"""From phrases to fields: what each name and number means where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tongxin.places.addresses import names
from tongxin.places.addresses.address import Parts
from tongxin.places.addresses.phrases import Phrase
from tongxin.places.addresses.tokens import Kind

MOST_VALUES = 1_000
_NUMBERS = {Kind.BARE, Kind.LANE, Kind.YARD, Kind.HOUSE, Kind.ROW, Kind.BUILDING}
_FILLERS = {"的", "内", "院内", "小区", "社区", "院", "大院", "小区内"}
_LODGING = ("公寓", "酒店", "宾馆", "大厦", "中心")
_ZONE_ENDS = "区期里园苑院"
_PRINTED = {"号院内": "号院", "号内": "号", "号宅基地": "号", "号平房": "号", "号院落": "号院"}


class Reader:
    """Walks over the phrases once. ``depth`` is the deepest kind named so far."""

    __slots__ = (
        "buildings", "compound", "depth", "floors", "later", "low", "number", "phrases", "rest", "road", "rooms", "rows",
        "side", "units",
    )  # fmt: skip

    def __init__(self, phrases: list[Phrase]) -> None:
        self.phrases = phrases
        self.road = self.number = self.compound = self.side = ""
        self.buildings: list[str] = []
        self.units: list[str] = []
        self.floors: list[str] = []
        self.rooms: list[str] = []
        self.rows: list[str] = []
        self.rest: list[str] = []
        self.low = False
        self.depth = Kind.NAME
        self.later = phrases

    def read(self) -> Reader:
        for i, phrase in enumerate(self.phrases):
            self.later = self.phrases[i + 1 :]
            if self.side:
                phrase.values = [self.side + phrase.values[0], *phrase.values[1:]]
                self.side = ""
            _READ[phrase.kind](self, phrase)
        self._flush_rows()
        deeper = self.units or self.floors or self.rooms
        self.low |= len(self.buildings) > 1 and bool(deeper)
        self.low |= len(self.buildings) + len(self.units) + len(self.rooms) > MOST_VALUES
        return self

    def parts(self) -> Parts:
        return Parts(
            _distinct(v.upper() for v in self.buildings),
            _distinct(v.upper() for v in self.units),
            _distinct(v.lower() for v in self.floors),
            _distinct(self.rooms),
        )

    # Names

    def _name(self, phrase: Phrase) -> None:
        name = phrase.values[0].strip("的,.:·*# ")
        if self.later and self.later[0].kind == Kind.BUILDING:
            name = names.without_stray_word(name)
        if self.depth != Kind.NAME:
            name = name.removeprefix("内")
        if not name or (self.depth != Kind.NAME and name in _FILLERS):
            return
        if phrase.listed or self.low:
            self._leave(name)
        elif self.depth == Kind.NAME:
            self._first_name(name)
        elif self.number and self.depth < Kind.ROW:
            self._name_after_number(name)
        else:
            self._name_after_building(name)

    def _first_name(self, name: str) -> None:
        counted = bool(self.later) and self.later[0].kind in _NUMBERS
        if self.later and self.later[0].values[0].isdecimal():
            name, self.side = names.branch(name, self.later[0].kind in (Kind.ROW, Kind.UNIT))
        parts = names.take_apart(name, counted)
        if self.compound and (parts.road or parts.compound):
            self.low = True
        self.road, self.compound = parts.road or self.road, self.compound + parts.compound
        if parts.building:
            self._deepen(Kind.BUILDING, self.buildings, [parts.building])
        self.low |= parts.low

    def _name_after_number(self, name: str) -> None:
        counted = any(p.kind in _NUMBERS for p in self.later)
        parts = names.take_apart(name, counted)
        if parts.low or parts.road or "平房" in name:
            self._leave(name)
        elif self._begins_number(name):
            self.side = name
        elif not counted and (self.compound or name.endswith("楼")):
            self._deepen(Kind.BUILDING, self.buildings, [parts.building or name])
            self.compound = self.compound or (parts.compound if parts.building else "")
        elif self.compound:
            self._leave(name)
        else:
            self.compound = name

    def _begins_number(self, name: str) -> bool:
        """``金台西路2号院机新1楼``: a word of one or two characters between yard and building belongs to the number."""
        counted = bool(self.later) and self.later[0].kind == Kind.BUILDING
        return counted and len(name) <= 2 and name[-1] not in _ZONE_ENDS and self.number.endswith("院")

    def _name_after_building(self, name: str) -> None:
        if names.REGION.search(name) or not names.is_venue(name):
            self._leave(name)
        elif not self.compound:
            self.compound = name

    def _leave(self, name: str) -> None:
        self.low = True
        self.rest.append(name)

    # Numbers

    def _house(self, phrase: Phrase) -> None:
        """A 号 or 号院 is a room in a unit, a house in a row, a part of a building, else a building or the number."""
        if self.depth >= Kind.UNIT:
            self._deepen(Kind.ROOM, self.rooms, phrase.values)
        elif self.rows:
            self._flush_rows(phrase.values)
        elif self.depth >= Kind.ROW and not phrase.listed:
            small = len(phrase.values[0]) < 3
            self.low |= phrase.values[0].startswith("临")
            self._deepen(*((Kind.UNIT, self.units) if small else (Kind.ROOM, self.rooms)), phrase.values)
        elif self.depth > Kind.NAME or len(phrase.values) > 1 or not self._is_number(phrase):
            self._deepen(Kind.BUILDING, self.buildings, phrase.values)
        else:
            self.number = phrase.values[0] + _PRINTED.get(phrase.word, phrase.word)
            self.depth = Kind.HOUSE

    def _is_number(self, phrase: Phrase) -> bool:
        """Whether a 号 is the number, not a building: along a road, when a building follows, or a yard of a compound."""
        following = next((p for p in self.later if p.kind in _NUMBERS), None)
        if following:
            return not following.listed and (bool(self.road) or following.kind != Kind.BARE or phrase.kind != Kind.HOUSE)
        if self.road or phrase.kind == Kind.LANE:
            return True
        return phrase.kind == Kind.YARD and not names.is_village(self.compound)

    def _building(self, phrase: Phrase) -> None:
        self._flush_rows()
        if self.depth >= Kind.BUILDING and not phrase.listed:
            self._part_of_building(phrase)
        else:
            self.low |= self.depth > Kind.BUILDING
            self._deepen(Kind.BUILDING, self.buildings, phrase.values)

    def _part_of_building(self, phrase: Phrase) -> None:
        """Behind a building 座 and 塔 are entrances and 3楼 a floor; what another 号楼 or B楼 means is not said."""
        if phrase.word == "号楼" or (phrase.word == "楼" and not phrase.values[0].isdecimal()):
            self.low = True
            self._deepen(Kind.BUILDING, self.buildings, phrase.values)
        elif phrase.word == "楼":
            self._deepen(Kind.FLOOR, self.floors, phrase.values)
        else:
            word = phrase.word if phrase.word in ("塔", "段") and phrase.values[0] in "东西南北中" else ""
            self._deepen(Kind.UNIT, self.units, [v + word for v in phrase.values])

    def _unit(self, phrase: Phrase) -> None:
        self._flush_rows()
        self._deepen(Kind.UNIT, self.units, phrase.values)

    def _floor(self, phrase: Phrase) -> None:
        self._flush_rows()
        self._deepen(Kind.FLOOR, self.floors, phrase.values)

    def _room(self, phrase: Phrase) -> None:
        self._flush_rows()
        self._deepen(Kind.ROOM, self.rooms, phrase.values)

    def _row(self, phrase: Phrase) -> None:
        self._flush_rows()
        self.rows = phrase.values
        self.depth = Kind.ROW

    def _bare(self, phrase: Phrase) -> None:
        """A number without a word is the next deeper thing: a house in a row, a room in a building, else a building."""
        values = phrase.values
        if self.rows:
            self._flush_rows(values)
        elif self.depth >= Kind.BUILDING or (self.depth == Kind.NAME and self.compound.endswith(_LODGING) and len(values[0]) >= 3):
            self._deepen(Kind.ROOM, self.rooms, values)
        else:
            self.low |= not (self.compound or self.road or self.number)
            self._deepen(Kind.BUILDING, self.buildings, values)

    def _lodges(self) -> bool:
        """Whether a long number can only be a room: behind ``8号`` or the name of a hotel."""
        return (self.depth == Kind.HOUSE and not self.number.endswith("院")) or (
            self.depth == Kind.NAME and self.compound.endswith(_LODGING)
        )

    def _flush_rows(self, houses: Iterable[str] = ()) -> None:
        """``10排16号`` is house 16 in row 10; a row alone is named whole."""
        if self.rows:
            *alone, last = self.rows
            self.buildings.extend(f"{row}排" for row in alone)
            self.buildings.extend([f"{last}排{house}" for house in houses] or [f"{last}排"])
            self.rows = []
            self.depth = Kind.BUILDING

    def _deepen(self, kind: Kind, into: list[str], values: Iterable[str]) -> None:
        into.extend(values)
        self.depth = max(self.depth, kind)


_READ: dict[Kind, Callable[[Reader, Phrase], None]] = {
    Kind.NAME: Reader._name,
    Kind.BARE: Reader._bare,
    Kind.LANE: Reader._house,
    Kind.YARD: Reader._house,
    Kind.HOUSE: Reader._house,
    Kind.ROW: Reader._row,
    Kind.BUILDING: Reader._building,
    Kind.UNIT: Reader._unit,
    Kind.FLOOR: Reader._floor,
    Kind.ROOM: Reader._room,
}


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
