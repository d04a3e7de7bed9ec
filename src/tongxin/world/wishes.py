"""What the people of a simulated city need on a day, and by which channel they say it. Pure.

Who is old and alone, ill, pregnant or has an infant needs more than others and other things; the words are drawn from templates.
On the outbreak day what every onlooker wants to see is arranged: a stairwell without heating that three homes report, emergencies
of which one is minutes old, a silent call for help, and needs that were asked twice.
"""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources

from tongxin.world.city import City, Resident
from tongxin.world.draws import drawer

SHARE, LEAST, MOST = 0.006, 24, 240
"""Needs a day for each resident, and how few or many they are at most, however large the city."""
FRAGILE = 0.55
TWICE = 0.06
MINUTE = dt.timedelta(minutes=1)
CHANNELS = (("web", 34), ("phone", 25), ("hotline", 21), ("chat", 14), ("door", 6))
STAIRWELL, LATEST = "stairwell", "unconscious"
CARD, CHRONIC, UNCLEAR = "card", "chronic", "unclear"
MEDICINE = {
    "bought": (670, "降压药还有五天，想请人代买两盒"), CHRONIC: (650, "长期吃的二甲双胍快到量了，每个月都要"),
    "queue": (630, "复诊的药要去医院药房拿，他汀，医生开好了"), "tomorrow": (300, "想买一盒阿司匹林，家里快没了"),
    "searched": (180, "靶向药还剩三天，平时的医院说缺货"), CARD: (110, "降压药用医保卡买，卡在我这里"),
    UNCLEAR: (150, "胃不舒服好几天了，不知道买什么药"),
    "ready": (70, "硝苯地平还有一周的量，想请人买"), "fresh": (12, "要配哮喘药吸入剂，还剩一支"),
}  # fmt: skip
"""Orders for medicine of the outbreak day, so that one stands at every step when one begins to look: minutes before, the words."""
PACE = {
    ("queue", "medicine.buy"): 630, ("bought", "medicine.deliver"): 500, (CARD, "medicine.card"): 100,
    ("searched", "medicine.source"): 240, ("ready", "medicine.consult"): 42, ("fresh", "medicine.consult"): 45,
    **{(name, "medicine.consult"): 25 for name in ("bought", CHRONIC, "queue", "tomorrow", "searched", CARD)},
    (CHRONIC, "medicine.deliver"): 70,
}
"""How many minutes some of their steps take."""

_TEXTS = tomllib.loads((resources.files("tongxin.world") / "data" / "wishes.toml").read_text(encoding="utf-8"))
NEEDS: dict[str, list[str]] = _TEXTS["needs"]
BEFORE, AFTER, HEATING = (_TEXTS["words"][name] for name in ("before", "after", "heating"))


@dataclass(frozen=True)
class Wish:
    """A need before anybody was told of it. ``at`` is the city's time; ``who`` the position of whoever needs it; ``address`` only
    where it is said. ``known``: whether the caller gives the own number."""

    at: dt.datetime
    ref: str
    channel: str
    who: int
    text: str
    known: bool = True
    address: str = ""


def of_day(city: City, date: dt.date, seed: int, arranged: dt.datetime | None = None) -> list[Wish]:
    """The needs of a day in the order of their times. ``arranged``: the moment at which one begins to look."""
    rng = drawer(seed, "needs", date)
    fragile = [i for i, p in enumerate(city.people) if p.category]
    adults = [i for i, p in enumerate(city.people) if not p.category and (date - p.born).days > 18 * 365]
    count = max(LEAST, min(MOST, round(len(city.people) * SHARE)))
    found = []
    for nth in range(count):
        who = rng.choice(fragile if fragile and rng.random() < FRAGILE else adults)
        wish = _wish(rng, city, who, f"{date:%m%d}-{nth:03d}", dt.datetime.combine(date, dt.time()) + _moment(rng))
        found.append(wish)
        if rng.random() < TWICE:
            other = "hotline" if wish.channel != "hotline" else "web"
            found.append(replace(wish, at=wish.at + rng.uniform(15, 80) * MINUTE, ref=f"{wish.ref}b", channel=other, known=True))
    if arranged:
        found += _arranged(rng, city, arranged)
    return sorted(found, key=lambda w: (w.at, w.ref))


def _moment(rng: random.Random) -> dt.timedelta:
    """People call in the morning more than in the evening, at night hardly."""
    return dt.timedelta(hours=rng.triangular(6.5, 22.5, 10))


def _wish(rng: random.Random, city: City, who: int, ref: str, at: dt.datetime) -> Wish:
    person = city.people[who]
    text = rng.choice(NEEDS.get(person.category) or NEEDS["other"])
    channel = rng.choices([c for c, _ in CHANNELS], [w for _, w in CHANNELS])[0]
    known = bool(person.phone) and rng.random() < 0.9
    says_where = channel in ("hotline", "chat") and (not known or rng.random() < 0.5)
    text = f"{rng.choice(BEFORE)}{text}{rng.choice(AFTER)}"
    return Wish(at.replace(microsecond=0), ref, channel, who, text, known, address_of(person) if says_where else "")


def address_of(person: Resident) -> str:
    return f"{person.compound}{person.building}号楼{person.unit}单元{person.room}室"


def _arranged(rng: random.Random, city: City, until: dt.datetime) -> Iterator[Wish]:
    """What is to be seen at the moment at which one looks."""
    pairs = zip(_stairwell(city), ("web", "hotline", "chat"), HEATING, (58, 41, 17), strict=False)
    for nth, (who, channel, text, minutes) in enumerate(pairs):
        said = text.format(unit=city.people[who].unit)
        yield Wish(until - minutes * MINUTE, f"{STAIRWELL}-{nth}", channel, who, said, True, address_of(city.people[who]))
    for name, text, minutes in (
        ("chest", "我爸胸口疼，喘不上气，门口不让出去", 385), ("labour", "我老婆羊水破了，要生了，车在哪里", 96),
        (LATEST, "老人摔倒了叫不醒，快来人", 7),
    ):  # fmt: skip
        who = _grown(rng, city, "elderly_alone" if name == LATEST else "")
        yield Wish(until - minutes * MINUTE, f"{name}-1", "phone", who, text)
    yield Wish(until - 75 * MINUTE, "silent-1", "web", _grown(rng, city, ""), "他又动手打我，不要给我打电话，他会看手机")
    asking = list({p.home: i for i, p in enumerate(city.people) if not p.category and p.phone and p.relation == "elder"}.values())
    for who, (name, (minutes, text)) in zip(rng.sample(asking, min(len(asking), len(MEDICINE))), MEDICINE.items(), strict=False):
        yield Wish(until - minutes * MINUTE, f"{name}-1", "phone", who, text)


def _grown(rng: random.Random, city: City, category: str) -> int:
    grown = ("head", "partner", "alone")
    wanted = [i for i, p in enumerate(city.people) if p.category == category and p.phone and p.relation in grown]
    return rng.choice(wanted) if wanted else rng.randrange(len(city.people))


def _stairwell(city: City) -> list[int]:
    """One person each of three homes of one unit that have a number of their own."""
    found: dict[tuple[str, str, str, str], list[int]] = {}
    for i, p in enumerate(city.people):
        if p.phone and p.relation in ("head", "alone"):
            unit = found.setdefault((p.community, p.compound, p.building, p.unit), [])
            unit.append(i)
            if len(unit) == 3:
                return unit
    return []
