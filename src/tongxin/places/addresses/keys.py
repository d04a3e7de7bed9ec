"""``key``: by which two texts of the same places in one street compare equal."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from tongxin.places.addresses.address import LONGEST_TEXT, Address, Parts
from tongxin.places.addresses.numerals import CHINESE, arabic, half_width
from tongxin.places.addresses.prefixes import base_of, without_street
from tongxin.places.addresses.sounds import sound_of

_BRACKET = re.compile(r"[（(](?!除|不|[东西南北中A-Z\d]+[区院期段)）])[^（()）]*[)）]")
_MARKS = re.compile(r"[、,;/。.·:：!！?？\-‐–—~()（）\s]+")
_BUILDING_WORD = re.compile("(?:号楼)+楼?|号?[栋幢]")
_ENTRANCE = re.compile("(?<=[0-9A-Z东西南北中])门")
# Words that add nothing to a name: 水碓子小区, 垡头北里社区, 观音堂村. So does a community (社区) of a compound in several, as
# its buildings are counted through: 弘善家园第三社区, 泛海国际南社区樱海园. 家园 and 苑 stay: 东风家园 is not 东风苑.
_FILLING = re.compile(r"(?<=..)(?:第?\d+社区|[东西南北中]社区(?=.{3}))|(?<=.)(?:小区|社区|街区)内?|(?<=[^村]{2})乡?村|第(?=\d)")
_TWICE = re.compile(r"(\D{2,5})(?=\1)")
_ZONE_WORD = re.compile(r"(?<=\d)区$")
_LETTER_ZONE = re.compile("(?<=..)([A-Z])区$")
_HOSTEL = re.compile("(?:宾馆|饭店|旅馆|旅店|客栈)$")
# 东大桥路 and 武圣东里 go by 东大桥 and 武圣东; but 东路 is not 东.
_CLASS_WORD = re.compile("(?<=..[^东西南北中大环])路$|(?<=..[东西南北中])里$")
# A slip of whoever replaces Chinese numerals by digits: 安贞西里4四区.
_SAID_TWICE = re.compile(rf"(\d+)([{CHINESE}]+)")
# A yard may be written with or without 院: 6号 and 6号院.
_YARD_WORD = re.compile("号?(?:院|大院|内)?$")


def key(address: Address) -> str:
    """A canonical text of the places an address names.

    Equal for two texts that say the same in other words within one street: numerals, width, order of lists, 号楼 or 楼,
    单元 or 门, 号 or 号院, 小区 and 社区 behind a name, the street's name in front, explaining brackets, a wrong character of
    the same sound, D区30号楼 or D30. Never equal for other buildings, units, floors or rooms. What could not be read well
    is compared by its whole text.
    """
    if address.confidence == "low":
        return "?" + _wording(address.text, address.street)
    names = [_name(name) for name in (address.road, address.compound) if name]
    parts = Parts(address.buildings, address.units, address.floors, address.rooms)
    if names and "".join(parts.buildings).isdecimal() and (zone := _LETTER_ZONE.search(names[-1])):
        names[-1] = names[-1][: zone.start()]
        parts = replace(parts, buildings=tuple(zone[1] + b.lstrip("0") for b in parts.buildings))
    sounds = "+".join(_sound(name, address.street) for name in names)
    return f"{sounds}|{_yard(address.number)}|{_list(parts)}|{_list(address.excluded)}|{address.rest}"


@lru_cache(maxsize=16_384)
def _name(name: str) -> str:
    """A road or compound without what may be left out."""
    plain = _MARKS.sub("", _BRACKET.sub("", arabic(_SAID_TWICE.sub(_once, name)).upper()))
    plain = _TWICE.sub("", _FILLING.sub("", _BUILDING_WORD.sub("楼", plain)))
    return _HOSTEL.sub("酒店", _CLASS_WORD.sub("", _ZONE_WORD.sub("", plain)))


def _once(numerals: re.Match[str]) -> str:
    return numerals[1] if arabic(numerals[2]) == numerals[1] else numerals[0]


@lru_cache(maxsize=16_384)
def _sound(name: str, street: str) -> str:
    """How a name sounds, without the street's name in front."""
    sound = "".join(map(sound_of, name))
    base = "".join(map(sound_of, arabic(base_of(street)))) if street else ""
    return sound.removeprefix(base) or sound


def _yard(number: str) -> str:
    return _YARD_WORD.sub("", arabic(number)) if number.endswith(("号", "院", "内")) else number


def _list(parts: Parts) -> str:
    return "/".join(
        ",".join(sorted(_value(v) for v in values)) for values in (parts.buildings, parts.units, parts.floors, parts.rooms)
    )


def _value(value: str) -> str:
    """A number without leading zeros (``03栋``), a name in one spelling."""
    return (value.lstrip("0") or value) if value.isdecimal() else _BUILDING_WORD.sub("楼", arabic(value))


def _wording(text: str, street: str) -> str:
    if len(text) > LONGEST_TEXT:
        return text
    plain = without_street(half_width(text), street)
    plain = _MARKS.sub(",", _BRACKET.sub("", arabic(plain).upper())).strip(",")
    return _FILLING.sub("", _ENTRANCE.sub("单元", _BUILDING_WORD.sub("楼", plain)))
