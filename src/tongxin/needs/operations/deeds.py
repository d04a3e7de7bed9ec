"""What people do with a need: confirm it, route it, do it, ask whether it is solved, close it, merge it.

Two operators never overwrite each other: each deed names the version that was seen, and one that comes late is refused.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db.models import Q

from tongxin.access.models import User
from tongxin.kit import audit, crypto, db, events
from tongxin.kit.audit import Because
from tongxin.needs import kinds, queries, rules, states, tasks
from tongxin.needs.models import Caller, Likeness, Need, NeedEvent
from tongxin.needs.operations import following, likeness, telling
from tongxin.needs.operations.intake import TOPIC, at_district, limits
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at
from tongxin.tasks import kinds as task_kinds
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask, on_outcome

P = ParamSpec("P")
T = TypeVar("T")
NOT_THERE = N_("There is no such need, or not where you are responsible.")
CHANGED = N_("Somebody else has changed this need meanwhile. Look at it again; nothing of yours was written.")
OF_NEED = (tasks.EMERGENCY, tasks.SILENT, tasks.CONFIRM, tasks.ASK, tasks.STUCK, *(k.task for k in kinds.KINDS))


@dataclass(frozen=True)
class Confirmed:
    """What an operator says that a need is."""

    kind: str
    urgency: int
    place_id: int
    home_id: int | None = None
    person_id: int | None = None
    topic: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def deed(work: Callable[Concatenate[Need, P], T]) -> Callable[Concatenate[User | None, int, int | None, P], T]:
    """A deed on a need: the user must see it, and see it as it stands (``version``; None: whatever it is); then it is done in
    one transaction of the jobs role. ``user`` None: a clock or a resident whose right was checked."""

    @functools.wraps(work)
    def done(user: User | None, need_id: int, version: int | None, *args: P.args, **kwargs: P.kwargs) -> T:
        if user is not None and queries.one(user, need_id) is None:
            raise Refused(NOT_THERE)
        with db.acting_as_jobs(), db.transaction_block():
            need = Need.objects.select_for_update(of=("self",)).get(pk=need_id)
            if version is not None and need.version != version:
                raise Refused(CHANGED)
            need.version += 1
            return work(need, *args, **kwargs)

    return done


@deed
def confirm(need: Need, told: Confirmed, now: dt.datetime, because: Because) -> Need:
    """Say what a need is, and send it to its team. The one who reads it decides, whatever the rules suggested; a changed place,
    kind or person is kept beside the suggestion. Raises Refused."""
    need.state = states.check_can(need.state, states.CONFIRM if need.state == states.NEW else states.ROUTE)
    kind = kinds.get(told.kind)
    rules.check_details(
        [name for name, value in told.details.items() if value.strip()], [(a.name, str(a.label)) for a in kind.asks if a.required]
    )
    need.kind, need.urgency, need.topic, need.silent = kind.key, told.urgency, told.topic, kind.silent
    need.home_id, need.person_id = told.home_id, told.person_id
    details = {**_beside(need), **told.details}
    need.details = crypto.encrypt(json.dumps(details, ensure_ascii=False)) if details else None
    _stand(need, at_district(told.place_id) if kind.silent else told.place_id)
    persons, homes = queries.vulnerable([told.person_id], [told.home_id])
    joined = list(Need.objects.filter(merged_into=need).values_list("vulnerable", "raised_at"))
    need.vulnerable = bool(persons or homes) or any(vulnerable for vulnerable, _at in joined)
    since = min([need.raised_at, *(at for _vulnerable, at in joined)])
    decision = rules.due(since, need.urgency, need.vulnerable, limits(pack_at(need.place_id, now), kind))
    need.due_at, need.rule = decision.values["due_at"], decision.rule
    need.confirmed_at, need.confirmed_by = now, because.actor
    _close_tasks(need, now, because)
    _open(need, kind.task, now, because, need.due_at)
    _written(need, "confirmed", "", now, because)
    if not kind.silent:
        likeness.mark([need.pk], now)
    following.begun(need, now, because)
    return need


def _beside(need: Need) -> dict[str, str]:
    """What came with a need beside the answers of a form: the other columns of a hotline's list, a number that is none."""
    asked = {ask.name for kind in kinds.KINDS for ask in kind.asks}
    return {name: value for name, value in queries.details_of(need).items() if name not in asked}


@deed
def finish(need: Need, note: str, now: dt.datetime, because: Because) -> Need:
    """It is done: every caller is told, and somebody asks whether it is solved. Raises Refused."""
    return finished(need, note, now, because)


def finished(need: Need, note: str, now: dt.datetime, because: Because) -> Need:
    """As ``finish``, for a need that the caller holds locked in a transaction of the jobs role."""
    need.state = states.check_can(need.state, states.FINISH)
    need.done_at, need.acted_by = now, because.actor
    _close_tasks(need, now, because)
    following.left(need, now, because)
    if need.silent:  # nobody calls back by routine: whoever may see it keeps it in view
        need.watched = True
    else:
        _open(need, tasks.ASK, now, because)
        telling.done(need, now, because)
    return _written(need, "done", note, now, because)


