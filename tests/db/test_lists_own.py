"""Lists of several districts, and areas that the city ordered itself and a list names too: each area is counted once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.areas_town import BECAUSE, at, draft, on
from tests.support import City

from tongxin.areas import exports
from tongxin.areas.lists import Entry, RiskList
from tongxin.areas.models import Order
from tongxin.areas.operations import deeds, issue, listed
from tongxin.areas.operations.deeds import Share
from tongxin.areas.operations.issue import Piece
from tongxin.kit.audit import Because
from tongxin.people import register
from tongxin.people.rules import Entry as Resident
from tongxin.places.models import Place
from tongxin.places.operations import Division, record_divisions
from tongxin.places.place_id import Level, PlaceId

CITY, CHAOYANG, FENGTAI, STREET = 1101000000000000000, 1101050000000000000, 1101060000000000000, 1101050350000000000
STREETS = {CHAOYANG: "管庄（地区）乡", FENGTAI: "东铁匠营街道"}


@pytest.fixture(autouse=True)
def beijing(city: City) -> None:
    rows = [("11", "北京市"), ("1101", "市辖区"), ("110105", "朝阳区"), ("110105035", "管庄地区"), ("110105035001", "惠河东里社区"),
            ("110106", "丰台区"), ("110106014", "东铁匠营街道"), ("110107", "石景山区")]  # fmt: skip
    record_divisions([Division(PlaceId.parse(c), Level(PlaceId.parse(c).level), n) for c, n in rows])


def take(district: int, day: int, texts: list[str], hour: float = 21) -> listed.Taken:
    moment = at(on(day, hour))
    entries = tuple(Entry("high", STREETS[district], text) for text in texts)
    name = {CHAOYANG: "朝阳区", FENGTAI: "丰台区"}[district]
    one = RiskList(f"{day}", "北京市", name, moment.date(), moment, entries, ())
    return listed.take_in(one, district, Because("cli", "a published list"))


def exported(place: int, day: int) -> set[tuple[str, str]]:
    data = exports.risk_areas(place, dt.date(2022, 11, day))["data"]
    return {(block["county"], text) for block in data["highlist"] for text in block["communitys"]}


def of(place: int, day: int) -> tuple[int, ...]:
    """Listed, issued, lifted, overdue."""
    found = exports.figures(place, dt.date(2022, 11, day))
    return tuple(found[f"areas_{name}"] for name in ("listed", "issued", "lifted", "overdue"))


def own(officer: Any, name: str, now: dt.datetime) -> Order:
    """An order of the city's own on a building of 八里桥南院 in 管庄."""
    register.record([Resident(f"B{unit}", "", "居民", "F", None, "", "110105035001", "八里桥南院", "5号楼", f"{unit}单元", "101", "")
                     for unit in (1, 2)])  # fmt: skip
    building = Place.objects.get(name="5号楼", level=Level.BUILDING)
    return issue.issue(draft(Piece(building.pk), name=name, at=now), officer, at(now), BECAUSE)


@pytest.fixture
def officer(city: City) -> Any:
    from tests.support import PASSWORD

    from tongxin.access import operations

    return operations.create_user("officer", "officer", "operations", [CHAOYANG], PASSWORD, BECAUSE)


def test_the_figures_of_a_city_are_the_sum_of_its_districts_own_lists() -> None:
    take(FENGTAI, 20, ["蒲安里10号楼", "蒲安里11号楼", "蒲安里12号楼"], 9)
    take(CHAOYANG, 20, ["八里桥南院5号楼", "八里桥南院6号楼"])
    take(FENGTAI, 21, ["蒲安里12号楼"], 9)
    take(CHAOYANG, 21, ["八里桥南院6号楼", "八里桥南院7号楼"])
    for day, wanted in ((20, (5, 5, 0, 0)), (21, (3, 1, 3, 0))):
        parts = [of(place, day) for place in (CHAOYANG, FENGTAI)]
        assert of(CITY, day) == tuple(map(sum, zip(*parts, strict=True))) == wanted, day
        data = exports.risk_areas(CITY, dt.date(2022, 11, day))["data"]
        assert exported(CITY, day) == exported(CHAOYANG, day) | exported(FENGTAI, day) and data["hcount"] == wanted[0]
        assert {b["city"] for b in data["highlist"]} == {"朝阳区", "丰台区"}
    assert of(STREET, 21) == of(CHAOYANG, 21), "a street goes by its district's list"
    assert exported(STREET, 21) == exported(CHAOYANG, 21)


