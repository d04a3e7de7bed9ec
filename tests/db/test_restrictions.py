"""Restrictions in the database: none without cause or end, lifted in bulk, prolonged one by one, ended by the clock."""

import dataclasses
import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django.utils.translation import gettext_lazy as _
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongxin.access.models import Role, RoleCapability, User
from tongxin.kit import db
from tongxin.kit.audit import Because
from tongxin.kit.models import AuditEntry
from tongxin.people.models import Person
from tongxin.places.models import Home
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import Refused
from tongxin.restrictions import kinds, operations, queries, rules
from tongxin.restrictions.models import Restriction
from tongxin.restrictions.operations import NewRestriction, Which

NOW = dt.datetime(2022, 11, 24, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
HOUR = dt.timedelta(hours=1)
COMMUNITY = PlaceId.parse("500108106002")
UNIT = PlaceId(COMMUNITY + 301201)
BECAUSE = Because("system", "tube T1 is positive", "base/hold.mixed_positive_ends")
KIND = kinds.declare(
    kinds.Kind(
        "test.hold", _("Hold"), frozenset({"person", "home", "place"}), "hold.extend",
        "hold.mixed_positive_due", "hold.mixed_positive_ends", "hold.mixed_positive_ceiling",
    )
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("city")


def new(subject: int = 1, cause: int = 7, **other: Any) -> NewRestriction:
    times = rules.hold(NOW, 24 * HOUR, 48 * HOUR, BECAUSE.rule)
    one = NewRestriction(
        kind="test.hold", subject_kind="person", subject_id=subject, place_id=UNIT, basis=BECAUSE.rule,
        cause_kind="result", cause_id=cause, reason_zh="同管有阳性，等待单管复核", reason_en="a tube is positive",
        starts_at=NOW, due_at=times.due_at, ends_at=times.ends_at, decision=times.decision,
    )  # fmt: skip
    return dataclasses.replace(one, **other)


def imposed(subject: int = 1, cause: int = 7, **other: Any) -> Restriction:
    ((key, found),) = operations.impose([new(subject, cause, **other)], BECAUSE)
    assert found == subject
    return Restriction.objects.get(pk=key)


def user(name: str = "wang", *capabilities: str) -> User:
    role = Role.objects.create(key=f"role of {name}")
    for capability in capabilities:
        RoleCapability.objects.create(role=role, capability=capability)
    return User.objects.create(username=name, name=name, role=role)


REFUSED = [
    ("no end after its start", {"ends_at": NOW, "due_at": NOW}, "restriction_ends_after_start"),
    ("a release after its end", {"due_at": NOW + 49 * HOUR}, "restriction_due_inside"),
    ("no basis", {"basis": ""}, "restriction_says_why"),
    ("no reason in Chinese", {"reason_zh": ""}, "restriction_says_why"),
    ("no reason in English", {"reason_en": ""}, "restriction_says_why"),
    ("no end at all", {"ends_at": None}, "ends_at"),
    ("no start", {"starts_at": None}, "starts_at"),
]


@pytest.mark.parametrize(("change", "says"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_the_database_refuses_a_restriction_with(change: dict[str, Any], says: str) -> None:
    with pytest.raises(IntegrityError, match=says):
        operations.impose([new(1), new(2, **change)], BECAUSE)
    assert Restriction.objects.count() == AuditEntry.objects.count() == 0


BY_HAND = [
    ("a cause that is a list of names", {"cause_kind": "list of names"}, "restriction_has_cause"),
    ("no cause", {"cause_id": None}, "cause_id"),
    ("an unknown subject", {"subject_kind": "street life"}, "restriction_subject_known"),
    ("an extension that nobody signed", {"extension_cause": "to be safe"}, "restriction_extension_signed"),
    ("an extension without a cause", {"extended_by": "user:wang"}, "restriction_extension_signed"),
    ("a release that is not explained", {"released_at": NOW}, "restriction_release_explained"),
]


@pytest.mark.parametrize(("change", "says"), [r[1:] for r in BY_HAND], ids=[r[0] for r in BY_HAND])
def test_whoever_writes_past_the_operations_the_database_refuses(change: dict[str, Any], says: str) -> None:
    values = {f.name: getattr(new(), f.name) for f in dataclasses.fields(NewRestriction)} | {"decision": {}} | change
    with pytest.raises(IntegrityError, match=says), db.transaction_block():
        Restriction.objects.create(**values)


def test_an_operation_refuses_a_bad_cause_or_subject_in_words() -> None:
    for change in ({"cause_kind": "rumour"}, {"cause_id": None}, {"subject_kind": "facility"}):
        with pytest.raises(Refused):
            operations.impose([new(**change)], BECAUSE)


def test_the_same_subject_and_cause_are_restricted_once_while_it_holds() -> None:
    assert len(operations.impose([new(1), new(2), new(2)], BECAUSE)) == 2
    assert operations.impose([new(1), new(3)], BECAUSE)[0][1] == 3
    assert operations.impose([new(1, cause=8)], BECAUSE) != []
    assert operations.release(Which("test.hold", "person", [1], ("result", 7)), "negative", NOW, BECAUSE) == 1
    assert len(operations.impose([new(1)], BECAUSE)) == 1
    assert operations.impose([], BECAUSE) == []
    counted = AuditEntry.objects.filter(action="restriction.imposed").order_by("pk").values_list("count", flat=True)
    assert list(counted) == [2, 1, 1, 1]


def test_what_is_imposed_can_be_explained() -> None:
    one = imposed()
    assert one.decision["rule"] == one.basis == "base/hold.mixed_positive_ends"
    assert one.decision["values"]["ends_at"] == "2022-11-26T08:00:00+08:00"


def test_a_release_names_ids_or_subjects_and_touches_nothing_else() -> None:
    first, _second, other = imposed(1), imposed(2), imposed(1, cause=8)
    withdrawn = operations.release([first.pk, 10**9], "positive corrected", NOW, BECAUSE, kind="withdrawn")
    assert withdrawn == 1
    assert operations.release([first.pk], "again", NOW, BECAUSE) == 0
    assert operations.release([], "nobody", NOW, BECAUSE) == 0
    assert operations.release(Which("test.hold", "home", [1, 2]), "other subject", NOW, BECAUSE) == 0
    assert operations.release(Which("test.hold", "person", [2, 3], ("result", 8)), "other cause", NOW, BECAUSE) == 0
    assert operations.release(Which("test.hold", "person", [1, 2, 3]), "negative", NOW, BECAUSE) == 2
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.release_kind, first.released_by) == ("withdrawn", "system")
    assert first.release_reason == "positive corrected"
    assert (other.release_kind, other.released_at) == ("released", NOW)
    with pytest.raises(Refused, match="reason"):
        operations.release([first.pk], "", NOW, BECAUSE)


def test_two_who_lift_at_once_lift_each_once() -> None:
    operations.impose([new(n) for n in range(100)], BECAUSE)
    start, lifted = threading.Barrier(2), []

    def lift(order: int) -> None:
        try:
            with db.acting_as_jobs():
                db.rows("SELECT 1")
                start.wait()
                which = Which("test.hold", "person", list(range(100))[::order])
                lifted.append(operations.release(which, "negative", NOW, BECAUSE))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=lift, args=(order,)) for order in (1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lifted) == 100


def test_the_clock_ends_what_nobody_extended_at_its_end_and_only_once() -> None:
    one, late = imposed(1), imposed(2, ends_at=NOW + 50 * HOUR)
    assert operations.lapse_due(NOW + 47 * HOUR) == 0
    assert operations.lapse_due(NOW + 49 * HOUR) == 1
    assert operations.lapse_due(NOW + 49 * HOUR) == 0
    one.refresh_from_db()
    late.refresh_from_db()
    assert (one.released_at, one.release_kind, one.released_by) == (NOW + 48 * HOUR, "lapsed", "clock")
    assert late.released_at is None
    entry = AuditEntry.objects.get(action="restriction.lapsed")
    assert (entry.actor, entry.count) == ("clock", 1)


def test_a_named_person_prolongs_one_up_to_the_ceiling_and_every_end_stays_on_record() -> None:
    one, wang, li = imposed(), user("wang", "hold.extend"), user("li")
    by_wang = Because(wang.actor, "retest missing")
    with pytest.raises(Refused, match="may not"):
        operations.extend(one.pk, NOW + 60 * HOUR, li, "retest missing", NOW, by_wang)
    with pytest.raises(Refused, match="no end later"):
        operations.extend(one.pk, NOW + 97 * HOUR, wang, "retest missing", NOW, by_wang)
    operations.extend(one.pk, NOW + 60 * HOUR, wang, "retest missing", NOW, by_wang)
    operations.extend(one.pk, NOW + 72 * HOUR, wang, "lab closed", NOW + HOUR, by_wang)
    one.refresh_from_db()
    assert (one.ends_at, one.extended_by, one.extension_cause) == (NOW + 72 * HOUR, "user:wang", "lab closed")
    causes = [e["values"]["cause"] for e in one.decision["extensions"]]
    assert causes == ["retest missing", "lab closed"]
    assert one.decision["extensions"][0]["rule"] == "base/hold.mixed_positive_ceiling"
    assert operations.lapse_due(NOW + 49 * HOUR) == 0
    with pytest.raises(Refused, match="ended already"):
        operations.extend(one.pk, NOW + 80 * HOUR, wang, "retest missing", NOW + 72 * HOUR, by_wang)


def test_conditions_are_noted_once_can_be_taken_back_and_make_a_late_release_show() -> None:
    one, other = imposed(1), imposed(2, cause=8)
    met = ("result", 7, "test.hold", "person", [1, 2])
    assert operations.conditions_met(*met, NOW + 30 * HOUR) == 1
    assert operations.conditions_met(*met, NOW + 31 * HOUR) == 0
    assert operations.conditions_met("result", None, "test.hold", "person", [1, 2], NOW + 31 * HOUR) == 1
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.conditions_met_at, other.conditions_met_at) == (NOW + 30 * HOUR, NOW + 31 * HOUR)
    late = queries.overdue(NOW + 32 * HOUR)
    assert [(r.pk, r.overdue_since) for r in late] == [(one.pk, NOW + 30 * HOUR), (other.pk, NOW + 31 * HOUR)]
    assert queries.overdue_count(NOW + 32 * HOUR, COMMUNITY) == 2
    assert queries.overdue_count(NOW + 32 * HOUR, PlaceId(COMMUNITY + Level.COMMUNITY.width)) == 0
    assert operations.conditions_met(*met, None) == 1
    assert queries.overdue_count(NOW + 32 * HOUR) == 1


def test_what_limits_a_person_counts_the_home_and_the_places_around_it() -> None:
    home = Home.objects.create(place_id=UNIT, number="0301")
    person = Person.objects.create(person_no="P1", place_id=UNIT, home=home)
    neighbour = Person.objects.create(person_no="P2", place_id=UNIT)
    mine = imposed(person.pk)
    at_home = imposed(home.pk, subject_kind="home")
    around = imposed(UNIT.at(Level.BUILDING), subject_kind="place", ends_at=NOW + 30 * HOUR)
    imposed(UNIT.at(Level.BUILDING) + 2, subject_kind="place")
    imposed(person.pk, cause=9, starts_at=NOW + HOUR)
    found = queries.in_force_on_person(NOW, person.pk)
    assert [r.pk for r in found] == [around.pk, mine.pk, at_home.pk]
    assert [r.pk for r in queries.in_force_on_person(NOW, neighbour.pk)] == [around.pk]
    assert [r.pk for r in queries.in_force(NOW, "home", [home.pk])] == [at_home.pk]
    assert len(queries.of_person(person.pk)) == 2
    assert queries.in_force_on_person(NOW + 100 * HOUR, person.pk) == []


hours = st.integers(-20, 20)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(hours, hours | st.none(), st.booleans()), min_size=1, max_size=30))
def test_the_rule_and_the_statement_find_the_same_late_releases(rows: list[tuple[int, int | None, bool]]) -> None:
    Restriction.objects.all().delete()
    for n, (due, met, released) in enumerate(rows):
        start = NOW - 30 * HOUR
        one = imposed(n, starts_at=start, due_at=NOW + due * HOUR, ends_at=NOW + 30 * HOUR)
        if met is not None:
            operations.conditions_met("result", 7, "test.hold", "person", [n], NOW + met * HOUR)
        if released:
            operations.release([one.pk], "negative", NOW, BECAUSE)
    everyone = list(Restriction.objects.all())
    late = {r.pk for r in everyone if rules.is_overdue(NOW, r.due_at, r.conditions_met_at, r.released_at)}
    live = {r.pk for r in everyone if rules.is_in_force(NOW, r.starts_at, r.ends_at, r.released_at)}
    since = [rules.overdue_since(r.due_at, r.conditions_met_at, None) for r in everyone if r.pk in late]
    clock = queries.release_clock(NOW, 2 * HOUR)
    assert {r.pk for r in queries.overdue(NOW)} == late
    assert (clock.overdue, clock.in_force, clock.ending_soon) == (len(late), len(live), 0)
    assert clock.oldest_overdue == min((s for s in since if s), default=None)


def test_what_ends_soon_is_shown_before_it_lapses() -> None:
    soon, later = imposed(1), imposed(2, ends_at=NOW + 60 * HOUR)
    assert [r.pk for r in queries.ending(NOW + 47 * HOUR, 2 * HOUR)] == [soon.pk]
    assert [r.pk for r in queries.ending(NOW + 49 * HOUR, 24 * HOUR, COMMUNITY)] == [later.pk]
    assert queries.release_clock(NOW + 47 * HOUR, 2 * HOUR, COMMUNITY).ending_soon == 1
