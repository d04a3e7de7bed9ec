"""``parse``: from a text to an address."""

from __future__ import annotations

import re

from tongxin.places.addresses.address import LONGEST_TEXT, NOTHING, Address, Parts
from tongxin.places.addresses.numerals import half_width
from tongxin.places.addresses.phrases import Phrase, sentence
from tongxin.places.addresses.prefixes import without_appendage, without_street
from tongxin.places.addresses.reader import Reader
from tongxin.places.addresses.tokens import Kind, tokens

_WORDLIKE = re.compile("[一-鿿]")


def parse(text: str, street: str = "") -> Address:
    """Read a free Chinese address.

    ``street`` names the street or township that the text stands under; its name in front is dropped even without 街道
    or 乡. Never raises; what cannot be read, and what is longer than 1,000 characters, comes back with low confidence.
    """
    if len(text) > LONGEST_TEXT:
        return Address(text, street=street, rest=text)
    plain, appendage = without_appendage(half_width(text))
    plain = without_street(plain, street)
    said = sentence(tokens(plain))
    reader = Reader(said.phrases).read()
    excluded = _taken_out(said.excluded) if said.excluded else NOTHING
    parts = reader.parts()
    said_something = bool(reader.road or reader.compound or reader.number or parts)
    low = said.low or reader.low or not said_something or _WORDLIKE.search(plain) is None
    rest = "".join(reader.rest)
    return Address(
        text, reader.road, reader.number, reader.compound, parts.buildings, parts.units, parts.floors, parts.rooms, excluded,
        "low" if low else "high", street, rest + appendage if not appendage.startswith(("及", "和", "与", "含")) else rest,
    )  # fmt: skip


def _taken_out(phrases: list[Phrase]) -> Parts:
    """What an exclusion names; numbers without a word are units."""
    for phrase in phrases:
        if phrase.kind == Kind.BARE:
            phrase.kind = Kind.UNIT
        elif phrase.kind in (Kind.HOUSE, Kind.YARD, Kind.LANE):
            phrase.kind = Kind.BUILDING
    return Reader(phrases).read().parts()
