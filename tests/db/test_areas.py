"""Areas: signed by the rules, as small as the facts allow, open the hour they may, over by themselves at their end."""

import dataclasses
import datetime as dt
import threading
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connections
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, person, place, sample
from tests.support import COMMUNITY, DISTRICT, OTHER

from tongxin.areas import kinds
from tongxin.areas.models import Event, ExitsCheck, Objection, Order
from tongxin.areas.operations import deeds, issue, judge, turn, upkeep
from tongxin.areas.operations.deeds import Share
from tongxin.areas.operations.issue import Photo, Piece
from tongxin.chase.models import Case
from tongxin.kit import clocks, db
from tongxin.kit.models import AuditEntry
from tongxin.people import register
from tongxin.people.rules import Entry
from tongxin.places.models import Facility
from tongxin.places.place_id import Level
from tongxin.policy.decisions import Refused
from tongxin.restrictions.models import Restriction
from tongxin.tasks import operations as work
from tongxin.tasks.models import Task

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> None:
    at(BASE)
    town.settle()


@pytest.fixture
def officer(cast: dict[str, Any]) -> Any:
    return cast["officer"]


def building(number: int = 1) -> Piece:
    return Piece(place(Level.BUILDING, number))


def ordered(officer: Any, *pieces: Piece, now: dt.datetime = BASE, **other: Any) -> Order:
    return issue.issue(draft(*(pieces or (building(),)), at=now, **other), officer, at(now), BECAUSE)


def limited(order: Order) -> set[str]:
    found = Restriction.objects.filter(cause_kind="order", cause_id=order.pk, released_at=None)
    return {p for (p,) in db.rows("SELECT person_no FROM people_person WHERE id = ANY(%s)", [[r.subject_id for r in found]])}


EVERYBODY = {f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)}


def test_an_order_limits_everybody_in_it_and_nobody_else(officer: Any) -> None:
    order = ordered(officer)
    assert limited(order) == EVERYBODY and order.persons == 6
    one = Restriction.objects.filter(cause_id=order.pk).first()
    assert one and (one.kind, one.basis, one.cause_kind) == ("area.high", "base/area.high_clear_days", "order")
    assert one.reason_zh == "楼内有阳性感染者" and one.ends_at == order.ends_at == on(26)
    assert AuditEntry.objects.get(action="area.issued").count == 6
    assert ExitsCheck.objects.get(order=order).photo
    assert Event.objects.get(order=order).event == "issued"


def test_a_floor_a_home_and_what_is_taken_out(officer: Any) -> None:
    unit = place(Level.UNIT, 1)
    assert limited(ordered(officer, Piece(unit, floor=2))) == {"P1-201", "P1-202"}
    home = person("P1-302").home_id
    assert limited(ordered(officer, Piece(unit, home_id=home))) == {"P1-302"}
    order = ordered(officer, building(), Piece(unit, floor=3, excluded=True))
    assert limited(order) == {"P1-101", "P1-102", "P1-201", "P1-202"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"exits": None}, "exits"),
        ({"exits": Photo(BASE - 13 * HOUR, town.PICTURE, "image/jpeg")}, "exits"),
        ({"exits": Photo(BASE, b"", "image/jpeg")}, "exits"),
        ({"pieces": [Piece(DISTRICT)]}, "justification"),
        ({"pieces": [Piece(COMMUNITY)], "justification": "short"}, "justification"),
        ({"pieces": []}, "at least one place"),
        ({"reason_zh": " "}, "reason"),
        ({"cause": ("", 1)}, "cause"),
        ({"until": BASE - HOUR}, "before it begins"),
        ({"kind": "medium"}, "knows no such area"),
    ],
    ids=lambda v: v if isinstance(v, str) else "-".join(v),
)
def test_what_the_rules_do_not_allow_is_refused_and_leaves_nothing(officer: Any, change: Any, word: str) -> None:
    wanted = dataclasses.replace(draft(building()), **change)
    with pytest.raises(Refused, match=word):
        issue.issue(wanted, officer, BASE, BECAUSE)
    assert not Order.objects.exists() and not Restriction.objects.exists()


