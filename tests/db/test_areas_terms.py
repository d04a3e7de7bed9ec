"""What a pack asks for besides days and results: disinfection, contacts, studies of cases, test days, what draws an area."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, place, sample
from tests.support import COMMUNITY, DISTRICT

from tongxin.areas import queries
from tongxin.areas.models import Disinfection, Event, Order, Study
from tongxin.areas.operations import deeds, disinfect, issue, judge, turn
from tongxin.areas.operations.disinfect import Evidence
from tongxin.areas.operations.issue import Piece
from tongxin.chase.models import Case, Member
from tongxin.kit import clocks, db
from tongxin.places.place_id import Level
from tongxin.policy import operations, schema
from tongxin.policy.decisions import Refused
from tongxin.tasks import operations as work
from tongxin.tasks.models import Task

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
TWENTY, TEN, NINTH = "cn-2022-11-twenty", "cn-2022-12-ten", "cn-2022-06-ninth"
EVERYBODY = [f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)]


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> Any:
    at(BASE)
    town.settle()
    return cast["officer"]


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Write a pack of the city that sets some choices and flags otherwise, for as long as the test runs."""
    for path in schema.PACKS.glob("*.toml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(schema, "PACKS", tmp_path)

    def write(extends: str, **values: str) -> str:
        body = 'name = "city"\ntitle_zh = "市"\ntitle_en = "City"\n' + f'extends = "{extends}"\n'
        for key, value in values.items():
            unit = "flag" if value in ("true", "false") else "hours" if value.isdigit() else "choice"
            body += f'[area.{key}]\nvalue = {value}\nunit = "{unit}"\nsource = "here"\nconfidence = "assumed"\n'
        (tmp_path / "city.toml").write_text(body, encoding="utf-8")
        schema.load.cache_clear()
        return "city"

    yield write
    schema.load.cache_clear()


def adopt(pack: str, user: Any, now: dt.datetime) -> None:
    operations.adopt(DISTRICT, pack, now, user, "as the centre says", at(now))
    clocks.quick(now)


def ordered(officer: Any, now: dt.datetime = BASE, **other: Any) -> Order:
    return issue.issue(draft(Piece(place(Level.BUILDING)), at=now, **other), officer, at(now), BECAUSE)


def case_of(number: str, positive: dt.datetime, removed: dt.datetime | None = None) -> Case:
    one = town.person(number)
    return Case.objects.create(
        person_id=one.pk, place_id=one.place_id, positive_at=positive, removed_at=removed, cause_tube_id=1
    )


def standing_of(order: Order, now: dt.datetime) -> dict[str, bool]:
    order.refresh_from_db()
    return {c.key: c.met for c in queries.standings([order], now)[order.pk].conditions}


# -- disinfection ---------------------------------------------------------------------------------------


def test_days_count_from_the_terminal_disinfection_which_is_asked_for_when_the_last_case_leaves(here: Any, packs: Any) -> None:
    adopt(packs(TWENTY, anchor='"disinfected"'), here, BASE)
    case = case_of("P1-101", BASE - HOUR)
    order = ordered(here, cause=("case", case.pk), anchor_at=BASE - DAY)
    assert order.anchor_at is None and order.anchor_event == "disinfected"
    turn.run(at(on(21, 9)))
    assert not Task.objects.filter(kind="area.disinfect").exists()
    with pytest.raises(Refused, match="still inside"):
        disinfect.record(order.pk, Evidence("消杀队", on(21, 9)), here, on(21, 9.5), BECAUSE)
    Case.objects.update(removed_at=on(21, 10))
    turn.run(at(on(21, 10.5)))
    task = Task.objects.get(kind="area.disinfect")
    assert (task.subject_id, task.due_at) == (order.pk, on(21, 22.5))
    assert standing_of(order, on(21, 11)) == {
        "no_case_left": True, "disinfected": False, "clear_days": False, "all_negative": False,
    }  # fmt: skip
    with pytest.raises(Refused, match="by whom and when"):
        work.complete(task.pk, "disinfected", {}, on(21, 11), BECAUSE)
    for wrong in (Evidence(" ", on(21, 15)), Evidence("消杀队", on(21, 9)), Evidence("消杀队", on(21, 17))):
        with pytest.raises(Refused):
            disinfect.record(order.pk, wrong, here, on(21, 16), BECAUSE)
    disinfect.record(order.pk, Evidence("消杀队", on(21, 15), "two flats, the lift", (b"\xff", "image/jpeg")), here, at(on(21, 16)), BECAUSE)
    order.refresh_from_db(), task.refresh_from_db()
    assert order.anchor_at == on(21, 15) and order.last_day == on(26).date() and task.state == "done"
    assert order.ends_at == on(26), "the end never moves later by itself: somebody extends, or it is over"
    assert Task.objects.filter(kind="area.decide", state="open").exists() and standing_of(order, on(21, 17))["disinfected"]
    assert Disinfection.objects.get().done_by == "消杀队" and Event.objects.filter(event="disinfected").exists()


def test_an_area_that_nobody_disinfected_is_not_ready_but_ends_all_the_same(here: Any, packs: Any) -> None:
    adopt(packs(TWENTY, anchor='"disinfected"'), here, BASE)
    case = case_of("P1-101", BASE - HOUR, BASE)
    order = ordered(here, cause=("case", case.pk))
    for number in EVERYBODY[1:]:
        sample(25, number, reported=12)
    turn.run(at(on(25, 13)))
    (judged,) = judge.judge(on(25, 13), [order.pk])
    assert judged.dirty and judged.met_at is None
    with pytest.raises(Refused, match="not met"):
        deeds.lift([order.pk], "", here, on(25, 14), BECAUSE)
    clocks.quick(at(on(26)))
    order.refresh_from_db()
    assert order.state == "lapsed" and not Task.objects.filter(kind="area.disinfect", state="open").exists()


def test_a_pack_that_counts_from_the_leaving_takes_the_condition_away_and_none_brings_it(here: Any, packs: Any) -> None:
    case = case_of("P1-101", BASE - HOUR, BASE - HOUR / 2)
    adopt(TWENTY, here, BASE)
    plain = ordered(here, cause=("case", case.pk), anchor_at=BASE - HOUR / 2)
    adopt(packs(TWENTY, anchor='"disinfected"'), here, BASE + HOUR)
    plain.refresh_from_db()
    assert plain.anchor_event == "removed"
    strict = ordered(here, BASE + 2 * HOUR, cause=("case", case.pk))
    adopt(TWENTY, here, BASE + 3 * HOUR)
    strict.refresh_from_db()
    assert (strict.anchor_event, strict.anchor_at) == ("removed", BASE - HOUR / 2)


# -- what a study finds of a case -------------------------------------------------------------------------


def test_a_case_in_strict_home_isolation_restarts_nothing_under_the_ten_measures(here: Any) -> None:
    adopt(TEN, here, BASE)
    first = case_of("P1-101", BASE - DAY, BASE)
    order = ordered(here, cause=("case", first.pk), anchor_at=BASE)
    second = case_of("P1-302", on(22))
    turn.run(at(on(22, 1)))
    order.refresh_from_db()
    assert order.anchor_at is None and queries.inside([order.pk]) == {order.pk: 1}
    disinfect.study(order.pk, second.pk, "home", "alone in the flat, food at the door", None, here, at(on(22, 2)), BECAUSE)
    order.refresh_from_db()
    assert order.anchor_at == BASE and order.ends_at == on(26) and not queries.inside([order.pk])
    disinfect.study(order.pk, second.pk, "", "", None, here, at(on(22, 3)), BECAUSE)
    order.refresh_from_db()
    assert order.anchor_at is None and not Study.objects.exists()


def test_under_the_twenty_measures_it_does(here: Any) -> None:
    adopt(TWENTY, here, BASE)
    order = ordered(here, anchor_at=BASE)
    second = case_of("P1-302", on(22))
    turn.run(at(on(22, 1)))
    disinfect.study(order.pk, second.pk, "home", "alone in the flat", None, here, at(on(22, 2)), BECAUSE)
    order.refresh_from_db()
    assert order.anchor_at is None and queries.inside([order.pk]) == {order.pk: 1}
    adopt(TEN, here, on(22, 3))
    assert not queries.inside([order.pk])


@pytest.mark.parametrize("finding", ["home", "isolated", "repositive", "inbound"])
def test_around_such_a_case_no_area_is_drawn(here: Any, finding: str) -> None:
    adopt(NINTH, here, BASE)
    old = ordered(here, kind="high", anchor_at=BASE)
    case = case_of("P1-302", BASE)
    if finding == "inbound":
        for ct in (None, 34.9):
            with pytest.raises(Refused, match="35 or more"):
                disinfect.study(old.pk, case.pk, finding, "flew in on Monday", ct, here, BASE, BECAUSE)
    with pytest.raises(Refused, match="how that is known"):
        disinfect.study(old.pk, case.pk, finding, " ", 36, here, BASE, BECAUSE)
    disinfect.study(old.pk, case.pk, finding, "seen by the team", 36, here, BASE, BECAUSE)
    with pytest.raises(Refused, match="no area around such a case"):
        ordered(here, cause=("case", case.pk))
    ordered(here, cause=("order", 1))


def test_a_study_is_of_a_case_of_the_area(here: Any) -> None:
    order = ordered(here, anchor_at=BASE)
    other = case_of("P2-101", BASE)
    with pytest.raises(Refused, match="no case of the area"):
        disinfect.study(order.pk, other.pk, "home", "alone", None, here, BASE, BECAUSE)


# -- mixed tubes ------------------------------------------------------------------------------------------


def tube(members: int) -> int:
    ((key,),) = db.rows(
        "INSERT INTO screening_tube (barcode, place_id, day, purpose, members, result, result_at, reports, in_two, header_conflict)"
        " VALUES (%s, %s, %s, 1, %s, 2, %s, 1, false, false) RETURNING id", [f"M{members}", COMMUNITY, BASE.date(), members, BASE],
    )  # fmt: skip
    return int(key)


@pytest.mark.parametrize("kind", ["high", "temporary"])
def test_nothing_is_closed_for_a_mixed_tube_unless_the_pack_says_so(here: Any, kind: str) -> None:
    mixed, single = tube(10), tube(1)
    adopt(TWENTY, here, BASE)
    for cause in (mixed, 10**9):
        with pytest.raises(Refused, match="single retests"):
            ordered(here, kind=kind, cause=("result", cause))
    assert ordered(here, kind=kind, cause=("result", single)).cause_id == single


def test_the_ninth_edition_closes_for_it(here: Any) -> None:
    adopt(NINTH, here, BASE)
    assert ordered(here, kind="temporary", cause=("result", tube(10))).state == "in_force"


# -- sealed zones -----------------------------------------------------------------------------------------


def test_in_a_sealed_zone_two_days_of_negatives_count_and_the_last_contact_is_fourteen_days_past(here: Any) -> None:
    adopt(NINTH, here, on(1))
    order = ordered(here, on(1, 9), kind="sealed", anchor_at=on(1))
    assert (order.last_day, order.negative_within, order.contact_days) == (on(15).date(), 2, 14)
    contact = town.person("P1-201")
    Member.objects.create(
        tube_id=5, person_id=contact.pk, place_id=contact.place_id, owner_place_id=COMMUNITY, tube_place_id=COMMUNITY,
        node="resolved", call_code="1", listed_at=on(2, 8), contact=True,
    )  # fmt: skip
    for number in EVERYBODY:
        sample(14, number, reported=12)
    turn.run(at(on(15, 1)))
    order.refresh_from_db()
    assert order.conditions_met_at is None and order.missing == 0
    assert standing_of(order, on(15, 1)) == {
        "no_case_left": True, "clear_days": True, "contacts_clear": False, "all_negative": True,
    }  # fmt: skip
    Member.objects.update(listed_at=on(1, 8))
    turn.run(at(on(15, 2)))
    order.refresh_from_db()
    assert order.conditions_met_at == on(15) and standing_of(order, on(15, 2))["contacts_clear"]


# -- test days --------------------------------------------------------------------------------------------


def test_on_a_test_day_who_is_not_sampled_is_counted_and_the_area_is_a_task_until_nobody_is_missing(here: Any) -> None:
    adopt(TWENTY, here, BASE)
    order = ordered(here, anchor_at=BASE)
    turn.run(at(on(21, 9)))
    assert not Task.objects.filter(kind="area.test").exists()
    turn.run(at(on(21, 10)))
    task = Task.objects.get(kind="area.test")
    order.refresh_from_db()
    assert (task.subject_id, task.params["day"], task.due_at, order.untested) == (order.pk, 1, on(22), 6)
    sample(21, *EVERYBODY[:4], hour=11)
    for minute in range(10):
        turn.run(at(on(21, 12 + minute / 60)))
    order.refresh_from_db()
    assert order.untested == 2
    sample(21, *EVERYBODY[4:], hour=13)
    for minute in range(10):
        turn.run(at(on(21, 14 + minute / 60)))
    order.refresh_from_db(), task.refresh_from_db()
    assert (order.untested, task.state, task.outcome) == (0, "done", "sampled")


def test_an_antigen_day_sends_nobody_to_the_doors_and_a_test_day_that_is_over_is_noted(here: Any) -> None:
    adopt(TWENTY, here, BASE)
    order = ordered(here, anchor_at=BASE)
    turn.run(at(on(22, 15)))
    assert not Task.objects.filter(kind="area.test").exists()
    turn.run(at(on(23, 15)))
    assert Task.objects.get(kind="area.test").params["day"] == 3
    turn.run(at(on(24, 1)))
    order.refresh_from_db()
    assert Task.objects.get(kind="area.test").state == "cancelled" and order.untested == 0
    assert Event.objects.get(order=order, event="untested").values == {"missing": 6, "day": "2022-11-23"}


# -- proposing --------------------------------------------------------------------------------------------


def test_a_lift_is_proposed_as_early_as_the_pack_at_its_place_says(here: Any, packs: Any) -> None:
    adopt(packs(TWENTY, propose_lift_before="6"), here, BASE)
    order = ordered(here, anchor_at=BASE)
    wanted = queries.Filter(only="soon", now=on(24, 18.5))
    assert [o.pk for o in queries.orders(wanted)] == [order.pk]
    assert not queries.orders(replace(wanted, now=on(24, 17.5)))
    assert queries.figures(queries.Filter(), on(24, 18.5)).soon == 1
