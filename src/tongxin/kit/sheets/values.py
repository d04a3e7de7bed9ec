"""A cell as a value of its field. Pure; raises ValueError with the reason."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from . import times
from .fields import CHOICE, CLOCK, DATE, NUMBER, PHONE, TIME, Field, plain

_SEVERAL = re.compile(r"[、,，;；/|\n]+")
_PHONE = re.compile(r"(?:\+|00)?(?:86)?[-\s]?((?:\(?\d{3,4}\)?[-\s]?)?\d[\d\s-]{3,18}\d)(?:\s*(?:转|ext\.?|#)\s*(\d{1,6}))?")
_NUMBER = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*[^\d\s.,]{0,4}")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(?!\d)")
NOTHING = {"", "-", "--", "—", "——", "/", "\\", "无", "none", "n/a", "na"}


@dataclass(frozen=True)
class Reading:
    """How times are read: the city's zone, the day near which a day without a year lies, month or day first."""

    zone: dt.tzinfo
    today: dt.date
    order: str = "md"


def read(text: str, field: Field, reading: Reading) -> Any:
    """The value of a cell: None for one without any. Texts stay as they are but for space around them."""
    text = text.strip()
    if field.kind != "text" and unicodedata.normalize("NFKC", text).casefold() in NOTHING:
        return None
    match field.kind:
        case "time":
            return times.read_time(text, reading.zone, reading.today, reading.order)
        case "date":
            return times.read_date(text, reading.today, reading.order)
        case "clock":
            return times.read_clock(text)
        case "phone":
            return phone(text)
        case "number":
            return number(text)
        case "choice":
            return choice(text, field)
        case _:
            if len(text) > field.max_text:
                raise ValueError(f"longer than {field.max_text:,} characters")
            return text or None


def phone(text: str) -> str:
    """The digits of a phone number; of several in a cell the first. An extension follows a hyphen."""
    words = unicodedata.normalize("NFKC", text)
    words = re.sub(r"^\D{1,8}?(?=[\d+(])", "", words)  # 电话：100…
    found = _PHONE.match(words)
    digits = re.sub(r"\D", "", found[1]) if found else ""
    if not found or not 5 <= len(digits) <= 15:
        raise ValueError("not a phone number")
    return f"{digits}-{found[2]}" if found[2] else digits


def number(text: str) -> int | float:
    """A number; commas between thousands and a word behind it (3人) do not matter."""
    words = unicodedata.normalize("NFKC", text).strip()
    words = _GROUPED.sub(lambda m: m[0].replace(",", ""), words)
    found = _NUMBER.fullmatch(words)
    if not found:
        raise ValueError("not a number")
    value = float(found[1])
    return int(value) if value == int(value) else value


def choice(text: str, field: Field) -> Any:
    """The key of a word; with ``many`` the keys of several, in their order, each once."""
    known = {plain(word): key for word, key in field.choices.items()} | {plain(k): k for k in field.choices.values()}
    parts = [p for p in _SEVERAL.split(text) if p.strip()] if field.many else [text]
    keys = []
    for part in parts:
        if (key := known.get(plain(part))) is None:
            allowed = "、".join(dict.fromkeys(field.choices))
            raise ValueError(f"{part.strip()[:30]!r} is none of {allowed[:300]}")
        keys.append(key)
    return list(dict.fromkeys(keys)) if field.many else keys[0]


EXAMPLES = {
    TIME: "write it as 2022-11-26 7:30",
    DATE: "write it as 2022-11-26",
    CLOCK: "write it as 7:30",
    PHONE: "write its digits",
    NUMBER: "write it in digits",
    CHOICE: "use one of these words",
}
