"""High becomes medium becomes low: confirmed by one person, or by itself, and never later than was said on the first day."""

import datetime as dt
from typing import Any

import pytest
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, place, sample
from tests.support import COMMUNITY, DISTRICT

from tongxin.areas import exports
from tongxin.areas.models import Event, Order, RollMark
from tongxin.areas.operations import deeds, issue, turn
from tongxin.areas.operations.deeds import Share
from tongxin.areas.operations.issue import Piece
from tongxin.kit import clocks
from tongxin.places.place_id import Level
from tongxin.policy import operations
from tongxin.policy.decisions import Refused
from tongxin.restrictions.models import Restriction
from tongxin.tasks.models import Task

HOUR = dt.timedelta(hours=1)
TWENTY, TEN, NINTH = "cn-2022-11-twenty", "cn-2022-12-ten", "cn-2022-06-ninth"
EVERYBODY = [f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)]


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> Any:
    at(BASE)
    town.settle()
    adopt(NINTH, cast["officer"], BASE)
    return cast["officer"]


def adopt(pack: str, user: Any, now: dt.datetime) -> None:
    operations.adopt(DISTRICT, pack, now, user, "as the centre says", at(now))
    clocks.quick(now)


def ordered(officer: Any, now: dt.datetime = BASE, **other: Any) -> Order:
    return issue.issue(draft(Piece(place(Level.BUILDING)), at=now, anchor_at=BASE, **other), officer, at(now), BECAUSE)


def step_of(order: Order) -> Order:
    return Order.objects.get(parent=order, after=order.kind)


def in_force() -> set[tuple[str, dt.datetime, str]]:
    return set(Restriction.objects.filter(released_at=None).values_list("kind", "ends_at", "basis"))


def test_the_whole_course_is_part_of_the_order_from_the_start(here: Any) -> None:
    order = ordered(here)
    assert (order.ends_at, order.then_kind, order.then_ends_at) == (on(28), "medium", dt.datetime(2022, 12, 1, tzinfo=town.ZONE))
    limit = Restriction.objects.filter(cause_id=order.pk).first()
    assert limit and "goes on as a medium-risk area for 3 days at most" in limit.reason_en and "降为中风险区" in limit.reason_zh


def test_one_person_confirms_and_the_area_is_medium_for_three_days_more(here: Any) -> None:
    order = ordered(here)
    deeds.mark(order.pk, town.person("P1-302").pk, "away", "since Monday", here, at(on(22)), BECAUSE)
    for number in EVERYBODY[:-1]:
        sample(27, number, reported=12)
    turn.run(at(on(27, 13)))
    done = deeds.lift([order.pk], "", here, at(on(27, 14)), BECAUSE)
    assert (done.areas, done.eased, done.persons) == (0, 1, 0)
    order.refresh_from_db()
    step = step_of(order)
    assert order.state == "stepped" and order.ended_at == on(27, 14)
    assert (step.kind, step.issued_at, step.starts_at, step.issued_by) == ("medium", on(27, 14), BASE, order.issued_by)
    assert step.ends_at == order.then_ends_at == step.due_at and step.basis == f"{NINTH}/area.medium_after_high_days"
    assert in_force() == {("area.medium", step.ends_at, step.basis)} and step.persons == 5
    limit = Restriction.objects.filter(cause_id=step.pk).first()
    assert limit and limit.starts_at == on(27, 14) and "stay in the compound" in limit.reason_en
    clocks.quick(at(step.ends_at + HOUR))
    step.refresh_from_db()
    assert step.state == "lapsed" and not in_force()


def test_at_its_end_it_becomes_medium_by_itself_even_if_the_clock_runs_late(here: Any) -> None:
    order = ordered(here)
    clocks.quick(at(on(28, 5)))
    order.refresh_from_db()
    step = step_of(order)
    assert (order.state, order.ended_at, order.ended_by) == ("stepped", on(28), "clock")
    assert (step.issued_at, step.ends_at) == (on(28), order.then_ends_at)
    assert in_force() == {("area.medium", step.ends_at, step.basis)}
    assert Event.objects.filter(order=step, event="stepped", actor="clock").exists()
    assert not clocks.quick(on(28, 5))["areas moved"]


def test_a_clock_that_stood_still_longer_than_the_step_limits_nobody(here: Any) -> None:
    order = ordered(here)
    clocks.quick(at(order.then_ends_at + HOUR))
    order.refresh_from_db()
    assert order.state == "lapsed" and not in_force() and Order.objects.count() == 1


