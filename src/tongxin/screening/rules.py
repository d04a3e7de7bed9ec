"""What a scan and a report must be, which result holds, what a tube is flagged for. Pure: no clock, no database.

The rules for results and flags are those a city agrees with its laboratories; ``docs/rules`` renders their tables.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PENDING, INVALID, NEGATIVE, INCONCLUSIVE, POSITIVE = None, 0, 1, 2, 3
RESULT_WORDS = {
    "阴性": NEGATIVE, "阳性": POSITIVE, "可疑": INCONCLUSIVE, "无效": INVALID,
    "negative": NEGATIVE, "positive": POSITIVE, "inconclusive": INCONCLUSIVE, "invalid": INVALID,
}  # fmt: skip
RESULT_NAMES = {None: "pending", 0: "invalid", 1: "negative", 2: "inconclusive", 3: "positive"}
PURPOSES = {"screening": 1, "retest": 2}
KINDS = {"single": 1, "household": 2, "pool": 3}
STEPS = {"closed": 1, "boxed": 2, "couriered": 3, "received": 4, "tested": 5}
FLAGS = ("bad_id_number", "clock_suspect", "header_conflict", "over_capacity", "person_in_two_tubes", "unknown_person")
MAX_CODE = 64
MAX_LAB = 200
MAX_CAPACITY = 50
FIRST_YEAR, LAST_YEAR = 2000, 2099
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = ord("0") * sum(_WEIGHTS)
_UNFIT = re.compile(r"[\x00-\x20\x7f]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


class Unreadable(ValueError):
    """A row that cannot be taken in; the message is the reason, for whoever sent it."""


@dataclass(frozen=True)
class Report:
    """One laboratory report. Times are aware; Ct values are cycles, None where the gene was not found or not given."""

    report_no: str
    lab: str
    barcode: str
    result: int
    ct_orf1ab: float | None
    ct_n: float | None
    tested_at: dt.datetime | None
    reported_at: dt.datetime


def check_digit(first17: str) -> str:
    """The 18th character of a resident identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return "10X98765432"[(sum(map(operator.mul, first17.encode(), _WEIGHTS)) - _ZEROS) % 11]


def good_id(number: str) -> bool:
    """Whether an identity number has 18 characters and the right check digit."""
    return len(number) == 18 and number[:17].isascii() and number[:17].isdigit() and check_digit(number[:17]) == number[17]


def read_code(value: str, what: str) -> str:
    """A barcode or number as scanned: 1 to 64 characters without blanks."""
    if not value:
        raise Unreadable(f"{what} is empty")
    if len(value) > MAX_CODE or _UNFIT.search(value):
        raise Unreadable(f"{what} {value[:MAX_CODE]!r} is not a code of 1 to {MAX_CODE} characters without blanks")
    return value


def read_name(value: str, what: str, longest: int) -> str:
    """A name as people write it, without control characters; what is longer than ``longest`` is cut off."""
    if _UNPRINTABLE.search(value):
        raise Unreadable(f"{what} {value[:40]!r} holds unprintable characters")
    return value[:longest]


def read_time(value: str, what: str, zone: dt.tzinfo) -> dt.datetime:
    """A time; without an offset it is the city's."""
    try:
        at = dt.datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable(f"{what} {value[:40]!r} is not a date and time such as 2022-11-25 08:30:00") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Unreadable(f"{what} {value[:40]!r} lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=zone)  # PostgreSQL knows offsets up to 16 h only


def read_capacity(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= MAX_CAPACITY):
        raise Unreadable(f"capacity {value[:20]!r} is not a number from 1 to {MAX_CAPACITY}")
    return int(value)


def read_word(value: str, words: Mapping[str, int], what: str) -> int:
    if value not in words:
        raise Unreadable(f"{what} {value[:20]!r} is not one of {', '.join(words)}")
    return words[value]


def read_ct(value: str, what: str) -> float | None:
    """A Ct value in cycles; empty, "-" and "/" mean that there is none."""
    if value in ("", "-", "/", "NoCt", "N/A"):
        return None
    try:
        ct = float(value)
    except ValueError:
        raise Unreadable(f"{what} {value[:20]!r} is not a number of cycles") from None
    if not 0 <= ct <= 60:
        raise Unreadable(f"{what} {value[:20]!r} is not between 0 and 60 cycles")
    return ct


def read_report(row: Mapping[str, str], zone: dt.tzinfo) -> Report:
    """Read the columns of a report (see ``screening.columns``). Raises Unreadable."""
    return Report(
        report_no=read_code(row["report_no"], "the report number"),
        lab=read_name(row["lab"], "the laboratory", MAX_LAB),
        barcode=read_code(row["barcode"], "the tube's barcode"),
        result=read_word(row["result"], RESULT_WORDS, "the result"),
        ct_orf1ab=read_ct(row["ct_orf1ab"], "the Ct value of ORF1ab"),
        ct_n=read_ct(row["ct_n"], "the Ct value of N"),
        tested_at=read_time(row["tested_at"], "the time tested", zone) if row["tested_at"] else None,
        reported_at=read_time(row["reported_at"], "the time reported", zone),
    )


def holding(reports: Iterable[tuple[int, dt.datetime]]) -> int | None:
    """The result that holds among ``(result, reported_at)``.

    Invalid says nothing and holds only when there is no other; of the rest the latest report holds, at equal times
    positive before inconclusive before negative. None when there is no report.
    """
    best = max(reports, key=lambda r: (r[0] != INVALID, r[1], r[0]), default=None)
    return best[0] if best else None


def is_found(result: int | None) -> bool:
    """Whether a result opens a chase."""
    return result is not None and result >= INCONCLUSIVE


def says_tested(result: int | None) -> bool:
    """Whether a person with this result counts as tested."""
    return result is not None and result >= NEGATIVE


@dataclass(frozen=True)
class TubeFacts:
    """What a tube's scans and reports add up to. Times are aware or None."""

    members: int
    capacity: int
    provisional: int = 0
    bad_ids: int = 0
    in_two: bool = False
    header_conflict: bool = False
    last_scan_at: dt.datetime | None = None
    first_report_at: dt.datetime | None = None


def flags(tube: TubeFacts) -> list[str]:
    """What is wrong with a tube that was accepted, each a piece of work for somebody; in alphabetical order."""
    late = tube.last_scan_at and tube.first_report_at and tube.last_scan_at > tube.first_report_at
    found = {
        "bad_id_number": tube.bad_ids > 0,
        "clock_suspect": bool(late),
        "header_conflict": tube.header_conflict,
        "over_capacity": tube.members > tube.capacity,
        "person_in_two_tubes": tube.in_two,
        "unknown_person": tube.provisional > 0,
    }
    return [name for name, holds in found.items() if holds]
