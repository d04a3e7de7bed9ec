"""What another policy pack means for the areas in force: compared before one is adopted, derived anew when it is. An end
moves earlier by itself, never later: that needs a named person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tongxin.areas import rules, terms
from tongxin.areas.models import Order
from tongxin.areas.operations import issue, judge
from tongxin.kit import audit, clock, db, events
from tongxin.kit.audit import Because
from tongxin.policy.compare import MOST_ROWS, Effect
from tongxin.policy.queries import packs_in_force
from tongxin.policy.schema import Pack
from tongxin.restrictions import operations as restrictions
from tongxin.tasks.rules import smallest_place

ORDERS = (*((kind, "") for kind in rules.KINDS), *((then, kind) for kind, then in terms.STEPS))
"""What an order may be: its kind, and the kind of which it is the next step."""


@dataclass(frozen=True)
class Moved:
    """An order under another pack: its clock there, the end it would have, and what it would become until when."""

    order: Order
    due_at: dt.datetime
    ends_at: dt.datetime
    last_day: dt.date | None
    basis: str
    too_large: bool
    then_kind: str = ""
    then_ends_at: dt.datetime | None = None

    @property
    def changes(self) -> bool:
        order = self.order
        return (self.ends_at, self.due_at, self.then_ends_at) != (order.ends_at, order.due_at, order.then_ends_at)


def under(place_id: int, pack: Pack, now: dt.datetime) -> Iterator[Moved]:
    """Every own order in force where the place's pack holds, as the pack would have it."""
    ranges, zone = packs_in_force(now).reach(place_id), clock.city_zone()
    says = {(kind, after): terms.terms_of(pack, kind, after) for kind, after in ORDERS}
    for lo, hi in ranges:
        found = Order.objects.using(db.alias()).filter(state="in_force", source="own", place_id__gte=lo, place_id__lt=hi)
        for order in found.order_by("pk").iterator(chunk_size=2000):
            yield _under(order, says[order.kind, order.after], zone, now)


def _under(order: Order, says: rules.Terms, zone: dt.tzinfo, now: dt.datetime) -> Moved:
    if not says.used:
        end = rules.rederived_end(order.ends_at, now, now)
        return Moved(order, min(order.due_at, end), end, order.last_day, says.rule, False)
    times = rules.clock(says, order.starts_at, order.anchor_at, zone)
    by_pack = order.starts_at + says.ceiling if order.extended_by else times.ends_at
    end = rules.rederived_end(order.ends_at, by_pack, now)
    large = rules.SIZES.index(order.size) > rules.SIZES.index(says.largest)
    last_day = min(filter(None, (order.last_day, times.last_day)), default=None)
    due = order.due_at if order.conditions_met_at else times.due_at  # a lift that may be done is not taken back
    then_kind, then_ends_at = _then(order, says, end, zone)
    return Moved(order, min(due, end), end, last_day, says.rule, large, then_kind, then_ends_at)


def _then(order: Order, says: rules.Terms, end: dt.datetime, zone: dt.tzinfo) -> tuple[str, dt.datetime | None]:
    """What the order becomes, if both it and the pack say so, and until when: never later than either has it."""
    by_pack = rules.step_end(says, end, zone)
    if not order.then_ends_at or not by_pack or order.then_kind != says.then:
        return "", None
    return order.then_kind, min(by_pack, order.then_ends_at)


def effects(place_id: int, before: Pack, after: Pack, now: dt.datetime) -> Sequence[Effect]:
    """Areas that would be over at once, or earlier, with the people in them; and those larger than the pack allows."""
    now_over, earlier, large = [], [], []
    for one in under(place_id, after, now):
        if one.ends_at <= now:
            now_over.append(one)
        elif one.ends_at < one.order.ends_at:
            earlier.append(one)
        if one.too_large:
            large.append(one)
    return [
        effect
        for key, label, some in (
            ("area.lifted", _("areas lifted at once"), now_over),
            ("area.earlier", _("areas that end earlier"), earlier),
            ("area.too_large", _("areas larger than the pack allows, to be narrowed by a person"), large),
        )
        for effect in _effects(key, label, some)
    ]


def _effects(key: str, label: object, some: Sequence[Moved]) -> Iterator[Effect]:
    if not some:
        return
    rows = [
        {"subject": ("area", m.order.pk), "place_id": m.order.place_id, "text": m.order.name, "before": m.order.ends_at,
         "after": m.ends_at}
        for m in some[:MOST_ROWS]
    ]  # fmt: skip
    yield Effect(key, label, len(some), _("areas"), rows=rows, total=len(some))
    if key != "area.too_large":
        unit, who = _("people"), sum(m.order.persons for m in some)
        yield Effect(f"{key}.people", label, who, unit, rows=rows, total=len(some))


def rederive(place_id: int, pack: Pack, now: dt.datetime, because: Because) -> int:
    """Give the orders in force the clock of a pack that has begun to hold, where that is no later. How many changed."""
    every = list(under(place_id, pack, now))
    changed = [m for m in every if m.changes and m.ends_at > m.order.starts_at]
    with db.transaction_block():
        _move(changed, pack, now, because)
        _loosen([m.order for m in every], pack, now)
    return len(changed)


def _move(changed: Sequence[Moved], pack: Pack, now: dt.datetime, because: Because) -> None:
    if changed:
        rows = [(m.order.pk, m.due_at, m.ends_at, m.last_day, m.basis, m.then_kind, m.then_ends_at) for m in changed]
        columns = [list(c) for c in zip(*rows, strict=True)]
        db.execute(
            "UPDATE areas_order o SET due_at = i.due, ends_at = i.ends, last_day = i.day, basis = i.basis,"
            "       then_kind = i.kind, then_ends_at = i.until, conditions_met_at = NULL,"
            "       decision = o.decision || jsonb_build_object('rederived',"
            "                                jsonb_build_object('from', o.ends_at, 'basis', o.basis))"
            "  FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::date[], %s::text[], %s::text[],"
            "              %s::timestamptz[]) AS i (id, due, ends, day, basis, kind, until) WHERE o.id = i.id",
            columns,
        )
        restrictions.follow_cause("order", [(m.order.pk, m.due_at, m.ends_at, None) for m in changed])
        issue.note_each(columns[0], "rederived", because.actor, pack.name, now)
        places = {m.order.place_id for m in changed}
        audit.record(because, "area.rederived", "area", place=smallest_place(list(places)), count=len(changed))
        events.publish(issue.TOPIC, places)
        judge.judge(now, columns[0])


def _loosen(orders: Sequence[Order], pack: Pack, now: dt.datetime) -> None:
    """What the pack asks for of a lift replaces what the orders asked for, where that is easier."""
    loosened: list[int] = []
    for kind, after in ORDERS:
        ids = [o.pk for o in orders if (o.kind, o.after) == (kind, after)]
        if ids and kind != rules.TEMPORARY:
            params = {"ids": ids, **terms.columns(terms.terms_of(pack, kind, after))}
            loosened += [key for (key,) in db.rows(db.sql("areas/loosen"), params)]
    if loosened:
        judge.re_anchor(now, loosened)
        judge.judge(now, loosened)