def test_who_is_here_without_being_registered_is_so_in_the_step_behind_the_same_door(here: Any) -> None:
    order, guest, door = ordered(here), town.person("P2-101"), town.person("P1-302")
    RollMark.objects.create(
        order=order, person_id=guest.pk, place_id=door.place_id, home_id=door.home_id, status="unregistered", since=BASE, by="user:x"
    )
    clocks.quick(at(on(28, 1)))
    step = step_of(order)
    assert step.persons == 7 and RollMark.objects.get(order=step).home_id == door.home_id
    assert Restriction.objects.get(cause_id=step.pk, subject_id=guest.pk).place_id == door.place_id


def test_lifted_early_with_a_reason_it_is_open_and_becomes_nothing(here: Any) -> None:
    order = ordered(here)
    done = deeds.lift([order.pk], "the result was a mistake of the laboratory", here, at(on(22)), BECAUSE)
    assert (done.areas, done.eased) == (1, 0) and not in_force() and Order.objects.count() == 1


def test_what_is_published_says_high_until_then_and_medium_after(here: Any) -> None:
    ordered(here)
    clocks.quick(at(on(29)))
    at(on(30))
    for day, counts in ((27, (1, 0)), (28, (0, 1)), (29, (0, 1))):
        data = exports.risk_areas(DISTRICT, on(day).date())["data"]
        assert (data["hcount"], data["mcount"]) == counts, day
    told = exports.figures(DISTRICT, on(28).date())
    assert (told["areas_listed"], told["areas_issued"], told["areas_lifted"]) == (1, 0, 0)


def test_parts_and_extensions_keep_the_step_as_far_behind_their_end(here: Any) -> None:
    order = ordered(here)
    (part,) = deeds.split(order.pk, [Share("和苑1号楼1单元", [Piece(place(Level.UNIT))])], here, at(on(22)), BECAUSE)
    assert (part.ends_at, part.then_kind, part.then_ends_at) == (order.ends_at, "medium", order.then_ends_at)
    deeds.extend(part.pk, on(30), ("missing", town.person("P1-101").pk), "nobody opens", here, at(on(27)), BECAUSE)
    part.refresh_from_db()
    assert part.then_ends_at == order.then_ends_at + 2 * dt.timedelta(days=1)


def test_another_pack_shortens_the_step_or_takes_it_away_and_never_adds_one(here: Any) -> None:
    order = ordered(here)
    adopt(TWENTY, here, on(22))
    order.refresh_from_db()
    assert (order.ends_at, order.then_kind, order.then_ends_at) == (on(26), "", None)
    assert Event.objects.filter(order=order, event="rederived").count() == 1
    adopt(NINTH, here, on(23))
    order.refresh_from_db()
    assert (order.ends_at, order.then_kind) == (on(26), "")


def test_a_medium_area_in_its_step_is_over_when_a_pack_without_medium_areas_begins(here: Any) -> None:
    ordered(here)
    clocks.quick(at(on(28, 1)))
    adopt(TWENTY, here, on(28, 12))
    clocks.quick(at(on(28, 12.1)))
    assert not in_force()


def test_a_new_case_in_the_step_is_decided_by_a_person(here: Any) -> None:
    from tongxin.chase.models import Case

    ordered(here)
    clocks.quick(at(on(28, 1)))
    step = Order.objects.get(after="high")
    end = step.ends_at
    one = town.person("P1-101")
    Case.objects.create(person_id=one.pk, place_id=one.place_id, positive_at=on(28, 9), cause_tube_id=1)
    turn.run(at(on(28, 10)))
    step.refresh_from_db()
    assert step.ends_at == end and step.anchor_at is None
    assert Task.objects.filter(kind="area.decide", subject_id=step.pk, state="open").exists()
    with pytest.raises(Refused, match="not met"):
        deeds.lift([step.pk], "", here, at(on(28, 11)), BECAUSE)


def test_a_sealed_zone_becomes_controlled_and_a_market_steps_too(here: Any) -> None:
    from tongxin.places.models import Facility

    market = Facility.objects.create(code="M1", name="农贸市场", kind="market", place_id=place(Level.BUILDING))
    order = ordered(here, kind="sealed")
    assert order.then_kind == "controlled" and order.then_ends_at == order.ends_at + 3 * dt.timedelta(days=1)
    closed = issue.issue(draft(Piece(market.place_id, facility_id=market.pk), name="农贸市场", anchor_at=BASE), here, BASE, BECAUSE)
    clocks.quick(at(on(28, 1)))
    assert Restriction.objects.get(cause_id=step_of(closed).pk).subject_kind == "facility"
    assert Order.objects.filter(place_id__gte=COMMUNITY, state="in_force").count() == 2
