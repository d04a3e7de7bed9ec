"""Published lists of risk areas, read: the format of the national list (State Council client, 2022), one evening a file.

``data.end_update_time`` says until when it holds ("2022-11-18 21时"), ``highlist``, ``middlelist`` and ``lowlist`` hold
entries of ``county`` (the street as the list writes it) and ``communitys`` (one text an area); ``hcount``, ``mcount`` and
``lcount`` say how many texts there are, so that a truncated file is noticed.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tongxin.kit.errors import UserError

MAX_BYTES = 64_000_000
_UNTIL = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\s*(\d{1,2})时")
LEVELS = (("high", "highlist", "hcount"), ("medium", "middlelist", "mcount"))


@dataclass(frozen=True)
class Entry:
    """One area of a list: its kind, the street and the text as the list writes them."""

    kind: str
    street: str
    text: str


@dataclass(frozen=True)
class RiskList:
    """A list: of which district (as the list names it), of which day and hour, its areas, its low entries as they came."""

    path: str
    province: str
    city: str
    day: dt.date
    at: dt.datetime
    entries: tuple[Entry, ...]
    low: tuple[dict[str, Any], ...]


def read(path: Path, zone: dt.tzinfo) -> RiskList:
    """Read one file. Raises UserError with the file and the reason."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: larger than any list of risk areas; is it another file?")
        data = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode())
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path.name}: byte {error.start} is no UTF-8 text; the file is cut off or in another encoding: fetch it again"
        ) from None
    except orjson.JSONDecodeError as error:
        raise UserError(f"{path}: not a whole JSON file ({error}); was it cut off on its way? fetch it again") from None
    data = data.get("data", data) if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("highlist"), list):
        raise UserError(f"{path}: not a list of risk areas: it has no highlist")
    until = _UNTIL.fullmatch(str(data.get("end_update_time", "")).strip())
    if not until:
        raise UserError(f"{path}: end_update_time says {data.get('end_update_time')!r}, not a time like '2022-11-18 21时'")
    try:
        at = dt.datetime(*map(int, until.groups()), tzinfo=zone)  # type: ignore[misc]
    except ValueError:
        raise UserError(f"{path}: end_update_time {until[0]!r} is no time of any day") from None
    entries = [entry for level in LEVELS for entry in _entries(path, data, *level)]
    low = [{"county": e["county"], "communitys": e["communitys"]} for e in _blocks(path, data, "lowlist", "lcount")]
    return RiskList(str(path), *_city(path, data), at.date(), at, tuple(dict.fromkeys(entries)), tuple(low))


def _city(path: Path, data: dict[str, Any]) -> tuple[str, str]:
    """Province and district of a list."""
    blocks = [b for key in ("highlist", "middlelist", "lowlist") for b in data.get(key) or []]
    named = {(str(b.get("province", "")).strip(), str(b.get("city", "")).strip()) for b in blocks if isinstance(b, dict)}
    if len(named) != 1:
        found = ", ".join(" ".join(n) for n in sorted(named)) or "none"
        raise UserError(f"{path}: one list is of one district; this one names {found}")
    return named.pop()


def _entries(path: Path, data: dict[str, Any], kind: str, key: str, count: str) -> list[Entry]:
    return [Entry(kind, b["county"].strip(), text) for b in _blocks(path, data, key, count) for text in b["communitys"]]


def _blocks(path: Path, data: dict[str, Any], key: str, count: str) -> list[dict[str, Any]]:
    blocks = data.get(key) or []
    for block in blocks:
        good = isinstance(block, dict) and isinstance(block.get("county"), str) and isinstance(block.get("communitys"), list)
        if not good or not all(isinstance(text, str) and text.strip() for text in block["communitys"]):
            raise UserError(f"{path}: an entry of {key} has no street or no areas: {str(block)[:80]}")
    found, said = sum(len(b["communitys"]) for b in blocks), data.get(count)
    if said is not None and said != found:
        raise UserError(f"{path}: {count} says {said} but {key} holds {found}; the file is truncated, fetch it again")
    return blocks


_TOWNSHIP = re.compile(r"[(（]地区[)）]|地区|街道办事处|街道|镇|乡|办事处")


def street_core(name: str) -> str:
    """The name of a street without what kind of street it is: 管庄（地区）乡, 管庄地区 and 管庄乡 are one."""
    core = _TOWNSHIP.sub("", name.strip())
    return core or name.strip()


def low_text(street: str) -> str:
    """The low entry of a street that has areas."""
    return f"{street}（除高风险区外的其他地区）"