def test_nobody_orders_where_they_are_not_responsible(cast: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="not where you are responsible"):
        issue.issue(draft(Piece(OTHER), justification="the whole community is hit"), cast["worker"], BASE, BECAUSE)
    with db.acting_as(db.WEB), pytest.raises(DatabaseError, match="row-level security"), db.transaction_block():
        from tongxin.areas import terms
        from tongxin.kit import security
        from tongxin.policy.queries import pack_at

        security.set_scope([(OTHER, OTHER + Level.COMMUNITY.width)])
        issue.write(draft(building()), terms.terms_of(pack_at(COMMUNITY, BASE), "high"), "user:outsider", BASE)


def test_a_larger_area_needs_its_justification_on_record(officer: Any) -> None:
    order = ordered(officer, Piece(place(Level.COMPOUND)), justification="cases in both buildings and one lift hall")
    assert len(limited(order)) == 12 and order.size == "compound" and order.justification


def test_what_is_published_names_no_door(officer: Any) -> None:
    home = Piece(place(Level.UNIT), home_id=person("P1-302").home_id)
    with pytest.raises(Refused, match="leave the door 302 out"):
        ordered(officer, home, name="和苑1号楼1单元302")
    assert ordered(officer, home, name="和苑1号楼1单元").size == "home"


def test_a_market_is_closed_itself_and_nobody_who_lives_around_it(officer: Any) -> None:
    market = Facility.objects.create(code="M1", name="农贸市场", kind="market", place_id=place(Level.BUILDING))
    order = ordered(officer, Piece(market.place_id, facility_id=market.pk), name="农贸市场")
    (limit,) = Restriction.objects.filter(cause_kind="order", cause_id=order.pk)
    assert (limit.subject_kind, limit.subject_id) == ("facility", market.pk) and order.persons == 0
    deeds.lift([order.pk], "disinfected, every worker negative", officer, at(BASE + HOUR), BECAUSE)
    assert not Restriction.objects.filter(released_at=None).exists()


