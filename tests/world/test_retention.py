"""What the clock deletes: days over the limit, and nothing else."""

import datetime as dt
import zoneinfo
from typing import Any

import pytest

from tongxin.chase.models import Chase, Member
from tongxin.kit import clock, clocks, db
from tongxin.kit.models import AuditEntry
from tongxin.people import register
from tongxin.people.rules import Entry
from tongxin.screening.models import Handover, ReportNumber, Round, Tube
from tongxin.screening.operations import handovers, reports, retention, rounds, scans
from tongxin.tasks.models import Task

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
DAYS = 14
pytestmark = pytest.mark.usefixtures("places")


def _people(count: int) -> None:
    register.record(
        [
            Entry(f"P{i}", "", "某人", "F", None, "10000000001", "500108106002", "苑", "1", "1", str(100 + i), "")
            for i in range(count)
        ]
    )


def _day(date: dt.date, result: str = "阴性", tube: str = "", round_name: str = "") -> str:
    """One tube of three people on a day, handed over and reported; its barcode."""
    name, barcode = round_name or f"R{date:%Y%m%d}", tube or f"T{date:%Y%m%d}"
    at = dt.datetime.combine(date, dt.time(9), ZONE)
    clock.set_time(at + dt.timedelta(hours=8), speed=0)
    retest = round_name == "-"
    if not retest:
        rounds.record([rounds.read({"round": name, "day": str(date), "community_code": "500108106002"})])
    head = {
        "scan_id": "s", "round": "" if retest else name, "purpose": "retest" if retest else "screening",
        "tube_barcode": barcode, "tube_kind": "single" if retest else "pool", "capacity": "1" if retest else "10",
        "site": "S500108106002", "station": "1", "id_number": "", "scanned_at": at.isoformat(),
    }  # fmt: skip
    scans.record([scans.read({**head, "person_no": f"P{i}"}, ZONE) for i in range(1 if retest else 3)])
    handovers.record([handovers.Handover(barcode, 4, "", "收样员", at + dt.timedelta(hours=1))])
    _report(barcode, result, at + dt.timedelta(hours=5))
    return barcode


def _report(barcode: str, result: str, at: dt.datetime) -> None:
    row = {
        "report_no": f"L{barcode}", "lab": "检验所", "barcode": barcode, "result": result, "ct_orf1ab": "", "ct_n": "",
        "tested_at": "", "reported_at": at.isoformat(),
    }  # fmt: skip
    reports.record([reports.read(row, ZONE)])


def _partitions() -> list[str]:
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'screening_tube_member'::regclass"
    return sorted(name.removeprefix("screening_tube_member_") for (name,) in db.rows(query))


def _at(date: dt.date) -> dt.datetime:
    at = dt.datetime.combine(date, dt.time(3), ZONE)
    clock.set_time(at, speed=0)
    return at


def test_only_days_over_the_limit_are_deleted_and_the_deletion_is_on_record() -> None:
    _people(3)
    first = dt.date(2022, 11, 1)
    old, young = _day(first), _day(first + dt.timedelta(days=1))
    assert retention.drop_old(_at(first + dt.timedelta(days=DAYS))) == 0
    assert retention.drop_old(_at(first + dt.timedelta(days=DAYS + 1))) == 1
    assert list(Tube.objects.values_list("barcode", flat=True)) == [young]
    assert list(ReportNumber.objects.values_list("report_no", flat=True)) == [f"L{young}"]
    assert Handover.objects.count() == 1
    assert list(Round.objects.values_list("name", flat=True)) == ["R20221102"]
    assert _partitions() == ["19000101", "20221102"]
    entry = AuditEntry.objects.get(action="retention.tubes")
    assert (entry.actor, entry.rule, entry.count, entry.subject_id) == ("clock", "base/retention.tubes", 1, str(first))
    assert old not in set(Tube.objects.values_list("barcode", flat=True))


def test_a_second_sweep_at_the_same_time_changes_nothing() -> None:
    _people(3)
    first = dt.date(2022, 11, 1)
    _day(first, "阳性")
    _day(first + dt.timedelta(days=12))
    now = _at(first + dt.timedelta(days=DAYS + 1))
    done = clocks.sweep(now)
    assert done["restrictions lapsed"] == 3
    assert done["tasks passed up"] > 0
    assert set(clocks.sweep(now).values()) == {0}


