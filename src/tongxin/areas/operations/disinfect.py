"""Terminal disinfection, where the pack counts the days from it: asked for when the last case has left, put on record with by
whom and when, and the anchor from then on. And what a risk study found of a case."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from tongxin.access.models import User
from tongxin.areas import kinds, rules, terms
from tongxin.areas.models import Disinfection, Order, Study
from tongxin.areas.operations import judge
from tongxin.areas.operations.issue import TOPIC, community, note
from tongxin.chase.models import Case
from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at
from tongxin.tasks import kinds as task_kinds
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

SYSTEM = Because("clock", rule="area.anchor")


@dataclass(frozen=True)
class Evidence:
    """By whom and when an area was disinfected, with a picture if there is one (its bytes, its kind)."""

    done_by: str
    at: dt.datetime
    note: str = ""
    photo: tuple[bytes, str] | None = None


def ask(now: dt.datetime) -> int:
    """Open the task where the last case has left and nobody disinfected since. How many are new."""
    found = db.rows(db.sql("areas/undisinfected"))
    return work.open_tasks([NewTask(kinds.DISINFECT, community(place), key) for key, place in found], now, SYSTEM)


def record(order_id: int, seen: Evidence, user: User, now: dt.datetime, because: Because) -> Disinfection:
    """Put a terminal disinfection on record; the days count from it. Raises Refused."""
    with db.transaction_block():
        order = Order.objects.using(db.alias()).select_for_update().get(pk=order_id)
        if order.state != "in_force":
            raise Refused(N_("This area has ended already."))
        ((left_at, inside),) = db.rows(
            "SELECT max(removed_at), count(*) FILTER (WHERE removed_at IS NULL) FROM areas_cases(%s)", [order_id]
        )
        rules.check_disinfection(seen.done_by, seen.at, left_at, inside, now)
        photo, kind = seen.photo or (None, "")
        made = Disinfection.objects.using(db.alias()).create(
            order=order, place_id=order.place_id, at=seen.at, done_by=seen.done_by.strip(), by=user.actor, noted_at=now,
            note=seen.note, photo=photo, photo_kind=kind,
        )  # fmt: skip
        note(order, "disinfected", user.actor, now, seen.note, {"at": seen.at.isoformat(), "by": made.done_by})
        audit.record(because, "area.disinfected", "area", order.pk, order.place_id)
        judge.re_anchor(now, [order_id])
        work.complete_for([kinds.DISINFECT], "area", [order_id], "disinfected", now, because)
        events.publish(TOPIC, [order.place_id])
    return made


def study(
    order_id: int, case_id: int, finding: str, reason: str, ct: float | None, user: User, now: dt.datetime, because: Because
) -> Study | None:
    """Put on record what a risk study found of a case of an area ("" takes it back); the areas that it is a case of are
    counted anew. Raises Refused."""
    with db.transaction_block():
        order = Order.objects.using(db.alias()).get(pk=order_id)
        case = Case.objects.using(db.alias()).filter(pk=case_id, withdrawn_at=None).first()
        lo, hi = min(p.place_id for p in order.parts.all()), max(p.place_end for p in order.parts.all())
        if case is None or not lo <= case.place_id < hi:
            raise Refused(N_("This is no case of the area."))
        made = _note_study(case, finding, reason, ct, user, now, order)
        note(order, "studied", user.actor, now, reason, {"case": case_id, "finding": finding})
        audit.record(because, "area.studied", "person", case.person_id, case.place_id)
        around = db.rows(
            "SELECT DISTINCT a.order_id FROM areas_part a JOIN areas_order o ON o.id = a.order_id AND o.state = 'in_force'"
            " WHERE a.place_id <= %s AND a.place_end > %s AND NOT a.excluded AND o.kind <> 'temporary'",
            [case.place_id, case.place_id],
        )
        keys = [key for (key,) in around]
        judge.re_anchor(now, keys)
        judge.judge(now, keys)
        events.publish(TOPIC, [order.place_id])
    return made


def _note_study(
    case: Case, finding: str, reason: str, ct: float | None, user: User, now: dt.datetime, order: Order
) -> Study | None:
    found = Study.objects.using(db.alias()).filter(case_id=case.pk)
    if not finding:
        found.delete()
        return None
    rules.check_study(finding, reason, ct, terms.terms_of(pack_at(case.place_id, now), order.kind, order.after).inbound_ct)
    told: dict[str, Any] = {
        "place_id": case.place_id, "finding": finding, "ct": ct if finding == rules.INBOUND else None, "reason": reason.strip(),
        "by": user.actor, "at": now,
    }  # fmt: skip
    made, _ = found.update_or_create(case_id=case.pk, defaults=told)
    return made


def _disinfected(task: Any, now: dt.datetime, because: Because) -> None:
    if db.rows("SELECT 1 FROM areas_order WHERE id = %s AND state = 'in_force' AND anchor_at IS NULL", [task.subject_id]):
        raise Refused(N_("Put on the area's page by whom and when it was disinfected, then the task is done by itself."))


def connect() -> None:
    task_kinds.on_outcome(kinds.DISINFECT)(_disinfected)
