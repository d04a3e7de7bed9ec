"""What must be kept while an area lasts: exits seen open every day, barriers on a register, objections answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from tongxin.access.models import User
from tongxin.areas import kinds, queries, rules
from tongxin.areas.models import Barrier, ExitsCheck, Objection, Order, RollMark
from tongxin.areas.operations import deeds, issue
from tongxin.areas.operations.issue import TOPIC, Photo, community, note
from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at
from tongxin.restrictions import operations as restrictions
from tongxin.restrictions.models import Restriction
from tongxin.tasks import kinds as task_kinds
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

ANSWERED = N_("The objection is right.")


def check_exits(order_id: int, seen: Photo, is_open: bool, user: User, now: dt.datetime, because: Because) -> ExitsCheck:
    """Record a look at the exits; the next one falls due, and a blocked exit is an emergency."""
    if not seen.picture:
        raise Refused(N_("The check of the exits needs a photo."))
    with db.transaction_block():
        order = Order.objects.using(db.alias()).get(pk=order_id)
        made = ExitsCheck.objects.using(db.alias()).create(
            order=order, place_id=order.place_id, at=seen.at, by=user.actor, is_open=is_open, photo=seen.picture,
            photo_kind=seen.kind, note=seen.note,
        )  # fmt: skip
        work.complete_for([kinds.EXITS], "area", [order_id], "open" if is_open else "blocked", now, because)
        issue.open_work(order, now, because)
        if is_open:
            work.complete_for([kinds.UNBLOCK], "area", [order_id], "opened", now, because)
        else:
            blocked(order, seen.note, now, because)
        note(order, "exits_open" if is_open else "exits_blocked", user.actor, now, seen.note)
        events.publish(TOPIC, [order.place_id])
    return made


def blocked(order: Order, what: str, now: dt.datetime, because: Because) -> None:
    """An exit is reported blocked, by whomever: minutes count."""
    work.open_tasks([NewTask(kinds.UNBLOCK, community(order.place_id), order.pk, params={"what": what})], now, because)
    audit.record(because, "area.exit_blocked", "area", order.pk, order.place_id)


def place_barrier(order_id: int, where: str, made_of: str, user: User, now: dt.datetime, because: Because) -> Barrier:
    """Put a barrier on the register. One that cannot be removed at once is none that may be built."""
    if not where.strip() or not made_of.strip():
        raise Refused(N_("Say where the barrier stands and what it is made of."))
    with db.transaction_block():
        order = Order.objects.using(db.alias()).get(pk=order_id)
        made = Barrier.objects.using(db.alias()).create(
            order=order, place_id=order.place_id, where=where, made_of=made_of, placed_at=now
        )
        note(order, "barrier_placed", user.actor, now, where)
        audit.record(because, "area.barrier_placed", "area", order.pk, order.place_id)
        events.publish(TOPIC, [order.place_id])
    return made


def remove_barrier(barrier_id: int, user: User, now: dt.datetime, because: Because) -> None:
    """The barrier is gone; with the last one of an area the task to remove them is done."""
    with db.transaction_block():
        one = Barrier.objects.using(db.alias()).select_related("order").get(pk=barrier_id)
        if not Barrier.objects.using(db.alias()).filter(pk=barrier_id, removed_at=None).update(removed_at=now):
            return
        if not Barrier.objects.using(db.alias()).filter(order_id=one.order_id, removed_at=None).exists():
            work.complete_for([kinds.BARRIER], "area", [one.order_id], "removed", now, because)
        note(one.order, "barrier_removed", user.actor, now, one.where)
        events.publish(TOPIC, [one.place_id])


def object_to(restriction_id: int, text: str, now: dt.datetime, because: Because) -> Objection:
    """Somebody objects to what limits them. It is answered within the pack's time by somebody else than who signed."""
    if not text.strip():
        raise Refused(N_("Say in a few words why it is wrong."))
    with db.transaction_block():
        limit = Restriction.objects.using(db.alias()).get(pk=restriction_id)
        order = None
        if limit.cause_kind == "order":
            order = Order.objects.using(db.alias()).filter(pk=limit.cause_id).first()
        within = pack_at(limit.place_id, now).hours("area.objection_within")
        made = Objection.objects.using(db.alias()).create(
            order=order, restriction_id=restriction_id, person_id=limit.subject_id, place_id=limit.place_id,
            against=order.issued_by if order else "system", signers=_signers(limit, order), text=text, at=now,
            due_at=now + within,
        )  # fmt: skip
        work.open_tasks([NewTask(kinds.OBJECTION, community(limit.place_id), made.pk, limit.subject_id)], now, because)
        audit.record(because, "restriction.objected", "restriction", restriction_id, limit.place_id)
    return made


