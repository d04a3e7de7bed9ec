"""Who lives where and works where in a simulated city. Pure: the same seed makes the same city, and nobody in it is
real (identity numbers begin with 99, phones with 100)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tongxin.screening.rules import check_digit
from tongxin.world import names
from tongxin.world.draws import drawer

TODAY = dt.date(2022, 11, 26)
NOWHERE = -1
REGISTER_COLUMNS = (
    "person_no", "id_number", "name", "sex", "birth_date", "phone", "community_code", "compound", "building", "unit",
    "room", "category",
)  # fmt: skip

# Who lives together, with the share of homes: (relation, youngest, oldest) for each person.
HOUSEHOLDS: tuple[tuple[int, tuple[tuple[str, int, int], ...]], ...] = (
    (7, (("alone", 68, 92),)),
    (13, (("alone", 21, 60),)),
    (10, (("elder", 62, 85), ("elder", 60, 84))),
    (20, (("head", 24, 62), ("partner", 23, 60))),
    (28, (("head", 27, 48), ("partner", 25, 46), ("child", 0, 17))),
    (9, (("head", 29, 46), ("partner", 28, 44), ("child", 3, 16), ("child", 0, 9))),
    (10, (("head", 30, 50), ("partner", 28, 48), ("child", 1, 17), ("parent", 60, 80))),
    (3, (("head", 32, 48), ("child", 4, 17))),
)


@dataclass(frozen=True)
class Resident:
    """One simulated person. ``home`` and ``work`` are positions in the city's lists, ``work`` NOWHERE for none."""

    no: str
    id_number: str
    name: str
    sex: str
    born: dt.date
    phone: str
    community: str
    compound: str
    building: str
    unit: str
    room: str
    category: str
    relation: str
    home: int

    def as_row(self) -> tuple[str, ...]:
        """The columns of the register."""
        return (
            self.no, self.id_number, self.name, self.sex, self.born.isoformat(), self.phone, self.community,
            self.compound, self.building, self.unit, self.room, self.category,
        )  # fmt: skip


@dataclass
class City:
    """People by position; homes, buildings and workplaces as lists of positions. The first workplace is the market."""

    seed: int
    communities: list[str]
    people: list[Resident] = field(default_factory=list)
    homes: list[list[int]] = field(default_factory=list)
    buildings: list[list[int]] = field(default_factory=list)
    building_of: list[int] = field(default_factory=list)
    works: list[list[int]] = field(default_factory=list)
    work_of: list[int] = field(default_factory=list)
    by_no: dict[str, int] = field(default_factory=dict)

    def of_community(self, code: str) -> list[int]:
        """The people of a community in the order of their doors."""
        return [i for i, p in enumerate(self.people) if p.community == code]


def make_city(communities: Sequence[str], people: int, seed: int) -> City:
    """A city of about ``people`` residents in these communities (12-digit codes), unevenly spread."""
    city, rng = City(seed, list(communities)), drawer(seed, "city")
    weights = [rng.uniform(0.6, 1.5) for _ in communities]
    numbers: set[str] = set()
    for code, weight in zip(communities, weights, strict=True):
        share = max(20, round(people * weight / sum(weights)))
        doors = _doors(rng)
        until = len(city.people) + share
        while len(city.people) < until:
            _move_in(city, rng, code, next(doors), numbers)
    _find_work(city, rng)
    return city


def _doors(rng: random.Random) -> Iterator[tuple[str, str, str, str]]:
    """Compound, building, unit and room of one door after another; one in twelve stands empty."""
    for compound in rng.sample(names.COMPOUNDS, len(names.COMPOUNDS)):
        floors, doors = rng.choice((7, 8, 11, 18, 24, 30)), rng.choice((2, 2, 3, 4))
        for building in range(1, rng.randint(5, 12)):
            for unit in range(1, rng.randint(2, 4)):
                for floor in range(1, floors + 1):
                    for door in range(1, doors + 1):
                        if rng.random() > 1 / 12:
                            yield compound, str(building), str(unit), str(floor * 100 + door)


