"""Writes to tasks. Many at once go in one statement; every change leaves an event in that same statement.

A claim, a release and whatever else one person does is a conditional update: it changes a row only while that is in the
state the person saw, and says whether it did. The caller's role decides which places can be written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tongxin.access.models import User
from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.queries import packs_in_force
from tongxin.tasks import kinds, rules, states
from tongxin.tasks.kinds import on_outcome
from tongxin.tasks.models import Task, TaskEvent

__all__ = [
    "NewTask", "cancel_for", "claim", "complete", "complete_for", "escalate_due", "escalate_now", "hand_over",
    "on_outcome", "open_tasks", "release_claim", "reopen",
]  # fmt: skip
TOPIC = "tasks"
MOST_LEVELS = 2
LEVEL_WIDTHS = {"community": Level.COMMUNITY.width, "street": Level.STREET.width, "district": Level.DISTRICT.width}


@dataclass(frozen=True)
class NewTask:
    """Work to be opened. Its team, the kind of its subject and (without ``due_at``) its due time come from its kind.
    ``frees``: person-hours of restriction that end if it is done."""

    kind: str
    place_id: int
    subject_id: int
    person_id: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    due_at: dt.datetime | None = None
    frees: int = 0


def open_tasks(tasks: Iterable[NewTask], now: dt.datetime, because: Because) -> int:
    """Open tasks; how many are new. A subject that has an open task of the kind keeps that one.

    One statement however many there are. Each is due after its kind's time in the pack that holds at its place.
    """
    wanted = list(tasks)
    if not wanted:
        return 0
    with db.transaction_block():
        found = db.rows(
            db.sql("tasks/open"),
            {**_columns(wanted, now), "now": now, "actor": because.actor, "note": because.reason},
        )
        places = [place for place, _ in found]
        count = sum(n for _, n in found)
        _tell(places, "task.opened", count, because)
    return count


def _columns(wanted: Sequence[NewTask], now: dt.datetime) -> dict[str, list[Any]]:
    """The tasks as one list per column, in the order of their unique key (so that two callers never deadlock)."""
    packs = packs_in_force(now)
    terms: dict[tuple[str, int], tuple[dt.datetime, str]] = {}
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for task in sorted(wanted, key=lambda t: (t.kind, t.subject_id)):
        kind = kinds.get(task.kind)
        term = (task.kind, task.place_id)
        if term not in terms:
            pack = packs.at(task.place_id)
            terms[term] = (rules.due_at(now, pack.hours(kind.due_key)), pack.rule(kind.due_key))
        due, rule = terms[term]
        row = (
            task.kind, task.place_id, kind.subject_kind, task.subject_id, task.person_id,
            json.dumps(dict(task.params)) if task.params else "{}", kind.team, task.due_at or due, rule, task.frees,
        )  # fmt: skip
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    return columns


COLUMNS = ("kinds", "places", "subject_kinds", "subjects", "persons", "params", "teams", "dues", "rules", "frees")


def weigh(weights: Sequence[tuple[str, int, int]]) -> int:
    """Say anew what open tasks set free, ``(kind, subject, person-hours)`` each. How many changed."""
    columns = [list(c) for c in zip(*weights, strict=True)] or [[], [], []]
    return db.execute(
        "UPDATE tasks_task t SET frees = i.frees FROM unnest(%s::text[], %s::bigint[], %s::int[]) AS i (kind, subject, frees)"
        " WHERE t.kind = i.kind AND t.subject_id = i.subject AND t.state IN ('open', 'claimed') AND t.frees <> i.frees",
        columns,
    )


def claim(task_id: int, user: User, now: dt.datetime) -> bool:
    """Take a task. False when it is no longer open: somebody else has it, or it is closed."""
    return _change(task_id, states.CLAIM, now, user.actor, owner=user.pk) is not None


def release_claim(task_id: int, user: User, now: dt.datetime) -> bool:
    """Put back a task that this user has taken. False when it is not theirs (any more)."""
    return _change(task_id, states.RELEASE, now, user.actor, only_owner=user.pk) is not None


def reopen(task_id: int, now: dt.datetime, because: Because) -> bool:
    """Open a closed task again, its due time unchanged. False when it is not closed, or its subject has another one."""
    with db.transaction_block():
        place = _change(task_id, states.REOPEN, now, because.actor, note=because.reason)
        if place is not None:
            audit.record(because, "task.reopened", "task", task_id, place)
    return place is not None


def _change(
    task_id: int, event: str, now: dt.datetime, actor: str, owner: int | None = None, only_owner: int | None = None,
    note: str = "",
) -> int | None:  # fmt: skip
    """The place of the task that changed; None when it was not in a state for it (or not this owner's)."""
    before = states.states_before(event)
    params = {
        "task": task_id, "before": before, "state": states.check_can(before[0], event), "owner": owner,
        "only_owner": only_owner, "event": event, "now": now, "actor": actor, "note": note,
    }  # fmt: skip
    with db.transaction_block():
        found = db.rows(db.sql("tasks/change"), params)
        events.publish(TOPIC, [place for (place,) in found])
    return found[0][0] if found else None


def complete(task_id: int, outcome: str, evidence: Mapping[str, Any], now: dt.datetime, because: Because) -> Task:
    """Close a task as done and let the stage that owns its kind act on the outcome, in one transaction.

    Raises Refused when it is closed already or the outcome is not one of its kind; Task.DoesNotExist when the acting
    role cannot see it.
    """
    with db.transaction_block():
        task = Task.objects.select_for_update(of=("self",)).get(pk=task_id)
        rules.check_can_complete(task.state, outcome, kinds.get(task.kind).outcomes)
        task.state, task.outcome, task.evidence = states.DONE, outcome, dict(evidence)
        task.closed_at, task.closed_by, task.escalate_at = now, because.actor, None
        task.save(update_fields=["state", "outcome", "evidence", "closed_at", "closed_by", "escalate_at"])
        _note(task.pk, task.place_id, states.COMPLETE, now, because.actor, outcome)
        audit.record(because, "task.done", "task", task.pk, task.place_id)
        for handler in kinds.handlers(task.kind):
            handler(task, now, because)
        events.publish(TOPIC, [task.place_id])
    return task


def hand_over(task_id: int, place_id: int, now: dt.datetime, because: Because) -> Task:
    """Move a task to another community: nobody's, its due time and escalation as they were.

    Its history goes with it; an event stays where it came from. It writes on both sides of a boundary, so a caller who
    acts for a user of one side acts as the jobs role, having checked what the user may do.
    """
    with db.transaction_block():
        task = Task.objects.select_for_update(of=("self",)).get(pk=task_id)
        rules.check_can_hand_over(task.state, PlaceId(task.place_id), PlaceId(place_id))
        here = task.place_id
        task.state, task.place_id, task.owner = states.check_can(task.state, states.HAND_OVER), place_id, None
        task.save(update_fields=["state", "place_id", "owner"])
        TaskEvent.objects.filter(task=task).update(place_id=place_id)
        for place in (here, place_id):
            _note(task.pk, place, states.HAND_OVER, now, because.actor, because.reason)
            audit.record(because, "task.handed_over", "task", task.pk, place)
        events.publish(TOPIC, [here, place_id])
    return task


def cancel_for(
    kind_keys: Iterable[str], subject_kind: str, subject_ids: Iterable[int], reason: str, now: dt.datetime,
    because: Because,
) -> int:  # fmt: skip
    """Cancel every open task of these kinds and subjects: there is nothing left to do. How many there were."""
    return _close_for(kind_keys, subject_kind, subject_ids, states.CANCEL, "", reason, now, because)


def complete_for(
    kind_keys: Iterable[str], subject_kind: str, subject_ids: Iterable[int], outcome: str, now: dt.datetime,
    because: Because,
) -> int:  # fmt: skip
    """Close every open task of these kinds and subjects as done: the world made it so. Calls no handlers.

    Raises Refused when the outcome is not one of every kind named.
    """
    named = list(kind_keys)
    for key in named:
        rules.check_can_complete(states.OPEN, outcome, kinds.get(key).outcomes)
    return _close_for(named, subject_kind, subject_ids, states.COMPLETE, outcome, because.reason, now, because)


def _close_for(
    kind_keys: Iterable[str], subject_kind: str, subject_ids: Iterable[int], event: str, outcome: str, note: str,
    now: dt.datetime, because: Because,
) -> int:  # fmt: skip
    params = {
        "kinds": list(kind_keys), "subject_kind": subject_kind, "subjects": list(subject_ids), "event": event,
        "before": states.states_before(event), "state": states.check_can(states.OPEN, event), "outcome": outcome,
        "note": note or outcome, "now": now, "actor": because.actor,
    }  # fmt: skip
    if not params["subjects"] or not params["kinds"]:
        return 0
    with db.transaction_block():
        found = db.rows(db.sql("tasks/close_for"), params)
        count = sum(n for _, n in found)
        _tell([place for place, _ in found], f"task.{params['state']}", count, because)
    return count


def escalate_due(now: dt.datetime) -> int:
    """Pass every task whose time has come one level up the tree (``rules.next_escalation``). How many went up.

    Run again at the same time it changes nothing. A task that somebody is working on at this instant waits for the next
    run.
    """
    with db.transaction_block():
        packs = packs_in_force(now)
        due = [place for (place,) in db.rows(db.sql("tasks/due_communities"), {"now": now, **LEVEL_WIDTHS})]
        if not due:
            return 0
        terms = [packs.at(place) for place in due]
        found = db.rows(
            db.sql("tasks/escalate"),
            {
                "communities": due,
                "graces": [pack.hours("task.escalation_grace") for pack in terms],
                "most": [pack.number("task.escalation_levels") for pack in terms],
                "straight": [kind.key for kind in kinds.known() if kind.straight],
                "now": now, "event": states.ESCALATE, "actor": "clock", **LEVEL_WIDTHS,
            },
        )  # fmt: skip
        count = sum(n for _, n in found)
        because = Because("clock", rule=terms[0].rule("task.escalation_grace"))
        _tell([place for place, _ in found], "task.escalated", count, because)
    return count


def escalate_now(subject_kind: str, subject_id: int, now: dt.datetime, because: Because) -> int:
    """Pass the open tasks of a subject to the district at once: somebody called it directly. How many went up."""
    with db.transaction_block():
        found = list(Task.objects.select_for_update(of=("self",)).filter(
            subject_kind=subject_kind, subject_id=subject_id, state__in=states.WORKABLE
        ))  # fmt: skip
        for task in found:
            task.escalation, task.escalate_at = rules.top(PlaceId(task.place_id), MOST_LEVELS), None
            task.save(update_fields=["escalation", "escalate_at"])
            _note(task.pk, task.place_id, states.ESCALATE, now, because.actor, because.reason)
        _tell([task.place_id for task in found], "task.escalated", len(found), because)
    return len(found)


def _note(task_id: int, place_id: int, event: str, now: dt.datetime, actor: str, note: str) -> None:
    TaskEvent(task_id=task_id, place_id=place_id, at=now, event=event, actor=actor, note=note).save(force_insert=True)


def _tell(places: Sequence[int], action: str, count: int, because: Because) -> None:
    """One audit entry and the boards' events for a change of many tasks, if there was any."""
    if count:
        audit.record(because, action, "task", place=rules.smallest_place(places), count=count)
        events.publish(TOPIC, places)


def move_for(subject_kind: str, moves: Sequence[tuple[int, int]], now: dt.datetime, because: Because) -> int:
    """Let the open tasks of subjects follow them to other places, ``(subject, place)`` each; the due times stay."""
    found = db.rows(
        db.sql("tasks/move_for"),
        {
            "subject_kind": subject_kind, "subjects": [s for s, _ in moves], "places": [p for _, p in moves],
            "now": now, "actor": because.actor,
        },
    )  # fmt: skip
    events.publish(TOPIC, [place for place, _ in found])
    return sum(n for _, n in found)