def test_a_chased_tube_keeps_its_heading_and_loses_its_list() -> None:
    _people(3)
    first = dt.date(2022, 11, 1)
    barcode = _day(first, "阳性")
    retention.drop_old(_at(first + dt.timedelta(days=DAYS + 1)))
    tube = Tube.objects.get(barcode=barcode)
    assert Chase.objects.filter(tube=tube).exists()
    assert db.rows("SELECT count(*) FROM screening_tube_member") == [(0,)]
    assert ReportNumber.objects.count() == 0


def test_old_retests_and_unmatched_reports_go_and_young_ones_stay() -> None:
    _people(3)
    first = dt.date(2022, 11, 1)
    _day(first, tube="Q1", round_name="-")
    _report("T-nobody-scanned", "阴性", dt.datetime.combine(first, dt.time(9), ZONE))
    _day(first + dt.timedelta(days=5), tube="Q2", round_name="-")
    assert retention.drop_old(_at(first + dt.timedelta(days=DAYS + 1))) == 2
    assert list(Tube.objects.values_list("barcode", flat=True)) == ["Q2"]
    assert db.rows("SELECT count(*) FROM screening_tube_member") == [(1,)]


def test_the_work_about_a_deleted_tube_is_cancelled() -> None:
    _people(2)  # the third is unknown, which gives a task
    first = dt.date(2022, 11, 1)
    _day(first)
    assert Task.objects.get(kind="screening.unknown_person").state == "open"
    retention.drop_old(_at(first + dt.timedelta(days=DAYS + 1)))
    assert Task.objects.get(kind="screening.unknown_person").state == "cancelled"


def test_a_deletion_that_was_stopped_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    _people(3)
    first = dt.date(2022, 11, 1)
    _day(first)
    _day(first, tube="T2")
    monkeypatch.setattr(retention, "BATCH", 1)
    left, real = [1], retention._drop_batch

    def stop_after_one(*args: Any) -> int:
        if not left.pop():
            raise KeyboardInterrupt
        left.append(0)
        return real(*args)

    now = _at(first + dt.timedelta(days=DAYS + 1))
    monkeypatch.setattr(retention, "_drop_batch", stop_after_one)
    with pytest.raises(KeyboardInterrupt):
        retention.drop_old(now)
    assert Tube.objects.count() == 1
    monkeypatch.setattr(retention, "_drop_batch", real)
    retention.drop_old(now)
    assert Tube.objects.count() == 0
    assert Round.objects.count() == 0


def test_nothing_is_deleted_from_an_empty_city(city: Any) -> None:
    assert retention.drop_old(dt.datetime(2036, 1, 1, tzinfo=ZONE)) == 0


def test_a_chase_goes_when_it_has_been_over_for_as_long_as_the_pack_says_and_its_tube_with_it() -> None:
    _people(3)
    first = dt.date(2022, 11, 1)
    barcode = _day(first, "阳性")
    later = dt.datetime.combine(first, dt.time(20), ZONE)
    row = {
        "report_no": "L2", "lab": "检验所", "barcode": barcode, "result": "阴性", "ct_orf1ab": "", "ct_n": "",
        "tested_at": "", "reported_at": later.isoformat(),
    }  # fmt: skip
    reports.record([reports.read(row, ZONE)])
    assert set(clocks.slow(_at(first + dt.timedelta(days=80))).values()) == {0}
    assert Tube.objects.filter(barcode=barcode).exists()
    assert clocks.slow(_at(first + dt.timedelta(days=93)))["chases deleted"] == 1
    assert not Tube.objects.exists() and not Member.objects.exists() and not Chase.objects.exists()


def test_an_open_chase_is_never_too_old() -> None:
    _people(3)
    first = dt.date(2022, 11, 1)
    _day(first, "阳性")
    assert clocks.slow(_at(first + dt.timedelta(days=400)))["chases deleted"] == 0
    assert Member.objects.count() == 3


def test_what_deletes_does_not_hold_up_the_minute() -> None:
    _people(3)
    first = dt.date(2022, 11, 1)
    _day(first)
    assert "tubes deleted" not in clocks.quick(_at(first + dt.timedelta(days=DAYS + 1)))
    assert Tube.objects.exists()
