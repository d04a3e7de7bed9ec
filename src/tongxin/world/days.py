"""A screening day as it really happens: who queues when, into which tube, how tubes travel, what the labs find. Pure.

Times are the city's, without an offset, as in the files. A found pool is run again before it is reported, so it comes
later than the negatives; labs are slower in the evening.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from tongxin.world import names
from tongxin.world.city import City
from tongxin.world.draws import drawer
from tongxin.world.outbreak import Reading

UNKNOWN = -1
MINUTE = dt.timedelta(minutes=1)
ATTENDANCE = 0.95
INVALID = 0.002
POOL = 10
STATIONS = 4
AT_HOME = ("elderly_alone", "disabled", "dialysis")
FOUND = ("阳性", "可疑")


@dataclass(frozen=True)
class Swab:
    """One person in a tube. ``who`` is the position in the city, UNKNOWN for somebody the register does not hold."""

    who: int
    person_no: str
    id_number: str
    at: dt.datetime


@dataclass(frozen=True)
class Report:
    """What a laboratory sends about a tube."""

    number: str
    lab: str
    reading: Reading
    tested_at: dt.datetime
    at: dt.datetime


@dataclass
class Sample:
    """A tube with its members, its way and its reports."""

    barcode: str
    kind: str
    capacity: int
    site: str
    station: str
    members: list[Swab]
    steps: list[tuple[str, dt.datetime, str, str]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    @property
    def closed_at(self) -> dt.datetime:
        return self.members[-1].at

    def time_of(self, step: str) -> dt.datetime:
        return next(at for name, at, _, _ in self.steps if name == step)

    @property
    def found(self) -> bool:
        return any(r.reading.word in FOUND for r in self.reports)


@dataclass
class Day:
    """One round on one day."""

    round: str
    date: dt.date
    roll: list[str]
    samples: list[Sample]

    @property
    def found(self) -> list[Sample]:
        """The tubes that some report calls positive or inconclusive, in the order of those reports."""
        return sorted((s for s in self.samples if s.found), key=lambda s: (s.reports[0].at, s.barcode))

    def people_found(self) -> set[int]:
        """Everybody in a found tube: they are held, and not sampled in a pool again."""
        return {m.who for s in self.found for m in s.members} - {UNKNOWN}


def round_name(date: dt.date) -> str:
    return f"R{date:%Y%m%d}"


def plan_round(
    city: City, roll: Sequence[str], date: dt.date, seed: int, test: Callable[[Sample], Reading],
    away: Collection[int] = (), single: Collection[int] = (),
) -> Day:  # fmt: skip
    """Plan a round in the communities of its roll. ``away`` are in care and not sampled, ``single`` sampled at home."""
    rng = drawer(seed, "round", date)
    samples: list[Sample] = []
    for order, code in enumerate(roll):
        queue, home = [], []
        for person in city.of_community(code):
            if person in away or rng.random() > ATTENDANCE:
                continue
            alone = person in single or city.people[person].category in AT_HOME
            (home if alone else queue).append(person)
        samples += _at_the_site(city, rng, date, code, queue, "household" if order % 5 == 4 else "pool")
        samples += _at_home(city, rng, date, code, home)
    for number, sample in enumerate(samples, 1):
        sample.barcode = f"T{date:%y%m%d}{number:06d}"
    _spoil(rng, samples)
    _travel(rng, samples)
    _examine(rng, samples, date, test)
    _set_a_clock_wrong(rng, samples)
    return Day(round_name(date), date, list(roll), samples)


def _groups(city: City, queue: Sequence[int], kind: str) -> Iterator[list[int]]:
    if kind == "pool":
        yield from (list(queue[k : k + POOL]) for k in range(0, len(queue), POOL))
        return
    group: list[int] = []
    for person in queue:
        if group and city.people[person].home != city.people[group[0]].home:
            yield group
            group = []
        group.append(person)
    if group:
        yield group


def _swab(city: City, who: int, at: dt.datetime) -> Swab:
    person = city.people[who]
    return Swab(who, person.no, person.id_number, at)


def _at_the_site(city: City, rng: random.Random, date: dt.date, code: str, queue: Sequence[int], kind: str) -> list[Sample]:
    """The tables of a community's site work side by side from seven to about half past eleven."""
    site, samples = f"S{code}", []
    clocks = [dt.datetime.combine(date, dt.time(7, 0)) + rng.random() * 10 * MINUTE for _ in range(STATIONS)]
    pace = 4.3 * 60 * 60 / max(1, len(queue) / STATIONS)
    for group in _groups(city, queue, kind):
        table = min(range(STATIONS), key=lambda t: clocks[t])
        members = []
        for person in group:
            clocks[table] += dt.timedelta(seconds=round(rng.uniform(0.6, 1.4) * pace, 0))
            members.append(_swab(city, person, clocks[table].replace(microsecond=0)))
        capacity = POOL if kind == "pool" else max(2, len(members))
        samples.append(Sample("", kind, capacity, site, f"{site}-{table + 1}", members))
    return samples


