"""From a cry for help to the resident's word."""

from __future__ import annotations

from typing import Any

import pytest
from tests.needs_town import BECAUSE, COMMUNITY, DISTRICT, HOUR, NOW, raised, settle, take

from tongxin.kit import crypto, db
from tongxin.kit.audit import Because
from tongxin.messages.models import Message
from tongxin.needs import kinds, queries
from tongxin.needs.models import Caller, Likeness, Need
from tongxin.needs.operations import deeds, intake
from tongxin.needs.operations.deeds import Confirmed
from tongxin.people.models import Person
from tongxin.policy.decisions import Refused
from tongxin.policy.parameters import NEED_KINDS
from tongxin.tasks import operations as work
from tongxin.tasks.models import Task


@pytest.fixture
def town(cast: dict[str, Any]) -> dict[str, Any]:
    settle()
    return cast


def task_of(need: Need) -> Task:
    return Task.objects.get(subject_kind="need", subject_id=need.pk, state__in=("open", "claimed"))


def confirmed(need: Need, **more: Any) -> Confirmed:
    given: dict[str, Any] = {
        "kind": need.kind, "urgency": need.urgency, "place_id": need.place_id, "home_id": need.home_id,
        "person_id": need.person_id, "topic": need.topic, "details": {"what": "降压药两盒"}, **more,
    }  # fmt: skip
    return Confirmed(**given)


def test_the_kinds_of_need_and_the_packs_limits_are_alike() -> None:
    assert tuple(k.key for k in kinds.KINDS) == NEED_KINDS


def test_a_need_is_suggested_placed_and_given_a_time_by_its_words_and_its_phone(town: Any) -> None:
    (need,) = take(raised("降压药只剩两天了，麻烦帮忙买一下", phone="10000000003"))
    person = Person.objects.get(person_no="P3")
    assert (need.kind, need.urgency, need.topic, need.words) == ("medicine", 1, "blood_pressure", ["降压药", "只剩两天"])
    assert (need.person_id, need.place_id, need.home_id, need.vulnerable) == (person.pk, person.place_id, person.home_id, True)
    assert need.due_at == NOW + 2 * HOUR  # urgent medicine: four hours; who is old and alone waits half as long
    assert task_of(need).kind == "need.confirm"
    assert "降压药".encode() not in bytes(need.text or b"") and queries.text_of(need).startswith("降压药只剩两天")


def test_the_same_need_sent_twice_counts_once_and_keeps_what_was_first(town: Any) -> None:
    one = raised("没有菜了")
    first, again = intake.record([one], NOW, BECAUSE), intake.record([one, raised("没有菜了", "2")], NOW, BECAUSE)
    assert (len(first.made), list(again.made), again.repeated(2)) == (1, [1], 1)
    assert Need.objects.count() == Caller.objects.count() == 2


def test_an_emergency_goes_to_somebody_at_once_whatever_the_caller_chose(town: Any) -> None:
    (need,) = take(raised("帮我买菜，另外我爸胸口疼喘不上气", phone="10000000001", kind="supplies", urgency=2))
    assert (need.kind, need.urgency, task_of(need).kind) == ("medical", 0, "need.emergency")
    assert need.due_at == NOW + HOUR / 4


def test_a_call_for_help_against_violence_stands_where_no_neighbour_or_community_sees_it(town: Any) -> None:
    (need,) = take(raised("他又打我，别打电话", phone="10000000001", place_id=COMMUNITY))
    assert (need.silent, need.place_id, task_of(need).kind, task_of(need).person_id) == (True, DISTRICT, "need.silent", None)
    assert not Likeness.objects.exists()
    assert queries.one(town["officer"], need.pk) is None  # needs the capability besides the place


def test_a_phone_of_two_households_places_nothing_and_one_of_a_household_its_home(town: Any) -> None:
    two, house, nobody = take(
        raised("买菜", "1", phone="10000000004"), raised("买菜", "2", phone="10000000021"), raised("买菜", "3", phone="10099999999")
    )
    assert (two.place_id, two.home_id, two.person_id) == (DISTRICT, None, None)
    assert house.home_id == Person.objects.get(person_no="Q1").home_id and house.person_id is None
    assert nobody.place_id == DISTRICT


