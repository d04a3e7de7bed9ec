"""What streets and hospitals of a simulated city write down: the same for the same seed, with the faults of real lists."""

import datetime as dt
import random

import pytest

from tongxin.world import sheets, wishes
from tongxin.world.city import City, make_city

DAY = dt.date(2022, 11, 25)
COMMUNITIES = ["500108106002", "500108106003"]


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(COMMUNITIES, 6_000, 3)


def test_the_same_seed_writes_the_same_and_another_seed_something_else(city: City) -> None:
    inside = list(range(500))
    for write in (
        lambda seed: sheets.ledger(city, DAY, seed), lambda seed: sheets.offers(city, DAY, seed, inside),
        *(lambda seed, word=word: sheets.hospital(city, word, seed) for word in sheets.LISTS),
    ):  # fmt: skip
        assert write(3) == write(3) != write(4)
    assert sheets.facilities(city) == sheets.facilities(make_city(COMMUNITIES, 6_000, 3))


def test_the_streets_sheet_names_everybody_who_is_asked_after_daily_and_some_the_register_does_not(city: City) -> None:
    rows = sheets.ledger(city, DAY, 3)
    daily = {p.id_number for p in city.people if p.category in sheets.DAILY}
    assert daily < {number for _, number, *_ in rows} and len(rows) < len(city.people) / 10
    assert all(at.startswith("2022-11-25") and "08:00" <= at[11:] < "20:41" for *_, at, _, _ in rows)


@pytest.mark.parametrize("word", sheets.LISTS)
def test_a_hospitals_list_holds_strangers_and_a_name_that_is_not_the_phones(city: City, word: str) -> None:
    rows = sheets.hospital(city, word, 3)
    names, phones = {p.name for p in city.people}, {p.phone for p in city.people if p.phone}
    assert all(number == "" or number.startswith("99") for _, number, *_ in rows)
    assert sum(bool(phone) and not number and phone not in phones for _, number, phone, *_ in rows) == 2
    assert any(phone in phones and not number and name not in names for name, number, phone, *_ in rows)
    assert len(rows) <= sheets.MOST_LISTED + 5


def test_medicine_is_sold_in_every_second_community_and_in_the_hospitals(city: City) -> None:
    kinds = [kind for _, _, kind, *_ in sheets.facilities(city)]
    assert kinds.count("hospital") == 3 and kinds.count("pharmacy") == 1
    assert all(lon and lat for *_, lon, lat in sheets.facilities(city))


def test_what_somebody_asks_for_is_a_drug_with_strength_and_amount() -> None:
    assert sheets.drug_of("想要降压药", random.Random(1))["name"].startswith("硝苯地平")
    assert all(sheets.drug_of(text, random.Random(1))["amount"] for _, text in wishes.MEDICINE.values())
