"""What streets and hospitals of a simulated city write down: the street's sheet of who was seen, hospitals' own lists with their
faults, who sells medicine, and what neighbours offer. Pure."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources

from tongxin.world import map, names
from tongxin.world.city import City, Resident
from tongxin.world.draws import drawer

LEDGER = ("姓名", "身份证号", "类别", "最近联系时间", "走访方式", "健康安全保障方案")
HOSPITAL = ("姓名", "身份证号", "联系电话", "出生日期", "就诊医院")
FACILITIES = ("code", "name", "kind", "place", "lon", "lat")
DAILY = {"elderly_alone": "独居老人", "dialysis": "透析"}
"""Who is asked after every day, and what the street's sheet calls them."""
OLD, ADDED = 75, (("", 84), ("不会用智能手机", 9), ("长期卧床", 4), ("失智", 3))
LISTS = {"透析": "dialysis", "化疗": "severe_illness", "产检": "pregnant"}
"""The lists by the word in their file's name, and whom the register has for them."""
MOST_LISTED, MOST_PHARMACIES = 40, 12
MINUTE = dt.timedelta(minutes=1)
_TEXTS = tomllib.loads((resources.files("tongxin.world") / "data" / "care.toml").read_text(encoding="utf-8"))
OFFERS: list[list[str]] = _TEXTS["offers"]
DRUGS: list[dict[str, str]] = _TEXTS["drugs"]
NOTES: list[str] = _TEXTS["notes"]
NOTICE: str = _TEXTS["notice"]
PLANS: dict[str, str] = _TEXTS["plans"]


def ledger(city: City, date: dt.date, seed: int) -> list[tuple[str, ...]]:
    """The street's sheet of a day: when those were seen who are asked after daily, and some whom the register does not know as
    in need of care."""
    rng, found = drawer(seed, "street's sheet", date), []
    for person in city.people:
        word = DAILY.get(person.category) or _added(rng, person, date)
        if word:
            at = dt.datetime.combine(date, dt.time(8)) + rng.uniform(0, 760) * MINUTE
            how = rng.choice(("上门", "电话", "电话", "视频"))
            plan = PLANS.get(word, "") if rng.random() < 0.3 else ""
            found.append((person.name, person.id_number, word, f"{at:%Y-%m-%d %H:%M}", how, plan))
    return found


def _added(rng: random.Random, person: Resident, date: dt.date) -> str:
    if person.category or (date - person.born).days < OLD * 365:
        return ""
    return rng.choices([w for w, _ in ADDED], [n for _, n in ADDED])[0]


def hospital(city: City, word: str, seed: int) -> list[tuple[str, ...]]:
    """A hospital's list: patients by number, by phone or by birthday, two whom the register has under nothing, one under the
    phone of another name, and two who live elsewhere."""
    rng, name = drawer(seed, "hospital", word), hospital_of(word)
    known = [p for p in city.people if p.category == LISTS[word]]
    listed = rng.sample(known, min(len(known), MOST_LISTED))
    rows = [_listed(rng, p, name) for p in listed]
    grown = [p for p in city.people if not p.category and p.phone and p.relation == ("partner" if word == "产检" else "head")]
    new, other = rng.sample(grown, 2), rng.choice(grown)
    rows += [(p.name, p.id_number, p.phone, "", name) for p in new]
    rows.append((_somebody(rng), "", other.phone, "", name))
    rows += [(_somebody(rng), "", f"100{rng.randrange(10**8):08d}", f"19{rng.randrange(60, 99)}-0{rng.randrange(1, 10)}-15", name)
             for _ in range(2)]  # fmt: skip
    return rows


def _listed(rng: random.Random, person: Resident, name: str) -> tuple[str, ...]:
    draw = rng.random()
    if draw < 0.2 and person.phone:
        return person.name, "", person.phone, "", name
    if draw < 0.35:
        return person.name, "", "", person.born.isoformat(), name
    return person.name, person.id_number, person.phone, "", name


def _somebody(rng: random.Random) -> str:
    return rng.choice(names.SURNAMES) + "".join(rng.sample(names.GIVEN, 2))


def hospital_of(word: str) -> str:
    return {"透析": "南岸模拟人民医院", "化疗": "南岸模拟肿瘤医院", "产检": "南岸模拟妇幼保健院"}[word]


def facilities(city: City) -> list[tuple[str, ...]]:
    """Who sells medicine: the hospitals of the lists, and a pharmacy in every second community, at most MOST_PHARMACIES."""
    codes = city.communities
    found = [(f"H{nth}", hospital_of(word), "hospital", codes[-nth % len(codes)]) for nth, word in enumerate(LISTS, 1)]
    found += [(f"Y{nth}", f"模拟大药房{nth}店", "pharmacy", code) for nth, code in enumerate(codes[::2][:MOST_PHARMACIES], 1)]
    points = {place: point for place, compound, *point in map.rows(city) if not compound}
    return [(*one, *points[one[3]]) for one in found]


@dataclass(frozen=True)
class Offered:
    """What a neighbour offers. ``who`` is a position in the city."""

    at: dt.datetime
    who: int
    kind: str
    text: str


def offers(city: City, date: dt.date, seed: int, inside: Sequence[int]) -> list[Offered]:
    """What neighbours offer on a day, in the order of time; ``inside`` are the people who may."""
    rng = drawer(seed, "offers", date)
    grown = [i for i in inside if city.people[i].phone and city.people[i].relation in ("head", "partner", "alone")]
    if not grown:
        return []
    first = dt.datetime.combine(date, dt.time(8))
    told = [Offered(first + rng.uniform(0, 730) * MINUTE, rng.choice(grown), kind, text) for kind, text in OFFERS]
    return sorted((replace(one, at=one.at.replace(microsecond=0)) for one in told), key=lambda o: o.at)


def drug_of(text: str, rng: random.Random) -> dict[str, str]:
    """What a pharmacist makes of somebody's words: name, strength, amount."""
    found = [d for d in DRUGS if d["word"] and d["word"] in text]
    one = found[0] if found else rng.choice(DRUGS)
    return {key: one[key] for key in ("name", "strength", "amount")}