def test_a_later_stage_can_hold_a_signature_back(officer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def care_bill(wanted: Any, user: Any, now: dt.datetime) -> None:
        raise Refused("somebody here needs dialysis on Thursday")

    monkeypatch.setattr(issue, "_checks", [care_bill])
    with pytest.raises(Refused, match="dialysis"):
        ordered(officer)


# -- the clock -----------------------------------------------------------------------------------------


def test_the_example_of_the_twenty_measures(officer: Any) -> None:
    """Last case removed 20 Nov 15:00; day 5 is 25 Nov; the last negative of that day came at 18:20."""
    order = ordered(officer, anchor_at=BASE)
    assert (order.last_day, order.due_at, order.ends_at) == (on(25).date(), on(25), on(26))
    sample(25, *EVERYBODY - {"P1-302"}, reported=17)
    turn.run(at(on(25, 17.5)))
    order.refresh_from_db()
    assert order.conditions_met_at is None and order.missing == 1
    sample(25, "P1-302", hour=16, reported=18 + 20 / 60)
    turn.run(at(on(25, 18.5)))
    order.refresh_from_db()
    assert order.conditions_met_at == on(25, 18 + 20 / 60) and order.missing == 0
    assert set(Restriction.objects.filter(cause_id=order.pk).values_list("conditions_met_at", flat=True)) == {order.conditions_met_at}
    assert Task.objects.get(kind=kinds.LIFT, state="open").subject_id == order.pk


def test_who_is_missing_is_the_next_knock_with_what_it_frees(officer: Any) -> None:
    order = ordered(officer, anchor_at=BASE)
    sample(25, *EVERYBODY - {"P1-302"}, reported=12)
    clocks.quick(at(on(25, 14)))
    task = Task.objects.get(kind=kinds.SAMPLE)
    assert task.person_id == person("P1-302").pk and task.frees == 60  # six people, ten hours to midnight
    deeds.mark(order.pk, task.person_id, "away", "since Monday", officer, at(on(25, 15)), BECAUSE)
    order.refresh_from_db()
    assert order.conditions_met_at is not None and "P1-302" not in limited(order)
    task.refresh_from_db()
    assert task.state == "done"


def test_a_positive_of_the_last_day_is_no_negative(officer: Any) -> None:
    order = ordered(officer, anchor_at=BASE)
    sample(25, *EVERYBODY - {"P1-302"})
    sample(25, "P1-302", result="阳性")
    turn.run(at(on(25, 20)))
    order.refresh_from_db()
    assert order.conditions_met_at is None and order.missing == 1


def test_an_area_that_nobody_extends_is_over_at_its_end(officer: Any) -> None:
    order = ordered(officer, anchor_at=BASE)
    clocks.quick(at(on(27, 5)))
    order.refresh_from_db()
    assert (order.state, order.ended_at) == ("lapsed", on(26)) and limited(order) == set()
    assert {r.released_at for r in Restriction.objects.filter(cause_id=order.pk)} == {on(26)}
    assert clocks.quick(on(27, 5))["areas moved"] == 0


def test_temporary_control_ends_after_the_hours_of_the_pack_and_cannot_be_prolonged(officer: Any) -> None:
    order = ordered(officer, kind="temporary")
    assert order.ends_at == BASE + 24 * HOUR
    with pytest.raises(Refused, match="not extended"):
        deeds.extend(order.pk, BASE + 30 * HOUR, ("case", 1), "again", officer, BASE + HOUR, BECAUSE)
    turn.run(at(BASE + 24 * HOUR))
    order.refresh_from_db()
    assert order.state == "lapsed"


def test_an_extension_is_signed_and_cites_its_cause(officer: Any, cast: dict[str, Any]) -> None:
    order = ordered(officer, anchor_at=BASE)
    for user, until, cause, word in (
        (cast["worker"], on(28), ("case", 3), "may not"),
        (officer, on(28), None, "cites the case"),
        (officer, on(25), ("case", 3), "later than the present"),
        (officer, on(26) + dt.timedelta(days=40), ("case", 3), "no end later"),
    ):
        with pytest.raises(Refused, match=word):
            deeds.extend(order.pk, until, cause, "a new case", user, on(22), BECAUSE)  # type: ignore[arg-type]
    done = deeds.extend(order.pk, on(28), ("case", 3), "a new case on the second floor", officer, at(on(22)), BECAUSE)
    assert done.ends_at == on(28) and done.extended_by == "user:officer"
    assert set(Restriction.objects.filter(cause_id=order.pk).values_list("ends_at", flat=True)) == {on(28)}
    with pytest.raises(IntegrityError), db.transaction_block():
        Order.objects.filter(pk=order.pk).update(extended_by="")


def case(number: str, positive: dt.datetime, removed: dt.datetime | None = None) -> Case:
    who = person(number)
    return Case.objects.create(person_id=who.pk, place_id=who.place_id, positive_at=positive, removed_at=removed, cause_tube_id=1)


def test_the_days_count_from_when_the_last_case_left_and_a_withdrawn_case_gives_them_back(officer: Any) -> None:
    first = case("P1-101", BASE)
    order = ordered(officer)
    turn.run(at(BASE + HOUR))
    first.removed_at = on(21, 10)
    first.save()
    turn.run(at(on(21, 11)))
    order.refresh_from_db()
    assert order.anchor_at == on(21, 10) and order.last_day == on(26).date()
    assert order.ends_at == on(26), "never later by itself"
    assert Task.objects.get(kind=kinds.DECIDE).subject_id == order.pk
    deeds.extend(order.pk, on(27), ("case", first.pk), "left a day later", officer, on(21, 12), BECAUSE)
    first.withdrawn_at = on(22)
    first.save()
    case("P1-202", on(20, 10), on(20, 12))
    turn.run(at(on(22, 1)))
    order.refresh_from_db()
    assert order.anchor_at == on(20, 12) and order.ends_at == on(26)


def test_a_case_inside_blocks_whatever_the_tests_say(officer: Any) -> None:
    case("P1-101", BASE)
    order = ordered(officer)
    sample(25, *EVERYBODY)
    turn.run(at(on(25, 20)))
    order.refresh_from_db()
    assert order.conditions_met_at is None


# -- lifting, narrowing --------------------------------------------------------------------------------


def met(officer: Any, *pieces: Piece) -> Order:
    order = ordered(officer, *(pieces or (building(),)), anchor_at=BASE)
    for number in sorted(limited(order)):
        sample(25, number)
    return order


def test_many_areas_open_in_one_action(officer: Any) -> None:
    one, two = met(officer), met(officer, building(2))
    done = deeds.lift([one.pk, two.pk], "", officer, at(on(25, 19)), BECAUSE)
    assert (done.areas, done.persons, done.already) == (2, 12, 0)
    assert not Restriction.objects.filter(released_at=None).exists()
    assert {o.state for o in Order.objects.all()} == {"lifted"}


def test_one_that_is_not_due_goes_alone_and_with_a_reason(officer: Any) -> None:
    one, two = met(officer), ordered(officer, building(2), anchor_at=BASE)
    with pytest.raises(Refused, match="by itself"):
        deeds.lift([one.pk, two.pk], "", officer, at(on(25, 19)), BECAUSE)
    with pytest.raises(Refused, match="say why"):
        deeds.lift([two.pk], " ", officer, on(25, 19), BECAUSE)
    assert deeds.lift([two.pk], "the wrong building", officer, on(25, 19), BECAUSE).persons == 6
    assert Order.objects.get(pk=one.pk).state == "in_force"


def test_two_officers_lift_the_same_areas_once(officer: Any) -> None:
    order, answers = met(officer), []
    at(on(25, 19))

    def go() -> None:
        try:
            with db.acting_as_jobs():
                answers.append(deeds.lift([order.pk], "", officer, on(25, 19), BECAUSE))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((a.areas, a.persons, a.already) for a in answers) == [(0, 0, 1), (1, 6, 0)]
    assert Event.objects.filter(order=order, event="lifted").count() == 1


def test_an_area_is_split_each_part_keeps_the_anchor_of_its_cases_and_the_rest_is_free(officer: Any) -> None:
    case("P1-101", BASE, on(21, 9))
    case("P2-201", BASE, on(22, 9))
    order = ordered(officer, Piece(place(Level.COMPOUND)), justification="cases in both buildings of it")
    turn.run(at(on(22, 10)))
    units = [place(Level.UNIT, 1), place(Level.UNIT, 2)]
    shares = [Share("1号楼一层", [Piece(units[0], floor=1)]), Share("2号楼二层", [Piece(units[1], floor=2)])]
    one, two = deeds.split(order.pk, shares, officer, at(on(22, 11)), BECAUSE)
    one.refresh_from_db(), two.refresh_from_db()
    assert limited(one) == {"P1-102"} and limited(two) == {"P2-202"} and limited(order) == set()
    assert Order.objects.get(pk=order.pk).state == "replaced"
    assert one.ends_at <= order.ends_at and two.ends_at <= order.ends_at
    with pytest.raises(Refused, match="beyond the area"):
        deeds.split(one.pk, [Share("2号楼", [building(2)])], officer, on(22, 12), BECAUSE)


def test_nobody_answers_an_objection_to_their_own_order(officer: Any) -> None:
    order = ordered(officer)
    one = Objection.objects.create(
        order=order, person_id=person("P1-101").pk, place_id=order.place_id, against=order.issued_by, text="我不住这里",
        at=BASE, due_at=BASE + 24 * HOUR,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="objection_not_own"), db.transaction_block():
        Objection.objects.filter(pk=one.pk).update(answered_by="user:officer", answered_at=BASE, answer="no", upheld=False)


def test_no_restriction_comes_without_a_cause_by_any_way(officer: Any) -> None:
    order = ordered(officer)
    with pytest.raises(IntegrityError), db.transaction_block():
        Restriction.objects.filter(cause_id=order.pk).update(cause_kind="")
    with pytest.raises(IntegrityError), db.transaction_block():
        Order.objects.filter(pk=order.pk).update(cause_kind="because")
    with pytest.raises(IntegrityError), db.transaction_block():
        Order.objects.filter(pk=order.pk).update(ends_at=order.starts_at)


def test_who_moves_in_is_limited_and_who_moves_out_is_free(officer: Any) -> None:
    order = ordered(officer)
    rows = [("P1-101", "2", "501"), ("P9", "1", "303"), ("P1-302", "1", "302")]
    register.record([Entry(n, "", "新居民", "F", None, "10000000001", "500108106002", "和苑", b, "1", d, "") for n, b, d in rows])
    assert limited(order) == EVERYBODY - {"P1-101"} | {"P9"}
    turn.run(at(on(25, 1)))
    order.refresh_from_db()
    assert order.persons == 6


def test_who_is_back_is_limited_again(officer: Any) -> None:
    order = ordered(officer)
    who = person("P1-302").pk
    deeds.mark(order.pk, who, "exempt", "a doctor in the closed loop", officer, at(BASE + HOUR), BECAUSE)
    assert "P1-302" not in limited(order)
    deeds.unmark(order.pk, who, at(BASE + 2 * HOUR), BECAUSE)
    assert limited(order) == EVERYBODY


def test_knocking_twice_opens_a_door_once(officer: Any) -> None:
    ordered(officer, anchor_at=BASE)
    assert turn.run(at(on(25, 15))) == 6 and turn.run(on(25, 16)) == 0
    assert Task.objects.filter(kind=kinds.SAMPLE, state="open").count() == 6


# -- what a reviewer found ----------------------------------------------------------------------------


def test_a_case_who_left_is_not_waited_for(officer: Any) -> None:
    first = case("P1-101", BASE)
    order = ordered(officer)
    first.removed_at = BASE + HOUR
    first.save()
    turn.run(at(BASE + 2 * HOUR))
    assert "P1-101" not in limited(order)
    for number in sorted(limited(order)):
        sample(25, number)
    turn.run(at(on(25, 19)))
    order.refresh_from_db()
    assert order.conditions_met_at is not None and order.persons == 5


def test_a_case_on_another_floor_or_in_what_was_taken_out_is_not_inside(officer: Any) -> None:
    case("P1-301", BASE)
    unit = place(Level.UNIT)
    first = ordered(officer, Piece(unit, floor=1))
    second = ordered(officer, building(), Piece(unit, floor=3, excluded=True))
    turn.run(at(on(25, 15)))
    found = {j.order: j.inside for j in judge.judge(on(25, 15), [first.pk, second.pk])}
    assert found == {first.pk: 0, second.pk: 0}


def test_a_result_that_comes_a_day_late_is_as_good(officer: Any) -> None:
    order = ordered(officer, anchor_at=BASE)
    for number in sorted(EVERYBODY - {"P1-302"}):
        sample(25, number)
    turn.run(at(on(25, 20)))
    deeds.extend(order.pk, on(27), ("missing", person("P1-302").pk), "one result is missing", officer, on(25, 20), BECAUSE)
    turn.run(at(on(26, 11)))
    assert Task.objects.get(kind=kinds.SAMPLE, state="open").person_id == person("P1-302").pk
    sample(26, "P1-302", hour=11, reported=12)
    turn.run(at(on(26, 13)))
    order.refresh_from_db()
    assert order.conditions_met_at == on(26, 12)
    assert not Task.objects.filter(kind=kinds.SAMPLE, state="open").exists(), "nobody is to be knocked at any more"


def test_narrowing_keeps_the_roll_and_a_signed_extension(officer: Any) -> None:
    order = ordered(officer, anchor_at=BASE)
    deeds.mark(order.pk, person("P1-101").pk, "away", "abroad", officer, at(BASE + HOUR), BECAUSE)
    deeds.extend(order.pk, on(28), ("case", 3), "a new case", officer, at(on(25, 10)), BECAUSE)
    shares = [Share("1号楼一层", [Piece(place(Level.UNIT), floor=1)])]
    (small,) = deeds.split(order.pk, shares, officer, at(on(26, 12)), BECAUSE)
    turn.run(at(on(26, 13)))
    small.refresh_from_db()
    assert limited(small) == {"P1-102"}
    assert (small.state, small.ends_at, small.extended_by) == ("in_force", on(28), "user:officer")
    assert Task.objects.filter(kind=kinds.EXITS, subject_id=small.pk, state="open").exists()


def test_a_part_cannot_take_in_what_was_taken_out(officer: Any) -> None:
    unit = place(Level.UNIT)
    order = ordered(officer, building(), Piece(unit, floor=3, excluded=True))
    with pytest.raises(Refused, match="beyond the area"):
        deeds.split(order.pk, [Share("三层", [Piece(unit, floor=3)])], officer, at(BASE + HOUR), BECAUSE)
    assert limited(order) == {"P1-101", "P1-102", "P1-201", "P1-202"}


def test_a_lifted_area_limits_nobody_again(officer: Any) -> None:
    order = ordered(officer)
    stale = Order.objects.get(pk=order.pk)
    deeds.lift([order.pk], "the wrong building", officer, at(BASE + HOUR), BECAUSE)
    assert stale.state == "in_force" and issue.follow_roll(stale, BASE + HOUR, BECAUSE) == 0
    assert limited(order) == set()


def test_an_objection_that_was_right_stays_right(officer: Any, cast: dict[str, Any]) -> None:
    order = ordered(officer)
    limit = Restriction.objects.get(cause_id=order.pk, subject_id=person("P1-101").pk)
    one = upkeep.object_to(limit.pk, "我不住这里", at(BASE + HOUR), BECAUSE)
    with pytest.raises(Refused, match="somebody other"):
        upkeep.answer(one.pk, True, "说得对", officer, BASE + HOUR, BECAUSE)
    with pytest.raises(Refused, match="not answered yet"):
        task = Task.objects.get(kind=kinds.OBJECTION)
        work.complete(task.pk, "answered", {}, BASE + HOUR, BECAUSE)
    upkeep.answer(one.pk, True, "说得对", cast["worker"], BASE + 2 * HOUR, BECAUSE)
    deeds.mark(order.pk, person("P1-302").pk, "away", "", officer, at(BASE + 3 * HOUR), BECAUSE)
    assert limited(order) == EVERYBODY - {"P1-101", "P1-302"}


def test_nobody_who_signed_a_part_of_it_answers(officer: Any) -> None:
    order = ordered(officer)
    deeds.extend(order.pk, on(27), ("case", 3), "a new case", officer, at(on(21)), BECAUSE)
    limit = Restriction.objects.filter(cause_id=order.pk)[0]
    one = upkeep.object_to(limit.pk, "不公平", on(21), BECAUSE)
    assert one.signers == ["user:officer"]
    with pytest.raises(IntegrityError, match="objection_no_signer"), db.transaction_block():
        Objection.objects.filter(pk=one.pk).update(against="system", answered_by="user:officer", answered_at=BASE, answer="no")


def test_who_is_registered_into_a_closed_building_for_the_first_time_is_limited(officer: Any) -> None:
    order = ordered(officer)
    register.record([Entry("P77", "", "新居民", "F", None, "", "500108106002", "和苑", "1", "1", "303", "")])
    assert limited(order) == EVERYBODY | {"P77"}


def test_temporary_control_is_not_begun_anew_where_it_just_was(officer: Any) -> None:
    ordered(officer, kind="temporary")
    with pytest.raises(Refused, match="under temporary control since"):
        ordered(officer, Piece(place(Level.COMPOUND)), kind="temporary", now=BASE + 25 * HOUR)


def test_a_compound_ticked_building_by_building_is_a_compound(officer: Any) -> None:
    with pytest.raises(Refused, match="justification"):
        ordered(officer, building(1), building(2))


def test_a_task_does_not_lift_an_area(officer: Any) -> None:
    order = met(officer)
    turn.run(at(on(25, 19)))
    with pytest.raises(Refused, match="still closed"):
        work.complete(Task.objects.get(kind=kinds.LIFT).pk, "lifted", {}, on(25, 19), BECAUSE)
    order.refresh_from_db()
    assert order.state == "in_force" and Task.objects.get(kind=kinds.LIFT).state == "open"


def test_nobody_is_knocked_at_before_the_round_of_the_last_day(officer: Any) -> None:
    ordered(officer, anchor_at=BASE)
    turn.run(at(on(25, 0.1)))
    assert not Task.objects.filter(kind=kinds.SAMPLE).exists()
