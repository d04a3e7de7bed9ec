"""Facilities and the map come as lists of the city's own: the good rows go in, and say where things are from then on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from tests import areas_town as town
from tests.areas_town import BASE, at, draft, place
from tests.support import COMMUNITY, DISTRICT, NOW, OTHER, City

from tongxin.areas import exports
from tongxin.areas.operations import issue
from tongxin.areas.operations.issue import Piece
from tongxin.kit import imports
from tongxin.kit.audit import Because
from tongxin.needs.medicine import planning
from tongxin.places import queries, rules
from tongxin.places.loaders import CoordinateLoader, FacilityLoader
from tongxin.places.models import Facility, Place
from tongxin.places.place_id import Level
from tongxin.policy.queries import pack_at
from tongxin.screening.models import Station

HOME, CLOSE = (106.5600, 29.5300), (106.5620, 29.5300)


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> None:
    at(BASE)
    town.settle()


def load(loader: Any, folder: Path, *lines: str, encoding: str = "utf-8") -> imports.Summary:
    path = folder / f"{loader.kind}-{len(list(folder.iterdir()))}.csv"
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return imports.take_in(loader, path, "test")


def features() -> list[dict[str, Any]]:
    now = at(BASE + dt.timedelta(hours=1))
    found: list[dict[str, Any]] = exports.geojson(DISTRICT, now.astimezone(NOW.tzinfo).date())["features"]
    return found


def reasons(done: imports.Summary) -> dict[int, str]:
    return {r.line: r.reason for r in done.rejects}


def test_facilities_of_a_list_are_on_the_register_and_the_bad_rows_come_back(tmp_path: Path) -> None:
    done = load(
        FacilityLoader(), tmp_path, "编码,名称,类型,社区代码,小区,楼栋,单元,经度,纬度",
        "Y1,桃花药店,药店,500108106002,和苑,1,,106.5600,29.5300", "H1,桃花医院,hospital,500108106002,,,,,",
        "X1,远处,药店,500108999999,,,,,", "X2,无此小区,药店,500108106002,别苑,,,,", "X3,半个,药店,500108106002,,1,,,",
        "X4,什么,馆子,500108106002,,,,,", ",没有编码,药店,500108106002,,,,,", "X5,颠倒,药店,500108106002,,,,29.53,106.56",
        "X6,字母,药店,500108106002,,,,a,b", encoding="gb18030",
    )  # fmt: skip
    assert (done.accepted, done.rejected) == (2, 7)
    said = reasons(done)
    assert said[4].startswith("there is no place 500108999999") and "500108106002 别苑" in said[5] and "needs its compound" in said[6]
    assert "not one of sampling_site" in said[7] and "code is empty" in said[8] and "exchanged" in said[9] and "not degrees" in said[10]
    one = Facility.objects.get(code="Y1")
    assert (one.kind, one.place_id, one.lon) == ("pharmacy", place(Level.BUILDING), 106.56)
    assert Facility.objects.get(code="H1").place_id == COMMUNITY


def test_a_list_that_comes_again_changes_nothing_and_a_new_address_moves_the_site_with_its_tables(tmp_path: Path) -> None:
    head = "code,name,kind,place,lon,lat"
    first = load(FacilityLoader(), tmp_path, head, "S1,桃花采样点,采样点,500108106002,106.56,29.53")
    site = Facility.objects.get(code="S1")
    table = Station.objects.create(site=site, code="1", place_id=site.place_id)
    again = load(FacilityLoader(), tmp_path, head, "S1,桃花采样点,sampling_site,500108106002,,")
    moved = load(FacilityLoader(), tmp_path, head, "S1,桃花采样点,采样点,500108106003,,")
    assert [(d.accepted, d.repeated) for d in (first, again, moved)] == [(1, 0), (0, 1), (1, 0)]
    site.refresh_from_db()
    table.refresh_from_db()
    assert site.place_id == table.place_id == OTHER and site.lon == 106.56, "a point that is not told is kept"


def test_a_place_is_where_the_map_says_or_the_smallest_place_around_it(tmp_path: Path) -> None:
    done = load(
        CoordinateLoader(), tmp_path, "place_code,compound,building,lon,lat", "500108106002,和苑,1,106.5600,29.5300",
        "500108106002,,,106.5700,29.5400", "500108106,,,106.6,29.6", "500108106002,,,,", "500108106,和苑,,106,29",
    )  # fmt: skip
    assert (done.accepted, done.rejected) == (3, 2) and "empty" in reasons(done)[5] and "below a community" in reasons(done)[6]
    unit, second = place(Level.UNIT), place(Level.UNIT, 2)
    assert queries.points([unit, second, COMMUNITY, OTHER]) == {
        unit: (106.56, 29.53), second: (106.57, 29.54), COMMUNITY: (106.57, 29.54)
    }  # fmt: skip
    assert queries.points([OTHER], Level.STREET) == {OTHER: (106.6, 29.6)}


def test_a_building_is_found_however_its_number_is_written_and_a_code_names_one_facility(tmp_path: Path) -> None:
    done = load(
        FacilityLoader(), tmp_path, "code,name,kind,place,compound,building,unit", "Y1,桃花药店,药店,500108106002,和苑,1号楼,1单元",
        "Y1,另一家,医院,500108106003,,,", "Y1,桃花药店,药店,500108106002,和苑,1,1",
    )  # fmt: skip
    assert (done.accepted, done.repeated, done.rejected) == (1, 1, 1) and "another facility above: 桃花药店" in reasons(done)[3]
    assert Facility.objects.get().place_id == place(Level.UNIT)
    nowhere = load(CoordinateLoader(), tmp_path, "place,lon,lat", "500108106002,0,0")
    assert nowhere.rejected == 1 and "nowhere" in reasons(nowhere)[2]


def test_the_program_takes_both_lists_by_name(city: City, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("code,name,kind,place\nY9,桃花药店,药店,500108106002\n", encoding="utf-8")
    (tmp_path / "c.csv").write_text("place,lon,lat\n500108106002,106.5,29.5\n", encoding="utf-8")
    city.run("load", "facilities", str(tmp_path / "f.csv"))
    city.run("load", "coordinates", str(tmp_path / "c.csv"))
    assert Facility.objects.filter(code="Y9").exists() and Place.objects.get(pk=COMMUNITY).lat == 29.5


def test_areas_stand_on_the_map_as_fine_as_it_is_known(cast: dict[str, Any]) -> None:
    Place.objects.filter(pk=COMMUNITY // 10**10 * 10**10).update(lon=106.6, lat=29.6)
    Place.objects.filter(pk=place(Level.BUILDING)).update(lon=HOME[0], lat=HOME[1])
    market = Facility.objects.create(code="M1", name="农贸市场", kind="market", place_id=OTHER, lon=106.7, lat=29.7)
    because = Because("test")
    issue.issue(draft(Piece(place(Level.UNIT)), name="和苑1号楼1单元"), cast["officer"], at(BASE), because)
    both = [Piece(place(Level.UNIT, 2)), Piece(market.place_id, facility_id=market.pk)]
    issue.issue(draft(*both, name="两处", justification="one case at both"), cast["officer"], at(BASE), because)
    found = {f["properties"]["name"]: f["geometry"] for f in features()}
    assert found["和苑1号楼1单元"] == {"type": "Point", "coordinates": [106.56, 29.53]}
    assert found["两处"] == {"type": "MultiPoint", "coordinates": [[106.6, 29.6], [106.7, 29.7]]}
    (low,) = [g for name, g in found.items() if "除高风险区" in name]
    assert low == {"type": "Point", "coordinates": [106.6, 29.6]}


def test_a_way_that_the_map_knows_is_as_long_as_it_is_there(cast: dict[str, Any]) -> None:
    pack, spots = pack_at(DISTRICT, NOW), [COMMUNITY, COMMUNITY, OTHER]
    ways = planning.travel(spots, pack, [HOME, CLOSE, None])
    assert ways[0, 1] == ways[1, 0] == round(rules.metres(HOME, CLOSE) / 200 * 60) and 50 < ways[0, 1] < 70
    assert ways[0, 2] == 12 * 60, "one of the two is not on the map"
    assert planning.travel(spots, pack, [HOME, HOME, HOME])[0, 1] == 5 * 60, "one point for both says nothing of the way"


def test_a_shop_stands_at_its_own_point(cast: dict[str, Any]) -> None:
    Place.objects.filter(pk=COMMUNITY).update(lon=HOME[0], lat=HOME[1])
    shop = Facility(code="Y1", name="药店", kind="pharmacy", place_id=COMMUNITY, lon=CLOSE[0], lat=CLOSE[1])
    assert planning.on_map([DISTRICT, COMMUNITY, COMMUNITY], [shop]) == [None, CLOSE, HOME]


@pytest.mark.parametrize(("a", "b", "metres"), [((0, 0), (0, 90), 10_007_543), ((116.39, 39.91), (121.47, 31.23), 1_067_000)])
def test_distances_are_those_of_the_globe(a: rules.Point, b: rules.Point, metres: float) -> None:
    assert rules.metres(a, b) == pytest.approx(metres, rel=0.01) and rules.metres(a, a) == 0


def test_a_day_without_a_map_has_no_geometry(cast: dict[str, Any]) -> None:
    issue.issue(draft(Piece(place(Level.UNIT))), cast["officer"], at(BASE), Because("test"))
    assert [f["geometry"] for f in features()] == [None, None]
