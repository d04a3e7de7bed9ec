"""``same``: whether a text that came and one that went in one street mean the same places, although their keys differ: a
slip of the pen, a name left out or added, a replacement gone wrong. For lists, where one evening's wording follows another's;
not for telling any two addresses apart.

Two texts are the same when they hold the same numbers (of buildings, units, yards, zones) and their names differ by what
people leave out. What tells neighbours apart is never left out: directions, ordinals, letters.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tongxin.places.addresses.grammar import parse
from tongxin.places.addresses.keys import key
from tongxin.places.addresses.numerals import arabic, half_width
from tongxin.places.addresses.prefixes import without_street

_BRACKET = re.compile(r"[（(](?!除|不)[^（()）]*[)）]")
_NUMBER = re.compile(r"\d+|[A-Z]+|[甲乙丙丁](?=\d|$)")
_EXCLUDING = re.compile(r"除|不含|以外")
_TELLING = frozenset("东西南北中上下前后外排甲乙丙丁一二三四五六七八九十新老大小")
# Words that name no place: what a number counts, and what kind of place a name is.
_FILLING = re.compile(
    "号楼|号院|单元|小区|社区|大院|院内|平房乡?|宿舍|家属|公寓|物业|街道|地区|号|楼|栋|座|幢|院|门|村|路|街|乡|层|室|及底商|底商|的|第"
)
LONGEST = 200


def same(before: str, after: str, street: str = "") -> bool:
    """Whether two texts of one street mean the same places. Symmetric."""
    if max(len(before), len(after)) > LONGEST:
        return before == after
    if key(parse(before, street)) == key(parse(after, street)):
        return True
    a, b = _plain(before, street), _plain(after, street)
    if _NUMBER.findall(a) != _NUMBER.findall(b) or bool(_EXCLUDING.search(a)) != bool(_EXCLUDING.search(b)):
        return False
    return _alike(_letters(a), _letters(b))


@lru_cache(maxsize=16_384)
def _plain(text: str, street: str) -> str:
    text = _BRACKET.sub("", half_width(text))
    return arabic(without_street(text, street)).upper()


def _letters(plain: str) -> str:
    """The names of a text alone, without numbers and filling words."""
    return re.sub(r"[^\u4e00-\u9fff]", "", _FILLING.sub("", _NUMBER.sub("", plain)))


def _alike(a: str, b: str) -> bool:
    """Names that differ by what was left out (one holds the other's letters in order), or by one letter written wrongly."""
    short, long = sorted((a, b), key=len)
    if short == long:
        return True
    if len(short) < 2 or _telling(short) != _telling(long):
        return False
    if _within(short, long):
        return True
    return len(short) == len(long) >= 3 and sum(x != y for x, y in zip(a, b, strict=True)) == 1


def _telling(name: str) -> list[str]:
    return sorted(c for c in name if c in _TELLING)


def _within(short: str, long: str) -> bool:
    """Whether the letters of ``short`` stand in ``long`` in this order."""
    letters = iter(long)
    return all(c in letters for c in short)
