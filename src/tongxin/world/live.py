"""A demo that goes on: the city's clock runs, and everybody in it keeps working through the served program's API."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from tongxin.kit import clock
from tongxin.kit.models import Clock
from tongxin.places.place_id import PlaceId
from tongxin.screening.operations import rounds
from tongxin.screening.operations.rounds import RollRow
from tongxin.world import demo, rows
from tongxin.world.actors import Actors
from tongxin.world.demo import Settings
from tongxin.world.intake import Http, NotTaken
from tongxin.world.rows import Queue
from tongxin.world.scenario import Scenario

SPEED = 6.0
TURN_SECONDS = 2.0
LONGEST_TURN_SECONDS = 30.0
"""A machine that slept wakes up where it was: time does not jump."""
AGAIN = dt.timedelta(minutes=5)
"""What was sent shortly before the end may not have been answered; sent again it counts as repeated."""
PATIENCE = 120.0
ANNOUNCED = dt.time(6, 0)


def resume_at() -> dt.datetime:
    """Where the simulated time stood: not later than its last turn, whatever time has passed since."""
    row = Clock.objects.first()
    return row.city if row else clock.now()


def stand_still() -> None:
    """Stop the city's clock where the simulation is."""
    clock.set_time(resume_at(), speed=0)


def run(made_from: Settings, url: str, speed: float, wanted: Callable[[], bool]) -> None:
    """Keep the city going for as long as it is ``wanted``. Raises NotTaken when the program does not answer."""
    world = demo.scenario(made_from)
    channel = Http(url, demo.device_token(world))
    _wait_for(channel, wanted)
    life = Life(world, channel, resume_at())
    while wanted():
        life.turn(speed)
        time.sleep(TURN_SECONDS)


def _wait_for(channel: Http, wanted: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while wanted() and not channel.is_up():
        if time.monotonic() > until:
            raise NotTaken("the served program does not answer")
        time.sleep(0.3)


class Life:
    """The simulated people and how far their time has come. Begins at a moment of the outbreak day or later."""

    def __init__(self, world: Scenario, channel: Http, at: dt.datetime) -> None:
        self.world, self.at, self.queue = world, at, Queue()
        self.actors = Actors(world, channel, self.queue, sets_clock=False)
        self.planned = -1
        self._plan(skip=True)

    def turn(self, speed: float) -> int:
        """Let what has become due since the last turn happen; how many deeds."""
        clock.forget()
        longest = dt.timedelta(seconds=speed * LONGEST_TURN_SECONDS)
        now = min(max(clock.now(), self.at), self.at + longest) if self._is_running(speed) else self.at
        clock.set_time(now, speed)
        self._plan(skip=False)
        try:
            done = self.actors.work(self.at, now, calm=True)
        except NotTaken:
            clock.set_time(self.at, speed=0)  # the program is away: time waits for it
            raise
        self.at = now
        return done

    def _is_running(self, speed: float) -> bool:
        row = Clock.objects.first()
        return row is not None and row.speed == speed

    def _local(self) -> dt.datetime:
        return self.at.astimezone(clock.city_zone()).replace(tzinfo=None)

    def _plan(self, skip: bool) -> None:
        """Queue the days that have begun, and on taking up the thread again leave out what was sent before."""
        local = self._local()
        today = self.world.nth_of(local) - (local.time() < ANNOUNCED)
        for nth in range(max(self.planned + 1, today - 1), today + 1):
            day = self.world.day(nth)
            rounds.record([RollRow(day.round, day.date, PlaceId.parse(code)) for code in day.roll])
            self.queue.add(rows.of_day(day))
            self.planned = nth
        if skip:
            for urgent in (True, False):
                self.queue.take(local - AGAIN, urgent)
