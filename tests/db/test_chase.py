"""The chase in the database: what follows from results by itself, whatever their order, and what people do."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.parity import small
from tests.parity.small import COMMUNITY, OTHER, at, report, retest, scan

from tongxin.chase import rules, states, tasks
from tongxin.chase.models import Call, Case, Chase, Member
from tongxin.chase.operations import deeds
from tongxin.kit import db
from tongxin.kit.audit import Because
from tongxin.people.models import Person, Stay
from tongxin.places.place_id import PlaceId
from tongxin.policy.decisions import Refused
from tongxin.restrictions.models import Restriction
from tongxin.tasks import operations as work
from tongxin.tasks.models import Task

NOW = at(13)
HOUR = dt.timedelta(hours=1)
BECAUSE = Because("user:wang", "on the phone")
UNIT = PlaceId.parse("50.01.08.106.002.01.001.01")
_names = itertools.count(1)
pytest_plugins = ["tests.parity.fixtures"]
pytestmark = pytest.mark.usefixtures("town")


def positive_tube() -> None:
    scan("T1", "P1", "P2")
    report("T1", "阳性")


def node(number: str, tube: str = "T1") -> tuple[str, str]:
    found = small.member(tube, number)
    return found.node, found.resolution


# -- opened ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["阳性", "可疑"])
def test_a_found_tube_opens_its_chase_with_everybody_held_and_asked_for(word: str) -> None:
    scan("T1", "P1", "P2")
    assert not Chase.objects.exists()
    report("T1", word)
    chase = Chase.objects.get()
    assert (chase.state, chase.opened_at, chase.reported_at) == ("open", NOW, at(12))
    members = list(Member.objects.order_by("person_id"))
    assert [m.person_id for m in members] == [small.person_id("P1"), small.person_id("P2")]
    for m in members:
        assert (m.node, m.owner_place_id, m.place_id, m.listed_at, m.exception) == ("listed", COMMUNITY, UNIT, NOW, "")
        assert len(m.call_code) == 4 and m.call_code.isdigit()
    work_of_members = [(k, p) for k in ("chase.call", "chase.retest") for p in ("P1", "P2")]
    assert small.open_work() == sorted([*work_of_members, ("chase.watch_table", "T1")])
    call = Task.objects.filter(kind=tasks.CALL).first()
    assert call and (call.due_at, call.place_id, call.rule) == (NOW + HOUR, COMMUNITY, "base/chase.reach_within")


def test_a_hold_says_its_basis_its_cause_its_reason_in_both_languages_and_when_it_ends() -> None:
    positive_tube()
    assert small.held() == ["P1", "P2"]
    for one in Restriction.objects.all():
        assert (one.cause_kind, one.cause_id) == ("result", small.tube_id("T1"))
        assert (one.kind, one.basis, one.place_id) == (tasks.HOLD, "base/hold.mixed_positive_ends", UNIT)
        assert "混检" in one.reason_zh and "tube" in one.reason_en
        assert one.starts_at == NOW <= one.due_at <= one.ends_at
        assert one.decision


def test_a_report_whose_chase_cannot_be_opened_is_not_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    scan("T1", "P1", "P2")

    def broken(*_: object) -> None:
        raise RuntimeError("no tasks today")

    monkeypatch.setattr(work, "open_tasks", broken)
    with pytest.raises(RuntimeError, match="no tasks"):
        report("T1", "阳性")
    assert not Chase.objects.exists() and not Restriction.objects.exists() and not Member.objects.exists()
    assert small.export("tubes")[0]["result"] == "pending"


def test_a_member_without_a_phone_is_an_exception_from_the_start() -> None:
    scan("T1", "P1", "X9")
    report("T1", "阳性")
    assert small.member("T1", "X9").exception == rules.NO_PHONE and small.member("T1", "P1").exception == ""
    assert small.open_work("screening.") == [("screening.unknown_person", "T1")]


def test_a_negative_or_invalid_tube_and_a_retest_open_no_chase() -> None:
    scan("T1", "P1", "P2")
    report("T1", "阴性")
    scan("T2", "P1", when=at(9))
    report("T2", "无效")
    retest("Q1", "P1")
    report("Q1", "阳性")
    assert not Chase.objects.exists() and small.held() == []


def test_somebody_scanned_into_a_chased_tube_later_is_listed_and_held_too() -> None:
    positive_tube()
    retest("Q1", "P1")
    retest("Q2", "P2")
    report("Q1", "阳性", at(16))
    report("Q2", "阳性", at(16))
    assert Chase.objects.get().state == "resolved"
    small.register("P3", community=OTHER)
    scan("T1", "P3", when=at(8, 30))
    late = small.member("T1", "P3")
    assert (late.node, late.owner_place_id) == ("listed", OTHER)
    assert "P3" in small.held() and ("chase.call", "P3") in small.open_work()
    chase = Chase.objects.get()
    assert (chase.state, chase.closed_at) == ("open", None)
    assert node("P1") == ("resolved", "positive")


# -- any order ------------------------------------------------------------------------------------------

Step = Callable[[str], object]


COMMON: dict[str, Step] = {
    "member 1 is scanned": lambda n: scan(f"T{n}", f"{n}a", when=at(8)),
    "member 2 is scanned": lambda n: scan(f"T{n}", f"{n}b", when=at(8, 5)),
    "the tube is positive": lambda n: report(f"T{n}", "阳性", at(12)),
    "member 1 is retested": lambda n: retest(f"Q{n}", f"{n}a", at(14)),
    "the retest is negative": lambda n: report(f"Q{n}", "阴性", at(18)),
}
STORIES: dict[str, dict[str, Step]] = {
    "one of two is negative": COMMON,
    "corrected": {**COMMON, "the tube is negative after all": lambda n: report(f"T{n}", "阴性", at(20))},
    "positive again": {
        **COMMON,
        "the tube is negative after all": lambda n: report(f"T{n}", "阴性", at(20)),
        "the tube is positive again": lambda n: report(f"T{n}", "阳性", at(21)),
    },
    "the other is positive": {
        **COMMON,
        "member 2 is retested": lambda n: retest(f"R{n}", f"{n}b", at(14)),
        "that retest is positive": lambda n: report(f"R{n}", "阳性", at(18)),
    },
    "everybody is negative": {
        **COMMON,
        "member 2 is retested": lambda n: retest(f"R{n}", f"{n}b", at(14)),
        "that retest is negative": lambda n: report(f"R{n}", "阴性", at(18)),
    },
    "the retest was wrong": {**COMMON, "the retest is positive after all": lambda n: report(f"Q{n}", "阳性", at(22))},
    "a second retest": {
        **COMMON,
        "member 1 is retested again": lambda n: retest(f"R{n}", f"{n}a", at(19)),
        "that retest is invalid": lambda n: report(f"R{n}", "无效", at(22)),
    },
    "who is unknown becomes known": {
        "a stranger is scanned": lambda n: scan(f"T{n}", f"X{n}", when=at(8)),
        "the tube is inconclusive": lambda n: report(f"T{n}", "可疑", at(12)),
        "the stranger is retested": lambda n: retest(f"Q{n}", f"X{n}", at(14)),
        "the retest is negative": lambda n: report(f"Q{n}", "阴性", at(18)),
        "the register knows the stranger": lambda n: small.register(f"X{n}", community=OTHER),
    },
}


def outcome(n: str) -> dict[str, Any]:
    """All that a story comes to: exports, open work, holds, cases; with the story's number taken out of the names."""
    of = lambda text: text.replace(n, "")  # noqa: E731
    mine = lambda rows: sorted(of(str(sorted(r.items()))) for r in rows if n in r["tube_barcode"])  # noqa: E731
    cases = db.rows("SELECT p.person_no, c.withdrawn_at IS NULL FROM chase_case c JOIN people_person p ON p.id = c.person_id")
    return {
        "tubes": mine(small.export("tubes")),
        "chase": mine(small.export("chase")),
        "retests": sorted((of(r["person_no"]), r["retest"]) for r in small.export("chase") if n in r["tube_barcode"]),
        "work": sorted((kind, of(who)) for kind, who in small.open_work() if n in who),
        "held": sorted(of(who) for who in small.held() if n in who),
        "cases": sorted(of(who) for who, holds in cases if n in who and holds),
    }