def test_an_address_in_words_finds_the_door_and_outweighs_where_the_caller_lives(town: Any) -> None:
    (need,) = take(raised("给我妈买药", phone="10000000031", address="和苑1号楼1单元301室"))
    home = Person.objects.get(person_no="P3").home
    assert home is not None and (need.home_id, need.place_id) == (home.pk, home.place_id)
    assert need.vulnerable


def test_what_may_be_one_need_says_why(town: Any) -> None:
    def reasons(need: Need) -> set[str]:
        return {reason for _, reason in queries.alike(need.pk)}

    take(raised("暖气不热", "1", phone="10000000001"), raised("买菜", "2", phone="10000000021"))
    (stairwell,) = take(raised("我家也没暖气", "3", phone="10000000002"))
    assert reasons(stairwell) == {"the same trouble in one stairwell"}
    (again,) = take(raised("买菜", "4", phone="10000000021", channel="hotline"))
    assert reasons(again) == {"the same caller asks for the same"}
    (other,) = take(raised("买药", "5", phone="10000000021"))
    assert not reasons(other)
    (late,) = take(raised("还是没暖气", "6", phone="10000000002", raised_at=NOW + 60 * HOUR))
    assert not reasons(late)


def test_merged_needs_keep_all_callers_and_the_earliest_time(town: Any) -> None:
    first, second = take(raised("暖气不热", "1", phone="10000000001"), raised("没暖气，冷", "2", phone="10000000003"))
    deeds.merge(None, second.pk, second.version, first.pk, NOW, BECAUSE)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.state, second.merged_into_id, first.callers.count()) == ("merged", first.pk, 2)
    assert first.due_at == second.due_at < NOW + 4 * HOUR  # the old woman's
    assert not Task.objects.filter(subject_id=second.pk, state="open").exists() and not queries.alike(first.pk)
    with pytest.raises(Refused, match="merged into another"):
        deeds.confirm(None, second.pk, None, confirmed(second), NOW, BECAUSE)


def test_what_was_merged_keeps_its_time_when_the_one_is_confirmed_again(town: Any) -> None:
    plain, frail = take(raised("买菜", "1", phone="10000000002"), raised("买菜", "2", phone="10000000003"))
    assert frail.vulnerable and not plain.vulnerable and frail.due_at < plain.due_at
    deeds.merge(None, frail.pk, None, plain.pk, NOW, BECAUSE)
    told = deeds.Confirmed("supplies", plain.urgency, plain.place_id, plain.home_id, plain.person_id, details={"what": "菜"})
    again = deeds.confirm(None, plain.pk, None, told, NOW + HOUR, BECAUSE)
    assert again.vulnerable and again.due_at == frail.due_at


def test_two_operators_never_overwrite_each_other(town: Any) -> None:
    (need,) = take(raised("买菜", phone="10000000001"))
    deeds.confirm(town["officer"], need.pk, need.version, confirmed(need), NOW, Because("user:officer"))
    with pytest.raises(Refused, match="Somebody else has changed"):
        deeds.confirm(town["worker"], need.pk, need.version, confirmed(need, kind="parcel"), NOW, Because("user:worker"))
    need.refresh_from_db()
    assert (need.kind, need.confirmed_by, task_of(need).kind) == ("supplies", "user:officer", "need.supplies")


def test_only_the_residents_word_closes_and_what_is_not_solved_comes_back(town: Any) -> None:
    (need,) = take(raised("降压药没了", phone="10000000003"))
    deeds.confirm(None, need.pk, need.version, confirmed(need), NOW, BECAUSE)
    work.complete(task_of(need).pk, "done", {"note": "放在门口"}, NOW + HOUR, Because("user:buyer"))
    need.refresh_from_db()
    assert (need.state, need.acted_by, task_of(need).kind) == ("done", "user:buyer", "need.ask")
    with pytest.raises(Refused, match="Who did the work"):
        deeds.close(None, need.pk, None, "deputy", None, "门口看到药了", NOW, Because("user:buyer"))
    work.complete(task_of(need).pk, "not_solved", {"note": "少了一盒"}, NOW + 2 * HOUR, Because("user:worker"))
    need.refresh_from_db()
    assert (need.state, need.reopened, task_of(need).kind) == ("open", 1, "need.medicine")
    deeds.finish(None, need.pk, None, "补送", NOW + 3 * HOUR, Because("user:buyer"))
    deeds.close(None, need.pk, None, "reply", 5, "", NOW + 4 * HOUR, Because("resident"))
    need.refresh_from_db()
    assert (need.state, need.closed_how, need.satisfaction) == ("closed", "reply", 5)
    assert [crypto.decrypt(e.note) for e in queries.events(need.pk)][-1:] == [""]
    assert not Task.objects.filter(state="open").exists()


