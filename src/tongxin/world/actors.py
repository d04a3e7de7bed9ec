"""Everybody who works in the simulated city: callers, samplers, couriers, laboratories, those who judge, the desks.

They see what the record holds and act through the operations and channels that real ones use. Each round of theirs does
what has become due, in the order of time; while a demo is being prepared the city's clock is set to each deed's moment.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable

from django.db.models import Q

from tongxin.chase import states
from tongxin.chase import tasks as kinds
from tongxin.chase.operations import deeds
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.ledgers import kinds as ledger
from tongxin.places.place_id import PlaceId
from tongxin.policy.decisions import Refused
from tongxin.tasks import operations as tasks
from tongxin.tasks.models import Task
from tongxin.world import behaviour, rows
from tongxin.world.behaviour import Deed, Member, Next
from tongxin.world.days import MINUTE, Report, Sample, Swab
from tongxin.world.draws import drawer
from tongxin.world.intake import Channel, send_all
from tongxin.world.ledgers import Ledgers
from tongxin.world.medicine import Medicine
from tongxin.world.needs import Needs
from tongxin.world.release import HANDLED, Release
from tongxin.world.rows import Queue, Row
from tongxin.world.scenario import Scenario

TRACER, COMMUNITY, DESK = Because("user:tracer"), Because("user:community"), Because("user:operations")
OUTCOMES = {kinds.TRANSFER: "removed", kinds.WATCH: "checked", kinds.BRING_HOME: "home"}
NOT_OF_DESKS = (kinds.CALL, kinds.RETEST, kinds.JUDGE, kinds.RECHECK, ledger.OWNER, *HANDLED)
"""Done by members' deeds, or about areas; and who was in a tube is left for the users of a demo to find out."""
LAB = "南岸模拟检验所二"
Due = tuple[dt.datetime, int, Callable[[dt.datetime], None]]


class Actors:
    """The people of a scenario. ``queue`` holds what stations, couriers and labs send by themselves."""

    def __init__(self, scenario: Scenario, channel: Channel, queue: Queue, sets_clock: bool) -> None:
        self.scenario, self.channel, self.queue, self.sets_clock = scenario, channel, queue, sets_clock
        self._outbox: list[Row] = []
        self.release = Release(scenario, self._outbox_later)
        self._home = (Needs(scenario), Ledgers(scenario), Medicine(scenario))
        self._zone = clock.city_zone()

    def work(self, since: dt.datetime, until: dt.datetime, calm: bool) -> int:
        """Do what becomes due up to ``until``; how many deeds. ``calm``: send the plain rows, not only the found."""
        local = until.astimezone(self._zone).replace(tzinfo=None)
        sent = self.queue.take(local, urgent=False) if calm else []
        send_all(self.channel, sent)
        due = [
            *self._reports(local), *self._members(until), *self._desks(until), *self.release.due(until),
            *(one for who in self._home for one in who.due(since, until)),
        ]  # fmt: skip
        due.sort(key=lambda d: d[:2])
        for at, _, act in due:
            now = max(at, since)
            if self.sets_clock:
                clock.set_time(now, speed=0)
            with contextlib.suppress(Refused):
                act(now)
        if self.sets_clock:
            clock.set_time(until, speed=0)
        self._post()
        return len(sent) + len(due)

    def _outbox_later(self, sent: list[Row]) -> None:
        self._outbox += sent

    def _post(self) -> None:
        outbox, self._outbox = self._outbox, []
        send_all(self.channel, outbox)

    def _reports(self, until: dt.datetime) -> list[Due]:
        """Found tubes and corrections: each is sent the moment the laboratory knows."""

        def act_of(row: Row) -> Callable[[dt.datetime], None]:
            return lambda now: self.channel.send(row.kind, [row])

        due = self.queue.take(until, urgent=True)
        return [(row.at.replace(tzinfo=self._zone), -nth, act_of(row)) for nth, row in enumerate(reversed(due))]

    def _members(self, until: dt.datetime) -> list[Due]:
        def act_of(member: Member, step: Next) -> Callable[[dt.datetime], None]:
            return lambda now: self._act(member, step, now)

        due: list[Due] = []
        for member in members():
            story = behaviour.story_of(self.scenario.seed, member, self.scenario.stories)
            step = behaviour.next_deed(self.scenario.seed, member, story)
            if step and step.at <= until:
                due.append((step.at, member.id, act_of(member, step)))
        return due

    def _act(self, member: Member, step: Next, now: dt.datetime) -> None:
        if step.deed == Deed.CALL:
            who = COMMUNITY if step.channel == "door" else TRACER
            deeds.log_call(member.id, step.channel, step.outcome, "", now, who)
        elif step.deed == Deed.HAND_OVER:
            deeds.hand_over(member.id, self._elsewhere(member), now, TRACER)
        elif step.deed == Deed.JUDGE:
            who = self.scenario.city.by_no.get(member.person_no)
            deeds.judge(member.id, who is not None and self.scenario.is_contact(who), now, TRACER)
        else:
            self._outbox += self._retest(member, step.deed, now.astimezone(self._zone).replace(tzinfo=None))

    def _elsewhere(self, member: Member) -> PlaceId:
        others = [c for c in self.scenario.city.communities if c != member.community] or [member.community]
        rng = drawer(self.scenario.seed, "elsewhere", member.person_no)
        return PlaceId.parse(rng.choice(others))

    def _retest(self, member: Member, deed: Deed, now: dt.datetime) -> list[Row]:
        """The rows that a retest's next step sends."""
        now = now.replace(microsecond=0)
        if deed == Deed.RECEIVE:
            return [rows.handover(member.retest_tube, "received", "收样员", now)]
        if deed == Deed.REPORT:
            return [self._report(member, now)]
        who = self.scenario.city.by_no.get(member.person_no, -1)
        number = self.scenario.city.people[who].id_number if who >= 0 else ""
        swab, site = Swab(who, member.person_no, number, now), f"S{member.community}"
        barcode = behaviour.retest_barcode(self.scenario.seed, member)
        return list(rows.scans(Sample(barcode, "single", 1, site, f"{site}-home", [swab]), "", "retest"))

    def _report(self, member: Member, now: dt.datetime) -> Row:
        who = self.scenario.city.by_no.get(member.person_no)
        assert member.resampled_at is not None
        taken = member.resampled_at.astimezone(self._zone).replace(tzinfo=None)
        reading = self.scenario.test([who] if who is not None else [], taken, member.retest_tube)
        return rows.report(member.retest_tube, Report(f"L{member.retest_tube}", LAB, reading, now - 30 * MINUTE, now))

    def _desks(self, until: dt.datetime) -> list[Due]:
        def act_of(task: Task) -> Callable[[dt.datetime], None]:
            outcome = OUTCOMES.get(task.kind, "settled")
            return lambda now: _complete(task.pk, outcome, now)

        due: list[Due] = []
        for task in Task.objects.using(db.alias()).filter(state__in=("open", "claimed")).exclude(
            Q(kind__in=NOT_OF_DESKS) | Q(subject_kind__in=("need", "medicine", "message", "ledger"))
        ):
            at = behaviour.desk_time(self.scenario.seed, task.kind, task.subject_id, task.created_at, task.due_at)
            if at <= until:
                due.append((at, task.pk, act_of(task)))
        return due


def _complete(task: int, outcome: str, now: dt.datetime) -> None:
    tasks.complete(task, outcome, {}, now, DESK)


def members() -> list[Member]:
    """The members who still need work."""
    return [Member(*row) for row in db.rows(db.sql("world/open_members"), {"nodes": list(states.OPEN)})]
