"""The place identifier: one integer whose nineteen decimal digits are the tree.

    province city district street community compound building unit
       2      2      2       3       3         2        3      2

A place's subtree is the half-open range ``[id, id + width)``; so containment is two comparisons, jurisdiction is a
range and roll-up is an integer division. The largest identifier is below 9.2e18 and fits PostgreSQL's ``bigint``.
"""

from __future__ import annotations

import enum
import itertools

WIDTHS = (2, 2, 2, 3, 3, 2, 3, 2)
DIGITS = sum(WIDTHS)
_ENDS = tuple(itertools.accumulate(WIDTHS))


class Level(enum.IntEnum):
    """How deep a place stands in the tree."""

    NATION = 0
    PROVINCE = 1
    CITY = 2
    DISTRICT = 3
    STREET = 4
    COMMUNITY = 5
    COMPOUND = 6
    BUILDING = 7
    UNIT = 8

    @property
    def width(self) -> int:
        """Number of identifiers in the subtree of a place at this level."""
        return 10 ** (DIGITS - (_ENDS[self - 1] if self else 0))

    @property
    def code_length(self) -> int:
        """Number of leading digits that a place at this level uses."""
        return _ENDS[self - 1] if self else 0


_LEVEL_OF_CODE_LENGTH = {level.code_length: level for level in Level if level}


class PlaceId(int):
    """A place in the tree; an ``int`` that knows its level, parent and range. Raises ValueError when malformed."""

    __slots__ = ()

    def __new__(cls, value: int) -> PlaceId:
        self = super().__new__(cls, value)
        groups = self.groups
        if not 0 < value < 10**DIGITS or not groups[0] or int(groups[0]) > 91:
            raise ValueError(f"{int(value)} is not a place identifier")
        used = [bool(int(g)) for g in groups]
        depth = max(i for i, u in enumerate(used) if u)
        # Four cities (Dongguan, Zhongshan, Danzhou, Jiayuguan) have no districts: their national codes say 00 there.
        if not all(u or i == Level.DISTRICT - 1 for i, u in enumerate(used[:depth])):
            raise ValueError(f"{int(value)} skips a level of the tree")
        return self

    @classmethod
    def parse(cls, text: str) -> PlaceId:
        """Read a dotted code (``50.01.08.106.002.03``), a national code (2, 4, 6, 9 or 12 digits) or all 19 digits."""
        digits = text.strip().replace(".", "")
        if not (digits.isascii() and digits.isdigit()) or len(digits) not in _LEVEL_OF_CODE_LENGTH:
            raise ValueError(f"{text!r} is not the code of a place")
        if "." in text and [len(g) for g in text.strip().split(".")] != list(WIDTHS[: text.count(".") + 1]):
            raise ValueError(f"{text!r} is not the code of a place")
        return cls(int(digits.ljust(DIGITS, "0")))

    @property
    def groups(self) -> list[str]:
        """The eight digit groups, as text."""
        digits = f"{int(self):0{DIGITS}d}"
        return [digits[end - width : end] for width, end in zip(WIDTHS, _ENDS, strict=True)]

    @property
    def level(self) -> Level:
        return Level(max(i for i, g in enumerate(self.groups) if int(g)) + 1)

    @property
    def parent(self) -> PlaceId | None:
        """The place this one stands in; None for a province."""
        above = self.ancestors
        return above[-1] if above else None

    @property
    def ancestors(self) -> list[PlaceId]:
        """From the province down to the parent."""
        found: list[PlaceId] = []
        for level in Level:
            if 0 < level < self.level and (above := self.at(level)) not in found:
                found.append(above)
        return found

    @property
    def range(self) -> tuple[int, int]:
        """The subtree as ``(lo, hi)``, ``hi`` excluded."""
        return int(self), int(self) + self.level.width

    def contains(self, other: int) -> bool:
        """Whether ``other`` is this place or stands in it."""
        lo, hi = self.range
        return lo <= other < hi

    def at(self, level: Level) -> PlaceId:
        """The ancestor at ``level`` (itself when it is not deeper)."""
        return PlaceId(int(self) - int(self) % level.width)

    def child(self, ordinal: int) -> PlaceId:
        """The ``ordinal``-th place (from 1) directly below. Raises ValueError when the tree has no room for it."""
        below = Level(self.level + 1)
        if not 0 < ordinal < 10 ** WIDTHS[below - 1]:
            raise ValueError(f"{self.dotted} has no room for a {below.name.lower()} number {ordinal}")
        return PlaceId(int(self) + ordinal * below.width)

    @property
    def code(self) -> str:
        """The shortest code: the national one down to the community, longer below it."""
        return f"{int(self):0{DIGITS}d}"[: self.level.code_length]

    @property
    def dotted(self) -> str:
        return ".".join(self.groups[: self.level])