def test_the_compounds_commander_reaches_the_district_directly(town: Any) -> None:
    (need,) = take(raised("买菜", phone="10000000001"))
    deeds.call_the_district(None, need.pk, None, "一天没有吃的", NOW, BECAUSE)
    assert (task_of(need).escalation, task_of(need).escalate_at) == (2, None)
    (ride,) = take(raised("明天透析要去医院", "2", phone="10000000003"))
    deeds.confirm(None, ride.pk, ride.version, confirmed(ride, details={"where": "区医院"}), NOW, BECAUSE)
    work.escalate_due(ride.due_at + HOUR)
    assert task_of(ride).escalation == 2


def test_needs_are_seen_where_one_answers_and_nowhere_else(town: Any) -> None:
    from tongxin.access import queries as access
    from tongxin.kit import security

    (mine,) = take(raised("买菜", "1", phone="10000000001"))
    (theirs,) = take(raised("买菜", "2", phone="10000000031"))
    with db.acting_as(db.WEB), db.transaction_block(), security.scope(access.scope_ranges(town["worker"])):
        assert queries.one(town["worker"], mine.pk) and queries.one(town["worker"], theirs.pk) is None
        assert queries.figures(town["worker"], COMMUNITY, NOW, HOUR).waiting == 1
        with pytest.raises(Refused, match="no such need"):
            deeds.finish(town["worker"], theirs.pk, None, "", NOW, Because("user:worker"))


def told(template: str) -> list[str]:
    """Whom messages of a kind go to, by the last digits."""
    found = Message.objects.filter(template=template).order_by("pk")
    return [crypto.decrypt(m.phone)[-2:] or str(m.person_id) for m in found]


def test_every_caller_of_a_merged_need_is_told_and_whom_no_message_reaches_is_phoned(town: Any) -> None:
    first, second = take(raised("暖气不热", "1", phone="10000000001"), raised("没暖气，冷", "2", phone="10000000002"))
    assert told("need.received") == ["01", "02"]
    deeds.merge(None, second.pk, None, first.pk, NOW, BECAUSE)
    deeds.finish(None, first.pk, None, "修好了", NOW, Because("user:crew"))
    assert (told("need.merged"), told("need.done")) == (["02"], ["01", "02"])
    lost = Person.objects.get(person_no="P5")
    Person.objects.filter(pk=lost.pk).update(phone=None, phone_hash=None)
    (need,) = take(raised("买菜", "3", person_id=lost.pk, home_id=lost.home_id, place_id=lost.place_id))
    task = Task.objects.get(kind="need.phone")
    assert (task.person_id, task.place_id) == (lost.pk, need.place_id)


def test_nobody_phones_whom_the_message_reached_after_all(town: Any) -> None:
    from tongxin.messages import carriers, operations

    take(raised("买菜", "1", phone="10000000001"), raised("买药", "2", phone="10000000002"))
    before = carriers.use(lambda parcel: None)
    try:
        operations.deliver(NOW)
    finally:
        carriers.use(before)
    lost, found = Message.objects.filter(template="need.received").order_by("pk")
    for one in (lost, found):
        operations.receipt(one.key, "failed", NOW, NOW)
    assert Task.objects.filter(kind="need.phone", state="open").count() == 2
    operations.receipt(found.key, "delivered", NOW + HOUR, NOW + HOUR)
    assert list(Task.objects.filter(kind="need.phone", state="open").values_list("subject_id", flat=True)) == [lost.pk]


def test_nobody_is_messaged_about_a_silent_need(town: Any) -> None:
    (need,) = take(raised("老公打我", phone="10000000001"))
    work.complete(task_of(need).pk, "safe", {}, NOW, Because("user:desk"))
    need.refresh_from_db()
    assert (need.state, need.watched, Message.objects.count()) == ("done", True, 0)
    assert not Task.objects.filter(state="open").exists()  # nobody calls back by routine
