"""The whole simulated course of things: a city, its outbreak, one screening day after another. Pure, and a chain: a day
depends on the days before it alone, so that a demo that was stopped goes on as if it had not been.

The calendar is laid so that the outbreak day is the first on which a round can find people in a good many homes. What
every onlooker of a demo wants to see is arranged on that day: a positive that is corrected, a tube whose members are
all negative, a positive single tube, and members who cannot be reached, are elsewhere, or whose retest does not come.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from tongxin.world import days, outbreak
from tongxin.world.behaviour import Story
from tongxin.world.city import City, make_city
from tongxin.world.days import Day, Sample
from tongxin.world.draws import drawer
from tongxin.world.outbreak import Outbreak, Reading

FIRST = dt.date(2022, 11, 25)
STOP = dt.datetime.combine(dt.date(2022, 11, 26), dt.time(20, 30))
MINUTE = dt.timedelta(minutes=1)
HOMES_TO_FIND = 15
LONGEST = 60
ON_THE_EVE = 1 / 3
"""The first round covers this part of the communities; the next one, when it has found people, all of them."""
ARRIVALS = 6
"""How many infected people come from elsewhere on each day after the outbreak day."""
FINDING = (dt.timedelta(hours=13, minutes=20), dt.timedelta(hours=20, minutes=12))
"""Between which hours of a day the labs report what they found."""
WAITING = 6
"""How many tubes of the outbreak day are found only after the demo begins."""
LATE = tuple(minutes * MINUTE for minutes in (360, 340, 120, 95, 55, 25))
"""How long before the demo begins some tubes are found, so that members stand at every node."""


class Scenario:
    """A city and its outbreak. ``day(0)`` is the eve, ``day(1)`` the outbreak day, later ones go on from there."""

    def __init__(self, communities: Sequence[str], people: int, seed: int) -> None:
        self.seed = seed
        self.city: City = make_city(communities, people, seed)
        self.outbreak = Outbreak(self.city, seed)
        self.stories: dict[str, Story] = {}
        self._days: list[Day] = []
        self._reach_the_eve()
        self.day(1)

    def _reach_the_eve(self) -> None:
        self.outbreak.start()
        eve = 1
        while eve < LONGEST and self.outbreak.homes_to_find(eve + 1.4) < HOMES_TO_FIND:
            self.outbreak.step(eve)
            eve += 1
        self.origin = FIRST - dt.timedelta(days=eve)

    def day(self, nth: int) -> Day:
        """The ``nth`` day, planned when it is first asked for."""
        while len(self._days) <= nth:
            self._plan(len(self._days))
        return self._days[nth]

    def nth_of(self, at: dt.datetime) -> int:
        return (at.date() - FIRST).days

    def counted(self, at: dt.datetime) -> float:
        """A moment as the outbreak counts days."""
        return outbreak.day_of(self.origin, at)

    def _plan(self, nth: int) -> None:
        date = FIRST + dt.timedelta(days=nth)
        if nth:
            self.outbreak.step((date - self.origin).days - 1, self._held())
        if nth == 1:
            self._make_a_single_positive(date)
        if nth > 1:
            self._arrive(date)
        seen = self._held()
        away = {p for p in seen if p in self.outbreak.infected}
        codes = self.city.communities
        roll = codes if nth else codes[: max(1, round(len(codes) * ON_THE_EVE))]
        day = days.plan_round(self.city, roll, date, self.seed, self._test, away, seen - away)
        _spread(day, self.seed)
        if nth == 1:
            self._arrange(day)
        self._days.append(day)

    def _held(self) -> set[int]:
        return set().union(*(d.people_found() for d in self._days))

    def _test(self, sample: Sample) -> Reading:
        return self.test([m.who for m in sample.members if m.who >= 0], sample.members[0].at, sample.barcode)

    def test(self, people: Sequence[int], at: dt.datetime, barcode: str) -> Reading:
        """What a laboratory finds in a tube of these people, sampled ``at``."""
        return outbreak.read_tube(self.outbreak, people, self.counted(at), barcode)

    def is_contact(self, person: int) -> bool:
        """Whether somebody who tested negative shares a home or a workplace with an infected person."""
        city = self.city
        near = city.homes[city.people[person].home] + (city.works[w] if (w := city.work_of[person]) >= 0 else [])
        return any(p in self.outbreak.infected for p in near if p != person)

    def _make_a_single_positive(self, date: dt.date) -> None:
        """Somebody who is sampled at home caught it from a neighbour."""
        alone = [i for i, p in enumerate(self.city.people) if p.category == "elderly_alone"]
        near = {self.city.building_of[i] for i in self.outbreak.infected}
        wanted = sorted(alone, key=lambda i: (self.city.building_of[i] not in near, i))
        for person in wanted[:2]:
            self.outbreak.infect(person, (date - self.origin).days - 5)

    def _arrive(self, date: dt.date) -> None:
        rng = drawer(self.seed, "arrivals", date)
        for person in rng.sample(range(len(self.city.people)), ARRIVALS):
            self.outbreak.infect(person, (date - self.origin).days - 3)

    def _arrange(self, day: Day) -> None:
        rng = drawer(self.seed, "arranged")
        calm = [s for s in day.samples if s.kind == "pool" and len(s.members) > 5 and not s.found and s.reports]
        calm = [s for s in calm if not any(m.who < 0 or m.who in self.outbreak.infected for m in s.members)]
        contaminated, mistaken = rng.sample(calm, 2)
        for sample, hour in ((contaminated, 13.4), (mistaken, 15.1)):
            first = sample.reports[0]
            reading = outbreak.false_positive(self.seed, sample.barcode)
            sample.reports = [dataclasses.replace(first, reading=reading)]
            days.report_at(sample, dt.datetime.combine(day.date, dt.time()) + hour * 60 * MINUTE)
        days.correct(mistaken, mistaken.reports[0].at + 130 * MINUTE)
        self.stories |= {m.person_no: Story.PROMPT for m in contaminated.members}  # so that all are negative by evening
        self._tell_stories([s for s in day.found if s not in (contaminated, mistaken)])

    def _tell_stories(self, found: Sequence[Sample]) -> None:
        """Time the last tubes found before the demo begins, and give some of their members a story."""
        pools = [s for s in found if len(s.members) > 2]
        timed = [s for s in pools if s.reports[0].at <= STOP][-len(LATE) :]
        plots: dict[int, tuple[Story, ...]] = {
            0: (Story.FORGOTTEN,), 1: (Story.FORGOTTEN,), 2: (Story.SILENT, Story.ELSEWHERE), 3: (Story.REFUSES,),
            4: (Story.CALLS_BACK, Story.NO_PHONE, Story.CALLS_BACK), 5: (Story.NO_PHONE,),
        }  # fmt: skip
        for nth, sample in enumerate(timed, len(LATE) - len(timed)):
            days.report_at(sample, STOP - LATE[nth])
            members = [m for m in sample.members if m.who >= 0 and m.who not in self.outbreak.infected]
            for story, member in zip(plots[nth], members, strict=False):
                self.stories[member.person_no] = story
                if story == Story.NO_PHONE:
                    self._lose_phone(member.who)

    def _lose_phone(self, who: int) -> None:
        self.city.people[who] = dataclasses.replace(self.city.people[who], phone="")


def _spread(day: Day, seed: int) -> None:
    """Spread the reports of found tubes over the day in their order, the last ones after the demo begins."""
    rng, found = drawer(seed, "found", day.date), day.found
    start, end = (dt.datetime.combine(day.date, dt.time()) + after for after in FINDING)
    early = max(1, len(found) - min(WAITING, len(found) // 4))
    for nth, sample in enumerate(found):
        at = start + (end - start) * (nth + rng.random()) / early if nth < early else None
        at = at or end + rng.uniform(25, 200) * MINUTE
        received = sample.time_of("received")
        days.report_at(sample, max(at, received + 95 * MINUTE).replace(microsecond=0))
