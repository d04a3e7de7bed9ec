"""Rule packs over places and time: adopted, planned, rolled back, capped from above; compared without a trace; derived
anew once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connections, transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support import COMMUNITY, DISTRICT, NOW, OTHER, PASSWORD

from tongxin.kit import clocks, db, security
from tongxin.kit.audit import Because
from tongxin.kit.models import AuditEntry
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy import compare, operations, queries, rules, schema
from tongxin.policy.decisions import Refused
from tongxin.policy.models import Comment, Period, ResponseLevel
from tongxin.policy.queries import pack_at, packs_in_force
from tongxin.restrictions import operations as restrictions
from tongxin.restrictions.models import Restriction

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
CITY = int(PlaceId(DISTRICT).at(Level.CITY))
BASE, NINTH, TWENTY, TEN = "base", "cn-2022-06-ninth", "cn-2022-11-twenty", "cn-2022-12-ten"
WHY = "the circular of the day"
BECAUSE = Because("user:test", WHY)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def people(cast: dict[str, Any], city: Any) -> dict[str, Any]:
    from tongxin.access import operations as access

    city.at(NOW)
    mayor = access.create_user("mayor", "mayor", "operations", [CITY], PASSWORD, Because("test"))
    return {**cast, "mayor": mayor}


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The handlers that derive anew, those of the program left out."""
    found: list[Any] = []
    monkeypatch.setattr(operations, "_handlers", found)
    return found


def name_at(place: int, at: dt.datetime = NOW) -> str:
    assert packs_in_force(at).at(place) == pack_at(place, at)
    return pack_at(place, at).name


# -- adopting --------------------------------------------------------------------------------------------


def test_a_pack_holds_from_its_moment_in_the_place_and_all_below_and_ends_the_one_before(people: Any) -> None:
    operations.adopt(DISTRICT, TWENTY, NOW, people["officer"], WHY, NOW)
    operations.adopt(DISTRICT, TEN, NOW + 9 * HOUR, people["officer"], "from midnight", NOW + HOUR)
    midnight = NOW + 9 * HOUR
    assert [name_at(COMMUNITY, at) for at in (NOW - MINUTE, NOW, midnight - MINUTE, midnight)] == [BASE, TWENTY, TWENTY, TEN]
    assert name_at(CITY, midnight) == BASE
    first, second = Period.objects.order_by("starts_at")
    assert (first.ends_at, second.ends_at, second.adopted_by, second.reason) == (midnight, None, "user:officer", "from midnight")
    entry = AuditEntry.objects.filter(action="policy.adopted").latest("pk")
    assert (entry.actor, entry.subject_id, entry.place_id, entry.reason) == ("user:officer", TEN, DISTRICT, "from midnight")


REFUSED = [
    ("a pack that nobody wrote", {"name": "cn-2023"}, "no policy pack “cn-2023”"),
    ("a start in the past", {"starts_at": NOW - HOUR}, "not backwards"),
    ("no reason", {"reason": "  "}, "Say why"),
    ("a place of somebody else", {"place_id": CITY}, "not one that you answer for"),
    ("a place that is not in the tree", {"place_id": COMMUNITY + 10**5}, "not one that you answer for"),
    ("an account without the right", {"user": "worker"}, "may not decide"),
    ("the hospital desk", {"user": "hospital"}, "may not decide"),
    ("somebody without duties", {"user": "outsider"}, "may not decide"),
]


