"""The rolls of orders follow what is known of some people, and touch nobody else, however large the order is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from tongxin.areas import kinds
from tongxin.areas.models import Order
from tongxin.areas.operations import issue
from tongxin.areas.operations.issue import TOPIC
from tongxin.kit import db, events
from tongxin.kit.audit import Because
from tongxin.people import stays
from tongxin.policy.decisions import N_
from tongxin.restrictions import operations as restrictions
from tongxin.restrictions.operations import NewRestriction
from tongxin.tasks import operations as work

STAY = "area"
GONE = N_("Not present in the area, or exempt.")
REGISTER = Because("system", "the register")


class Change(NamedTuple):
    """Somebody on an order's roll and what limits them differ: ``place`` None, not on it; ``restriction`` None, not limited."""

    order: int
    person: int
    place: int | None
    restriction: int | None


def people_moved(persons: Sequence[int], now: dt.datetime) -> None:
    """The register learned who lives where: whoever was here unregistered and lives here now needs no mark, and the orders
    around old and new doors have these people on their rolls, or no longer."""
    settled = db.rows(db.sql("areas/registered_here"), {"persons": list(persons)})
    changes = follow(persons, now, REGISTER)
    work.cancel_for([kinds.SAMPLE], "person", [c.person for c in changes if c.place is None], GONE, now, REGISTER)
    if settled:
        forget(now)


def follow(persons: Sequence[int], now: dt.datetime, because: Because, orders: Sequence[int] | None = None) -> list[Change]:
    """Let the restrictions of these people be those of the rolls, of all orders in force or of some. What changed.

    An order is locked before it changes, as everywhere, and looked at again: one that was lifted meanwhile limits nobody.
    """
    touched = sorted({c.order for c in _changes(persons, orders)})
    if not touched:
        return []
    with db.transaction_block():
        found = Order.objects.using(db.alias()).select_for_update(of=("self",)).filter(pk__in=touched, state="in_force")
        held = {o.pk: o for o in found.order_by("pk")}
        changes = _changes(persons, list(held))
        restrictions.release([c.restriction for c in changes if c.place is None and c.restriction], GONE, now, because)
        restrictions.stand_at([(c.restriction, c.place) for c in changes if c.place is not None and c.restriction])
        new = [(held[c.order], c.person, c.place) for c in changes if c.place is not None and c.restriction is None]
        common = {key: vars(issue.common(held[key])) for key in {order.pk for order, _, _ in new}}
        restrictions.impose(
            [NewRestriction(**common[o.pk], subject_kind="person", subject_id=who, place_id=at) for o, who, at in new], because
        )
        _count(changes)
        events.publish(TOPIC, {o.place_id for o in held.values()})
    return changes


def _changes(persons: Sequence[int], orders: Sequence[int] | None) -> list[Change]:
    return [Change(*row) for row in db.rows(db.sql("areas/moved"), {"persons": list(persons), "orders": orders})]


def _count(changes: Sequence[Change]) -> None:
    """The orders have so many more or fewer on their rolls, and are judged whole the next time."""
    more: dict[int, int] = {}
    for change in changes:
        more[change.order] = more.get(change.order, 0) + (change.restriction is None) - (change.place is None)
    db.execute(
        "UPDATE areas_order o SET persons = greatest(o.persons + i.more, 0), lacking = NULL"
        " FROM unnest(%s::bigint[], %s::int[]) AS i (id, more) WHERE o.id = i.id",
        [list(more), list(more.values())],
    )


def know(orders: Sequence[int], now: dt.datetime) -> None:
    """Let the communities of these orders know whoever is in them without living there."""
    found = db.rows(
        "SELECT person_id, place_id FROM areas_rollmark WHERE status = 'unregistered' AND order_id = ANY(%s)", [list(orders)]
    )
    for person, place in found:
        stays.begin(person, place, STAY, now)


def forget(now: dt.datetime) -> int:
    """The community forgets who was in an area without living there, once no area in force has them on its roll (the
    clock's work)."""
    return db.execute(
        "DELETE FROM people_stay s WHERE s.cause = %s AND NOT EXISTS ("
        " SELECT FROM areas_rollmark m JOIN areas_order o ON o.id = m.order_id AND o.state = 'in_force'"
        "  WHERE m.status = 'unregistered' AND m.person_id = s.person_id AND m.place_id = s.place_id)",
        [STAY],
    )
