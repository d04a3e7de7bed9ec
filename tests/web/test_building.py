"""The building as it stands: what a cell says to whom, what opens behind it, and that every look is on record."""

from __future__ import annotations

import csv
import datetime as dt
import re
from typing import Any

import pytest
from tests import areas_town as areas
from tests.areas_town import BASE, BECAUSE, at, on, person
from tests.web.test_chase_day import queries_of
from tests.web.town import COMMUNITY, DISTRICT, OTHER, PASSWORD

ALL_OF_1 = [f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)]


def text(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def words(response: Any) -> str:
    """What a reader sees of a page."""
    page = re.sub(r"<style>.*?</style>", "", text(response), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def cells(page: str) -> dict[str, str]:
    """The words of every cell by the number on its door."""
    found = {}
    for cell in re.findall(r'<a class="home home-.*?</a>', page, re.S):
        if 'id="h' in cell:
            said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).split()
            found[said[0]] = " ".join(said[1:])
    return found


@pytest.fixture
def house(city: Any, cast: dict[str, Any]) -> dict[str, Any]:
    """25 November, 14:00, the last day of an area of building 1. Door 101 holds a case, 102 a dialysis patient, 201 was not
    sampled, 202 waits for a result, 301 and 302 are negative; and there is a door behind which nobody lives."""
    from tongxin.access import operations as access
    from tongxin.areas.operations import issue
    from tongxin.areas.operations.issue import Piece
    from tongxin.chase.models import Case
    from tongxin.kit import clocks
    from tongxin.people.models import Person
    from tongxin.places.models import Home
    from tongxin.places.place_id import Level

    at(BASE)
    areas.settle()
    unit = areas.place(Level.UNIT, 1)
    Home.objects.create(place_id=unit, number="401", floor=4)
    Person.objects.filter(person_no="P1-102").update(category="dialysis")
    issue.issue(areas.draft(Piece(areas.place(Level.BUILDING))), cast["officer"], BASE, BECAUSE)
    Case.objects.create(person_id=person("P1-101").pk, place_id=unit, positive_at=BASE, cause_tube_id=1)
    areas.sample(25, "P1-101", "P1-102", "P1-301", "P1-302", reported=12)
    areas.sample(25, "P1-202", hour=11, result="")
    clocks.quick(at(on(25, 14)))
    users = {**cast, "code": str(areas.place(Level.BUILDING)), "unit": str(unit), "other": str(areas.place(Level.BUILDING, 2))}
    for name, role in (("sampler", "sampling"), ("admin", "administrator"), ("lab", "lab")):
        users[name] = access.create_user(name, name, role, [DISTRICT], PASSWORD, BECAUSE)
    users["neighbour"] = access.create_user("neighbour", "neighbour", "community", [OTHER], PASSWORD, BECAUSE)
    return users


def looks(action: str) -> list[Any]:
    from tongxin.kit.models import AuditEntry

    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


def test_the_building_is_drawn_as_it_stands(house: dict[str, Any], signed_in: Any) -> None:
    page = text(signed_in(house["worker"]).get(f"/buildings/{house['code']}"))
    assert re.findall(r'<th scope="row">(\d)</th>', page) == ["4", "3", "2", "1"], "the top floor is on top"
    assert cells(page) == {
        "401": "– empty",
        "301": "residents: 1 ■ limited",
        "302": "residents: 1 ■ limited",
        "201": "residents: 1 ◆ no result ■ limited ○ not tested",
        "202": "residents: 1 ◆ no result ■ limited",
        "101": "residents: 1 ▲ positive ■ limited",
        "102": "residents: 1 ■ limited ✚ needs care",
    }
    assert "和苑 building 1" in words(signed_in(house["worker"]).get(f"/buildings/{house['code']}"))
    assert "和苑1号楼" in page, "the area that holds here"
    other = cells(text(signed_in(house["worker"]).get(f"/buildings/{house['other']}")))
    assert set(other.values()) == {"residents: 1 ○ not tested"}


def test_without_the_right_to_records_a_sampler_sees_doors_not_illnesses(house: dict[str, Any], signed_in: Any) -> None:
    sampler = signed_in(house["sampler"])
    page = text(sampler.get(f"/buildings/{house['code']}"))
    found = cells(page)
    assert found["101"] == "residents: 1 ■ limited" and found["102"] == "residents: 1 ■ limited"
    assert found["201"] == "residents: 1 ◆ no result ■ limited ○ not tested"
    shown = words(sampler.get(f"/buildings/{house['code']}"))
    assert "居民" not in shown and "needs care" not in shown and "positive" not in shown
    opened = text(sampler.get(f"/buildings/{house['code']}?home={person('P1-101').home_id}"))
    assert "1 resident" in words(sampler.get(f"/buildings/{house['code']}?home={person('P1-101').home_id}"))
    assert "居民" not in opened and f"/people/{person('P1-101').pk}" not in opened
    assert "居民" not in text(sampler.get(f"/buildings/{house['code']}/doors"))
    assert "居民" not in text(sampler.get(f"/buildings/{house['code']}/doors?format=csv"))
    assert not looks("view.building") and not looks("view.doors")


def test_who_sees_places_only_sees_which_homes_are_lived_in(house: dict[str, Any], signed_in: Any) -> None:
    page = text(signed_in(house["admin"]).get(f"/buildings/{house['code']}"))
    assert cells(page)["101"] == "residents: 1 · free" and cells(page)["401"] == "– empty"
    assert "■" not in page and "和苑1号楼" not in page


def test_a_home_opens_with_its_people_and_what_limits_them(house: dict[str, Any], signed_in: Any) -> None:
    worker = signed_in(house["worker"])
    page = words(worker.get(f"/buildings/{house['code']}?home={person('P1-202').home_id}"))
    for shown in ("居民122", "high-risk area", "和苑1号楼", "the result of 11-25 is missing", "sampled, waits for the result"):
        assert shown in page, shown
    assert "居民121" not in page
    page = text(worker.get(f"/buildings/{house['code']}?home={person('P1-102').home_id}"))
    assert "dialysis" in page and f'href="/people/{person("P1-102").pk}"' in page
    assert "positive, still here" in words(worker.get(f"/buildings/{house['code']}?home={person('P1-101').home_id}"))


def test_a_home_of_another_building_does_not_open(house: dict[str, Any], signed_in: Any) -> None:
    worker = signed_in(house["worker"])
    for home in (person("P2-101").home_id, 987654321, "x", "9" * 30):
        page = worker.get(f"/buildings/{house['code']}?home={home}")
        assert page.status_code == 200 and "居民" not in text(page)


def test_every_look_at_people_is_on_record_and_a_page_that_stays_open_is_one(house: dict[str, Any], signed_in: Any) -> None:
    worker, home = signed_in(house["worker"]), person("P1-201").home_id
    worker.get(f"/buildings/{house['code']}?home={home}")
    for _ in range(2):
        worker.get(f"/buildings/{house['code']}?home={home}", headers={"HX-Request": "true"})
    (one,), (opened,) = looks("view.building"), looks("view.home")
    assert (one.actor, one.subject_id, one.count) == ("user:worker", house["code"], 6)
    assert (opened.subject_id, opened.place_id, opened.count) == (str(home), int(house["unit"]), 1)
    worker.get(f"/buildings/{house['code']}/doors?state=missing")
    assert [(e.count, e.details) for e in looks("view.doors")] == [(2, {"state": "missing"})]


def test_the_door_list_is_what_the_cells_say_and_goes_into_a_file(house: dict[str, Any], signed_in: Any) -> None:
    worker = signed_in(house["worker"])
    page = words(worker.get(f"/buildings/{house['code']}/doors?state=missing"))
    assert "居民121" in page and "居民122" in page and "居民131" not in page and "Destroy it by 2022-11-26 14:00" in page
    rows = list(csv.reader(text(worker.get(f"/buildings/{house['code']}/doors?format=csv")).lstrip("\ufeff").splitlines()))
    assert len(rows) == 8 and rows[0][-2:] == ["Names", "Category"]
    assert ["101", "1", "positive; limited", "居民111", ""] in [row[2:] for row in rows]
    care = list(csv.reader(text(worker.get(f"/buildings/{house['code']}/doors?state=care&format=csv")).splitlines()))
    assert [row[2] for row in care[1:]] == ["102"]
    assert len(list(csv.reader(text(worker.get(f"/buildings/{house['code']}/doors?unit=1&format=csv")).splitlines()))) == 1


@pytest.mark.parametrize("state", ["nonsense", "care", "positive"])
def test_a_filter_that_one_may_not_use_filters_nothing(house: dict[str, Any], signed_in: Any, state: str) -> None:
    rows = text(signed_in(house["sampler"]).get(f"/buildings/{house['code']}/doors?state={state}&format=csv"))
    assert rows.count("\n") == 8


def test_a_result_from_a_site_outside_the_scope_counts_too(house: dict[str, Any], signed_in: Any) -> None:
    """Whoever queued in the next community is not knocked up for a swab that is negative there."""
    from tongxin.screening.models import Tube

    areas.sample(25, "P1-201", hour=10, reported=13)
    Tube.objects.filter(barcode="T25-P1-201").update(place_id=OTHER)
    page = text(signed_in(house["worker"]).get(f"/buildings/{house['code']}"))
    assert cells(page)["201"] == "residents: 1 ■ limited"


def test_a_unit_leads_to_its_building_and_nothing_else_has_one(house: dict[str, Any], signed_in: Any) -> None:
    worker = signed_in(house["worker"])
    moved = worker.get(f"/buildings/{house['unit']}")
    assert moved.status_code == 302 and moved["Location"].startswith("/buildings/5001081060020100")
    for code in (COMMUNITY, "nonsense", OTHER, int(house["code"]) + 7 * 10**2):
        assert worker.get(f"/buildings/{code}").status_code == 404, code
        assert worker.get(f"/buildings/{code}/doors").status_code == 404, code
    assert 'href="/buildings/' in text(worker.get(f"/places/{house['code']}"))


def test_others_find_no_building(house: dict[str, Any], signed_in: Any) -> None:
    for who, answer in (("neighbour", 404), ("outsider", 403), ("lab", 403), ("hospital", 403)):
        for address in (f"/buildings/{house['code']}", f"/buildings/{house['code']}/doors"):
            assert signed_in(house[who]).get(address).status_code == answer, (who, address)


def test_the_page_asks_the_database_a_dozen_times_however_large_the_building(house: dict[str, Any], signed_in: Any) -> None:
    from tongxin.people import register
    from tongxin.people.rules import Entry

    code = "500108106002"
    register.record([
        Entry(f"B{f}-{u}-{d}", "", f"楼民{f}", "F", dt.date(1990, 1, 1), "", code, "塔楼", "9", f"{u}", f"{f}{d:02d}", "")
        for f in range(1, 31) for u in (1, 2, 3) for d in (1, 2)
    ])  # fmt: skip
    from tongxin.places.models import Place

    tower = Place.objects.get(name="9", level=7).pk
    asked = queries_of(signed_in(house["worker"]), f"/buildings/{tower}")
    assert len(asked) <= 12, "\n".join(asked)
    page = text(signed_in(house["worker"]).get(f"/buildings/{tower}"))
    assert len(re.findall(r'id="h\d', page)) == 180


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_there_in_both_languages(house: dict[str, Any], signed_in: Any, language: str) -> None:
    client = signed_in(house["officer"], language)
    for address in (f"/buildings/{house['code']}", f"/buildings/{house['code']}/doors"):
        page = client.get(address)
        assert page.status_code == 200 and f'lang="{"en" if language == "en" else "zh-Hans"}"' in text(page)
