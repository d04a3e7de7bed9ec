"""What an address says, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

LONGEST_TEXT = 1_000  # characters; no address is longer, and what is longer is not read
Confidence = Literal["high", "low"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of a place: lists of what is printed before 号楼, 单元, 层 and 室, in the order printed, without repeats."""

    buildings: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.buildings or self.units or self.floors or self.rooms)

    def as_json(self) -> dict[str, list[str]]:
        return {
            "buildings": list(self.buildings),
            "units": list(self.units),
            "floors": list(self.floors),
            "rooms": list(self.rooms),
        }


NOTHING = Parts()


@dataclass(frozen=True, slots=True)
class Address:
    """A free address, read.

    ``road`` and ``compound`` stand as printed, ``number`` keeps its word (``10号``, ``29号院``, ``199弄``); the lists
    hold bare numbers. ``confidence`` is high where the fields say the whole text. ``street`` is the street the text was
    read under and ``rest`` what no field says; both are for ``key`` and for people, not part of the answer.
    """

    text: str
    road: str = ""
    number: str = ""
    compound: str = ""
    buildings: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    excluded: Parts = NOTHING
    confidence: Confidence = "low"
    street: str = field(default="", compare=False, repr=False)
    rest: str = field(default="", compare=False, repr=False)

    def as_json(self) -> dict[str, Any]:
        """The answer as plain lists and strings."""
        return {
            "text": self.text,
            "road": self.road,
            "number": self.number,
            "compound": self.compound,
            "buildings": list(self.buildings),
            "units": list(self.units),
            "floors": list(self.floors),
            "rooms": list(self.rooms),
            "excluded": self.excluded.as_json(),
            "confidence": self.confidence,
        }