@deed
def close(need: Need, way: str, satisfaction: int | None, reason: str, now: dt.datetime, because: Because) -> Need:
    """The resident's word closes it (``rules.check_can_close``). ``satisfaction`` 1 to 5, or None. Raises Refused."""
    return _close(need, way, satisfaction, reason, now, because)


def _close(need: Need, way: str, satisfaction: int | None, reason: str, now: dt.datetime, because: Because) -> Need:
    rules.check_can_close(way, reason, need.acted_by, because.actor)
    need.state = states.check_can(need.state, states.AGREE)
    need.closed_at, need.closed_how, need.satisfaction, need.watched = now, way, satisfaction, False
    _close_tasks(need, now, because)
    return _written(need, "closed", reason, now, because)


@deed
def reopen(need: Need, reason: str, now: dt.datetime, because: Because) -> Need:
    """It is not solved after all: back to the team, more urgent than before, its clock from now. Raises Refused."""
    return _reopen(need, reason, now, because)


def _reopen(need: Need, reason: str, now: dt.datetime, because: Because) -> Need:
    need.state = states.check_can(need.state, states.REOPEN)
    need.reopened += 1
    need.urgency = max(rules.URGENT, need.urgency - 1) if need.urgency else need.urgency
    need.done_at = need.closed_at = need.satisfaction = None
    need.closed_how = ""
    kind = kinds.get(need.kind)
    decision = rules.due(now, need.urgency, need.vulnerable, limits(pack_at(need.place_id, now), kind))
    need.due_at, need.rule = decision.values["due_at"], decision.rule
    _close_tasks(need, now, because)
    _open(need, kind.task, now, because, need.due_at)
    _written(need, "reopened", reason, now, because)
    following.begun(need, now, because)
    return need


@deed
def withdraw(need: Need, reason: str, now: dt.datetime, because: Because) -> Need:
    """Nobody needs it any more, or it never was a need; with the reason. Raises Refused."""
    if len(reason.strip()) < 3:
        raise Refused(N_("Write the reason: who said that it is not needed any more."))
    need.state = states.check_can(need.state, states.WITHDRAW)
    _close_tasks(need, now, because)
    following.left(need, now, because)
    return _written(need, "withdrawn", reason, now, because)


@deed
def merge(need: Need, into_id: int, now: dt.datetime, because: Because) -> Need:
    """Make one of two: this one's callers go over to the other and are told what becomes of it. Raises Refused."""
    into = Need.objects.select_for_update(of=("self",)).filter(pk=into_id).first()
    if into is None:
        raise Refused(NOT_THERE)
    rules.check_can_merge(need.pk, into.pk, need.kind, into.kind, need.silent or into.silent)
    if into.state not in states.LIVE:
        raise Refused(states.why_not(into.state))
    need.state = states.check_can(need.state, states.MERGE)
    need.merged_into = into
    callers = list(Caller.objects.filter(need=need))
    Caller.objects.filter(need=need).update(need=into, place_id=into.place_id)
    Need.objects.filter(merged_into=need).update(merged_into=into)
    if (need.urgency, need.due_at) < (into.urgency, into.due_at):
        into.rule = need.rule if need.due_at < into.due_at else into.rule
        into.urgency, into.due_at = min(need.urgency, into.urgency), min(need.due_at, into.due_at)
    into.vulnerable |= need.vulnerable
    into.version += 1
    _close_tasks(need, now, because)
    following.left(need, now, because)
    _decide_pairs(need.pk, into.pk, "merged", because)
    telling.merged(into, need, callers, now, because)
    _written(into, "joined", f"#{need.pk}", now, because)
    return _written(need, "merged", f"#{into.pk}", now, because)


def not_the_same(user: User, need_id: int, other_id: int, now: dt.datetime, because: Because) -> None:
    """Say that two needs are two; the suggestion does not come back. Raises Refused."""
    one = queries.one(user, need_id)
    if one is None or queries.one(user, other_id) is None:
        raise Refused(NOT_THERE)
    with db.acting_as_jobs(), db.transaction_block():
        _decide_pairs(need_id, other_id, "two", because)
        audit.record(because, "need.two", "need", need_id, one.place_id)


def _decide_pairs(one: int, other: int, decided: str, because: Because) -> None:
    pairs = Likeness.objects.filter(Q(need_id=one, other_id=other) | Q(need_id=other, other_id=one))
    pairs.update(decided=decided, decided_by=because.actor)


@deed
def promise(need: Need, at: dt.datetime | None, what: str, watch: bool, now: dt.datetime, because: Because) -> Need:
    """Keep what was promised to the caller, until when, and whether the next shift should watch this need. Raises Refused."""
    if at is not None:
        rules.check_promise(at, now)
    need.promised_at, need.promise, need.watched = at, crypto.encrypt(what.strip()), watch
    return _written(need, "promised" if at else "noted", what, now, because)


