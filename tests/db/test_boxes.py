"""A courier signs for a box, not for each of two hundred tubes: one row holds for all that is in it."""

import datetime as dt
import random
import zoneinfo
from typing import Any

import pytest

from tongxin.kit import clock, db
from tongxin.screening import rules
from tongxin.screening.models import BoxStep, Handover
from tongxin.screening.operations import handovers

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
MORNING = dt.datetime(2022, 11, 25, 9, tzinfo=ZONE)


def row(step: str, minutes: float, tube: str = "", box: str = "B1", day: int = 0) -> dict[str, str]:
    at = MORNING + dt.timedelta(days=day, minutes=minutes)
    return {"tube_barcode": tube, "step": step, "box": box, "actor": "送样员", "at": at.isoformat()}


def send(*rows: dict[str, str]) -> tuple[int, int]:
    return tuple(handovers.record([handovers.read(r, ZONE) for r in rows]))


def way(tube: str) -> list[tuple[int, float]]:
    found = Handover.objects.filter(tube__barcode=tube).order_by("step").values_list("step", "at")
    return [(step, (at - MORNING).total_seconds() / 60) for step, at in found]


@pytest.fixture(autouse=True)
def noon(places: None) -> None:
    clock.set_time(MORNING + dt.timedelta(hours=3), speed=0)


def test_one_row_for_a_box_holds_for_every_tube_in_it() -> None:
    send(row("boxed", 0, "T1"), row("boxed", 5, "T2"), row("boxed", 0, "T3", box="B2"))
    assert send(row("couriered", 30), row("received", 60)) == (2, 0)
    assert way("T1") == [(2, 0), (3, 30), (4, 60)]
    assert way("T2") == [(2, 5), (3, 30), (4, 60)]
    assert way("T3") == [(2, 0)]


def test_a_box_that_is_signed_for_again_counts_once() -> None:
    send(row("boxed", 0, "T1"))
    send(row("couriered", 30))
    assert send(row("couriered", 30)) == (0, 1)
    assert BoxStep.objects.count() == 1


def test_the_same_label_on_the_next_day_is_another_box() -> None:
    send(row("boxed", 0, "T1"), row("couriered", 30))
    send(row("boxed", 0, "T2", day=1), row("couriered", 40, day=1))
    assert way("T1") == [(2, 0), (3, 30)]
    assert way("T2") == [(2, 1440), (3, 1480)]


def test_what_was_boxed_after_the_courier_left_is_not_in_the_box() -> None:
    send(row("couriered", 30), row("boxed", 31, "T1"))
    assert way("T1") == [(2, 31)]


def test_box_and_tubes_may_arrive_in_any_order() -> None:
    rows = [
        row("boxed", 0, "T1"), row("boxed", 5, "T2"), row("couriered", 30), row("received", 60), row("received", 55, "T2"),
    ]  # fmt: skip
    rng, seen = random.Random(1), set()
    for _ in range(12):
        with db.transaction_block():
            for one in rng.sample(rows, len(rows)):
                send(one)
            seen.add(str((way("T1"), way("T2"))))
            db.execute("DELETE FROM screening_handover")
            db.execute("DELETE FROM screening_boxstep")
    assert seen == {str(([(2, 0.0), (3, 30.0), (4, 60.0)], [(2, 5.0), (3, 30.0), (4, 55.0)]))}


@pytest.mark.parametrize("wrong", [row("boxed", 0), row("closed", 0), row("received", 0, box="")])
def test_only_a_step_of_a_closed_box_can_do_without_a_barcode(wrong: Any) -> None:
    with pytest.raises(rules.Unreadable):
        handovers.read(wrong, ZONE)
