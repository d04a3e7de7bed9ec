"""Everybody who closes and opens areas in the simulated city: streets that order, samplers at the doors of who is missing,
couriers and the laboratory of their swabs, officers who confirm lifts, community workers who look at the exits.

Like the actors of a chase they see what is on record and act through the operations that pages use.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from tongxin.access.models import User
from tongxin.areas import kinds, rules, terms
from tongxin.areas import queries as areas
from tongxin.areas.models import Order
from tongxin.areas.operations import deeds, upkeep
from tongxin.areas.operations.issue import Photo
from tongxin.chase.models import Case
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.queries import pack_at
from tongxin.screening.rules import STEPS
from tongxin.tasks import operations as tasks
from tongxin.tasks.models import Task
from tongxin.world import behaviour, closed, rows
from tongxin.world.behaviour import Door
from tongxin.world.days import Report, Sample, Swab, round_name
from tongxin.world.rows import Row
from tongxin.world.scenario import Scenario

SAMPLER, OFFICER, COMMUNITY = Because("user:sampling"), Because("user:operations"), Because("user:community")
HANDLED = (kinds.SAMPLE, kinds.LIFT, kinds.EXITS, kinds.DECIDE, kinds.OBJECTION, kinds.BARRIER)
"""Kinds of tasks that the desks leave to those who work here; an objection and a barrier to the users of a demo."""
PREFIX, LAB, NEGATIVE = "D", "南岸模拟检验所三", "阴性"
MORNING = dt.time(7, 0)
"""Nobody is woken up; and a round is announced by then."""
CASES_SINCE = dt.timedelta(hours=36)
MINUTE = dt.timedelta(minutes=1)
Send = Callable[[list[Row]], None]
Due = tuple[dt.datetime, int, Callable[[dt.datetime], None]]


class Release:
    """``send`` takes the rows of stations, couriers and laboratories."""

    def __init__(self, scenario: Scenario, send: Send) -> None:
        self.scenario, self.send = scenario, send
        self._queued: dict[int, set[int]] = {}
        self._zone = clock.city_zone()

    def due(self, until: dt.datetime) -> list[Due]:
        """What becomes due up to a moment, each with how to do it."""
        found = [*self._orders(until), *self._tasks(), *self._swabs()]
        return [one for one in found if one[0] <= until]

    def _orders(self, until: dt.datetime) -> Iterator[Due]:
        """A unit is closed around each case, soon after it was found."""
        for case in Case.objects.using(db.alias()).filter(withdrawn_at=None, positive_at__gt=until - CASES_SINCE):
            if not closed.is_closed(case.place_id):
                yield case.positive_at + closed.ORDERED_WITHIN, case.pk, lambda now, case=case: closed.around(case, now)  # type: ignore[misc]

    def _tasks(self) -> Iterator[Due]:
        deeds_of = {kinds.SAMPLE: self._knock, kinds.LIFT: _lift, kinds.EXITS: _look, kinds.DECIDE: _decide}
        found = Task.objects.using(db.alias()).filter(state__in=("open", "claimed"), kind__in=list(deeds_of))
        for task in found:
            at = behaviour.release_time(self.scenario.seed, task.kind, task.subject_id, task.created_at, task.due_at)
            yield at, task.pk, lambda now, task=task: deeds_of[task.kind](task, now)  # type: ignore[misc]

    def _knock(self, task: Task, now: dt.datetime) -> None:
        """At the door: the swab is taken, the person is away, or nobody opens and the task stays."""
        person = _person_no(task.subject_id)
        who, local = self.scenario.city.by_no.get(person, -1), self._local(now)
        story = behaviour.at_door(self.scenario.seed, person)
        if local.time() < MORNING or self._queues(who, local) or story == Door.NOBODY or self._stays_shut(task, now):
            return
        if story == Door.AWAY:
            tasks.complete(task.pk, "away", {"note": "出差，本周未归"}, now, SAMPLER)
            return
        number = self.scenario.city.people[who].id_number if who >= 0 else ""
        site = f"S{PlaceId(task.place_id).at(Level.COMMUNITY).code}"
        swab = Swab(who, person, number, local)
        barcode = f"{PREFIX}{local:%y%m%d%H%M}{task.subject_id % 10**6:06d}"
        sample = Sample(barcode, "single", 1, site, f"{site}-home", [swab])
        self.send(list(rows.scans(sample, round_name(local.date()), "screening")))
        tasks.complete(task.pk, "sampled", {}, now, SAMPLER)

    def _stays_shut(self, task: Task, now: dt.datetime) -> bool:
        """Of one area that could be open the last door is left to the users of a demo: nobody has reached who lives there."""
        order = task.params.get("order")
        if order != _ready(now):
            return False
        found = Task.objects.using(db.alias()).filter(state__in=("open", "claimed"), kind=kinds.SAMPLE, params__order=order)
        doors = found.order_by("-subject_id").values_list("subject_id", flat=True)
        here = (d for d in doors if not self._queues(self.scenario.city.by_no.get(_person_no(d), -1), self._local(now)))
        return next(here, None) == task.subject_id

    def _queues(self, who: int, local: dt.datetime) -> bool:
        """Whether somebody stands in today's queue and is negative, though the day's files may not be in yet."""
        nth = max(0, self.scenario.nth_of(local))
        if nth not in self._queued:
            good = (s for s in self.scenario.day(nth).samples if s.reports and s.reports[-1].reading.word == NEGATIVE)
            self._queued = {nth: {m.who for s in good for m in s.members}}
        return who in self._queued[nth]

    def _swabs(self) -> Iterator[Due]:
        """The way of the swabs: received, then reported."""
        params = {"prefix": PREFIX, "received": STEPS["received"]}
        for nth, (barcode, person, scanned, received) in enumerate(db.rows(db.sql("world/door_swabs"), params)):
            at = behaviour.swab_time(self.scenario.seed, barcode, scanned, received)
            if received is None:
                yield at, nth, lambda now, b=barcode: self.send([rows.handover(b, "received", "收样员", self._local(now))])  # type: ignore[misc]
            else:
                yield at, nth, lambda now, b=barcode, p=person, s=scanned: self.send([self._report(b, p, s, now)])  # type: ignore[misc]

    def _local(self, at: dt.datetime) -> dt.datetime:
        return at.astimezone(self._zone).replace(tzinfo=None, microsecond=0)

    def _report(self, barcode: str, person: str, scanned: dt.datetime, now: dt.datetime) -> Row:
        who, local = self.scenario.city.by_no.get(person), self._local(now)
        reading = self.scenario.test([who] if who is not None else [], self._local(scanned), barcode)
        return rows.report(barcode, Report(f"L{barcode}", LAB, reading, local - 30 * MINUTE, local))


def _ready(now: dt.datetime) -> int | None:
    """The last of the areas that nothing but missing results keeps closed."""
    found = Order.objects.using(db.alias()).filter(state="in_force", due_at__lte=now, conditions_met_at=None)
    known = list(found.exclude(kind=rules.TEMPORARY).order_by("pk")[:50])
    inside = areas.inside([one.pk for one in known])
    return next((one.pk for one in reversed(known) if not inside.get(one.pk)), None)


def _person_no(person: int) -> str:
    return str(db.rows("SELECT person_no FROM people_person WHERE id = %s", [person])[0][0])


def _user(name: str) -> User:
    return User.objects.using(db.alias()).get(username=name)


def _lift(task: Task, now: dt.datetime) -> None:
    deeds.lift([task.subject_id], "", _user("operations"), now, OFFICER)


def _look(task: Task, now: dt.datetime) -> None:
    seen = Photo(now, closed.picture(), "image/png", "单元门、消防通道均畅通")
    upkeep.check_exits(task.subject_id, seen, True, _user("community"), now, COMMUNITY)


def _decide(task: Task, now: dt.datetime) -> None:
    """With a case on record the area goes on as long as the days ask for, signed, citing it; else it is left to end."""
    order = Order.objects.using(db.alias()).get(pk=task.subject_id)
    says = terms.terms_of(pack_at(order.place_id, now), order.kind)
    cases = areas.cases(order.pk, limit=1)
    wanted = rules.clock(says, order.starts_at, order.anchor_at, clock.city_zone()).ends_at
    until = min(wanted, order.starts_at + says.ceiling, order.ends_at + says.single_extension)
    if cases and until > order.ends_at:
        reason = "楼内又有病例，自其转运后重新计算天数"
        deeds.extend(order.pk, until, ("case", cases[0].id), reason, _user("operations"), now, OFFICER)
    else:
        tasks.complete(task.pk, "left", {}, now, OFFICER)