@deed
def note(need: Need, text: str, now: dt.datetime, because: Because) -> Need:
    """Write down what was said or done. Raises Refused for nothing."""
    return _written(need, "noted", rules.check_text(text), now, because)


@deed
def step(need: Need, number: int, now: dt.datetime, because: Because) -> Need:
    """One of the steps of the kind is taken (``number`` counts from 0). Raises Refused."""
    if need.state not in (states.NEW, states.OPEN):
        raise Refused(states.why_not(need.state))
    if not 0 <= number < len(kinds.get(need.kind).steps):
        raise Refused(N_("This kind of need has no such step."))
    return _written(need, "step", str(number), now, because)


@deed
def watch(need: Need, on: bool, now: dt.datetime, because: Because) -> Need:
    """Let the next shift watch this need, or no longer."""
    need.watched = on
    return _written(need, "watched" if on else "unwatched", "", now, because)


@deed
def call_the_district(need: Need, reason: str, now: dt.datetime, because: Because) -> Need:
    """The compound's commander reaches the district directly: its open tasks stand with the district at once."""
    work.escalate_now("need", need.pk, now, because)
    need.watched = True
    return _written(need, "district", reason, now, because)


def stuck(need_id: int, now: dt.datetime, because: Because) -> None:
    """Whoever works on it cannot go on: somebody above decides how else."""
    need = Need.objects.select_for_update(of=("self",)).get(pk=need_id)
    need.version += 1
    _open(need, tasks.STUCK, now, because)
    _written(need, "stuck", "", now, because)


def _stand(need: Need, place_id: int) -> None:
    """Let a need and everything that belongs to it stand at a place."""
    if need.place_id != place_id:
        need.place_id = place_id
        Caller.objects.filter(need=need).update(place_id=place_id)
        NeedEvent.objects.filter(need=need).update(place_id=place_id)
        Likeness.objects.filter(need=need).update(place_id=place_id)
    if need.silent:
        Likeness.objects.filter(Q(need=need) | Q(other=need)).delete()


def _open(need: Need, kind: str, now: dt.datetime, because: Because, due_at: dt.datetime | None = None) -> None:
    if need.silent and not task_kinds.get(kind).seen_with:  # such a task would be seen: whoever may, keeps the need in view
        need.watched = True
        return
    person = None if need.silent else need.person_id
    work.open_tasks([NewTask(kind, need.place_id, need.pk, person, due_at=due_at)], now, because)


def _close_tasks(need: Need, now: dt.datetime, because: Because) -> None:
    work.cancel_for(OF_NEED, "need", [need.pk], "", now, because)


def _written(need: Need, event: str, text: str, now: dt.datetime, because: Because) -> Need:
    need.save()
    NeedEvent.objects.create(
        need=need, place_id=need.place_id, at=now, event=event, actor=because.actor, note=crypto.encrypt(text.strip())
    )
    audit.record(because, f"need.{event}", "need", need.pk, need.place_id)
    events.publish(TOPIC, [need.place_id])
    return need


def connect() -> None:
    """What the outcome of a task does to its need."""
    for kind in kinds.KINDS:
        on_outcome(kind.task)(_worked)
    on_outcome(tasks.ASK)(_asked)
    on_outcome(tasks.EMERGENCY)(_answered)
    on_outcome(tasks.SILENT)(_answered)


def _of(task: Any) -> Need:
    need = Need.objects.select_for_update(of=("self",)).get(pk=task.subject_id)
    need.version += 1
    return need


def _worked(task: Any, now: dt.datetime, because: Because) -> None:
    """The team has done it, or could not."""
    with db.acting_as_jobs():
        need = _of(task)
        said = str(task.evidence.get("note", ""))
        if task.outcome == "not_possible":
            _open(need, tasks.STUCK, now, because)
            _written(need, "stuck", said, now, because)
        elif need.state in (states.NEW, states.OPEN):
            finished(need, said, now, because)


def _asked(task: Any, now: dt.datetime, because: Because) -> None:
    """The resident was asked. Nobody could be: it stays done, and goes to the deputy."""
    with db.acting_as_jobs():
        need, said = _of(task), str(task.evidence.get("note", ""))
        if task.outcome == "solved" and need.state == states.DONE:
            _close(need, rules.CALL_BACK, None, said, now, because)
        elif task.outcome == "not_solved" and need.state == states.DONE:
            _reopen(need, said, now, because)
        elif task.outcome == "nobody":
            need.watched = True
            _written(need, "nobody", said, now, because)


def _answered(task: Any, now: dt.datetime, because: Because) -> None:
    """An emergency was handed over, or was none: then it is read like any other need."""
    with db.acting_as_jobs():
        need, said = _of(task), str(task.evidence.get("note", ""))
        if task.outcome in ("handed_over", "safe") and need.state in (states.NEW, states.OPEN):
            finished(need, said, now, because)
        elif task.outcome in ("no_emergency", "no_danger") and need.state == states.NEW:
            _open(need, tasks.CONFIRM, now, because)
            _written(need, "no_emergency", said, now, because)
