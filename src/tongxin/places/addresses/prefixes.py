"""What stands in front of an address and after it without being part of it: city, district, street; shops and cellars."""

from __future__ import annotations

import re
from functools import lru_cache

from tongxin.places.addresses.numerals import CHINESE

_HAN = "[一-鿿]"
# Districts of the four municipalities under the central government that stand alone in front (GB/T 2260).
_DISTRICTS = (
    "东城|西城|朝阳|丰台|石景山|海淀|门头沟|房山|通州|顺义|昌平|大兴|怀柔|平谷|密云|延庆"
    "|黄浦|徐汇|长宁|静安|普陀|虹口|杨浦|闵行|宝山|嘉定|浦东新|金山|松江|青浦|奉贤|崇明"
    "|渝中|大渡口|江北|沙坪坝|九龙坡|南岸|北碚|渝北|巴南|南开|河东|河西|河北|红桥|东丽|西青|津南|北辰|武清|宝坻|滨海新"
)
_ABOVE = re.compile(
    rf"(?:{_HAN}{{2,3}}省)?(?:(?:北京|上海|天津|重庆)市?(?={_HAN}{{2,3}}[区县]{_HAN})|(?:北京|上海|天津|重庆)市"
    rf"|{_HAN}{{2,4}}?市(?![场政民])(?={_HAN}{{2,4}}?[区县]))?"
    rf"(?:(?<=市){_HAN}{{2,4}}?[区县]|(?:{_DISTRICTS})区)?"
)
_STREET = re.compile(
    rf"{_HAN}{{2,6}}?(?:(?:街道|地区)(?:办事处|办)?(?![口坊])|(?:(?<![小古集城])镇|(?<![水梦故老])乡)(?={_HAN})(?![村镇政]))(?=.)"
)
_CLASS = re.compile(r"\(地区\)乡|(?:街道|地区)(?:办事处|办)?|镇|乡|办事处")
_OWN_CLASS = re.compile(r"(?:(?:\(地区\)乡|(?:街道|地区)(?:办事处|办)?)|[镇乡](?!村))(?=.)")
# What cannot stand without the name in front: 劲松|一区, 小关|东里, 潘家园|13号楼, 管庄|西里.
_DEPENDENT = re.compile(
    rf"[乡镇]村|[东西南北中上下新老前后外内大小]*[里园苑街路巷区村院桥门口庄坊站条期店场]|第?[{CHINESE}\d]|[A-Za-z(-]"
    r"|[甲乙丙丁临]\d|小区|社区|家园|嘉园|花园|公寓|大街|胡同|平房|.{0,2}$"
)
_APPENDAGE = re.compile(rf"(?:[及和与含、,]?(?:其|所属|附属|配套)?(?:[{CHINESE}\d]{{1,2}}层)?(?:底商|地下室|地下车?库|底层商铺))+$")
_FULL_STOPS = ".。;；,，、:：·"


@lru_cache(maxsize=4_096)
def base_of(street: str) -> str:
    """A street's name without its class: ``东坝（地区）乡`` is 东坝."""
    plain = street.replace("（", "(").replace("）", ")")
    found = _CLASS.search(plain, 2)
    return plain[: found.start()] if found and found.end() == len(plain) else plain


def without_street(text: str, street: str) -> str:
    """Drop city, district and street from the front of a half-width text. Never everything."""
    text = text[_end(_ABOVE.match(text), text) :]
    base = base_of(street) if street else ""
    if len(base) >= 2 and text.startswith(base):
        behind = text[len(base) :]
        if own := _OWN_CLASS.match(behind):
            return behind[own.end() :]
        return text if _DEPENDENT.match(behind) else behind
    return text[_end(_STREET.match(text), text) :]


def _end(match: re.Match[str] | None, text: str) -> int:
    return match.end() if match and match.end() < len(text) else 0


def without_appendage(text: str) -> tuple[str, str]:
    """Part a text from a trailing ``及底商`` or ``地下室``. Never everything; full stops go."""
    text = text.strip(_FULL_STOPS)
    if text[-2:] in ("底商", "下室", "下库", "车库", "商铺") and (found := _APPENDAGE.search(text)) and found.start():
        return text[: found.start()], found[0]
    return text, ""
