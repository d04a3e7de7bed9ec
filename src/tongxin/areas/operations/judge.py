"""The clock of areas: where each stands, what is proposed, what is over. Set-based; ``rules.standing`` for many at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple

from tongxin.areas import kinds, rules, states, terms
from tongxin.areas.models import Order
from tongxin.areas.operations import issue, steps
from tongxin.areas.operations.issue import TOPIC, community
from tongxin.kit import audit, clock, db, events
from tongxin.kit.audit import Because
from tongxin.policy.decisions import N_
from tongxin.policy.queries import packs_in_force
from tongxin.restrictions import operations as restrictions
from tongxin.restrictions.rules import LAPSE_REASON
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

BATCH, MOST = 2_000, 500
WHOLE_EVERY = 10  # minutes; in between an order is judged by those alone who lacked a result
SYSTEM = Because("clock", rule="area.judge")
STEPPED = N_("Its days are over: it became an area of a milder kind, as was said from the start.")


class Judged(NamedTuple):
    """One order as it was judged: how many are on its roll and lack a result, cases inside, since when all is met; who of
    them has not been sampled, and who lacks a result (both empty where more than ``MOST`` do); whether a case has left and
    nobody disinfected since, where days count from that; when the last contact inside is past its days."""

    order: int
    persons: int
    missing: int
    inside: int
    met_at: dt.datetime | None
    was: dt.datetime | None
    missing_was: int
    unsampled: list[int]
    lacking: list[int]
    dirty: bool
    contacts_free_at: dt.datetime | None


def judge(now: dt.datetime, only: Collection[int] | None = None) -> list[Judged]:
    """Judge orders in force: these, or all whose earliest lawful lift has come. Temporary control may be lifted from its
    first minute on and ends by itself: it is not proposed, let alone overdue."""
    found = Order.objects.using(db.alias()).filter(state="in_force").exclude(kind=rules.TEMPORARY)
    found = found.filter(due_at__lte=now, source="own") if only is None else found.filter(pk__in=list(only))
    rows = list(found.values_list("pk", "kind", "after", "place_id"))
    packs, judged = packs_in_force(now), []
    says = {}
    for start in range(0, len(rows), BATCH):
        asked = []
        for _, kind, after, place in rows[start : start + BATCH]:
            pack = packs.at(place)
            if (pack.name, kind, after) not in says:
                says[pack.name, kind, after] = terms.terms_of(pack, kind, after).all_negative
            asked.append(says[pack.name, kind, after])
        ids = [r[0] for r in rows[start : start + BATCH]]
        whole = [only is not None or key % WHOLE_EVERY == now.minute % WHOLE_EVERY for key in ids]
        params = {
            "orders": ids, "asked": asked, "whole": whole, "now": now, "most": MOST,
            "zone": str(clock.city_zone()),
        }  # fmt: skip
        with db.transaction_block():
            some = [Judged(*row) for row in db.rows(db.sql("areas/judge"), params)]
            _follow(some, now)
        judged += some
    return judged


def _follow(judged: Sequence[Judged], now: dt.datetime) -> None:
    """What was found is noted on the restrictions; who can move is given the work."""
    changed = [j for j in judged if j.met_at != j.was]
    told = {j.order for j in judged if j.met_at != j.was or j.missing != j.missing_was}
    if not told:
        return
    orders = {o.pk: o for o in Order.objects.using(db.alias()).filter(pk__in=told)}
    restrictions.follow_cause(
        "order", [(j.order, orders[j.order].due_at, orders[j.order].ends_at, j.met_at) for j in changed]
    )
    met = [orders[j.order] for j in changed if j.met_at]
    work.open_tasks([NewTask(kinds.LIFT, community(o.place_id), o.pk, params={"persons": o.persons}) for o in met], now, SYSTEM)
    unmet = [j.order for j in changed if not j.met_at]
    work.cancel_for([kinds.LIFT], "area", unmet, "the conditions are no longer met", now, SYSTEM)
    events.publish(TOPIC, {orders[key].place_id for key in told})


def ask_to_decide(judged: Sequence[Judged], now: dt.datetime) -> None:
    """A case is inside on the last day, or nobody disinfected: somebody extends, citing it, or lets the area end."""
    found = Order.objects.using(db.alias()).filter(pk__in=[j.order for j in judged if j.inside or j.dirty])
    work.open_tasks([NewTask(kinds.DECIDE, community(o.place_id), o.pk) for o in found], now, SYSTEM)


def re_anchor(now: dt.datetime, only: Collection[int] | None = None) -> int:
    """The cases of an area have changed: one left, a new one came, one was withdrawn. The earliest lawful lift follows; the
    end moves earlier by itself, never later: for that a named person extends. How many orders changed."""
    packs, zone = packs_in_force(now), clock.city_zone()
    with db.transaction_block():
        rows = db.rows(db.sql("areas/anchors"), {"ids": list(only) if only is not None else None})
        changed, late = [], []
        for key, kind, after, place, starts, ends, anchor, waits in rows:
            times = rules.clock(terms.terms_of(packs.at(place), kind, after), starts, anchor, zone)
            end = ends if waits else rules.rederived_end(ends, times.ends_at, now)
            changed.append((key, anchor, times.last_day, min(times.due_at, end), end))
            if waits or anchor is None or times.ends_at > end:
                late.append(key)
        if changed:
            _write_clocks(changed)
            orders = {o.pk: o for o in Order.objects.using(db.alias()).filter(pk__in=[c[0] for c in changed])}
            work.open_tasks([NewTask(kinds.DECIDE, community(orders[key].place_id), key) for key in late], now, SYSTEM)
            for order in orders.values():
                issue.follow_roll(order, now, SYSTEM)
            judge(now, list(orders))
    return len(changed)


def _write_clocks(changed: Sequence[tuple[int, dt.datetime | None, dt.date | None, dt.datetime, dt.datetime]]) -> None:
    ids, anchors, days, dues, ends = (list(c) for c in zip(*changed, strict=True))
    db.execute(
        "UPDATE areas_order o SET anchor_at = i.anchor, last_day = i.day, due_at = i.due, ends_at = i.ends,"
        "       then_ends_at = then_ends_at - (o.ends_at - i.ends), conditions_met_at = NULL"
        "  FROM unnest(%s::bigint[], %s::timestamptz[], %s::date[], %s::timestamptz[], %s::timestamptz[])"
        "    AS i (id, anchor, day, due, ends) WHERE o.id = i.id AND o.state = 'in_force'",
        [ids, anchors, days, dues, ends],
    )
    restrictions.follow_cause("order", [(k, due, end, None) for k, due, end in zip(ids, dues, ends, strict=True)])


def lapse_due(now: dt.datetime) -> int:
    """What has reached its end, and nobody extended, is over: at its end, not when this runs. What becomes an area of a milder
    kind does so by itself."""
    with db.transaction_block():
        gone = db.rows(
            "UPDATE areas_order SET state = CASE WHEN then_ends_at > %s THEN 'stepped' ELSE 'lapsed' END, ended_at = ends_at,"
            "       ended_by = 'clock', end_reason = CASE WHEN then_ends_at > %s THEN %s ELSE %s END"
            " WHERE id IN (SELECT id FROM areas_order WHERE state = 'in_force' AND source = 'own' AND ends_at <= %s"
            "              ORDER BY id FOR UPDATE SKIP LOCKED) RETURNING id, place_id, state",
            [now, now, STEPPED, LAPSE_REASON, now],
        )
        if gone:
            ended([key for key, _, _ in gone], now, LAPSE_REASON, SYSTEM)
            for state in (states.LAPSED, states.STEPPED):
                issue.note_each([key for key, _, became in gone if became == state], state, SYSTEM.actor)
            audit.record(SYSTEM, "area.lapsed", "area", count=len(gone))
            events.publish(TOPIC, {place for _, place, _ in gone})
            eased = Order.objects.using(db.alias()).filter(pk__in=[key for key, _, state in gone if state == states.STEPPED])
            for order in eased.order_by("pk"):
                steps.begin([order], order.ends_at, SYSTEM)
    return len(gone)


def swabs_of(orders: Sequence[int]) -> list[tuple[int, int]]:
    """``(person, order)`` of the open tasks to sample somebody for the lift of some orders (index task_next_knock)."""
    return db.rows(
        "SELECT subject_id, (params->>'order')::bigint FROM tasks_task WHERE state IN ('open', 'claimed') AND frees > 0"
        " AND kind = %s AND (params->>'order')::bigint = ANY(%s)",
        [kinds.SAMPLE, list(orders)],
    )


def ended(orders: Sequence[int], now: dt.datetime, reason: str, because: Because) -> None:
    """Orders are over: the work about them ends, but for barriers that still stand and an exit that is blocked."""
    work.cancel_for([kinds.LIFT, kinds.DECIDE, kinds.EXITS, kinds.DISINFECT, kinds.TEST], "area", orders, reason, now, because)
    swabs = [person for person, _ in swabs_of(orders)]
    work.cancel_for([kinds.SAMPLE], "person", swabs, reason, now, because)
    standing = db.rows(
        "SELECT DISTINCT order_id, place_id FROM areas_barrier WHERE order_id = ANY(%s) AND removed_at IS NULL",
        [list(orders)],
    )
    work.open_tasks([NewTask(kinds.BARRIER, community(place), key) for key, place in standing], now, because)