def test_what_the_city_ordered_itself_and_a_list_names_too_is_one_area(officer: Any) -> None:
    mine = own(officer, "八里桥南院5号楼", on(20, 12))
    done = take(CHAOYANG, 20, ["管庄乡八里桥南院5号楼", "塔营北街3号"])
    assert (done.issued, done.own) == (1, 1)
    assert of(CHAOYANG, 20)[0] == 2 == Order.objects.filter(state="in_force").count()
    assert exported(CHAOYANG, 20) == {("管庄（地区）乡", "管庄乡八里桥南院5号楼"), ("管庄（地区）乡", "塔营北街3号")}
    mine.refresh_from_db()
    assert mine.name == "八里桥南院5号楼" and mine.events.filter(event="listed").count() == 1
    take(CHAOYANG, 21, ["塔营北街3号"])
    mine.refresh_from_db()
    assert mine.state == "in_force" and of(CHAOYANG, 21) == (2, 0, 0, 0), "a list does not end the city's own order"


def test_an_order_signed_for_what_a_list_names_takes_its_place(officer: Any) -> None:
    take(CHAOYANG, 20, ["八里桥南院5号楼", "塔营北街3号"])
    before = exported(CHAOYANG, 20)
    mine = own(officer, "八里桥南院5号楼", on(21, 8))
    mine.refresh_from_db()
    assert mine.parent and (mine.parent.source, mine.parent.state) == ("list", "replaced")
    at(on(21, 9))
    assert exported(CHAOYANG, 20) == before and of(CHAOYANG, 20) == (2, 2, 0, 0)
    done = take(CHAOYANG, 21, ["八里桥南院5号楼"])
    assert (done.issued, done.same, done.own, done.lifted) == (0, 1, 1, 1)
    assert of(CHAOYANG, 21) == (1, 0, 1, 0)


def test_of_an_area_that_is_known_twice_the_citys_own_order_stays(officer: Any) -> None:
    take(CHAOYANG, 20, ["八里桥南院5号楼"])
    mine = own(officer, "一处工地", on(21, 8))
    Order.objects.filter(pk=mine.pk).update(name="八里桥南院5号楼")
    done = take(CHAOYANG, 21, ["八里桥南院5号楼"])
    assert list(Order.objects.filter(state="in_force").values_list("pk", flat=True)) == [mine.pk]
    assert done.lifted == 0 and of(CHAOYANG, 21) == (1, 0, 0, 0)


def test_narrowing_and_splitting_are_neither_issued_nor_lifted(officer: Any) -> None:
    mine = own(officer, "八里桥南院5号楼", on(20, 12))
    take(CHAOYANG, 20, ["塔营北街3号"])
    units = list(Place.objects.filter(level=Level.UNIT, parent_id=mine.place_id).order_by("pk"))
    parts = deeds.split(
        mine.pk, [Share(f"八里桥南院5号楼{u.name}", [Piece(u.pk)]) for u in units], officer, at(on(21, 12)), BECAUSE
    )
    at(on(21, 20))
    assert len(parts) == 2 and of(CHAOYANG, 21) == (3, 0, 0, 0)
    deeds.lift([parts[0].pk], "disinfected, and everybody negative", officer, on(21, 20), BECAUSE)
    at(on(21, 21))
    assert of(CHAOYANG, 21) == (2, 0, 1, 0)
