"""What the people of a simulated city need: plausible, bounded, and the same for the same seed."""

import datetime as dt
from collections import Counter

import pytest

from tongxin.needs import glossary, triage
from tongxin.world import wishes
from tongxin.world.city import City, make_city

DAY = dt.date(2022, 11, 26)
LOOK = dt.datetime(2022, 11, 26, 20, 30)
COMMUNITIES = ["500108106002", "500108106003"]


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(COMMUNITIES, 6_000, 3)


def test_the_same_seed_makes_the_same_needs_and_another_day_others(city: City) -> None:
    once, again = (wishes.of_day(city, DAY, 3, LOOK) for _ in range(2))
    assert once == again
    assert wishes.of_day(city, DAY + dt.timedelta(days=1), 3) != [w for w in once if "-1" not in w.ref]
    assert len({w.ref for w in once}) == len(once) and once == sorted(once, key=lambda w: (w.at, w.ref))


def test_needs_are_bounded_by_the_number_of_people(city: City) -> None:
    assert len(wishes.of_day(make_city(COMMUNITIES, 500, 3), DAY, 3)) <= wishes.LEAST * 1.3
    many = City(3, COMMUNITIES, city.people * 40)
    assert wishes.MOST <= len(wishes.of_day(many, DAY, 3)) <= wishes.MOST * 1.2


def test_everybody_asks_for_what_their_life_needs_and_no_number_is_anybodys(city: City) -> None:
    found = wishes.of_day(city, DAY, 3)
    assert {w.channel for w in found} == {"web", "phone", "hotline", "chat", "door"}
    fragile = sum(bool(city.people[w.who].category) for w in found)
    assert fragile * 3 > len(found)
    assert all(not p.phone or p.phone.startswith("100") for p in city.people)
    assert all("南岸" not in w.text and w.text for w in found)


def test_what_every_onlooker_wants_to_see_is_there(city: City) -> None:
    words = glossary.compiled()
    found = {w.ref: w for w in wishes.of_day(city, DAY, 3, LOOK)}
    stairwell = [w for ref, w in found.items() if ref.startswith(wishes.STAIRWELL)]
    homes = [city.people[w.who] for w in stairwell]
    assert len({(p.compound, p.building, p.unit) for p in homes}) == 1 and len({p.home for p in homes}) == 3
    assert len({w.channel for w in stairwell}) == 3
    assert {triage.suggest(w.text, words).topic for w in stairwell} == {"heating"}
    said = {ref: triage.suggest(w.text, words) for ref, w in found.items()}
    for name in ("chest", "labour", wishes.LATEST):
        assert said[f"{name}-1"].emergency and said[f"{name}-1"].kind == "medical"
    assert said["silent-1"].kind == "violence"
    assert LOOK - found[f"{wishes.LATEST}-1"].at < dt.timedelta(minutes=15)


def test_hardly_any_text_says_nothing_to_the_glossary() -> None:
    words = glossary.compiled()
    texts = [text for texts in wishes.NEEDS.values() for text in texts]
    kinds = Counter(triage.suggest(text, words).kind for text in texts)
    assert kinds["other"] <= len(texts) * 0.1
    assert len(kinds) >= 12
