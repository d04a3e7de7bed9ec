"""A screening day in two communities, for the tests of the chase's and of screening's pages; and what it leads to."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.web.town import COMMUNITY, NOW, OTHER, PASSWORD

ZONE = ZoneInfo("Asia/Shanghai")
OWN_CODE, OTHER_CODE = "500108106002", "500108106003"
ROUND, DATE = "R20221126", dt.date(2022, 11, 26)
PHONE = "1000000000"
# Who lives where; P9 has no phone.
PEOPLE = {"P1": OWN_CODE, "P2": OWN_CODE, "P3": OWN_CODE, "P4": OWN_CODE, "P5": OWN_CODE, "P6": OWN_CODE,
          "P7": OWN_CODE, "P8": OWN_CODE, "P9": OWN_CODE, "Q1": OTHER_CODE, "Q2": OTHER_CODE, "Q3": OTHER_CODE}  # fmt: skip
# Barcode → site's community, members, minute after seven, reports (result, hour).
TUBES: dict[str, tuple[str, list[str], int, list[tuple[str, int]]]] = {
    "TA-before": (OWN_CODE, ["P4"], 0, [("阴性", 2)]),
    "TA-found": (OWN_CODE, ["P1", "P2", "P9"], 5, [("阳性", 6)]),
    "TA-after": (OWN_CODE, ["P5"], 10, [("阳性", 3), ("阴性", 5)]),
    "TA-waiting": (OWN_CODE, ["P7"], 15, []),
    "TA-invalid": (OWN_CODE, ["P8"], 20, [("无效", 3)]),
    "TB-found": (OTHER_CODE, ["Q1", "Q2", "P3"], 5, [("可疑", 4)]),
}


class Day:
    """What the tests ask of the day that was written."""

    def __init__(self, people: dict[str, Any]) -> None:
        self.people = people

    def member(self, number: str) -> Any:
        from tongxin.chase.models import Member
        from tongxin.people.models import Person

        return Member.objects.get(person_id=Person.objects.get(person_no=number).pk)

    def held(self, number: str) -> bool:
        from tongxin.restrictions.models import Restriction

        return Restriction.objects.filter(subject_id=self.member(number).person_id, released_at=None).exists()

    def retest(self, number: str, result: str = "") -> None:
        """A single retest of somebody, perhaps with its result."""
        barcode = f"R-{number}-{result}"
        scan(barcode, PEOPLE[number], [number], at(11), retest=True)
        if result:
            report(barcode, result, at(12))

    @property
    def round(self) -> int:
        from tongxin.screening.models import Round

        return Round.objects.get(name=ROUND).pk


def at(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(DATE, dt.time(hour, minute), ZONE)


def scan(barcode: str, community: str, people: list[str], when: dt.datetime, retest: bool = False) -> None:
    from tongxin.screening.operations import scans

    head = {
        "scan_id": "s", "round": "" if retest else ROUND, "purpose": "retest" if retest else "screening",
        "tube_barcode": barcode, "tube_kind": "single" if retest else "pool", "capacity": "1" if retest else "10",
        "site": f"S{community}", "station": f"S{community}-1", "id_number": "99000019900101002X",
        "scanned_at": when.isoformat(),
    }  # fmt: skip
    scans.record([scans.read({**head, "person_no": number}, ZONE) for number in people])


def report(barcode: str, result: str, when: dt.datetime) -> None:
    from tongxin.screening.operations import reports

    row = {
        "report_no": f"L-{barcode}-{when:%H%M}", "lab": "检验所", "barcode": barcode, "result": result,
        "ct_orf1ab": "31.5", "ct_n": "", "tested_at": "", "reported_at": when.isoformat(),
    }  # fmt: skip
    reports.record([reports.read(row, ZONE)])


@pytest.fixture(name="day")
def day_of_screening(city: Any, cast: dict[str, Any]) -> Day:
    from tongxin.access import operations
    from tongxin.kit.audit import Because
    from tongxin.people import register, rules
    from tongxin.screening.operations import rounds

    city.at(NOW + dt.timedelta(hours=6))  # 14:00, when all has been reported
    users = dict(cast)
    for name, role, place in (("tracer", "tracer", COMMUNITY), ("neighbour", "community", OTHER),
                              ("sampler", "sampling", COMMUNITY)):  # fmt: skip
        users[name] = operations.create_user(name, name, role, [place], PASSWORD, Because("test"))
    row = {"sex": "男", "birth_date": "1990-01-01", "compound": "和苑", "building": "2", "unit": "1"}
    register.record([
        rules.read({
            **row, "person_no": number, "name": f"名{number}", "id_number": "99000019900101002X",
            "phone": "" if number == "P9" else f"{PHONE}{i}", "community_code": community, "room": f"{i + 1}01",
            "category": "dialysis" if number == "P2" else "",
        })
        for i, (number, community) in enumerate(PEOPLE.items())
    ])  # fmt: skip
    rounds.record([
        rounds.read({"round": ROUND, "day": str(DATE), "community_code": code}) for code in (OWN_CODE, OTHER_CODE)
    ])  # fmt: skip
    for barcode, (community, people, minute, said) in TUBES.items():
        scan(barcode, community, people, at(7, minute))
        for result, hour in said:
            report(barcode, result, at(7 + hour))
    return Day(users)


def text(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def queries_of(client: Any, address: str) -> list[str]:
    """The statements of a page, asked for a second time; without those that only begin and end transactions."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    with CaptureQueriesContext(connections["default"]) as asked:
        assert client.get(address).status_code == 200
    return [q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


def test_the_day_opens_two_chases_and_corrects_one(day: Day) -> None:
    from tongxin.chase.models import Chase, Member

    assert sorted(Chase.objects.values_list("state", flat=True)) == ["corrected", "open", "open"]
    assert Member.objects.count() == 7
    assert {n: day.held(n) for n in ("P1", "P3", "P5", "Q1")} == {"P1": True, "P3": True, "P5": False, "Q1": True}


def test_the_readme_shows_the_table_that_the_code_obeys() -> None:
    from pathlib import Path

    from tongxin.chase import states

    events = (states.REACH, states.HOLD, states.RESAMPLE, states.RECEIVE, states.ANSWER, states.JUDGE, states.CONFIRM,
              states.AGAIN, states.CORRECT)  # fmt: skip
    rows = [
        "| " + " | ".join([node, *(states.TABLE.get((node, event), "–") for event in events)]) + " |"
        for node in (*states.NODES, *states.SPECIAL_ENDS)
    ]
    readme = (Path(states.__file__).parent / "README.md").read_text(encoding="utf-8")
    assert f"| node | {' | '.join(events)} |" in readme and "\n".join(rows) in readme