def _signers(limit: Restriction, order: Order | None) -> list[str]:
    """Everybody who signed some of it: who ordered, narrowed or extended."""
    found = {limit.extended_by}
    for one in ancestry(order):
        found |= {one.issued_by, one.extended_by}
    return sorted(found - {""})


def _exempt(one: Objection, limiting: Sequence[int], user: User, now: dt.datetime, because: Because) -> None:
    """The objection was right: the order, and what it was narrowed to, limits the person no more."""
    for key in limiting:
        order = Order.objects.using(db.alias()).get(pk=key)
        if one.order_id in {before.pk for before in ancestry(order)}:
            deeds.mark(key, one.person_id, RollMark.Status.EXEMPT, one.answer, user, now, because)


def ancestry(order: Order | None) -> Iterator[Order]:
    """The order and those from which it was narrowed, one after the other."""
    while order is not None:
        yield order
        order = Order.objects.using(db.alias()).filter(pk=order.parent_id).first() if order.parent_id else None


def answer(objection_id: int, upheld: bool, words: str, user: User, now: dt.datetime, because: Because) -> Objection:
    """Answer an objection. If it is right, the person is free of what it was against, and of nothing else."""
    with db.transaction_block():
        one = Objection.objects.using(db.alias()).select_for_update().get(pk=objection_id)
        if one.answered_at:
            raise Refused(N_("This objection has been answered."))
        for signer in {one.against, *one.signers}:
            rules.check_can_answer(signer, user.actor)
        if not words.strip():
            raise Refused(N_("Answer in words that the resident understands."))
        one.answered_by, one.answered_at, one.upheld, one.answer = user.actor, now, upheld, words
        one.save()
        if upheld and one.restriction_id:
            limiting = [key for key, _ in queries.on_person(one.person_id)]
            restrictions.release([one.restriction_id], ANSWERED, now, because)
            _exempt(one, limiting, user, now, because)
        work.complete_for([kinds.OBJECTION], "objection", [one.pk], "answered", now, because)
        if one.order:
            note(one.order, "objection_answered", user.actor, now, words, {"upheld": upheld})
        audit.record(because, "restriction.objection_answered", "restriction", one.restriction_id or "", one.place_id)
    return one


def _exits_seen(task: Any, now: dt.datetime, because: Because) -> None:
    """Done from the worklist without a photo: a blocked exit is passed on all the same, and tomorrow is another look."""
    order = Order.objects.using(db.alias()).get(pk=task.subject_id)
    if task.outcome == "blocked":
        blocked(order, "", now, because)
    issue.open_work(order, now, because)


def _lifted(task: Any, now: dt.datetime, because: Because) -> None:
    """The task follows the deed, not the other way round."""
    order = Order.objects.using(db.alias()).get(pk=task.subject_id)
    if task.outcome == "lifted" and order.state == "in_force":
        raise Refused(N_("The area is still closed: lift it on its page, then the task is done by itself."))


def _answered(task: Any, now: dt.datetime, because: Because) -> None:
    if not Objection.objects.using(db.alias()).filter(pk=task.subject_id, answered_at__isnull=False).exists():
        raise Refused(N_("The objection is not answered yet: answer it on its page, then the task is done by itself."))


def _removed(task: Any, now: dt.datetime, because: Because) -> None:
    if Barrier.objects.using(db.alias()).filter(order_id=task.subject_id, removed_at=None).exists():
        raise Refused(N_("There are barriers on the register still: note each one as removed on the area's page."))


def connect() -> None:
    task_kinds.on_outcome(kinds.EXITS)(_exits_seen)
    task_kinds.on_outcome(kinds.LIFT)(_lifted)
    task_kinds.on_outcome(kinds.OBJECTION)(_answered)
    task_kinds.on_outcome(kinds.BARRIER)(_removed)
