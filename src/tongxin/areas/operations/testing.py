"""The test days of an area before its last one: who is still to be sampled is counted, and the area becomes a task.

On the last day, whose results decide about the lift, each who is missing is a task of their own (``knock``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongxin.areas import kinds, rules, terms
from tongxin.areas.models import Order
from tongxin.areas.operations import issue
from tongxin.areas.operations.issue import community
from tongxin.areas.operations.judge import BATCH
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.policy.queries import Calendar, packs_in_force
from tongxin.policy.schema import Pack
from tongxin.tasks import kinds as task_kinds
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

SYSTEM = Because("clock", rule="area.test")


def at_test_days(now: dt.datetime) -> int:
    """Count, from the hour of the first knock on, who has not been sampled where today is a test day, and open or close the
    tasks. How many tasks are new."""
    today = now.astimezone(clock.city_zone()).date()
    packs, opened = packs_in_force(now), 0
    with db.transaction_block():
        _close_yesterdays(now, today)
    rows = _on_test_day(packs, now, today)
    for start in range(0, len(rows), BATCH):
        with db.transaction_block():
            opened += _count({row[0]: row[1:] for row in rows[start : start + BATCH]}, now, today)
    return opened


def _on_test_day(packs: Calendar, now: dt.datetime, today: dt.date) -> list[tuple[int, int, int, dt.datetime]]:
    """``(order, place, day, until when)`` of the orders to be counted now."""
    zone, found = clock.city_zone(), []
    says = {name: {kind: terms.terms_of(pack, kind) for kind in rules.CLOCKED} for name, pack in packs.every().items()}
    wanted = sorted({(kind, day) for each in says.values() for kind, one in each.items() if one.used for day in one.test_days})
    params = {
        "kinds": [k for k, _ in wanted], "days": [d for _, d in wanted], "today": today, "now": now, "turn": now.minute % 10,
        "zone": str(zone),
    }  # fmt: skip
    midnight = dt.datetime.combine(today + rules.DAY, dt.time(), zone)
    for key, kind, place, anchor, ends in db.rows(db.sql("areas/on_test_day"), params) if wanted else []:
        pack = packs.at(place)
        day = rules.test_on(says[pack.name][kind], anchor, zone, now)
        if day is not None and _has_begun(pack, today, now):
            found.append((key, place, day, min(midnight, ends)))
    return found


def _has_begun(pack: Pack, today: dt.date, now: dt.datetime) -> bool:
    return now >= dt.datetime.combine(today, dt.time(), clock.city_zone()) + pack.hours("area.knock_from")


def _count(orders: dict[int, tuple[int, int, dt.datetime]], now: dt.datetime, today: dt.date) -> int:
    params = {"orders": list(orders), "today": today, "zone": str(clock.city_zone())}
    counted = dict(db.rows(db.sql("areas/count_tests"), params))
    work.complete_for([kinds.TEST], "area", [key for key, n in counted.items() if not n], "sampled", now, SYSTEM)
    short = [(key, *orders[key]) for key, n in counted.items() if n]
    return work.open_tasks(
        [NewTask(kinds.TEST, community(place), key, params={"day": day}, due_at=until) for key, place, day, until in short],
        now, SYSTEM,
    )  # fmt: skip


def _close_yesterdays(now: dt.datetime, today: dt.date) -> None:
    """A test day that is over is over: who was not sampled is noted on the area's timeline, and waits for the next one."""
    past = db.rows(
        "UPDATE areas_order o SET untested = 0 FROM (SELECT id, untested AS n, test_day AS day FROM areas_order"
        " WHERE state = 'in_force' AND test_day < %s AND untested > 0 ORDER BY id FOR NO KEY UPDATE) p"
        " WHERE o.id = p.id RETURNING o.id, p.n, p.day",
        [today],
    )
    if not past:
        return
    work.cancel_for([kinds.TEST], "area", [key for key, _, _ in past], "the test day is over", now, SYSTEM)
    orders = {o.pk: o for o in Order.objects.using(db.alias()).filter(pk__in=[key for key, _, _ in past])}
    for key, count, day in past:
        issue.note(orders[key], "untested", SYSTEM.actor, now, "", {"missing": count, "day": day.isoformat()})


def _done(task: Any, now: dt.datetime, because: Because) -> None:
    """Somebody says the area is sampled: it is counted again, and whoever is missing still is."""
    today = now.astimezone(clock.city_zone()).date()
    db.rows(db.sql("areas/count_tests"), {"orders": [task.subject_id], "today": today, "zone": str(clock.city_zone())})


def connect() -> None:
    task_kinds.on_outcome(kinds.TEST)(_done)
