"""A small town for the tests of areas: two buildings of a compound, a street, an officer; screening days on demand."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from tests.support import COMMUNITY

from tongxin.areas.operations.issue import Draft, Photo, Piece
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.people import register
from tongxin.people.models import Person
from tongxin.people.rules import Entry
from tongxin.places.models import Place
from tongxin.places.place_id import Level
from tongxin.screening.operations import reports, rounds, scans

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
BECAUSE = Because("user:officer", "test")
BASE = dt.datetime(2022, 11, 20, 15, 0, tzinfo=ZONE)
PICTURE = b"\xff\xd8\xff\xe0 a photo"


def on(day: int, hour: float = 0) -> dt.datetime:
    """A moment of November 2022."""
    return dt.datetime(2022, 11, 1, tzinfo=ZONE) + dt.timedelta(days=day - 1, hours=hour)


def settle(buildings: int = 2, floors: int = 3, per_floor: int = 2, compound: str = "和苑") -> None:
    """One person behind each door; numbers like P1-302."""
    register.record(
        [
            Entry(f"P{b}-{f}0{d}", "", f"居民{b}{f}{d}", "F", None, "10000000001", "500108106002", compound, f"{b}", "1", f"{f}0{d}", "")
            for b in range(1, buildings + 1) for f in range(1, floors + 1) for d in range(1, per_floor + 1)
        ]
    )  # fmt: skip


def place(level: Level, number: int = 1) -> int:
    """The ``number``-th place of a level in the community."""
    found = Place.objects.filter(level=level, id__gte=COMMUNITY, id__lt=COMMUNITY + Level.COMMUNITY.width).order_by("id")
    return found[number - 1].pk


def person(number: str) -> Person:
    return Person.objects.get(person_no=number)


def draft(*pieces: Piece, kind: str = "high", at: dt.datetime = BASE, **other: Any) -> Draft:
    told: dict[str, Any] = {
        "name": "和苑1号楼", "cause": ("case", 1), "reason_zh": "楼内有阳性感染者", "reason_en": "A case lives in this building",
        "exits": Photo(at, PICTURE, "image/jpeg"),
    }  # fmt: skip
    return Draft(kind=kind, pieces=pieces, **{**told, **other})


def sample(day: int, *numbers: str, hour: float = 9, result: str = "阴性", reported: float = 18) -> None:
    """Everybody in a single tube on a day, reported in the evening."""
    date = on(day).date()
    name = f"R{date:%Y%m%d}"
    rounds.record([rounds.read({"round": name, "day": str(date), "community_code": "500108106002"})])
    for number in numbers:
        barcode = f"T{day}-{number}"
        scans.record([scans.read({
            "scan_id": barcode, "round": name, "purpose": "screening", "tube_barcode": barcode, "tube_kind": "single",
            "capacity": "1", "site": "S500108106002", "station": "1", "id_number": "", "person_no": number,
            "scanned_at": on(day, hour).isoformat(),
        }, ZONE)])  # fmt: skip
        if result:
            reports.record([reports.read({
                "report_no": f"L{barcode}", "lab": "检验所", "barcode": barcode, "result": result, "ct_orf1ab": "", "ct_n": "",
                "tested_at": "", "reported_at": on(day, reported).isoformat(),
            }, ZONE)])  # fmt: skip


def at(moment: dt.datetime) -> dt.datetime:
    clock.set_time(moment, speed=0)
    return moment
