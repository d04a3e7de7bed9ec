"""What a row of the register must be. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

CATEGORIES = ("elderly_alone", "pregnant", "dialysis", "disabled", "infant", "severe_illness")
SEXES = {"男": "M", "女": "F", "m": "M", "f": "F", "male": "M", "female": "F", "": ""}
MAX_TEXT = 100
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")


class Unreadable(ValueError):
    """A row that cannot be taken in; the message is the reason."""


@dataclass(frozen=True)
class Entry:
    """A person as the register has them. ``community`` is a 12-digit national code; sex is M, F or empty."""

    person_no: str
    id_number: str
    name: str
    sex: str
    birth_date: dt.date | None
    phone: str
    community: str
    compound: str
    building: str
    unit: str
    room: str
    category: str


def floor_of(room: str) -> int:
    """The floor that a door's number tells: 1203 → 12, 301 → 3, B101 or 5 → 0 (unknown)."""
    return int(room) // 100 if room.isascii() and room.isdigit() and 3 <= len(room) <= 4 else 0


def read(row: Mapping[str, str]) -> Entry:
    """Read a row of the register. Raises Unreadable with the reason."""
    for column, value in row.items():
        if len(value) > MAX_TEXT or _UNFIT.search(value):
            raise Unreadable(f"{column} is longer than {MAX_TEXT} characters or holds unprintable ones")
    missing = [c for c in ("person_no", "compound", "building", "unit", "room") if not row[c]]
    if missing:
        raise Unreadable(f"{', '.join(missing)} may not be empty")
    if " " in row["person_no"] or len(row["person_no"]) > 64:
        raise Unreadable("person_no is not a number of 1 to 64 characters without blanks")
    community = row["community_code"]
    if not (community.isascii() and community.isdigit() and len(community) == 12):
        raise Unreadable(f"community_code {community[:20]!r} is not a national code of 12 digits")
    if row["sex"].lower() not in SEXES:
        raise Unreadable(f"sex {row['sex'][:20]!r} is not 男 or 女")
    category = row["category"]
    if not re.fullmatch(r"[a-z_]{0,40}", category):
        raise Unreadable(f"category {category[:20]!r} is not one of {', '.join(CATEGORIES)}")
    return Entry(
        row["person_no"], row["id_number"], row["name"], SEXES[row["sex"].lower()], _birth(row["birth_date"]),
        row["phone"], community, row["compound"], row["building"], row["unit"], row["room"], category,
    )  # fmt: skip


def _birth(value: str) -> dt.date | None:
    if not value:
        return None
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        raise Unreadable(f"birth_date {value[:20]!r} is not a date such as 1980-02-28") from None
    if not 1890 <= day.year <= 2099:
        raise Unreadable(f"birth_date {value[:20]!r} lies outside the years 1890 to 2099")
    return day
