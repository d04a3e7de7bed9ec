"""Tasks in the database: opened in bulk, taken by one, passed up by the clock."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, connections
from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongxin.access.models import Role, User
from tongxin.kit import db, security
from tongxin.kit.audit import Because
from tongxin.kit.models import AuditEntry
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import Refused
from tongxin.policy.models import Period
from tongxin.policy.queries import pack_at, packs_in_force
from tongxin.tasks import kinds, operations, queries, rules
from tongxin.tasks.models import Task, TaskEvent
from tongxin.tasks.operations import NewTask

NOW = dt.datetime(2022, 11, 24, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
COMMUNITY = PlaceId.parse("500108106002")
NEXT = PlaceId.parse("500108106003")
UNIT = PlaceId(COMMUNITY + 301201)
BECAUSE = Because("user:wang", "the tube is positive")
OUTCOMES = {"reached": _("reached"), "moved": _("moved")}
CALL = kinds.declare(kinds.Kind("test.call", _("Call"), "tracer", "chase.reach_within", OUTCOMES, "member"))
SWAB = kinds.declare(kinds.Kind("test.swab", _("Swab"), "sampler", "chase.retest_within", OUTCOMES, "member"))

pytestmark = pytest.mark.usefixtures("city")


def user(name: str = "wang") -> User:
    role, _made = Role.objects.get_or_create(key="tracer")
    return User.objects.create(username=name, name=name, role=role)


def opened(subject: int = 1, kind: str = "test.call", place: int = UNIT, **more: Any) -> Task:
    assert operations.open_tasks([NewTask(kind, place, subject, **more)], NOW, BECAUSE) == 1
    return Task.objects.get(kind=kind, subject_id=subject, state="open")


def events(task: Task) -> list[str]:
    return [e.event for e in queries.history(task.pk)]


def together(work: Callable[[int], Any], count: int = 2) -> list[Any]:
    """What ``work`` answers when several do it at one instant, each on a connection of its own."""
    start, answers = threading.Barrier(count), [None] * count

    def run(i: int) -> None:
        try:
            with db.acting_as_jobs():
                db.rows("SELECT 1")
                start.wait()
                answers[i] = work(i)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_task_is_due_after_its_kinds_time_and_names_the_rule() -> None:
    task = opened(person_id=5, params={"phone": "打不通 \"'%s"})
    assert (task.due_at, task.escalate_at) == (NOW + HOUR, NOW + HOUR)
    assert task.rule == "base/chase.reach_within"
    assert (task.team, task.subject_kind, task.person_id) == ("tracer", "member", 5)
    assert task.params == {"phone": "打不通 \"'%s"}
    assert events(task) == ["opened"]


def test_a_due_time_that_is_given_holds() -> None:
    assert opened(due_at=NOW + 7 * MINUTE).due_at == NOW + 7 * MINUTE


def test_a_subject_has_one_open_task_of_a_kind_and_may_have_another_after_that() -> None:
    task = opened()
    again = [NewTask("test.call", UNIT, 1), NewTask("test.call", UNIT, 1), NewTask("test.swab", UNIT, 1)]
    assert operations.open_tasks(again, NOW, BECAUSE) == 1
    operations.complete(task.pk, "moved", {}, NOW, BECAUSE)
    assert operations.open_tasks(again, NOW, BECAUSE) == 1
    assert operations.open_tasks([], NOW, BECAUSE) == 0


def test_two_who_open_the_same_tasks_at_once_open_each_once() -> None:
    wanted = [NewTask("test.call", UNIT, n) for n in range(200)]
    answers = together(lambda i: operations.open_tasks(wanted[:: 1 - 2 * i], NOW, BECAUSE))
    assert sum(answers) == 200 == Task.objects.count() == TaskEvent.objects.count()


def test_ten_thousand_tasks_are_opened_with_few_statements_and_one_audit_entry() -> None:
    wanted = [NewTask("test.call", COMMUNITY + 300_001 + (n % 500 + 1) * 100, n) for n in range(10_000)]
    connection = db.connection()
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    try:
        assert operations.open_tasks(wanted, NOW, BECAUSE) == 10_000
        assert len(connection.queries_log) <= 12
    finally:
        connection.force_debug_cursor = False
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.count, entry.actor) == ("task.opened", 10_000, "user:wang")


def test_a_pack_is_looked_for_up_the_tree_and_from_its_moment_on(monkeypatch: pytest.MonkeyPatch) -> None:
    city, street = COMMUNITY.at(Level.CITY), COMMUNITY.at(Level.STREET)
    held = [(city, "city", -9, -1), (city, "newer", -1, 99), (street, "street", -5, 99), (UNIT, "later", 1, 99)]
    for place, name, start, end in held:
        Period.objects.using("owner").create(
            place_id=place, pack=name, starts_at=NOW + start * HOUR, ends_at=NOW + end * HOUR, adopted_by="x"
        )
    monkeypatch.setattr("tongxin.policy.queries.load", lambda name: name)
    expected = [
        (UNIT, NOW, "street"),
        (UNIT, NOW + HOUR, "later"),
        (UNIT, NOW - 6 * HOUR, "city"),
        (UNIT, NOW - 10 * HOUR, "base"),
        (COMMUNITY.at(Level.DISTRICT), NOW, "newer"),
        (PlaceId.parse("11"), NOW, "base"),
    ]
    for place, at, name in expected:
        assert (place, pack_at(place, at)) == (place, name)
        assert (place, packs_in_force(at).at(place)) == (place, name)


def test_of_two_who_take_a_task_one_gets_it() -> None:
    task, people = opened(), [user("wang"), user("li")]
    for _try in range(5):
        won = together(lambda i: operations.claim(task.pk, people[i], NOW))
        assert sorted(won) == [False, True]
        task.refresh_from_db()
        assert (task.state, task.owner_id) == ("claimed", people[won.index(True)].pk)
        assert operations.release_claim(task.pk, people[won.index(False)], NOW) is False
        assert operations.release_claim(task.pk, people[won.index(True)], NOW) is True
    assert events(task) == ["opened", *["claim", "release"] * 5]


def test_an_outcome_runs_its_handlers_in_the_same_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, str]] = []

    def follow(task: Task, now: dt.datetime, because: Because) -> None:
        heard.append((task.outcome, because.actor))
        if task.outcome == "moved":
            raise RuntimeError("the handler failed")

    monkeypatch.setattr(kinds, "_handlers", {})
    operations.on_outcome("test.call")(follow)
    good, bad = opened(1), opened(2)
    done = operations.complete(good.pk, "reached", {"photo": "a.jpg"}, NOW, BECAUSE)
    assert (done.state, done.closed_by, done.escalate_at) == ("done", "user:wang", None)
    assert done.evidence == {"photo": "a.jpg"}
    with pytest.raises(RuntimeError):
        operations.complete(bad.pk, "moved", {}, NOW, BECAUSE)
    bad.refresh_from_db()
    assert (bad.state, events(bad)) == ("open", ["opened"])
    assert heard == [("reached", "user:wang"), ("moved", "user:wang")]


def test_work_is_done_once_and_with_an_outcome_of_its_kind() -> None:
    task = opened()
    with pytest.raises(Refused, match="not an outcome"):
        operations.complete(task.pk, "lost", {}, NOW, BECAUSE)
    answers = together(lambda i: operations_complete_or_none(task.pk))
    assert sorted(answers) == ["done", "refused"]
    assert events(task).count("complete") == 1


def operations_complete_or_none(task_id: int) -> str:
    try:
        return str(operations.complete(task_id, "reached", {}, NOW, BECAUSE).state)
    except Refused:
        return "refused"


def test_a_whole_set_is_cancelled_or_done_without_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_handlers", {"test.call": [lambda *_args: pytest.fail("called")]})
    operations.open_tasks([NewTask(k, UNIT, n) for n in range(6) for k in ("test.call", "test.swab")], NOW, BECAUSE)
    operations.claim(Task.objects.filter(subject_id=0).earliest("pk").pk, user(), NOW)
    named = ["test.call"]
    assert operations.complete_for(named, "member", [0, 1], "reached", NOW, BECAUSE) == 2
    assert operations.cancel_for(["test.call", "test.swab"], "member", [1, 2], "corrected", NOW, BECAUSE) == 3
    assert operations.cancel_for(named, "tube", [3], "another subject", NOW, BECAUSE) == 0
    assert operations.cancel_for(named, "member", [], "nobody", NOW, BECAUSE) == 0
    states = dict(Task.objects.values_list("state").annotate(n=Count("pk")).order_by())
    assert states == {"done": 2, "cancelled": 3, "open": 7}
    assert TaskEvent.objects.filter(event="cancel", note="corrected").count() == 3
    with pytest.raises(Refused):
        operations.complete_for(named, "member", [3], "lost", NOW, BECAUSE)


def test_a_task_handed_over_keeps_its_clock_and_takes_its_history_along() -> None:
    task = opened()
    operations.claim(task.pk, user(), NOW)
    operations.escalate_due(NOW + 90 * MINUTE)
    moved = operations.hand_over(task.pk, NEXT, NOW + 2 * HOUR, Because("user:wang", "lives there"))
    moved.refresh_from_db()
    assert (moved.state, moved.owner_id, moved.place_id) == ("open", None, NEXT)
    assert (moved.due_at, moved.escalation) == (task.due_at, 1)
    there = [e.event for e in queries.history(task.pk) if e.place_id == NEXT]
    here = [e.event for e in queries.history(task.pk) if e.place_id == UNIT]
    assert (there, here) == (["opened", "claim", "escalate", "hand_over"], ["hand_over"])
    with pytest.raises(Refused, match="already"):
        operations.hand_over(task.pk, NEXT, NOW, BECAUSE)


def test_overdue_tasks_go_up_one_level_at_a_time_and_stop_at_the_district() -> None:
    task, done = opened(1), opened(2)
    operations.complete(done.pk, "reached", {}, NOW, BECAUSE)
    climbs = []
    for minutes in (59, 60, 60, 89, 90, 90, 1000):
        moved = operations.escalate_due(NOW + minutes * MINUTE)
        task.refresh_from_db()
        climbs.append((minutes, moved, task.escalation))
    assert climbs == [(59, 0, 0), (60, 1, 1), (60, 0, 1), (89, 0, 1), (90, 1, 2), (90, 0, 2), (1000, 0, 2)]
    assert task.escalate_at is None
    assert events(task) == ["opened", "escalate", "escalate"]


def test_a_task_that_another_transaction_holds_goes_up_at_the_next_run() -> None:
    task = opened()

    def run(i: int) -> int:
        return operations.escalate_due(NOW + HOUR)

    assert sum(together(run, 3)) == 1
    task.refresh_from_db()
    assert task.escalation == 1


LEVELS = [UNIT, COMMUNITY, *(COMMUNITY.at(level) for level in (Level.STREET, Level.DISTRICT, Level.CITY))]
facts = st.tuples(st.sampled_from(LEVELS), st.sampled_from([0, 0, 1, 2]), st.integers(-70, 10) | st.none())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(facts, min_size=1, max_size=30))
def test_the_rule_and_the_statement_pass_the_same_tasks_up(rows: list[tuple[PlaceId, int, int | None]]) -> None:
    Task.objects.all().delete()
    pack = pack_at(UNIT, NOW)
    grace, most = pack.hours("task.escalation_grace"), pack.number("task.escalation_levels")
    expected = {}
    for n, (place, level, wait) in enumerate(rows):
        at = None if wait is None else NOW + wait * MINUTE
        operations.open_tasks([NewTask("test.call", place, n)], NOW, BECAUSE)
        Task.objects.filter(subject_id=n).update(escalation=level, escalate_at=at)
        found = rules.next_escalation(place, level, at, NOW, grace, most)
        stays_at_top = at is not None and at <= NOW
        expected[n] = (found.level, found.next_at) if found else (level, None if stays_at_top else at)
    moved = operations.escalate_due(NOW)
    after = {t.subject_id: (t.escalation, t.escalate_at) for t in Task.objects.all()}
    assert after == expected
    assert moved == sum(after[n][0] > level for n, (_place, level, _wait) in enumerate(rows))
    assert operations.escalate_due(NOW) == 0


def test_a_closed_task_opens_again_unless_its_subject_has_another() -> None:
    task = opened()
    assert operations.reopen(task.pk, NOW, BECAUSE) is False
    operations.escalate_due(NOW + HOUR)
    operations.complete(task.pk, "reached", {}, NOW, BECAUSE)
    assert operations.reopen(task.pk, NOW + 3 * HOUR, BECAUSE) is True
    task.refresh_from_db()
    assert (task.state, task.outcome, task.closed_at, task.closed_by, task.escalation) == ("open", "", None, "", 0)
    assert (task.due_at, task.escalate_at) == (NOW + HOUR, NOW + 3 * HOUR)
    operations.complete(task.pk, "reached", {}, NOW, BECAUSE)
    opened()
    assert operations.reopen(task.pk, NOW, BECAUSE) is False


def test_the_worklist_pages_by_due_time_and_counts_by_kind() -> None:
    for n in range(25):
        opened(n, due_at=NOW + (n // 3 - 2) * 30 * MINUTE)
    opened(99, kind="test.swab", place=NEXT)
    everything = queries.Filter()
    seen: list[int] = []
    page = queries.worklist(NOW, everything, limit=7)
    while page:
        seen += [t.subject_id for t in page]
        page = queries.worklist(NOW, everything, after=queries.key_of(page[-1]), limit=7)
    assert seen == [*range(25), 99]
    call, swab = queries.counts(NOW, 2 * HOUR, everything)
    assert (call.kind, call.open, call.overdue, call.soon, call.earliest_due) == ("test.call", 25, 6, 12, NOW - HOUR)
    assert (swab.kind, swab.open, swab.overdue, swab.soon) == ("test.swab", 1, 0, 0)
    narrow = {
        "overdue": (queries.Filter(overdue=True), 6),
        "place": (queries.Filter(place_id=NEXT), 1),
        "team": (queries.Filter(teams=["tracer"]), 25),
        "kind": (queries.Filter(kinds=["test.swab"]), 1),
        "nobody's": (queries.Filter(owner_id=1), 0),
        "passed up": (queries.Filter(escalation=1), 0),
    }
    found = {name: len(queries.worklist(NOW, wanted)) for name, (wanted, _n) in narrow.items()}
    assert found == {name: n for name, (_wanted, n) in narrow.items()}


def test_a_user_sees_takes_and_closes_only_the_tasks_of_their_place() -> None:
    mine, theirs, wang = opened(1), opened(2, place=NEXT), user()
    with db.acting_as(db.WEB), db.transaction_block(), security.scope([COMMUNITY.range]):
        assert [t.pk for t in queries.worklist(NOW, queries.Filter())] == [mine.pk]
        assert operations.claim(mine.pk, wang, NOW) is True
        assert operations.claim(theirs.pk, wang, NOW) is False
        assert operations.complete(mine.pk, "reached", {}, NOW, BECAUSE).state == "done"
        with pytest.raises(Task.DoesNotExist):
            operations.complete(theirs.pk, "reached", {}, NOW, BECAUSE)
        assert operations.cancel_for(["test.call"], "member", [1, 2], "corrected", NOW, BECAUSE) == 0
        several = [NewTask("test.call", UNIT, 3), NewTask("test.call", COMMUNITY, 4)]
        assert operations.open_tasks(several, NOW, BECAUSE) == 2
        assert operations.cancel_for(["test.call"], "member", [3, 4], "corrected", NOW, BECAUSE) == 2
    theirs.refresh_from_db()
    assert theirs.state == "open"


def test_a_user_opens_no_task_in_another_place() -> None:
    with db.acting_as(db.WEB), pytest.raises(ProgrammingError, match="row-level security"), db.transaction_block():
        security.set_scope([COMMUNITY.range])
        operations.open_tasks([NewTask("test.call", NEXT, 1)], NOW, BECAUSE)
    assert Task.objects.count() == 0
