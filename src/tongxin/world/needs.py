"""The needs of a simulated district, and everybody who answers them: they raise needs by the channels that real ones use, read
and confirm them, do them with delays, ask, close and reopen. What they do depends on what is on record and on the seed, so that
it goes on sensibly whatever users of a demo have done in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.needs import kinds, queries, states
from tongxin.needs import tasks as work
from tongxin.needs.medicine.operations import CHAIN
from tongxin.needs.models import Need
from tongxin.needs.operations import arrivals, deeds, intake
from tongxin.needs.operations.arrivals import Source
from tongxin.needs.operations.deeds import Confirmed
from tongxin.needs.operations.intake import Raised
from tongxin.people.models import Person
from tongxin.places.place_id import Level, PlaceId
from tongxin.tasks import operations as tasks
from tongxin.tasks.models import Task
from tongxin.world import wishes
from tongxin.world.draws import drawer
from tongxin.world.scenario import STOP, Scenario
from tongxin.world.wishes import MINUTE, Wish

OPERATOR, TEAM, RESIDENT = Because("user:desk"), Because("user:team_medicine"), Because("resident")
BY_BATCH = ("hotline", "chat")
AGAIN = dt.timedelta(minutes=10)
LEFT = {wishes.STAIRWELL: 180 * MINUTE, wishes.LATEST: 25 * MINUTE}
"""How long the simulated operators leave these for whoever looks at a demo."""
Due = tuple[dt.datetime, int, Callable[[dt.datetime], None]]


class Needs:
    """Whoever needs something, and whoever answers."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self._zone = scenario, clock.city_zone()
        self._days: dict[dt.date, list[Wish]] = {}
        self._raised: set[str] = set()

    def due(self, since: dt.datetime, until: dt.datetime) -> list[Due]:
        """What is raised and done up to ``until``; what was raised shortly before ``since`` is raised again, and counts once."""
        raised = [self._raising(wish) for wish in self._wishes(since - AGAIN, until)]
        return [*raised, *self._work(until)]

    def _wishes(self, since: dt.datetime, until: dt.datetime) -> Iterator[Wish]:
        first, last = (at.astimezone(self._zone).replace(tzinfo=None) for at in (since, until))
        for day in sorted({first.date(), last.date()}):
            if day not in self._days:
                arranged = STOP if day == STOP.date() else None
                self._days[day] = wishes.of_day(self.scenario.city, day, self.scenario.seed, arranged)
            yield from (wish for wish in self._days[day] if first < wish.at <= last and wish.ref not in self._raised)

    # -- raising ----------------------------------------------------------------------------------------

    def _raising(self, wish: Wish) -> Due:
        return wish.at.replace(tzinfo=self._zone), -1, lambda now: self._raise(wish, now)

    def _raise(self, wish: Wish, now: dt.datetime) -> None:
        person, found = self.scenario.city.people[wish.who], self._registered(wish.who)
        district = int(PlaceId.parse(person.community).at(Level.DISTRICT))
        phone, at = person.phone if wish.known else "", min(wish.at.replace(tzinfo=self._zone), now)
        if wish.channel in BY_BATCH:
            row = {"id": f"demo-{wish.ref}", "text": wish.text, "channel": wish.channel, "raised_at": at.isoformat(),
                   "phone": phone, "name": person.name if wish.known else "", "address": wish.address}  # fmt: skip
            raised = arrivals.read(row, Source.at(district))
        else:
            place, home, known = (found[1], found[2], found[0]) if found else (district, None, None)
            raised = Raised(
                wish.channel, f"demo-{wish.ref}", wish.text, at, place, phone=phone, name=person.name, person_id=known, home_id=home
            )
        intake.record([raised], now, RESIDENT if wish.channel == "web" else OPERATOR)
        self._raised.add(wish.ref)

    def _registered(self, who: int) -> tuple[int, int, int | None] | None:
        """Number, place and home of a resident in the register."""
        rows = Person.objects.using(db.alias()).filter(person_no=self.scenario.city.people[who].no)
        return rows.values_list("pk", "place_id", "home_id").first()

    # -- answering --------------------------------------------------------------------------------------

    def _work(self, until: dt.datetime) -> Iterator[Due]:
        found = Task.objects.using(db.alias()).filter(state__in=("open", "claimed"), subject_kind__in=("need", "message"))
        opened = [t for t in found.order_by("pk") if t.kind in DOES]
        refs = _references(opened)
        for task in opened:
            at = self._when(task, refs.get(task.pk, ""))
            if at <= until:
                yield at, task.pk, self._doing(task, refs.get(task.pk, ""))

    def _when(self, task: Task, ref: str) -> dt.datetime:
        """When somebody has done a piece of work: mostly in time, some too late."""
        rng, name = drawer(self.scenario.seed, "need", task.kind, ref, task.created_at.isoformat()), _name(ref)
        if task.kind in (work.CONFIRM, work.EMERGENCY) and (left := LEFT.get(name)):
            return task.created_at + left
        if name in wishes.MEDICINE and task.kind == work.CONFIRM:
            return task.created_at + 5 * MINUTE
        if task.kind in MINUTES:
            least, most, late = MINUTES[task.kind]
            if rng.random() < late:
                return task.created_at + rng.uniform(4, 9) * most * MINUTE
            return task.created_at + rng.triangular(least, most, least + (most - least) / 3) * MINUTE
        span = max(task.due_at - task.created_at, 20 * MINUTE)
        return task.created_at + span * (rng.uniform(0.25, 0.9) if rng.random() > 0.14 else rng.uniform(1.1, 1.9))

    def _doing(self, task: Task, ref: str) -> Callable[[dt.datetime], None]:
        rng = drawer(self.scenario.seed, "done", task.kind, ref, task.created_at.isoformat())
        return lambda now: DOES[task.kind](task, rng.random(), now)


