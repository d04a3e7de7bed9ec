"""One outbreak: who infects whom, day by day, and what a laboratory would measure. Pure.

A stochastic SEIR by contacts: an infected person is infectious from the second day, most on days 3 to 5, hardly after
day 9. Contacts are those of the home, the building, the workplace and the community. The cycle threshold (Ct) falls
from 45 to a peak of 17–26 on day 3–5 and rises again over ten days; pooling n swabs dilutes each by n, which costs
log2(n) cycles. The numbers make a plausible exercise; nothing is to be concluded from them about any real outbreak.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tongxin.world.city import City
from tongxin.world.draws import drawer, poisson

INFECTIOUS = (0.0, 0.15, 0.6, 1.0, 1.0, 0.8, 0.5, 0.3, 0.15, 0.1)
"""How infectious somebody is on each day since the infection."""
HOME_RISK = 0.22
BUILDING_CONTACTS, WORK_CONTACTS, COMMUNITY_CONTACTS = 0.3, 0.6, 0.25
FOUND_CT, SUSPECT_CT, NO_CT = 36.5, 38.5, 45.0
SWAB_FAILS = 0.03
SEEDS = 6


@dataclass
class Outbreak:
    """Infections by person: the day (a count from the first one) on which each happened, and who infected whom."""

    city: City
    seed: int
    infected: dict[int, int] = field(default_factory=dict)
    source: dict[int, int] = field(default_factory=dict)

    def start(self) -> None:
        """Seed it among the traders of the market."""
        rng = drawer(self.seed, "seeds")
        for person in rng.sample(self.city.works[0], min(SEEDS, len(self.city.works[0]))):
            self.infected[person] = 0

    def infect(self, person: int, day: int) -> None:
        self.infected.setdefault(person, day)

    def step(self, day: int, held: Collection[int] = ()) -> None:
        """Let a day pass. Who is held at home or in care meets nobody but the home."""
        for person, since in sorted(self.infected.items()):
            age = day - since
            if not 0 < age < len(INFECTIOUS):
                continue
            rng = drawer(self.seed, "contacts", day, person)
            for other in self._meets(person, INFECTIOUS[age], rng, person in held):
                if other not in self.infected and (other not in held or other in self._home(person)):
                    self.infected[other] = day
                    self.source[other] = person

    def _home(self, person: int) -> list[int]:
        return self.city.homes[self.city.people[person].home]

    def _meets(self, person: int, force: float, rng: random.Random, held: bool) -> list[int]:
        met = [p for p in self._home(person) if p != person and rng.random() < HOME_RISK * force]
        if held:
            return met
        city, work = self.city, self.city.work_of[person]
        groups = [
            (city.buildings[city.building_of[person]], BUILDING_CONTACTS),
            (city.works[work] if work >= 0 else [], WORK_CONTACTS),
            (range(len(city.people)), COMMUNITY_CONTACTS),
        ]
        for group, mean in groups:
            for _ in range(poisson(rng, mean * force)) if group else ():
                met.append(rng.choice(group))
        return met

    def ct(self, person: int, day: float) -> float:
        """The Ct of a good swab of this person on a day (counted like ``infected``); NO_CT: nothing to be found."""
        since = self.infected.get(person)
        if since is None or (age := day - since) <= 0:
            return NO_CT
        rng = drawer(self.seed, "load", person)
        peak_at, peak, clears = rng.uniform(3.2, 5.2), rng.uniform(17, 26), rng.uniform(9, 14)
        if age < peak_at:
            return NO_CT - (NO_CT - peak) * min(1.0, age / peak_at) ** 0.7
        return min(NO_CT, peak + (NO_CT - peak) * (age - peak_at) / clears)

    def homes_to_find(self, day: float) -> int:
        """In how many homes a round on this day could find somebody."""
        return len({self.city.people[p].home for p in self.infected if self.ct(p, day) < FOUND_CT - 4})


@dataclass(frozen=True)
class Reading:
    """What a laboratory says of a tube: the word and the Ct values of both genes, None where not found."""

    word: str
    ct_orf1ab: float | None = None
    ct_n: float | None = None


def read_tube(outbreak: Outbreak, members: Sequence[int], at: float, barcode: str) -> Reading:
    """Test one tube. ``members`` are positions of people (unknown ones left out), ``at`` the day of sampling."""
    rng = drawer(outbreak.seed, "test", barcode)
    swabs = [outbreak.ct(p, at) for p in members if rng.random() >= SWAB_FAILS]
    load = sum(2.0**-ct for ct in swabs if ct < NO_CT) / max(1, len(members))
    ct = -math.log2(load) + rng.gauss(0, 0.3) if load > 0 else NO_CT
    if ct < FOUND_CT:
        return Reading("阳性", round(ct, 1), round(ct - rng.uniform(-0.5, 1.5), 1))
    if ct < SUSPECT_CT:
        return Reading("可疑", None, round(ct, 1))
    return Reading("阴性")


def false_positive(seed: int, barcode: str) -> Reading:
    """A contaminated well: late Ct values where nobody is infected."""
    rng = drawer(seed, "contaminated", barcode)
    return Reading("阳性", round(rng.uniform(33, 35), 1), round(rng.uniform(33, 35), 1))


def day_of(first: dt.date, at: dt.datetime) -> float:
    """A moment as a count of days since midnight of ``first``."""
    return (at - dt.datetime.combine(first, dt.time())).total_seconds() / 86_400
