"""The next knock: who is missing for the lift of an area becomes a task, with what that one swab sets free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from tongxin.areas import kinds, rules
from tongxin.areas.models import Order, RollMark
from tongxin.areas.operations import deeds, judge
from tongxin.areas.operations.issue import community
from tongxin.areas.operations.judge import Judged
from tongxin.areas.queries import START, missing
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.policy.queries import packs_in_force
from tongxin.policy.schema import Pack
from tongxin.tasks import kinds as task_kinds
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

SYSTEM = Because("clock", rule="area.knock")


def at_doors(judged: Sequence[Judged], now: dt.datetime) -> int:
    """Open the tasks of those who are missing, where few are or the day is late, and weigh those that are open anew. How
    many are new. ``judged``: the orders as they were just judged."""
    _close_done(judged, now)
    short = {j.order: j for j in judged if j.missing and not j.met_at and not j.inside}
    today = now.astimezone(clock.city_zone()).date()
    found = Order.objects.using(db.alias()).filter(pk__in=list(short), last_day__lte=today, state="in_force")
    packs = packs_in_force(now)
    orders = [o for o in found if _is_time(packs.at(o.place_id), short[o.pk].missing, now)]
    frees = {o.pk: max(1, rules.freed_by_one(short[o.pk].persons, short[o.pk].missing, o.ends_at, now)) for o in orders}
    lists = {o.pk: _who(o.pk, short[o.pk]) for o in orders}
    work.weigh([(kinds.SAMPLE, person, frees[key]) for key, (_, lacking) in lists.items() for person in lacking])
    doors = _doors(list(lists), [p for unsampled, _ in lists.values() for p in unsampled])
    soon = {o.pk: min(o.ends_at, now + packs.at(o.place_id).hours("area.sample_within")) for o in orders}
    wanted = [
        NewTask(kinds.SAMPLE, doors[o.pk, p][0], p, p, {"order": o.pk, **doors[o.pk, p][1]}, soon[o.pk], frees[o.pk])
        for o in orders for p in lists[o.pk][0] if (o.pk, p) in doors
    ]  # fmt: skip
    return work.open_tasks(wanted, now, SYSTEM)


def _doors(orders: Sequence[int], persons: Sequence[int]) -> dict[tuple[int, int], tuple[int, dict[str, str]]]:
    """Where people are who are to be sampled, by order and person, with the door of who does not live there: at home the
    register knows it."""
    found = db.rows(
        "SELECT r.cause_id, r.subject_id, r.place_id, m.id IS NOT NULL, coalesce(h.number, '')"
        "  FROM restrictions_restriction r"
        "  LEFT JOIN areas_rollmark m ON m.order_id = r.cause_id AND m.person_id = r.subject_id AND m.status = 'unregistered'"
        "  LEFT JOIN places_home h ON h.id = m.home_id"
        " WHERE r.subject_kind = 'person' AND r.subject_id = ANY(%s) AND r.cause_kind = 'order' AND r.cause_id = ANY(%s)"
        "   AND r.released_at IS NULL",
        [list(persons), list(orders)],
    )
    return {
        (order, person): (place, {"door": door}) if elsewhere else (community(place), {})
        for order, person, place, elsewhere, door in found
    }


def _close_done(judged: Sequence[Judged], now: dt.datetime) -> None:
    """Who was sampled, at whatever site, need not be knocked at."""
    lists = {j.order: set(j.unsampled) for j in judged if j.lacking or not j.missing}
    done = [person for person, key in judge.swabs_of(list(lists)) if person not in lists[key]]
    work.complete_for([kinds.SAMPLE], "person", done, "sampled", now, SYSTEM)


def _is_time(pack: Pack, missing_now: int, now: dt.datetime) -> bool:
    began = dt.datetime.combine(now.astimezone(clock.city_zone()).date(), dt.time(), clock.city_zone())
    if now < began + pack.hours("area.knock_from"):
        return False
    return missing_now <= pack.number("area.knock_up_to") or now >= began + pack.hours("area.knock_after")


def _who(order: int, one: Judged) -> tuple[list[int], list[int]]:
    """Who is to be sampled, and who lacks a result; of an area that lacks very many the first ones, door by door."""
    if one.lacking:
        return one.unsampled, one.lacking
    found = missing(order, START, judge.MOST)
    return [m.person_id for m in found if not m.barcode], [m.person_id for m in found]


def _sampled(task: Any, now: dt.datetime, because: Because) -> None:
    """The outcome of such a task: who is away is noted on the roll, so that they no longer block."""
    key = task.params.get("order")
    mark = RollMark.objects.using(db.alias()).filter(order_id=key, person_id=task.person_id).first() if key else None
    if key and task.outcome == "away" and mark and mark.status == RollMark.Status.UNREGISTERED:
        deeds.unmark(key, task.person_id, now, because)
    elif key and task.outcome == "away":
        order = Order.objects.using(db.alias()).get(pk=key)
        away = {"place_id": task.place_id, "status": RollMark.Status.AWAY, "since": now, "by": because.actor, "reason": ""}
        deeds.put_on_roll(order, task.person_id, away, now, because)
    elif key:
        judge.judge(now, [key])


def connect() -> None:
    task_kinds.on_outcome(kinds.SAMPLE)(_sampled)