@pytest.mark.parametrize(("change", "says"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_an_adoption_is_refused_with(people: Any, change: dict[str, Any], says: str) -> None:
    given = {"place_id": DISTRICT, "name": TWENTY, "starts_at": NOW, "user": "officer", "reason": WHY, **change}
    with pytest.raises(Refused, match=says):
        operations.adopt(**{**given, "user": people[given["user"]]}, now=NOW)
    assert not Period.objects.exists() and not AuditEntry.objects.filter(action="policy.adopted").exists()


def test_a_few_minutes_late_is_not_backwards(people: Any) -> None:
    operations.adopt(DISTRICT, TWENTY, NOW - 10 * MINUTE, people["officer"], WHY, NOW)
    assert name_at(DISTRICT, NOW - 5 * MINUTE) == TWENTY


def test_a_place_has_one_plan_and_no_pack_twice_in_a_row(people: Any) -> None:
    officer = people["officer"]
    operations.adopt(DISTRICT, TWENTY, NOW, officer, WHY, NOW)
    with pytest.raises(Refused, match="holds here already"):
        operations.adopt(DISTRICT, TWENTY, NOW + HOUR, officer, WHY, NOW + HOUR)
    operations.adopt(DISTRICT, TEN, NOW + 9 * HOUR, officer, WHY, NOW)
    for at in (NOW, NOW + HOUR, NOW + 20 * HOUR):
        with pytest.raises(Refused, match="is planned here from"):
            operations.adopt(DISTRICT, NINTH, at, officer, WHY, NOW)


def test_the_database_refuses_overlapping_periods_and_an_end_before_the_start(places: None) -> None:
    def period(start: float, end: float | None, place: int = DISTRICT) -> Period:
        ends_at = None if end is None else NOW + end * HOUR
        with db.transaction_block():
            return Period.objects.create(
                place_id=place, pack=TWENTY, starts_at=NOW + start * HOUR, ends_at=ends_at, adopted_by="user:x"
            )

    period(0, 5)
    period(5, None)
    period(2, 2)  # a plan that was withdrawn never held
    period(0, 5, COMMUNITY)
    for start, end in ((-1, 1), (1, 2), (4, 6), (0, 5), (-1, None), (5, 6), (9, None)):
        with pytest.raises(IntegrityError, match="overlap"):
            period(start, end)
    with pytest.raises(IntegrityError, match="period_ends_after_start"):
        period(-5, -6)
    with pytest.raises(IntegrityError, match="overlap"), db.transaction_block():
        Period.objects.filter(place_id=DISTRICT, ends_at=NOW + 5 * HOUR).update(ends_at=NOW + 6 * HOUR)


def test_of_two_that_adopt_at_once_one_is_refused(people: Any) -> None:
    gate, said = threading.Barrier(2), []

    def run(name: str) -> None:
        try:
            with db.acting_as_jobs(), translation.override("en"):
                gate.wait()
                operations.adopt(DISTRICT, name, NOW + HOUR, people["officer"], WHY, NOW)
        except Refused as reason:
            said.append(reason)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(name,)) for name in (TWENTY, TEN)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Period.objects.count() == 1 and len(said) == 1


# -- ceilings --------------------------------------------------------------------------------------------


def test_no_place_below_exceeds_a_ceiling_and_the_refusal_names_parameter_values_and_place(people: Any) -> None:
    operations.adopt(CITY, TWENTY, NOW, people["mayor"], WHY, NOW)
    with pytest.raises(Refused) as refused, translation.override("en"):
        operations.adopt(DISTRICT, NINTH, NOW, people["officer"], WHY, NOW)
    assert str(refused.value) == (
        "area.high_clear_days would be 7 days, but Twenty Measures (11 November 2022), adopted at 市辖区, allows 5 days at most."
    )
    operations.adopt(DISTRICT, TEN, NOW, people["officer"], WHY, NOW)
    assert name_at(COMMUNITY) == TEN


def test_a_ceiling_that_is_only_planned_above_binds_from_its_day_on(people: Any) -> None:
    operations.adopt(CITY, TEN, NOW + 9 * HOUR, people["mayor"], WHY, NOW)
    with pytest.raises(Refused, match=r"area.temporary_longest would be 24 hours, .* 0 hours at most"):
        operations.adopt(DISTRICT, TWENTY, NOW, people["officer"], WHY, NOW)


def test_a_pack_adopted_above_ends_what_exceeds_its_ceilings_below_from_then_on(people: Any) -> None:
    officer, mayor, noon = people["officer"], people["mayor"], NOW + 4 * HOUR
    operations.adopt(DISTRICT, TWENTY, NOW, officer, WHY, NOW)
    operations.adopt(COMMUNITY, TEN, NOW, officer, WHY, NOW)
    found = operations.check_adopt(CITY, TEN, noon, mayor, WHY, NOW)
    assert [p.place_id for p in found.ended] == [DISTRICT]
    operations.adopt(CITY, TEN, noon, mayor, WHY, NOW)
    assert [name_at(p, noon - MINUTE) for p in (CITY, DISTRICT, COMMUNITY)] == [BASE, TWENTY, TEN]
    assert [name_at(p, noon) for p in (CITY, DISTRICT, OTHER)] == [TEN, TEN, TEN]
    assert queries.held(OTHER, noon).place_id == CITY and queries.held(COMMUNITY, noon).place_id == COMMUNITY
    assert AuditEntry.objects.filter(action="policy.adopted").latest("pk").details["ended"] == [DISTRICT]


def test_a_plan_below_that_would_exceed_follows_the_place_above_instead(people: Any) -> None:
    operations.adopt(DISTRICT, NINTH, NOW + 9 * HOUR, people["officer"], WHY, NOW)
    operations.adopt(CITY, TWENTY, NOW + HOUR, people["mayor"], WHY, NOW)
    assert name_at(DISTRICT, NOW + 10 * HOUR) == TWENTY


PACKS = st.sampled_from([BASE, NINTH, TWENTY, TEN])
STEPS = st.lists(
    st.tuples(st.sampled_from([CITY, DISTRICT, COMMUNITY]), st.one_of(st.none(), PACKS), st.integers(0, 3), st.integers(0, 2)),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_adopted_and_rolled_back_no_place_ever_exceeds_a_ceiling_above_it(
    people: Any, steps: list[tuple[int, str | None, int, int]]
) -> None:
    Period.objects.update(for_plan=None, instead_of=None)
    Period.objects.all().delete()
    now = NOW
    for place, name, ahead, passed in steps:
        now += passed * HOUR
        try:
            if name is None:
                operations.roll_back(place, people["mayor"], WHY, now)
            else:
                operations.adopt(place, name, now + ahead * HOUR, people["mayor"], WHY, now)
        except Refused:
            pass
    for hours in range(30):
        at = NOW + hours * HOUR
        held = [p for p in (CITY, DISTRICT, COMMUNITY) if (o := queries.own(p, at)) and o.pack]
        for n, upper in enumerate(held):
            for lower in held[n + 1 :]:
                ceilings = {k: p.highest for k, p in pack_at(upper, at).parameters.items() if p.highest is not None}
                values = {k: p.quantity for k, p in pack_at(lower, at).parameters.items()}
                assert rules.exceeding(values, ceilings) == []


# -- rolling back ----------------------------------------------------------------------------------------


def test_rolling_back_lets_the_pack_before_hold_again_as_a_new_period_and_deletes_nothing(people: Any) -> None:
    officer = people["officer"]
    operations.adopt(DISTRICT, TWENTY, NOW, officer, WHY, NOW)
    operations.adopt(DISTRICT, TEN, NOW + HOUR, officer, WHY, NOW + HOUR)
    operations.roll_back(DISTRICT, officer, "too early", NOW + 2 * HOUR)
    at = [NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR]
    assert [name_at(DISTRICT, t) for t in at] == [TWENTY, TEN, TWENTY, TWENTY]
    assert Period.objects.count() == 3
    entry = AuditEntry.objects.get(action="policy.rolled_back")
    assert (entry.actor, entry.reason, entry.subject_id) == ("user:officer", "too early", TEN)


def test_rolling_the_first_pack_back_lets_the_place_follow_the_place_above_again(people: Any) -> None:
    operations.adopt(DISTRICT, TEN, NOW, people["officer"], WHY, NOW)
    operations.roll_back(DISTRICT, people["officer"], WHY, NOW + HOUR)
    assert name_at(DISTRICT, NOW + HOUR) == BASE
    operations.adopt(CITY, TWENTY, NOW + HOUR, people["mayor"], WHY, NOW + HOUR)
    assert name_at(COMMUNITY, NOW + HOUR) == TWENTY
    with pytest.raises(Refused, match="No pack was adopted"):
        operations.roll_back(COMMUNITY, people["officer"], WHY, NOW + HOUR)


def test_a_plan_is_withdrawn_what_held_goes_on_and_the_same_can_be_planned_again(people: Any) -> None:
    officer, midnight = people["officer"], NOW + 9 * HOUR
    operations.adopt(DISTRICT, TWENTY, NOW, officer, WHY, NOW)
    operations.adopt(DISTRICT, TEN, midnight, officer, WHY, NOW)
    operations.roll_back(DISTRICT, officer, "not yet", NOW + HOUR)
    assert name_at(DISTRICT, midnight) == TWENTY and queries.planned(DISTRICT, NOW) is None
    operations.adopt(DISTRICT, TEN, midnight, officer, WHY, NOW + HOUR)
    assert name_at(DISTRICT, midnight) == TEN and Period.objects.count() == 3


def test_nobody_rolls_back_to_what_a_place_above_forbids_by_now(people: Any) -> None:
    operations.adopt(DISTRICT, NINTH, NOW, people["officer"], WHY, NOW)
    operations.adopt(DISTRICT, TWENTY, NOW + HOUR, people["officer"], WHY, NOW + HOUR)
    operations.adopt(CITY, TWENTY, NOW + 2 * HOUR, people["mayor"], WHY, NOW + 2 * HOUR)
    with pytest.raises(Refused, match="allows 5 days at most"):
        operations.roll_back(DISTRICT, people["officer"], WHY, NOW + 3 * HOUR)


# -- deriving anew ---------------------------------------------------------------------------------------


def test_when_a_period_begins_the_handlers_run_once_as_the_jobs_role(people: Any, handlers: list[Any]) -> None:
    seen: list[Any] = []

    @operations.on_adopted
    def handler(place: int, pack: schema.Pack, now: dt.datetime, because: Because) -> int:
        seen.append((db.alias(), place, pack.name, now, because.actor, because.reason))
        return 3

    operations.adopt(DISTRICT, TEN, NOW + HOUR, people["officer"], WHY, NOW)
    assert operations.derive_due(NOW + 59 * MINUTE) == 0 and seen == []
    assert clocks.sweep(NOW + 2 * HOUR)["policy packs derived"] == 1
    assert operations.derive_due(NOW + 3 * HOUR) == 0
    assert seen == [("jobs", DISTRICT, TEN, NOW + 2 * HOUR, "user:officer", WHY)]
    assert AuditEntry.objects.get(action="policy.derived").count == 3


def test_many_sweeps_at_once_derive_a_period_once(people: Any, handlers: list[Any]) -> None:
    handlers.append(lambda place, pack, now, because: ResponseLevel.objects.create(
        place_id=place, level=1, starts_at=dt.datetime.now(dt.UTC), set_by="x", reason="x") and 1)  # fmt: skip
    for place in (DISTRICT, COMMUNITY, OTHER):
        operations.adopt(place, TEN, NOW, people["officer"], WHY, NOW)
    gate, answers = threading.Barrier(4), []

    def run() -> None:
        try:
            with db.acting_as_jobs():
                gate.wait()
                answers.append(operations.derive_due(NOW))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answers) == 3 == ResponseLevel.objects.count()


def test_a_handler_that_fails_leaves_nothing_holds_up_nobody_and_is_tried_again(people: Any, handlers: list[Any]) -> None:
    seen, broken = [], [True]

    def handler(place: int, pack: schema.Pack, now: dt.datetime, because: Because) -> int:
        ResponseLevel.objects.create(place_id=place, level=1, starts_at=now, set_by="x", reason="x")
        if place == COMMUNITY and broken[0]:
            raise RuntimeError("the network is gone")
        seen.append(place)
        return 1

    handlers.append(handler)
    for place in (COMMUNITY, OTHER):
        operations.adopt(place, TEN, NOW, people["officer"], WHY, NOW)
    assert operations.derive_due(NOW) == 1 and seen == [OTHER]
    assert list(ResponseLevel.objects.values_list("place_id", flat=True)) == [OTHER]
    broken[0] = False
    assert operations.derive_due(NOW) == 1 and seen == [OTHER, COMMUNITY]


def test_what_ended_before_the_clock_ran_and_plans_that_were_withdrawn_derive_nothing(people: Any, handlers: list[Any]) -> None:
    seen: list[str] = []
    handlers.append(lambda place, pack, now, because: seen.append(pack.name) or 0)
    officer = people["officer"]
    operations.adopt(DISTRICT, TWENTY, NOW, officer, WHY, NOW)
    operations.adopt(DISTRICT, TEN, NOW + HOUR, officer, WHY, NOW + HOUR)
    operations.adopt(DISTRICT, BASE, NOW + 9 * HOUR, officer, WHY, NOW + HOUR)
    operations.roll_back(DISTRICT, officer, WHY, NOW + HOUR)
    operations.derive_due(NOW + 10 * HOUR)
    assert seen == [TEN]
    assert not Period.objects.filter(derived_at=None).exists()


# -- comparing -------------------------------------------------------------------------------------------


def hold(subject: int, place: int, hours_ago: float, **other: Any) -> Restriction:
    start = NOW - hours_ago * HOUR
    return Restriction.objects.create(
        **{
            "kind": "mixed_positive_hold", "subject_kind": "person", "subject_id": subject, "place_id": place,
            "basis": "base/hold.mixed_positive_ends", "cause_kind": "result", "cause_id": 1, "reason_zh": "等待", "reason_en": "wait",
            "starts_at": start, "due_at": start, "ends_at": start + 48 * HOUR, **other,
        }
    )  # fmt: skip


def effects(before: str, after: str, place: int = DISTRICT) -> dict[str, int]:
    found = compare.compare(place, before, after, NOW).effects
    return {e.key.removeprefix("mixed_positive_hold."): e.count for e in found if e.key.startswith("mixed_positive")}


def test_two_packs_are_compared_on_what_is_in_force(places: None) -> None:
    hold(1, COMMUNITY, 30)
    hold(2, COMMUNITY, 10)
    hold(3, OTHER, 30)
    hold(4, OTHER, 60)  # ended
    hold(5, COMMUNITY, 30, extended_by="user:x", extension_cause="tube 7", ends_at=NOW + 40 * HOUR)
    assert effects(TWENTY, TEN) == {"released": 2, "earlier": 2}
    assert effects(TWENTY, TEN, OTHER) == {"released": 1}
    assert effects(TEN, TWENTY) == {"longer": 1}
    assert effects(TWENTY, NINTH) == {}
    (found,) = [e for e in compare.compare(COMMUNITY, TWENTY, TEN, NOW).effects if e.key.endswith("released")]
    assert [r["subject"] for r in found.rows] == [("person", 1)] and found.total == 1
    assert found.rows[0]["before"] - found.rows[0]["after"] == 24 * HOUR


def test_a_place_with_a_pack_of_its_own_is_not_touched_by_what_holds_around_it(people: Any) -> None:
    hold(1, COMMUNITY, 30)
    hold(2, OTHER, 30)
    operations.adopt(OTHER, TWENTY, NOW, people["officer"], WHY, NOW)
    assert effects(BASE, TEN) == {"released": 1}
    assert packs_in_force(NOW).reach(DISTRICT) == [
        (DISTRICT, OTHER), (PlaceId(OTHER).range[1], PlaceId(DISTRICT).range[1])
    ]  # fmt: skip


def test_who_compares_counts_only_what_they_may_see(places: None) -> None:
    hold(1, COMMUNITY, 30)
    hold(2, OTHER, 30)
    with db.acting_as(db.WEB), transaction.atomic(using=db.WEB):
        security.set_scope([PlaceId(COMMUNITY).range])
        assert effects(TWENTY, TEN) == {"released": 1}


def test_a_comparison_can_write_nothing_and_the_request_around_it_still_can(
    places: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "_handlers", {})
    before = AuditEntry.objects.count()

    @lambda f: compare.register("meddler", f)
    def meddle(*_: Any) -> list[compare.Effect]:
        ResponseLevel.objects.create(place_id=DISTRICT, level=1, starts_at=NOW, set_by="x", reason="x")
        return []

    with pytest.raises(InternalError, match="read-only"):
        compare.compare(DISTRICT, TWENTY, TEN, NOW)
    assert not ResponseLevel.objects.exists()
    compare._handlers.clear()
    with db.transaction_block():
        assert compare.compare(DISTRICT, TWENTY, TEN, NOW).differences
        operations.audit.record(BECAUSE, "test.written", "policy")
    assert AuditEntry.objects.count() == before + 1


def test_what_differs_between_two_packs_is_every_value_or_ceiling_that_is_not_the_same() -> None:
    twenty, ten = schema.load(TWENTY), schema.load(TEN)
    found = {d.key: (d.before.value, d.after.value) for d in compare.differences(twenty, ten)}
    assert found["area.temporary_longest"] == (24, 0) and found["area.high_then"] == ("low", "lifted")
    assert "area.high_clear_days" not in found and "chase.reach_within" not in found
    assert compare.differences(ten, ten) == []
    with pytest.raises(KeyError):
        compare.compare(DISTRICT, TWENTY, "cn-2023", NOW)


def test_a_new_pack_ends_holds_earlier_never_later_and_never_in_the_past(people: Any) -> None:
    gone, soon = hold(1, COMMUNITY, 30), hold(2, COMMUNITY, 10)
    signed = hold(3, COMMUNITY, 30, extended_by="user:x", extension_cause="tube 7", ends_at=NOW + 40 * HOUR)
    operations.adopt(DISTRICT, TEN, NOW, people["officer"], WHY, NOW)
    done = clocks.sweep(NOW)
    ends = dict(Restriction.objects.values_list("subject_id", "ends_at"))
    assert ends == {1: NOW, 2: NOW + 14 * HOUR, 3: NOW + 18 * HOUR}
    assert done["restrictions lapsed"] == 1 and Restriction.objects.get(pk=gone.pk).released_at == NOW
    (noted,) = Restriction.objects.get(pk=soon.pk).decision["rederived"]
    assert (noted["rule"], noted["by"]) == (f"{TEN}/hold.mixed_positive_ends", "user:officer")
    assert AuditEntry.objects.get(action="restriction.rederived").count == 3
    operations.roll_back(DISTRICT, people["officer"], WHY, NOW + HOUR)
    clocks.sweep(NOW + HOUR)
    assert dict(Restriction.objects.values_list("subject_id", "ends_at")) == ends
    assert restrictions.lapse_due(NOW + 18 * HOUR) == 2 and signed.pk


# -- comments and levels ---------------------------------------------------------------------------------


def seen_by(user: Any) -> set[str]:
    with db.acting_as(db.WEB), transaction.atomic(using=db.WEB):
        security.set_scope(user.ranges())
        return {c.text for c in queries.comments(TEN, "area.high_clear_days")}


def test_one_reads_comments_of_ones_own_places_and_the_district_reads_all_below(people: Any) -> None:
    from tongxin.access import operations as access

    neighbour = access.create_user("neighbour", "n", "community", [OTHER], PASSWORD, Because("test"))
    for place, user in ((COMMUNITY, people["worker"]), (OTHER, neighbour), (DISTRICT, people["officer"])):
        with db.acting_as(db.WEB), transaction.atomic(using=db.WEB):
            security.set_scope(user.ranges())
            operations.comment(place, TEN, "area.high_clear_days", f" from {user.username} ", user, NOW)
    assert seen_by(people["worker"]) == {"from worker"}
    assert seen_by(neighbour) == {"from neighbour"}
    assert seen_by(people["officer"]) == {"from worker", "from neighbour", "from officer"}
    assert queries.comment_counts(TEN) == {"area.high_clear_days": 3}
    entry = AuditEntry.objects.filter(action="policy.commented").latest("pk")
    assert (entry.actor, entry.rule) == ("user:officer", f"{TEN}/area.high_clear_days")


COMMENTS = [
    ("nothing said", {"text": " "}, "Write what"),
    ("too much said", {"text": "x" * 1001}, "1000 characters"),
    ("no such parameter", {"key": "area.high"}, "no parameter “area.high”"),
    ("no such pack", {"pack": "cn-2023"}, "no policy pack"),
    ("another place", {"place_id": OTHER}, "not one that you answer for"),
    ("somebody without duties", {"user": "outsider", "place_id": OTHER}, "may not comment"),
]


@pytest.mark.parametrize(("change", "says"), [c[1:] for c in COMMENTS], ids=[c[0] for c in COMMENTS])
def test_a_comment_is_refused_with(people: Any, change: dict[str, Any], says: str) -> None:
    given = {"place_id": COMMUNITY, "pack": TEN, "key": "area.high_clear_days", "text": "x", "user": "worker", **change}
    with pytest.raises(Refused, match=says):
        operations.comment(**{**given, "user": people[given["user"]]}, now=NOW)
    assert not Comment.objects.exists()


def test_a_response_level_holds_below_until_the_next_and_is_set_by_those_who_may(people: Any) -> None:
    officer = people["officer"]
    assert queries.level_at(COMMUNITY, NOW) is None
    operations.set_level(DISTRICT, 2, officer, "outbreak", NOW)
    operations.set_level(COMMUNITY, 1, officer, "worse here", NOW + HOUR)
    operations.set_level(DISTRICT, 0, officer, "over", NOW + 2 * HOUR)
    at = {place: [getattr(queries.level_at(place, NOW + n * HOUR), "level", None) for n in range(3)] for place in (COMMUNITY, OTHER)}
    assert at == {COMMUNITY: [2, 1, 1], OTHER: [2, 2, 0]}
    for place, level, who, says in ((DISTRICT, 5, "officer", "I, II, III or IV"), (CITY, 1, "officer", "answer for"), (COMMUNITY, 1, "worker", "may not")):
        with pytest.raises(Refused, match=says):
            operations.set_level(place, level, people[who], "x", NOW)
    assert AuditEntry.objects.filter(action="policy.level").count() == 3
