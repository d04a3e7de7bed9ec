"""An area becomes one of a milder kind: by one person's confirmation when its conditions are met, and by itself at its end.

The step is part of the order from the start, with its end: nobody decides it anew, and it never ends later than was said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tongxin.areas import kinds, terms
from tongxin.areas.models import Order
from tongxin.areas.operations import issue
from tongxin.areas.operations.issue import Draft
from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.policy.queries import packs_in_force

REASON_ZH = "这里的高等级管控已按规则降级，从现在起：{means}。符合条件后立即解除，最迟到期自动解除。"
REASON_EN = "The stricter limit of this place has been eased by the rules; from now on: {means}. It ends by itself at its end."


def begin(orders: Sequence[Order], at: dt.datetime, because: Because) -> list[Order]:
    """Let orders that have just ended go on as what they become; one whose step would be over already does not."""
    packs = packs_in_force(at)
    made = []
    for order in orders:
        if order.then_ends_at is None or order.then_ends_at <= at:
            continue
        says = terms.terms_of(packs.at(order.place_id), order.then_kind, order.kind)
        made.append(_next(order, says, at, because))
    if made:
        audit.record(because, "area.stepped", "area", made[0].pk if len(made) == 1 else "", made[0].place_id, count=len(made))
        events.publish(issue.TOPIC, {o.place_id for o in made})
    return made


def _next(order: Order, says: terms.Terms, at: dt.datetime, because: Because) -> Order:
    zh, en = _reasons(order.then_kind)
    draft = Draft(
        kind=order.then_kind, name=order.name, pieces=(), cause=("order", order.pk), reason_zh=zh, reason_en=en, exits=None,
        justification=order.justification, anchor_at=order.anchor_at, until=order.then_ends_at, starts_at=order.starts_at,
        parent=order.pk, after=order.kind, issued_by=order.issued_by,
    )  # fmt: skip
    made = issue.write(draft, says, because.actor, at, order)
    db.execute(db.sql("areas/carry"), {"from": order.pk, "to": made.pk, "parts": True})
    count = issue.limit(made, because)
    issue.open_work(made, at, because)
    issue.note(made, "stepped", because.actor, at, "", {"from": order.pk, "persons": count})
    return made


def _reasons(kind: str) -> tuple[str, str]:
    """The words for residents, in both languages."""
    zh, en = kinds.in_both(kinds.LIMITS[kind])
    return REASON_ZH.format(means=zh), REASON_EN.format(means=en)
