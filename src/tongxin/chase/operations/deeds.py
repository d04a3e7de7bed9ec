"""What people do in a chase: call, judge, hand over, bring into care. One operation a deed, one transaction an operation."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from tongxin.chase import rules, states, tasks
from tongxin.chase.models import Call, Case, Member
from tongxin.chase.operations import closing
from tongxin.chase.operations.follow import tell
from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.people import stays
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at
from tongxin.restrictions import operations as restrictions
from tongxin.tasks import kinds
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

RELEASED, CONTACT = "released", "contact"
STAY = "chase"


P = ParamSpec("P")
T = TypeVar("T")


def deed(work: Callable[Concatenate[int, P], T]) -> Callable[Concatenate[int, P], T]:
    """A deed on a member: the user must see the member; then it is done in one transaction of the jobs role, for what
    follows (closing a chase, handing over) concerns members whom this user may not see."""

    @functools.wraps(work)
    def done(member_id: int, *args: P.args, **kwargs: P.kwargs) -> T:
        if not Member.objects.filter(pk=member_id).exists():
            raise Refused(N_("There is no such member, or not where you are responsible."))
        with db.acting_as_jobs(), db.transaction_block():
            return work(member_id, *args, **kwargs)

    return done


def _locked(member_id: int) -> Member:
    return Member.objects.select_for_update().get(pk=member_id)


@deed
def log_call(member_id: int, channel: str, outcome: str, note: str, now: dt.datetime, because: Because) -> Member:
    """Log an attempt to reach a member and move them on. Raises Refused for an outcome that nobody knows."""
    if outcome not in rules.CALL_OUTCOMES or channel not in ("phone", "door"):
        raise Refused(N_("Choose how the call ended."))
    member = _locked(member_id)
    Call.objects.create(
        member=member, place_id=member.owner_place_id, at=now, actor=because.actor, channel=channel,
        outcome=outcome, note=note,
    )  # fmt: skip
    member.calls += 1
    allowed = pack_at(member.owner_place_id, now).number("chase.calls_before_no_answer")
    member.exception = rules.exception_after_call(outcome, member.calls, allowed, member.exception)
    event = rules.CALL_OUTCOMES[outcome]
    if event and states.can(member.node, event):
        _move(member, event, now, because)
    member.save()
    audit.record(because, f"chase.call.{outcome}", "person", member.person_id, member.owner_place_id)
    closing.settle([member.tube_id], now)
    tell({member.owner_place_id, member.tube_place_id})
    return member


def _move(member: Member, event: str, now: dt.datetime, because: Because) -> None:
    member.node = states.after(member.node, event)
    member.reached_at = member.reached_at or now
    if event == states.HOLD:
        member.held_at = member.held_at or now
    if member.node in states.SPECIAL_ENDS:
        member.resolution = member.node
        ended = member.node != states.REFUSED
        member.resolved_at = now if ended else None
        if ended:
            work.cancel_for(tasks.OF_MEMBER, "member", [member.pk], member.node, now, because)
            _release(member, N_("The person is not the one concerned, or not here."), now, because)
    if member.node != states.REFUSED:
        work.complete_for([tasks.CALL], "member", [member.pk], "reached", now, because)


def _release(member: Member, reason: str, now: dt.datetime, because: Because) -> None:
    which = restrictions.Which(tasks.HOLD, "person", [member.person_id], ("result", member.tube_id))
    restrictions.conditions_met("result", member.tube_id, tasks.HOLD, "person", [member.person_id], now)
    restrictions.release(which, reason, now, because)


@deed
def judge(member_id: int, contact: bool, now: dt.datetime, because: Because) -> Member:
    """Decide whether a member whose retest is negative is a close contact (M4). If not, the person is free at once."""
    member = _locked(member_id)
    if not states.can(member.node, states.JUDGE):
        raise Refused(N_("There is nothing to judge: the retest is not negative yet, or it was judged before."))
    member.node = states.after(member.node, states.JUDGE)
    member.contact, member.resolved_at = contact, now
    member.resolution = CONTACT if contact else RELEASED
    member.save()
    if not contact:
        _release(member, N_("The retest is negative and the person is no close contact."), now, because)
    work.complete_for([tasks.JUDGE], "member", [member.pk], member.resolution, now, because)
    audit.record(because, f"chase.judged.{member.resolution}", "person", member.person_id, member.owner_place_id)
    closing.settle([member.tube_id], now)
    tell({member.owner_place_id, member.tube_place_id})
    return member


@deed
def hand_over(member_id: int, community: PlaceId, now: dt.datetime, because: Because) -> Member:
    """Give a member to another community, with the clock running. It learns who the person is and how to call them, for
    as long as it answers for them."""
    if community.level != Level.COMMUNITY:
        raise Refused(N_("Choose the community where the person is."))
    member = _locked(member_id)
    if not db.rows("SELECT FROM places_place WHERE id = %s", [int(community)]):
        raise Refused(N_("There is no such community."))
    before, member.owner_place_id = member.owner_place_id, int(community)
    member.exception = rules.ELSEWHERE
    member.save()
    stays.end(member.person_id, before, STAY)
    stays.begin(member.person_id, member.owner_place_id, STAY, now)
    work.move_for("member", [(member.pk, int(community))], now, because)
    audit.record(because, "chase.handed_over", "person", member.person_id, int(community))
    tell({before, int(community), member.tube_place_id})
    return member


def missing_retests(now: dt.datetime) -> int:
    """Mark the members whose retest is late (the clock's work). Returns how many are new."""
    found = db.rows(
        "UPDATE chase_member m SET exception = 'retest_missing' FROM tasks_task t"
        " WHERE t.kind = 'chase.retest' AND t.subject_kind = 'member' AND t.subject_id = m.id"
        "   AND t.state IN ('open', 'claimed') AND t.due_at <= %s AND m.exception = ''"
        "   AND m.node IN ('listed', 'reached', 'held') RETURNING m.owner_place_id",
        [now],
    )
    tell({place for (place,) in found})
    return len(found)


def forget_stays(now: dt.datetime) -> int:
    """The communities that took a member over forget who it is once there is nothing left to do (the clock's work)."""
    return db.execute(db.sql("chase/forget_stays"), {"cause": STAY})


def _removed(task: Any, now: dt.datetime, because: Because) -> None:
    if task.outcome == "removed":
        Case.objects.filter(person_id=task.person_id, removed_at=None).update(removed_at=now)
        audit.record(because, "chase.removed", "person", task.person_id, task.place_id)


def _judged(task: Any, now: dt.datetime, because: Because) -> None:
    judge(task.subject_id, task.outcome == CONTACT, now, because)


def _others_found(task: Any, now: dt.datetime, because: Because) -> None:
    """Whoever else was in the tube is listed by scanning them into it; until then the table stays watched."""
    if task.outcome == "others_found":
        work.open_tasks([NewTask(tasks.WATCH, task.place_id, task.subject_id)], now, because)


def connect() -> None:
    """Let the outcomes of tasks be deeds."""
    kinds.on_outcome(tasks.TRANSFER)(_removed)
    kinds.on_outcome(tasks.JUDGE)(_judged)
    kinds.on_outcome(tasks.RECHECK)(_others_found)
