"""Dates and times as people type them into a sheet. Pure; raises ValueError with the reason.

Read are 2022-11-26 7:30, 2022/11/26, 20221126, 2022年11月26日 上午7点半, 11月26日 7:30, 26/11 07:30, 11.26, and the numbers
in which Excel counts days. A day without a year is the one nearest to ``today``. Of two numbers the one above 12 is the
day; where both could be the month, ``order`` decides: "md" (month first, the custom here) or "dm".
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator

EXCEL_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001
EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119
YEARS = range(1890, 2100)

_WEEKDAY = re.compile(r"\(?(?:周|星期|礼拜)[一二三四五六日天]\)?")
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?=\D|$|\d{4}(?:\d\d)?$)",
        r"(?P<y>\d{2})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]?",
        r"(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]?",
        r"(?P<a>\d{1,2})\s*[-/.]\s*(?P<b>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})",
        r"(?P<a>\d{1,2})\s*[-/.]\s*(?P<b>\d{1,2})(?![-/.\d])",
    )
)
_PERIOD = r"(?P<period>凌晨|清晨|早上|早晨|早|上午|中午|下午|午后|傍晚|晚上|晚间|晚|夜里|深夜|am|pm)?"
_CLOCK = re.compile(
    rf"[\st,;]*{_PERIOD}\s*(?P<h>\d{{1,2}})\s*"
    r"(?:(?P<half>[时点]半)|[时点]整?(?!\s*\d)|[:时点.]\s*(?P<min>\d{1,2})\s*分?(?:\s*:?\s*(?P<s>\d{1,2})(?:\.\d+)?\s*秒?)?)"
    r"\s*(?P<after>am|pm)?\s*(?P<zone>z|[+-]\d\d:?\d\d)?"
)
_COMPACT = re.compile(r"[\st]*(?P<h>\d{2})(?P<min>\d{2})(?P<s>\d{2})?")
_AFTERNOON = ("中午", "下午", "午后", "傍晚", "晚上", "晚间", "晚", "pm")
_NIGHT = ("夜里", "深夜")


def plain(text: str) -> str:
    """Full-width forms, case, doubled blanks and the day of the week do not matter."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("a.m.", "am").replace("p.m.", "pm")
    return " ".join(_WEEKDAY.sub(" ", text).split())


def read_date(text: str, today: dt.date, order: str = "md") -> dt.date:
    """The day that a text names; a time behind it is passed over."""
    return _moment(text, today, order)[0]


def read_time(text: str, zone: dt.tzinfo, today: dt.date, order: str = "md") -> dt.datetime:
    """The moment that a text names, in ``zone`` where it names none; a day alone is its midnight."""
    day, clock, offset = _moment(text, today, order)
    at = dt.datetime.combine(day, dt.time(), offset or zone)
    return at + (clock or dt.timedelta())


def read_clock(text: str) -> dt.time:
    """The time of day that a text without a day names; Excel's is a fraction of a day."""
    words = plain(text)
    if re.fullmatch(r"0?\.\d+", words):
        return (EXCEL_ZERO + dt.timedelta(seconds=round(float(words) * 86400))).time()
    found = _CLOCK.fullmatch(words)
    if not found or not words:
        raise ValueError("not a time such as 7:30")
    span = _clock(found)
    return (EXCEL_ZERO + span).time()


def day_order(texts: Iterable[str]) -> str:
    """Which of two numbers is the day, as the texts of a column that leave no doubt have it: "md" or "dm".

    Raises ValueError when they contradict each other: the others then cannot be read.
    """
    seen = set()
    for text in texts:
        for pattern in _DATES[4:]:
            if found := pattern.match(plain(text)):
                a, b = int(found["a"]), int(found["b"])
                if a > 12 >= b:
                    seen.add("dm")
                elif b > 12 >= a:
                    seen.add("md")
                break
    if len(seen) > 1:
        raise ValueError("some days stand before the month and some behind it")
    return seen.pop() if seen else "md"


def _moment(text: str, today: dt.date, order: str) -> tuple[dt.date, dt.timedelta | None, dt.tzinfo | None]:
    words = plain(text)
    if re.fullmatch(r"\d{5}(\.\d+)?", words) and int(float(words)) in EXCEL_DAYS:
        at = EXCEL_ZERO + dt.timedelta(seconds=round(float(words) * 86400))
        return at.date(), dt.timedelta(hours=at.hour, minutes=at.minute, seconds=at.second), None
    for pattern in _DATES:
        if not (found := pattern.match(words)):
            continue
        rest = words[found.end() :]
        if not rest.strip():
            return _day(found, today, order), None, None
        clock = _CLOCK.fullmatch(rest) or _COMPACT.fullmatch(rest)
        if clock:
            return _day(found, today, order), _clock(clock), _offset(clock.groupdict().get("zone"))
    raise ValueError("not a day or time such as 2022-11-26 7:30")


def _day(found: re.Match[str], today: dt.date, order: str) -> dt.date:
    parts = {name: int(value) for name, value in found.groupdict().items() if value}
    pairs = [(parts["m"], parts["d"])] if "m" in parts else list(_pairs(parts["a"], parts["b"], order))
    for month, day in pairs:
        years = [_whole(parts["y"])] if "y" in parts else [today.year - 1, today.year, today.year + 1]
        days = [d for year in years if (d := _valid(year, month, day))]
        if days:
            return min(days, key=lambda d: abs(d - today))
    raise ValueError("there is no such day")


def _pairs(a: int, b: int, order: str) -> Iterator[tuple[int, int]]:
    """(month, day), the likelier first; a number above 12 can only be the day."""
    both = ((a, b), (b, a)) if order == "md" else ((b, a), (a, b))
    return (pair for pair in both if 1 <= pair[0] <= 12)


def _whole(year: int) -> int:
    return year if year > 99 else 2000 + year


def _valid(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _clock(found: re.Match[str]) -> dt.timedelta:
    parts = found.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in ("h", "min", "s"))
    minute = 30 if parts.get("half") else minute
    period = parts.get("period") or parts.get("after") or ""
    if (period in _AFTERNOON and hour < (11 if period == "中午" else 12)) or (period in _NIGHT and 6 <= hour < 12):
        hour += 12
    elif hour == 12 and period in ("凌晨", "am", *_NIGHT, "晚上", "晚间", "晚"):
        hour = 24 if period.startswith("晚") or period in _NIGHT else 0
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second) and not period):
        raise ValueError("there is no such time of day")
    return dt.timedelta(hours=hour, minutes=minute, seconds=second)


def _offset(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text == "z":
        return dt.UTC
    span = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    if span >= dt.timedelta(hours=15):
        raise ValueError("there is no such time zone")
    return dt.timezone(-span if text[0] == "-" else span)