def _at_home(city: City, rng: random.Random, date: dt.date, code: str, people: Sequence[int]) -> list[Sample]:
    """A doctor and a volunteer climb the stairs of a community; always single tubes."""
    site, at, samples = f"S{code}", dt.datetime.combine(date, dt.time(7, 30)), []
    for person in people:
        at += dt.timedelta(seconds=rng.randint(60, 170))
        samples.append(Sample("", "single", 1, site, f"{site}-home", [_swab(city, person, at)]))
    return samples


def _spoil(rng: random.Random, samples: list[Sample]) -> None:
    """The faults of a day: an unknown person, a wrong identity number, a person in two tubes."""
    pools = [s for s in samples if len(s.members) > 2]
    some = min(len(pools), 4)
    for sample, other in zip(rng.sample(pools, some), rng.sample(pools, some), strict=True):
        last, first = sample.members[-1], other.members[0]
        sample.members[-1] = Swab(last.who, last.person_no, last.id_number[:-1] + "A", last.at)
        if other is not sample and first.who >= 0:
            sample.members.append(Swab(first.who, first.person_no, first.id_number, last.at + 0.2 * MINUTE))
    for sample in rng.sample(pools, some):
        at = sample.closed_at + 0.2 * MINUTE
        sample.members.append(Swab(UNKNOWN, f"X{sample.barcode[1:]}", "", at))


def _set_a_clock_wrong(rng: random.Random, samples: Sequence[Sample]) -> None:
    """A device whose clock is a day ahead: its scans seem later than the laboratory's report."""
    calm = [s for s in samples if len(s.members) > 1 and not s.found]
    for sample in rng.sample(calm, min(len(calm), 2)):
        first = sample.members[0]
        sample.members[0] = Swab(first.who, first.person_no, first.id_number, first.at + 26 * 60 * MINUTE)


def _travel(rng: random.Random, samples: Sequence[Sample]) -> None:
    """Boxes leave a site every half hour; the courier needs half an hour or more to the laboratory."""
    for sample in samples:
        closed = sample.closed_at
        boxed = closed + rng.uniform(2, 12) * MINUTE
        half_hour = boxed.replace(minute=boxed.minute // 30 * 30, second=0, microsecond=0) + 30 * MINUTE
        trip = drawer(len(samples), sample.site, half_hour)
        taken = half_hour + trip.uniform(1, 9) * MINUTE
        received = taken + trip.uniform(25, 65) * MINUTE
        box = f"B{sample.site[-6:]}{half_hour:%m%d%H%M}"
        who = ("采样员", "装箱员", f"转运车{trip.randint(1, 9)}", "收样员")
        times = (closed, boxed, taken, received)
        for step, at, actor in zip(("closed", "boxed", "couriered", "received"), times, who, strict=True):
            sample.steps.append((step, at.replace(microsecond=0), actor, box if step != "closed" else ""))


def _examine(rng: random.Random, samples: Sequence[Sample], date: dt.date, test: Callable[[Sample], Reading]) -> None:
    labs = {site: rng.choice(names.LABS) for site in sorted({s.site for s in samples})}
    for number, sample in enumerate(samples, 1):
        received = sample.time_of("received")
        reading = test(sample)
        if reading.word not in FOUND and rng.random() < INVALID:
            reading = Reading("无效")
        tested = received + rng.uniform(110, 240) * MINUTE
        reported = tested + rng.uniform(25, 70) * MINUTE + (rng.uniform(0, 300) if rng.random() < 0.12 else 0) * MINUTE
        tested, reported = tested.replace(microsecond=0), reported.replace(microsecond=0)
        sample.steps.append(("tested", tested, "检验员", ""))
        if rng.random() < 0.994 or reading.word in FOUND:
            sample.reports.append(Report(f"L{date:%y%m%d}{number:06d}", labs[sample.site], reading, tested, reported))


def report_at(sample: Sample, at: dt.datetime) -> None:
    """Let the laboratory's report of a tube come at another time: it was run again before."""
    first = sample.reports[0]
    tested = min(at, max(first.tested_at, at - 25 * MINUTE))
    sample.reports[0] = Report(first.number, first.lab, first.reading, tested, at)
    sample.steps = [s if s[0] != "tested" else ("tested", tested, s[2], s[3]) for s in sample.steps]


def correct(sample: Sample, at: dt.datetime) -> None:
    """The laboratory takes a positive report back: a later one says negative."""
    first = sample.reports[0]
    sample.reports.append(Report(f"{first.number}G", first.lab, Reading("阴性"), at - 20 * MINUTE, at))
