"""Words: a text becomes counted things (``12号楼``), separators, ranges, brackets; names are what stands between.

The words for counted things follow the numbering of houses as the cities lay it down: in Beijing a road counts yards
(号院), a yard or a compound buildings (号楼), a building entrances (单元, in older compounds 门); Shanghai counts lanes
(弄) along the road and buildings (号) along the lane; 座, 栋 and 幢 are what developers write. See also GB/T 23705-2009,
"Digital city, rules for geographical addresses", whose elements are road, gate number, compound, building, unit, room.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from tongxin.places.addresses.numerals import CHINESE, arabic


class Kind(IntEnum):
    """What a word is. Those from BARE on are counted; the deeper, the larger."""

    NAME = 0
    COMMA = 1
    DASH = 2
    TO = 3
    OPEN = 4
    CLOSE = 5
    ABOVE = 6
    BARE = 10
    LANE = 11
    YARD = 12
    HOUSE = 13
    ROW = 14
    BUILDING = 15
    UNIT = 16
    FLOOR = 17
    ROOM = 18


class Token(NamedTuple):
    """A word: for counted things ``text`` is the number and ``word`` what it counts; for names the name."""

    kind: Kind
    text: str
    word: str = ""


_WORDS: dict[Kind, tuple[str, ...]] = {
    Kind.LANE: ("号弄", "弄"),
    Kind.YARD: ("号东院", "号西院", "号南院", "号北院", "号院内", "号院落", "号大院", "号院", "号内", "院"),
    Kind.HOUSE: ("号宅基地", "号平房", "号"),
    Kind.ROW: ("排",),
    Kind.BUILDING: ("号楼", "#楼", "#", "号栋", "号学生公寓", "号公寓楼", "号公寓", "楼", "栋", "幢", "座", "塔", "段"),
    Kind.UNIT: ("单元", "单", "号门", "门"),
    Kind.FLOOR: ("楼层", "层", "F"),
    Kind.ROOM: ("室", "户", "号房", "房"),
}
_KIND_OF_WORD = {word: kind for kind, words in _WORDS.items() for word in words}

_SIDE_YARDS = ("东院", "西院", "南院", "北院")  # only with a number behind: in 613号西院 the yard is a part of the house
# A word does not count where it begins another: 六号井, 一号公馆, 3门诊部, 1号场地.
_NOT_BEFORE = {
    "号": "井线路小公社桥站场厅库坑",
    "门": "口头诊市窗外内里面峡脸店",
    "号门": "口店",
    "楼": "上下前后旁房道梯村庄",
    "院": "子校区士线",
    "房": "间屋产地山",
    "户": "区型外",
    "号平房": "区",
    "单": "位身",
    "段": "落",
    "座": "谈",
    "塔": "营院楼",
    "排": "房",
}
_COUNTED = "|".join(
    word + (f"(?![{_NOT_BEFORE[word]}])" if word in _NOT_BEFORE else r"(?=\d)" if word[1:] in _SIDE_YARDS else "")
    for word in sorted(_KIND_OF_WORD, key=len, reverse=True)
)
# After a Chinese numeral fewer words count, as most names that hold one go on with 里, 院, 房, 户 or 门.
_COUNTED_IN_CHINESE = (
    r"(?=号楼|号院|号大院|号(?:学生)?公寓|号(?![井线路地小公社桥站场厅库坑馆])|单元|号?门(?!\w)|层"
    r"|楼(?![上下前后旁房道梯村庄])|栋|幢|座|排|室)"
)
_LISTED = r"(?=[和与及至到](?:[甲乙丙丁]?\d|[A-Za-z]\d))"
_STEM = "甲乙丙丁戊己庚辛"
_PREFIX = rf"(?:[临附老]?[{_STEM}]|[临附老]|[东西南北中](?=\d+(?:单元|门))|[A-Za-z]{{1,2}}|[A-Za-z]-)?"

_VALUES = "|".join(
    (
        # 12, 甲16, D36, 5A, 东1单元: followed by what they count, or by nothing that could make a name of them
        rf"(?<![0-9A-Za-z第]){_PREFIX}\d{{1,6}}(?:[A-EG-Za-eg-z](?![A-Za-z])|F(?=[座栋号楼单]))?(?=(?:{_COUNTED})|(?!\w)|{_LISTED})",
        rf"(?<=[A-Za-z]{{3}})\d{{1,6}}(?={_COUNTED})",
        # 十一, 甲三: with fewer words; without one only in a list
        rf"(?<![{CHINESE}第])[{_STEM}]?[{CHINESE}]{{1,6}}{_COUNTED_IN_CHINESE}",
        rf"(?<![{CHINESE}\w])[{CHINESE}]{{1,3}}(?=[、至~-][{CHINESE}\d])",
        # B座, C、D单元
        r"(?<![0-9A-Za-z])[A-Za-z](?=号?[楼栋]|座|幢|塔|单元|门|[、,/](?:[A-Za-z](?![A-Za-z0-9])|\d)|[和与及][A-Za-z](?![A-Za-z0-9]))",
        # 东单元, 乙门, 丙号楼, 北楼 at the end of a name; 西门 only of a building, as 南门 is also a gate
        rf"[东西南北中{_STEM}](?=单元|座(?!\w)|号?楼(?!\w))|[{_STEM}](?=号?楼|门)|[东西南北中](?=号?楼\d|塔|段)|(?<=楼)[东西南北中]门(?!\w)",
    )
)
_WORD = re.compile(
    rf"(?P<ABOVE>(?<=层)及?[以向](?P<way>上|下)(?P<more>\d{{1,2}}|[一二三四五六七八九十]+)个?楼?层)"
    rf"|(?:地下|负)(?P<cellar>[{CHINESE}]{{1,3}}|\d{{1,2}})层"
    rf"|(?P<value>{_VALUES})(?P<word>{_COUNTED})?"
    r"|(?P<COMMA>[、,;/。]|(?:以及|[和与及])(?=[甲乙丙丁临]?\d|[A-Za-z][座栋\d]|[A-Za-z]单元|[一二三四五六七八九十]+(?:号|单元|层|栋|楼)))"
    rf"|(?P<TO>~|[至到](?=[{_STEM}临]?\d|[{CHINESE}]+[号层]))"
    r"|(?P<DASH>[-‐‑–—─])"
    r"|(?P<OPEN>[(\[{【〔「《])|(?P<CLOSE>[)\]}】〕」》])"
)


def tokens(text: str) -> list[Token]:
    """Cut a half-width text into words, in order; nothing is lost but 号楼 said twice (``204号楼号楼``)."""
    found: list[Token] = []
    end = 0
    for match in _WORD.finditer(text):
        if match.start() > end:
            _add_name(found, text[end : match.start()])
        found.append(_token(match))
        end = match.end()
    if end < len(text):
        _add_name(found, text[end:])
    return found


def _add_name(found: list[Token], name: str) -> None:
    if found and found[-1].kind == Kind.BUILDING and (name := name.removeprefix("号楼").removeprefix("楼")) == "":
        return
    found.append(Token(Kind.NAME, name))


def _token(match: re.Match[str]) -> Token:
    value, word = match["value"], match["word"]
    if value is not None:
        if len(value) == 2 and value[1] == "门":
            return Token(Kind.UNIT, value[0], "门")
        kind = _KIND_OF_WORD[word] if word else Kind.BARE
        return Token(kind, value.replace("-", "") if value.isascii() else arabic(value), word or "")
    if cellar := match["cellar"]:
        return Token(Kind.FLOOR, "b" + arabic(cellar), "层")
    group = match.lastgroup or ""
    if match["ABOVE"]:
        return Token(Kind.ABOVE, arabic(match["more"]), match["way"])
    return Token(Kind[group], match[0])