def _name(ref: str) -> str:
    """What an arranged need is called, of its reference."""
    return ref.split("-")[1] if "-" in ref else ""


def _references(opened: Sequence[Task]) -> dict[int, str]:
    """Of which need each task is: the same whatever else was numbered before it."""
    rows = db.rows(
        "SELECT t.id, n.source_ref FROM tasks_task t JOIN needs_need n ON n.id = t.subject_id WHERE t.id = ANY(%s)",
        [[t.pk for t in opened if t.subject_kind == "need"]],
    )
    return dict(rows)


def _read(task: Task, draw: float, now: dt.datetime) -> None:
    """An operator reads a need: it is the same as one that is on its way, it is taken back, or it goes to its team."""
    need = Need.objects.using(db.alias()).get(pk=task.subject_id)
    older = [other for other, _ in queries.alike(need.pk) if other.confirmed_at and other.state in (states.NEW, states.OPEN)]
    if older and older[0].kind == need.kind:
        deeds.merge(None, need.pk, None, older[0].pk, now, OPERATOR)
    elif draw < 0.02:
        deeds.withdraw(None, need.pk, None, "来电人说已经解决，不需要了", now, OPERATOR)
    else:
        deeds.confirm(None, need.pk, None, _told(need), now, OPERATOR)


def _told(need: Need) -> Confirmed:
    text = queries.text_of(need)[:80]
    details = {ask.name: text for ask in kinds.get(need.kind).asks if ask.required}
    return Confirmed(need.kind, need.urgency, need.place_id, need.home_id, need.person_id, need.topic, details)


def _answer(task: Task, draw: float, now: dt.datetime) -> None:
    tasks.complete(task.pk, "no_emergency" if draw < 0.1 else "handed_over", {"note": "已联系120，社区开门引导"}, now, OPERATOR)


def _help(task: Task, draw: float, now: dt.datetime) -> None:
    tasks.complete(task.pk, "safe", {"note": "民警以消防检查名义上门，人已安全"}, now, OPERATOR)


def _do(task: Task, draw: float, now: dt.datetime) -> None:
    outcome = "not_possible" if draw < 0.04 else "done"
    tasks.complete(task.pk, outcome, {"note": "已处理" if outcome == "done" else "人手不够，做不了"}, now, TEAM)


def _ask(task: Task, draw: float, now: dt.datetime) -> None:
    """The resident answers by the own page, on the telephone, says that it is not solved, or cannot be asked."""
    if draw < 0.4:
        deeds.close(None, task.subject_id, None, "reply", 3 + round(draw * 5), "", now, RESIDENT)
    else:
        outcome = "not_solved" if draw > 0.93 else "nobody" if draw > 0.87 else "solved"
        tasks.complete(task.pk, outcome, {"note": "东西不对" if outcome == "not_solved" else ""}, now, OPERATOR)


def _another_way(task: Task, draw: float, now: dt.datetime) -> None:
    tasks.complete(task.pk, "routed", {"note": "改由街道协调"}, now, OPERATOR)
    need = Need.objects.using(db.alias()).get(pk=task.subject_id)
    deeds.confirm(None, need.pk, None, _told(need), now, OPERATOR)


def _outcome(name: str) -> Callable[[Task, float, dt.datetime], None]:
    return lambda task, draw, now: _complete(task, name, now)


def _complete(task: Task, outcome: str, now: dt.datetime) -> None:
    tasks.complete(task.pk, outcome, {}, now, TEAM)


MINUTES: dict[str, tuple[float, float, float]] = {
    work.CONFIRM: (3, 28, 0.05), work.EMERGENCY: (3, 12, 0.0), work.SILENT: (4, 13, 0.0), work.ASK: (20, 220, 0.1),
    work.STUCK: (15, 80, 0.1),
}  # fmt: skip
"""Minutes that a piece of work takes, from and to, and the share of what is forgotten for hours."""
DOES: dict[str, Callable[[Task, float, dt.datetime], Any]] = {
    **{kind.task: _do for kind in kinds.KINDS if kind.key not in CHAIN},
    work.CONFIRM: _read, work.EMERGENCY: _answer, work.SILENT: _help, work.ASK: _ask, work.STUCK: _another_way,
    work.PHONE: _outcome("told"),
}  # fmt: skip
