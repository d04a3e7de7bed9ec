"""The national lists of Beijing Chaoyang, 15 November to 7 December 2022: taken in, and given back as they came."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import SHARED, City

from tongxin.areas import exports
from tongxin.areas.models import Event, Order, Publication
from tongxin.kit import db

LISTS = sorted((SHARED / "data" / "nhc-risk-areas").glob("*.json"))
TREE = SHARED / "data" / "places" / "beijing-chaoyang.csv"
CHAOYANG = 1101050000000000000
needs_lists = pytest.mark.skipif(not LISTS, reason="the real lists are not here")


def entries(data: dict[str, Any], key: str = "highlist") -> set[tuple[str, str]]:
    return {(block["county"], text) for block in data["data"][key] for text in block["communitys"]}


def small(path: Path, day: str, texts: list[str], hour: str = "21", **other: Any) -> Path:
    block = {"type": "2", "province": "北京市", "city": "朝阳区", "county": "管庄（地区）乡", "area_name": "", "communitys": texts}
    data = {"end_update_time": f"{day} {hour}时", "hcount": len(texts), "highlist": [block], "middlelist": [], "lowlist": [],
            "lcount": 0, **other}  # fmt: skip
    path.write_text(json.dumps({"data": data}, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def chaoyang(city: City, tmp_path: Path) -> City:
    rows = ["code,level,name,parent_code", "11,province,北京市,", "1101,city,市辖区,11", "110105,district,朝阳区,1101",
            "110105035,street,管庄地区,110105", "110105035001,community,惠河东里社区,110105035"]  # fmt: skip
    (tmp_path / "tree.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    city.run("load", "places", str(tmp_path / "tree.csv"))
    return city


def load(city: City, *files: Path, code: int = 0) -> dict[str, Any]:
    done = city.run("load", "risk-areas", "--json", *map(str, files), check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if done.stdout else {"error": done.stderr}


def listed(city: City, day: str, place: str = "110105") -> set[tuple[str, str]]:
    return entries(json.loads(city.run("export", "risk-areas", "--place", place, "--day", day).stdout))


def figures(city: City, day: str) -> dict[str, Any]:
    return json.loads(city.run("situation", "--place", "110105", "--day", day, "--json").stdout)


@needs_lists
def test_all_lists_go_in_and_every_day_comes_out_as_it_was(city: City) -> None:
    city.run("load", "places", str(TREE))
    summary = load(city, *reversed(LISTS))
    assert summary["rejected"] == 0 and len(summary["files"]) == 23
    before: set[tuple[str, str]] = set()
    for path in LISTS:
        came = json.loads(path.read_text(encoding="utf-8"))
        day = dt.date.fromisoformat(path.stem)
        data = exports.risk_areas(CHAOYANG, day)
        assert entries(data) == entries(came), path.stem
        assert entries(data, "lowlist") == entries(came, "lowlist"), path.stem
        found = exports.figures(CHAOYANG, day)
        assert found["areas_listed"] == came["data"]["hcount"] == data["data"]["hcount"]
        assert found["areas_listed"] == len(before) + found["areas_issued"] - found["areas_lifted"]
        assert 0 <= found["areas_overdue"] <= found["areas_listed"]
        before = entries(came)
    assert figures(city, "2022-11-15")["areas_overdue"] == 0
    assert listed(city, LISTS[-1].stem) == before
    assert Event.objects.filter(event="reworded").count() > 200
    assert load(city, LISTS[3])["repeated"] == 189
    ((count,),) = db.rows("SELECT count(*) FROM places_address WHERE place_id % 10000000000 <> 0")
    assert count == 0, "an address stands at its street until it is settled"


@needs_lists
def test_an_area_that_is_lifted_by_hand_is_gone_from_the_list_and_nothing_else(city: City, cast: dict[str, Any]) -> None:
    from tongxin.areas.operations import deeds
    from tongxin.kit import clock
    from tongxin.kit.audit import Because

    city.run("load", "places", str(TREE))
    load(city, *LISTS[:3])
    last = Publication.objects.order_by("-at")[0]
    clock.set_time(last.at, speed=0)
    one = Order.objects.filter(state="in_force").order_by("pk")[7]
    before = listed(city, str(last.day))
    deeds.lift([one.pk], "disinfected, and everybody negative", cast["officer"], last.at, Because("user:officer"))
    assert before - listed(city, str(last.day)) == {(one.listings.get(publication=last).street, one.name)}


def test_another_wording_is_the_same_area_and_no_lift(chaoyang: City, tmp_path: Path) -> None:
    load(chaoyang, small(tmp_path / "a.json", "2022-11-20", ["管庄乡八里桥南院5号楼", "远洋一方润园6号院10号楼1单元", "塔营北街3号"]))
    done = load(chaoyang, small(tmp_path / "b.json", "2022-11-21", ["八里桥南院5号楼", "远洋一方润园6号院10号楼2单元"]))
    (file,) = done["files"]
    assert (file["issued"], file["same"], file["reworded"], file["lifted"]) == (1, 1, 1, 2)
    assert Order.objects.get(name="八里桥南院5号楼").state == "in_force"
    assert listed(chaoyang, "2022-11-20") >= {("管庄（地区）乡", "管庄乡八里桥南院5号楼")}
    assert listed(chaoyang, "2022-11-21") == {("管庄（地区）乡", "八里桥南院5号楼"), ("管庄（地区）乡", "远洋一方润园6号院10号楼2单元")}


def test_an_area_that_is_listed_longer_than_the_rule_allows_is_overdue(chaoyang: City, tmp_path: Path) -> None:
    for n, day in enumerate(("2022-11-20", "2022-11-25", "2022-11-26")):
        load(chaoyang, small(tmp_path / f"{n}.json", day, ["八里桥南院5号楼"]))
    assert [figures(chaoyang, d)["areas_overdue"] for d in ("2022-11-20", "2022-11-25", "2022-11-26")] == [0, 0, 1]


def test_a_list_out_of_order_repeated_or_truncated_says_so(chaoyang: City, tmp_path: Path) -> None:
    second = small(tmp_path / "b.json", "2022-11-21", ["八里桥南院5号楼"])
    load(chaoyang, second)
    assert load(chaoyang, second)["repeated"] == 1
    early = load(chaoyang, small(tmp_path / "a.json", "2022-11-20", ["八里桥南院6号楼"]), code=2)
    assert "comes after that of 2022-11-21" in early["error"]
    other = load(chaoyang, small(tmp_path / "c.json", "2022-11-21", ["八里桥南院7号楼"]), code=2)
    assert "not overwritten" in other["error"]
    cut = load(chaoyang, small(tmp_path / "d.json", "2022-11-22", ["八里桥南院5号楼"], hcount=9), code=2)
    assert "hcount says 9 but highlist holds 1" in cut["error"]
    broken = tmp_path / "e.json"
    broken.write_text(second.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    assert "cut off" in load(chaoyang, broken, code=2)["error"]
    broken.write_bytes(second.read_bytes()[: second.read_bytes().index("八里桥".encode()) + 4])
    assert "no UTF-8 text; the file is cut off" in load(chaoyang, broken, code=2)["error"]
    assert Order.objects.count() == 1


def test_a_street_that_the_tree_lacks_is_named_and_the_others_go_in(chaoyang: City, tmp_path: Path) -> None:
    path = small(tmp_path / "a.json", "2022-11-21", ["八里桥南院5号楼"])
    data = json.loads(path.read_text(encoding="utf-8"))
    data["data"]["highlist"].append({**data["data"]["highlist"][0], "county": "月亮街道", "communitys": ["一号楼"]})
    data["data"]["hcount"] = 2
    path.write_text(json.dumps(data), encoding="utf-8")
    done = load(chaoyang, path, code=1)
    assert (done["accepted"], done["rejected"]) == (1, 1)
    rejects = tmp_path / "rejects.csv"
    chaoyang.run("load", "risk-areas", str(path), "--rejects", str(rejects), check=False)


def test_trying_a_list_writes_nothing(chaoyang: City, tmp_path: Path) -> None:
    path = small(tmp_path / "a.json", "2022-11-21", ["八里桥南院5号楼"])
    done = json.loads(chaoyang.run("load", "risk-areas", "--json", "--dry-run", str(path)).stdout)
    assert done["accepted"] == 1 and not Order.objects.exists()