def _move_in(city: City, rng: random.Random, community: str, door: tuple[str, str, str, str], numbers: set[str]) -> None:
    household = rng.choices([h for _, h in HOUSEHOLDS], [w for w, _ in HOUSEHOLDS])[0]
    surname, home, phone = rng.choice(names.SURNAMES), len(city.homes), ""
    city.homes.append([])
    same = city.people and city.people[-1]
    if not same or (same.community, same.compound, same.building) != (community, *door[:2]):
        city.buildings.append([])
    for relation, youngest, oldest in household:
        born = TODAY - dt.timedelta(days=rng.randint(youngest * 365 + 10, oldest * 365 + 360))
        sex = _sex(rng, relation)
        family = surname if relation in ("head", "child", "alone") else rng.choice(names.SURNAMES)
        name = family + "".join(rng.sample(names.GIVEN, rng.choice((1, 2, 2))))
        phone = _phone(rng, (TODAY - born).days // 365, phone)
        at = len(city.people)
        person = Resident(
            f"P{at + 1:08d}", _identity(rng, born, numbers), name, sex, born, phone, community, *door,
            _category(rng, relation, (TODAY - born).days / 365, sex), relation, home,
        )  # fmt: skip
        city.people.append(person)
        city.by_no[person.no] = at
        city.homes[home].append(at)
        city.buildings[-1].append(at)
        city.building_of.append(len(city.buildings) - 1)


def _sex(rng: random.Random, relation: str) -> str:
    return {"head": "男", "partner": "女"}.get(relation) or rng.choice(("男", "女"))


def _identity(rng: random.Random, born: dt.date, numbers: set[str]) -> str:
    while True:
        first17 = f"99{rng.randrange(10**4):04d}{born:%Y%m%d}{rng.randrange(1000):03d}"
        if first17 not in numbers:
            numbers.add(first17)
            return first17 + check_digit(first17)


def _phone(rng: random.Random, age: int, of_home: str) -> str:
    """Children carry the number of a parent, and so do some of the old (the number on file is often the son's)."""
    own = f"100{rng.randrange(10**8):08d}"
    if age < 14:
        return of_home or own
    if age > 70 and rng.random() < 0.12:
        return ""
    return "" if rng.random() < 0.01 else own


def _category(rng: random.Random, relation: str, age: float, sex: str) -> str:
    draw = rng.random()
    if relation == "alone" and age >= 65:
        return "elderly_alone"
    if age < 2:
        return "infant"
    if sex == "女" and 22 <= age <= 40 and draw < 0.03:
        return "pregnant"
    found = ((0.006, "dialysis"), (0.018, "severe_illness"), (0.032, "disabled"))
    return next((name for share, name in found if draw > 1 - share * (2 if age > 60 else 1)), "")


def _find_work(city: City, rng: random.Random) -> None:
    """The market first, then schools by community, then shops and offices of all sizes."""
    ages = [(TODAY - p.born).days // 365 for p in city.people]
    workers = [i for i, age in enumerate(ages) if 19 <= age <= 60 and rng.random() < 0.62]
    rng.shuffle(workers)
    stalls = max(30, len(city.people) // 100)
    city.works.append(workers[:stalls])
    rest = workers[stalls:]
    for code in city.communities:
        pupils = [i for i in city.of_community(code) if 4 <= ages[i] <= 18]
        city.works += [pupils[k : k + 36] for k in range(0, len(pupils), 36)]
    while rest:
        size = max(3, min(120, round(rng.lognormvariate(2.6, 0.8))))
        city.works.append(rest[:size])
        rest = rest[size:]
    city.work_of = [NOWHERE] * len(city.people)
    for work, members in enumerate(city.works):
        for person in members:
            city.work_of[person] = work
