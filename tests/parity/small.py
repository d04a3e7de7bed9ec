"""A small round for tests: people, scans and reports in a line each, through the operations that files and API use.

Times are ``at(hour)`` on the day of the round. People live in 桃花桥 (COMMUNITY) unless said otherwise.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
DAY = dt.date(2022, 11, 25)
DISTRICT, COMMUNITY, OTHER = 5001080000000000000, 5001081060020000000, 5001081060030000000
CODES = {COMMUNITY: "500108106002", OTHER: "500108106003"}
GOOD_ID, BAD_ID = "990101198001010014", "990101198001010015"
_numbers = itertools.count(1)


def at(hour: int, minute: int = 0, day: int = 0) -> dt.datetime:
    """A time on the day of the round (``day`` days later)."""
    return dt.datetime.combine(DAY + dt.timedelta(days=day), dt.time(hour, minute), ZONE)


def divisions() -> None:
    """The district of Nan'an with two of its communities."""
    from tongxin.places.operations import Division, record_divisions
    from tongxin.places.place_id import Level, PlaceId

    rows = [
        ("50", "重庆市"), ("5001", "市辖区"), ("500108", "南岸区"), ("500108106", "涂山镇"),
        ("500108106002", "桃花桥社区"), ("500108106003", "福民社区"),
    ]  # fmt: skip
    record_divisions([Division(PlaceId.parse(c), Level(PlaceId.parse(c).level), n) for c, n in rows])


def announce(name: str = "R1", day: dt.date = DAY) -> None:
    """A round with both communities on its roll."""
    from tongxin.screening.operations import rounds

    for code in CODES.values():
        rounds.record([rounds.read({"round": name, "day": day.isoformat(), "community_code": code})])


def entry(number: str, community: int = COMMUNITY, **other: str) -> Any:
    """A row of the register."""
    from tongxin.people import rules

    row = {
        "person_no": number, "id_number": GOOD_ID, "name": f"人{number}", "sex": "女", "birth_date": "1980-01-01",
        "phone": "10000000001", "community_code": CODES[community], "compound": "和苑", "building": "3栋",
        "unit": "1单元", "room": "1203", "category": "",
    }  # fmt: skip
    return rules.read({**row, **other})


def register(*numbers: str, community: int = COMMUNITY, **other: str) -> int:
    """Let the register know people; how many rows were new or changed."""
    from tongxin.people import register

    return register.record([entry(number, community, **other) for number in numbers])


def row(tube: str, person: str, when: dt.datetime | str | None = None, **other: str) -> dict[str, str]:
    """A scan as files and API have it."""
    return {
        "scan_id": f"scan-{next(_numbers)}", "round": "R1", "purpose": "screening", "tube_barcode": tube,
        "tube_kind": "pool", "capacity": "10", "site": f"S{CODES[COMMUNITY]}", "station": "1", "person_no": person,
        "id_number": GOOD_ID, "scanned_at": str(when or at(8)), **other,
    }  # fmt: skip


def blocks(path: Path, rows: Sequence[dict[str, str]], block_bytes: int = 1_000_000) -> Iterator[Any]:
    """Scans as the blocks of a file of them."""
    from tongxin.kit.tables import read_table
    from tongxin.screening import columns

    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return read_table(path, columns.SCANS, keep_together="tube_barcode", block_bytes=block_bytes)


def scan(tube: str, *people: str, when: dt.datetime | None = None, **other: str) -> tuple[int, int]:
    """Scan people into a tube; (accepted, repeated)."""
    from tongxin.screening.operations import scans

    return scans.record([scans.read(row(tube, person, when, **other), ZONE) for person in people])


def retest(tube: str, person: str, when: dt.datetime | None = None, **other: str) -> tuple[int, int]:
    """Scan one person into a single tube as a retest."""
    head = {"purpose": "retest", "round": "", "tube_kind": "single", "capacity": "1", **other}
    return scan(tube, person, when=when or at(14), **head)


def report_row(tube: str, word: str, when: dt.datetime | str | None = None, **other: str) -> dict[str, str]:
    return {
        "report_no": f"L{next(_numbers):08d}", "lab": "检验所1", "barcode": tube, "result": word, "ct_orf1ab": "",
        "ct_n": "", "tested_at": "", "reported_at": str(when or at(12)), **other,
    }  # fmt: skip


def report(tube: str, word: str, when: dt.datetime | None = None, **other: str) -> Any:
    """A laboratory's report for a tube."""
    from tongxin.screening.operations import reports

    return reports.record([reports.read(report_row(tube, word, when, **other), ZONE)])


def export(kind: str) -> list[dict[str, str]]:
    """The rows of an export as texts."""
    from tongxin.cli.exporting import exports

    header, rows = exports()[kind]()
    return [dict(zip(header, map(str, r), strict=True)) for r in rows]


def person_id(number: str) -> int:
    from tongxin.people.models import Person

    return int(Person.objects.get(person_no=number).pk)


def tube_id(barcode: str) -> int:
    from tongxin.screening.models import Tube

    return int(Tube.objects.get(barcode=barcode).pk)


def member(tube: str, number: str) -> Any:
    """A member of a chased tube."""
    from tongxin.chase.models import Member

    return Member.objects.get(tube_id=tube_id(tube), person_id=person_id(number))


def open_work(*prefixes: str) -> list[tuple[str, str]]:
    """Open tasks as (kind, who or which tube), sorted."""
    from tongxin.kit import db

    rows = db.rows(
        "SELECT k.kind, coalesce(p.person_no, t.barcode, '') FROM tasks_task k"
        "  LEFT JOIN chase_member m ON k.subject_kind = 'member' AND m.id = k.subject_id"
        "  LEFT JOIN people_person p ON p.id = m.person_id"
        "  LEFT JOIN screening_tube t ON k.subject_kind = 'tube' AND t.id = k.subject_id"
        " WHERE k.state IN ('open', 'claimed')"
    )
    return sorted((kind, who) for kind, who in rows if not prefixes or kind.startswith(prefixes))


def held() -> list[str]:
    """The numbers of the people whom a restriction holds now."""
    from tongxin.kit import db

    return [
        number
        for (number,) in db.rows(
            "SELECT p.person_no FROM restrictions_restriction r JOIN people_person p ON p.id = r.subject_id"
            " WHERE r.released_at IS NULL AND r.subject_kind = 'person' ORDER BY 1"
        )
    ]