def play(story: str, order: Sequence[str]) -> dict[str, Any]:
    n = f"-{next(_names):05d}-"
    if story != "who is unknown becomes known":
        small.register(f"{n}a", f"{n}b")
    for step in order:
        STORIES[story][step](n)
    return outcome(n)


@pytest.mark.parametrize("story", STORIES)
@settings(
    max_examples=10, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_events_in_any_order_come_to_the_same(story: str, data: st.DataObject) -> None:
    steps = list(STORIES[story])
    straight = play(story, steps)
    order = data.draw(st.permutations(steps))
    assert play(story, order) == straight


def test_the_straight_order_comes_to_what_it_should() -> None:
    found = play("one of two is negative", list(COMMON))
    assert sorted(retest for _, retest in found["retests"]) == ["", "negative"]
    assert found["work"] == [("chase.call", "b"), ("chase.judge", "a"), ("chase.retest", "b"), ("chase.watch_table", "T")]
    assert found["held"] == ["a", "b"]
    corrected = play("corrected", list(STORIES["corrected"]))
    assert (corrected["chase"], corrected["work"], corrected["held"]) == ([], [], [])
    positive = play("the other is positive", list(STORIES["the other is positive"]))
    assert positive["cases"] == ["b"] and ("chase.transfer", "b") in positive["work"]
    again = play("positive again", list(STORIES["positive again"]))
    assert again["chase"] == found["chase"] and again["work"] == found["work"] and again["held"] == found["held"]


# -- followed -------------------------------------------------------------------------------------------


def test_a_retest_is_followed_from_the_swab_to_the_judgement() -> None:
    positive_tube()
    retest("Q1", "P1")
    assert node("P1") == ("resampled", "")
    assert small.member("T1", "P1").resampled_at == at(14)
    assert ("chase.call", "P1") not in small.open_work() and ("chase.retest", "P1") not in small.open_work()
    report("Q1", "阴性", at(18))
    m = small.member("T1", "P1")
    assert (m.node, m.retest, m.resulted_at) == ("resulted", 1, at(18))
    assert ("chase.judge", "P1") in small.open_work() and small.held() == ["P1", "P2"]
    judged = Task.objects.get(kind=tasks.JUDGE)
    assert judged.due_at == NOW + 24 * HOUR


@pytest.mark.parametrize("word", ["无效", "可疑"])
def test_a_retest_that_says_nothing_asks_for_another_swab(word: str) -> None:
    positive_tube()
    retest("Q1", "P1")
    report("Q1", word, at(18))
    assert node("P1") == ("held", "")
    assert ("chase.retest", "P1") in small.open_work() and "P1" in small.held()


def test_of_several_retests_the_one_scanned_last_holds() -> None:
    positive_tube()
    retest("Q2", "P1", at(16))
    report("Q2", "阴性", at(18))
    retest("Q1", "P1", at(14))
    report("Q1", "阳性", at(19))
    assert [r["retest"] for r in small.export("chase") if r["person_no"] == "P1"] == ["negative"]


def test_a_tube_whose_members_are_all_negative_is_asked_about() -> None:
    positive_tube()
    for number, q in (("P1", "Q1"), ("P2", "Q2")):
        assert "chase.recheck_binding" not in dict(small.open_work())
        retest(q, number)
        report(q, "阴性", at(18))
    assert ("chase.recheck_binding", "T1") in small.open_work()
    report("Q2", "阳性", at(19))
    assert ("chase.recheck_binding", "T1") not in small.open_work()


def test_a_binding_that_was_rechecked_is_not_asked_about_again() -> None:
    positive_tube()
    for number, q in (("P1", "Q1"), ("P2", "Q2")):
        retest(q, number)
        report(q, "阴性", at(18))
    work.complete(Task.objects.get(kind=tasks.RECHECK).pk, "settled", {}, NOW, BECAUSE)
    for number in ("P1", "P2"):
        deeds.judge(small.member("T1", number).pk, False, NOW, BECAUSE)
    assert "chase.recheck_binding" not in dict(small.open_work())
    assert Chase.objects.get().state == "resolved"


def test_a_retest_that_does_not_come_in_time_is_an_exception() -> None:
    positive_tube()
    retest("Q1", "P1")
    assert deeds.missing_retests(NOW + 3 * HOUR) == 0
    assert deeds.missing_retests(NOW + 5 * HOUR) == 1
    assert small.member("T1", "P2").exception == rules.RETEST_MISSING and small.member("T1", "P1").exception == ""
    assert deeds.missing_retests(NOW + 6 * HOUR) == 0


# -- corrected ------------------------------------------------------------------------------------------


def test_a_correction_closes_the_chase_lifts_what_it_caused_and_leaves_the_export() -> None:
    positive_tube()
    report("T1", "阴性", at(15))
    chase = Chase.objects.get()
    assert (chase.state, chase.closed_at) == ("corrected", NOW)
    assert small.held() == [] and small.open_work() == [] and small.export("chase") == []
    for one in Restriction.objects.all():
        assert (one.release_kind, one.released_at) == ("withdrawn", NOW) and "corrected" in one.release_reason
    assert {(m.node, m.resolution) for m in Member.objects.all()} == {("resolved", "corrected")}


def test_an_older_negative_report_corrects_nothing() -> None:
    positive_tube()
    report("T1", "阴性", at(11))
    report("T1", "无效", at(20))
    assert Chase.objects.get().state == "open" and small.held() == ["P1", "P2"]


def test_the_hold_of_another_tube_stays_when_one_is_corrected() -> None:
    positive_tube()
    scan("T2", "P1", when=at(9), round="R1")
    report("T2", "阳性", at(13))
    report("T1", "阴性", at(15))
    assert small.held() == ["P1"] and node("P1", "T2") == ("listed", "")
    assert Restriction.objects.get(released_at=None).cause_id == small.tube_id("T2")


def taken_into_care(number: str) -> None:
    task = Task.objects.get(kind=tasks.TRANSFER, person_id=small.person_id(number))
    work.complete(task.pk, "removed", {}, NOW, BECAUSE)
    assert Case.objects.get(person_id=small.person_id(number)).removed_at == NOW


def test_a_positive_person_is_a_case_until_in_care() -> None:
    positive_tube()
    retest("Q1", "P1")
    report("Q1", "阳性", at(18))
    case = Case.objects.get()
    assert (case.person_id, case.positive_at, case.removed_at) == (small.person_id("P1"), at(18), None)
    assert case.cause_tube_id == small.tube_id("Q1")
    taken_into_care("P1")


def in_care_by_a_wrong_retest() -> None:
    positive_tube()
    retest("Q1", "P1")
    report("Q1", "阳性", at(18))
    taken_into_care("P1")


def test_somebody_in_care_whose_retest_is_corrected_is_brought_home() -> None:
    in_care_by_a_wrong_retest()
    report("Q1", "阴性", at(20))
    assert ("chase.bring_home", "P1") in small.open_work()
    assert Case.objects.get().withdrawn_at == NOW


@pytest.mark.parametrize("order", [["T1", "Q1"], ["Q1", "T1"]], ids=["the tube first", "the retest first"])
def test_somebody_in_care_whose_tube_and_retest_are_both_corrected_is_brought_home(order: list[str]) -> None:
    in_care_by_a_wrong_retest()
    for barcode in order:
        report(barcode, "阴性", at(20))
    assert small.open_work() == [("chase.bring_home", "P1")]
    assert Case.objects.get().withdrawn_at == NOW and small.held() == []


def test_a_corrected_tube_leaves_in_care_whose_own_retest_is_positive() -> None:
    scan("T1", "P1", tube_kind="single", capacity="1")
    report("T1", "阳性")
    assert Case.objects.get().cause_tube_id == small.tube_id("T1")
    retest("Q1", "P1")
    report("Q1", "阳性", at(18))
    taken_into_care("P1")
    report("T1", "阴性", at(20))
    assert "chase.bring_home" not in dict(small.open_work())
    assert Case.objects.get().withdrawn_at is None
    report("Q1", "阴性", at(21))
    assert ("chase.bring_home", "P1") in small.open_work() and Case.objects.get().withdrawn_at == NOW


def test_a_single_tube_that_is_positive_makes_a_case_and_a_corrected_one_none() -> None:
    scan("T1", "P1", tube_kind="single", capacity="1")
    report("T1", "阳性")
    assert Case.objects.get().person_id == small.person_id("P1")
    report("T1", "阴性", at(15))
    assert Case.objects.get().withdrawn_at == NOW
    report("T1", "阳性", at(16))
    assert Case.objects.get().withdrawn_at is None


# -- the register ---------------------------------------------------------------------------------------


def test_a_stranger_whom_the_register_knows_later_moves_to_their_community_with_their_work() -> None:
    scan("T1", "P1", "X9")
    report("T1", "阳性")
    before = small.member("T1", "X9")
    due = {t.kind: t.due_at for t in Task.objects.filter(subject_kind="member", subject_id=before.pk)}
    assert before.owner_place_id == COMMUNITY
    small.register("X9", community=OTHER)
    after = small.member("T1", "X9")
    assert (after.pk, after.owner_place_id, after.exception) == (before.pk, OTHER, "")
    assert after.place_id == Person.objects.get(person_no="X9").place_id
    moved = Task.objects.filter(subject_kind="member", subject_id=before.pk)
    assert {t.place_id for t in moved} == {OTHER} and {t.kind: t.due_at for t in moved} == due
    held = Restriction.objects.get(subject_id=after.person_id, released_at=None)
    assert held.place_id == after.place_id
    assert "screening.unknown_person" not in dict(small.open_work())
    assert next(r for r in small.export("tubes"))["flags"] == ""


# -- deeds ----------------------------------------------------------------------------------------------


def test_a_hand_over_keeps_the_clock_running() -> None:
    positive_tube()
    m = small.member("T1", "P1")
    due = dict(Task.objects.filter(subject_kind="member", subject_id=m.pk).values_list("kind", "due_at"))
    deeds.hand_over(m.pk, PlaceId(OTHER), NOW + HOUR / 2, BECAUSE)
    m = small.member("T1", "P1")
    assert (m.owner_place_id, m.exception, m.node) == (OTHER, rules.ELSEWHERE, "listed")
    moved = Task.objects.filter(subject_kind="member", subject_id=m.pk)
    assert {t.place_id for t in moved} == {OTHER} and {t.kind: t.due_at for t in moved} == due
    assert [r["community_code"] for r in small.export("chase") if r["person_no"] == "P1"] == ["500108106003"]


def test_the_community_that_takes_over_knows_the_person_until_the_work_is_done() -> None:
    positive_tube()
    m = small.member("T1", "P1")
    deeds.hand_over(m.pk, PlaceId(OTHER), NOW, BECAUSE)
    person, stay = Person.objects.get(pk=m.person_id), Stay.objects.get()
    assert (stay.person_no, stay.name, stay.phone, stay.home_place_id) == ("P1", person.name, person.phone, person.place_id)
    assert deeds.forget_stays(NOW) == 0
    deeds.log_call(m.pk, "phone", "wrong_person", "", NOW + HOUR, BECAUSE)
    for task in Task.objects.filter(subject_kind="member", subject_id=m.pk, state__in=("open", "claimed")):
        pytest.fail(f"{task.kind} is still to be done")
    db.execute("UPDATE chase_chase SET state = 'resolved'")
    assert deeds.forget_stays(NOW + HOUR) == 1
    assert not Stay.objects.exists()


def test_a_member_handed_back_is_no_longer_known_to_the_other_community() -> None:
    positive_tube()
    m = small.member("T1", "P1")
    deeds.hand_over(m.pk, PlaceId(OTHER), NOW, BECAUSE)
    deeds.hand_over(m.pk, PlaceId(COMMUNITY), NOW, BECAUSE)
    assert not Stay.objects.exists()


@pytest.mark.parametrize("place", [UNIT, 5001081060990000000], ids=["a unit", "no such community"])
def test_a_member_is_handed_to_communities_only(place: int) -> None:
    positive_tube()
    with pytest.raises(Refused):
        deeds.hand_over(small.member("T1", "P1").pk, PlaceId(place), NOW, BECAUSE)
    assert small.member("T1", "P1").owner_place_id == COMMUNITY


def test_a_negative_member_who_is_no_contact_is_free_at_once_and_a_contact_is_not() -> None:
    positive_tube()
    with pytest.raises(Refused):
        deeds.judge(small.member("T1", "P1").pk, False, NOW, BECAUSE)
    for number, q in (("P1", "Q1"), ("P2", "Q2")):
        retest(q, number)
        report(q, "阴性", at(18))
    free, contact = small.member("T1", "P1"), small.member("T1", "P2")
    deeds.judge(free.pk, False, NOW + HOUR, BECAUSE)
    deeds.judge(contact.pk, True, NOW + HOUR, BECAUSE)
    assert small.held() == ["P2"]
    assert node("P1") == ("resolved", "released") and node("P2") == ("resolved", "contact")
    lifted = Restriction.objects.get(subject_id=free.person_id)
    assert (lifted.release_kind, lifted.released_at) == ("released", NOW + HOUR)
    assert lifted.conditions_met_at == NOW + HOUR
    assert Chase.objects.get().state == "resolved"
    with pytest.raises(Refused):
        deeds.judge(free.pk, True, NOW + HOUR, BECAUSE)


def test_the_task_to_judge_is_a_judgement_when_it_is_completed() -> None:
    positive_tube()
    retest("Q1", "P1")
    report("Q1", "阴性", at(18))
    work.complete(Task.objects.get(kind=tasks.JUDGE).pk, "released", {}, NOW, BECAUSE)
    assert node("P1") == ("resolved", "released") and small.held() == ["P2"]


def test_a_call_moves_a_member_as_the_table_of_states_says() -> None:
    positive_tube()
    m = small.member("T1", "P1")
    for before, (said, event) in itertools.product((*states.NODES, *states.SPECIAL_ENDS), rules.CALL_OUTCOMES.items()):
        Member.objects.filter(pk=m.pk).update(node=before, calls=0, exception="")
        deeds.log_call(m.pk, "phone", said, "", NOW, BECAUSE)
        after = Member.objects.get(pk=m.pk)
        assert after.node == states.TABLE.get((before, event), before), (before, said)
        assert after.calls == 1


def test_a_call_is_logged_with_who_and_how_and_closes_the_call() -> None:
    positive_tube()
    m = small.member("T1", "P1")
    deeds.log_call(m.pk, "phone", "no_answer", "rang long", NOW, BECAUSE)
    assert ("chase.call", "P1") in small.open_work() and node("P1") == ("listed", "")
    deeds.log_call(m.pk, "door", "stays", "", NOW + HOUR, BECAUSE)
    m = small.member("T1", "P1")
    assert (m.node, m.calls, m.reached_at, m.held_at) == ("held", 2, NOW + HOUR, NOW + HOUR)
    assert ("chase.call", "P1") not in small.open_work() and ("chase.retest", "P1") in small.open_work()
    calls = Call.objects.order_by("pk").values_list("actor", "channel", "outcome", "note", "place_id")
    assert list(calls) == [
        ("user:wang", "phone", "no_answer", "rang long", COMMUNITY), ("user:wang", "door", "stays", "", COMMUNITY),
    ]  # fmt: skip


def test_three_calls_in_vain_and_a_wrong_number_are_exceptions() -> None:
    positive_tube()
    m = small.member("T1", "P1")
    seen = []
    for _ in range(3):
        deeds.log_call(m.pk, "phone", "no_answer", "", NOW, BECAUSE)
        seen.append(small.member("T1", "P1").exception)
    assert seen == ["", "", rules.NO_ANSWER]
    deeds.log_call(m.pk, "phone", "wrong_number", "", NOW, BECAUSE)
    assert small.member("T1", "P1").exception == rules.NO_PHONE
    deeds.log_call(m.pk, "phone", "reached", "", NOW, BECAUSE)
    assert small.member("T1", "P1").exception == ""


@pytest.mark.parametrize(("channel", "outcome"), [("phone", "hung up"), ("pigeon", "reached")])
def test_a_call_that_nobody_knows_is_not_logged(channel: str, outcome: str) -> None:
    positive_tube()
    with pytest.raises(Refused):
        deeds.log_call(small.member("T1", "P1").pk, channel, outcome, "", NOW, BECAUSE)
    assert not Call.objects.exists()


@pytest.mark.parametrize("said", ["moved_away", "wrong_person", "deceased", "already_isolated"])
def test_who_is_not_the_one_or_not_there_is_free_and_ends_the_work(said: str) -> None:
    positive_tube()
    deeds.log_call(small.member("T1", "P1").pk, "phone", said, "", NOW, BECAUSE)
    assert small.held() == ["P2"]
    assert [k for k, who in small.open_work() if who == "P1"] == []


def test_who_refuses_stays_held_and_keeps_the_chase_open() -> None:
    positive_tube()
    for number in ("P1", "P2"):
        deeds.log_call(small.member("T1", number).pk, "phone", "refused", "", NOW, BECAUSE)
    assert small.held() == ["P1", "P2"] and Chase.objects.get().state == "open"
    assert ("chase.call", "P1") in small.open_work()


def test_the_queue_around_a_tube_is_that_of_its_table() -> None:
    from tongxin.chase import queries

    for n, station in ((1, "1"), (2, "1"), (3, "2"), (4, "1"), (5, "1"), (6, "1")):
        scan(f"T{n}", "P1", when=at(8, n), station=station)
    report("T1", "阳性")
    report("T4", "阳性")
    from tongxin.screening.models import Tube

    here = Tube.objects.get(barcode="T4")
    found = queries.neighbours(here.pk, here.station_id, here.place_id, here.first_scan_at, 2, 2)
    assert [(n.distance, n.barcode, n.chased) for n in found] == [
        (-2, "T1", True), (-1, "T2", False), (1, "T5", False), (2, "T6", False),
    ]  # fmt: skip
