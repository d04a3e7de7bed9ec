"""Names: which part is a road, which a compound, whether a number after it is a house, a yard or a building.

A Chinese place name says its class with its last characters (通名, "generic part"): 路, 街 and 胡同 are roads, 里, 园
and 小区 neighbourhoods built as one, 村, 庄 and 营 villages. Names whose last characters say nothing (观音堂, 十里河)
are villages as a rule: what was built as one is named after what it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from tongxin.places.addresses.numerals import CHINESE

_NUMERAL = rf"[{CHINESE}\d]"
_SIDE = "东西南北中"

_ROAD_END = re.compile(rf"(?:大街|大道|胡同|后身|{_NUMERAL}条|街|路|巷|弄|(?<![人步街河渠])道)$")
_ROAD_INSIDE = re.compile(r"(?:大街|大道|胡同|街(?![坊道子区乡口])|路(?![口桥易店])|(?<!里)巷)")
_CLOSED = "社区|小区|家园|里|园|苑|村|庄|公寓|大院"
# Where a road begins behind a compound: not inside a road that is named after the compound (新源里东街, 三里屯南路).
_ROAD_BEHIND = re.compile(rf"(?<={_NUMERAL}区)|(?<=社区)|(?<=小区)|(?<=家园)|(?<=(?<!{_NUMERAL})里)|(?<=[园苑村庄])")
_NO_COMPOUND = re.compile(rf"(?:[{_SIDE}]?[里园苑院区段口侧]|第?{_NUMERAL}+(?:[区期条巷]|社区)|[{_SIDE}]?(?:社区|小区|市场|平房))")
_NO_ROAD = re.compile(rf"[{_SIDE}上下前后小{CHINESE}屯堡河庙区]|社区|家园|平房")

_ZONES = re.compile(
    rf"(?:网格)?(?:第?{_NUMERAL}+|[A-Za-z]\d?|[{_SIDE}老新])(?:片区|区|期|片|社区|站|组|队)$|[{_SIDE}]$|(?:片区|网格)$"
)
_BUILT = re.compile(
    "(?:里|园|苑|小区|社区|家园|院|寓|花园|城|府|湾|街坊|广场|大厦|中心|轩|庭|阁|墅|郡|邸|公馆|国际|时代|名都|"
    "公社|区|期|楼|大学|学校|学院|医院|桥|门)$"
)
_FARM = re.compile("(?:园艺场|农场|林场|苗圃)$")
_CLOSER = re.compile("(?:里|园|苑|区|期|村|舍|院|厂|寓|城|家园)$")
_BRANCH = re.compile(rf"(?<=.)[{_SIDE}新小]$")
_NAMED_BUILDING = re.compile(rf"(.*(?:社区|小区|园|苑|里|大院|公寓|轩|厂))((?![{_SIDE}]?[里园])[^社区里园苑]{{1,5}}楼)")
_VENUE = re.compile(
    "(?:酒店|宾馆|饭店|旅社|旅馆|招待所|公寓|寓|超市|商店|店|市场|食堂|餐厅|饭馆|宿舍|公司|中心|大厦|广场|项目部|工地|"
    "健身|会所|幼儿园|学校|医院|银行|邮局|网吧|食品厂|物业|基地|站|局|馆|厅|所|苑|园|小区|花园|家园|国际|城)$"
)
REGION = re.compile(
    rf"[东西南北外内]侧|[旁边][边的]?(?!防)|周边|周围|附近|对面|以[{_SIDE}]|合围|区域|所在|全域|其余|其他|部分|[后前]面|楼后|楼下|路口"
    rf"|[村镇院楼]外|沿线|之间|范围|\d米|租地|等\d|\d间|等[{CHINESE}]+[处户个]|及"
)


class Name(NamedTuple):
    """A name taken apart. ``low`` when there is more in it than these fields can say."""

    road: str
    compound: str
    building: str
    low: bool


@lru_cache(maxsize=16_384)
def take_apart(name: str, counted: bool) -> Name:
    """Find road, compound and named building in a name; ``counted`` tells whether a number follows."""
    low = REGION.search(name) is not None
    if counted and len(name) > 1 and _ROAD_END.search(name):
        front, road = _road_behind(name)
        return Name(road, front, "", low or _ROAD_INSIDE.search(road[:-4]) is not None)
    road, behind = _road_in_front(name)
    if road:
        return Name(road, behind, "", low)
    if not counted and (named := _NAMED_BUILDING.fullmatch(name)):
        return Name("", named[1], named[2].replace("号楼", "楼"), low)
    return Name("", name, "", low)


def _road_behind(name: str) -> tuple[str, str]:
    """``柳芳南里社区左家庄西街`` is a compound and a road; ``新源里东街`` a road alone."""
    for cut in reversed([m.end() for m in _ROAD_BEHIND.finditer(name)]):
        behind = name[cut:]
        whole = name[:cut].endswith(("社区", "小区")) or (len(behind) >= 3 and not _NO_ROAD.match(behind))
        if whole and cut >= 2 and not _ROAD_INSIDE.search(behind[:-2]):
            return name[:cut], behind
    return "", name


def _road_in_front(name: str) -> tuple[str, str]:
    """``惠新西街罗马花园`` is a road and a compound along it; ``望花路西里`` and ``和平街十一区`` are compounds."""
    for match in _ROAD_INSIDE.finditer(name):
        road, behind = name[: match.end()], name[match.end() :]
        if len(road) >= 3 and len(behind) >= 3 and not _NO_COMPOUND.match(behind):
            return road, behind
    return "", name


@lru_cache(maxsize=16_384)
def is_village(name: str) -> bool:
    """Whether numbers after this name are houses of a village, not numbers of a road or yards of a compound."""
    base = name
    while (shorter := _ZONES.sub("", base)) and shorter != base:
        base = shorter
    return bool(base) and (not _BUILT.search(base) or bool(_FARM.search(base)))


def is_venue(name: str) -> bool:
    """Whether a name is a shop, hotel, office, dormitory or the like."""
    return bool(_VENUE.search(name))


def without_stray_word(name: str) -> str:
    """Drop a 号 that stands before the number instead of behind it (``绿岛苑西区号4楼``), not that of ``湖光壹号``."""
    return name[:-1] if name.endswith("号") and _CLOSER.search(name[:-1]) else name


def branch(name: str, sides: bool) -> tuple[str, str]:
    """Part a name from the 新 or 小 that belongs to the number behind it (``甘露园南里新`` 9号楼).

    With ``sides`` also from 东: rows and entrances are told apart by sides (``纸盒厂宿舍东`` 3排), buildings by zones.
    """
    if (found := _BRANCH.search(name)) and (sides or found[0] in "新小") and _CLOSER.search(name[: found.start()]):
        return name[: found.start()], found[0]
    return name, ""
