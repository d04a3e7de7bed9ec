"""Hospitals' lists and the street's sheets: other headings, who is meant, both directions, nothing lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
import xlsxwriter
from tests.ledger_town import PEOPLE, write_people
from tests.support import NOW

from tongxin.kit.audit import Because

WHY = Because("test")


@pytest.fixture
def people(city: Any, places: None) -> dict[str, Any]:
    city.at(NOW)
    return write_people()


def take(loader: Any, path: Any) -> Any:
    from tongxin.kit import imports

    return imports.take_in(loader(), path, "test")


def csv(tmp_path: Any, name: str, text: str) -> Any:
    path = tmp_path / name
    path.write_text(text, encoding="gb18030")
    return path


def rows() -> dict[str, tuple[str, str]]:
    from tongxin.kit import crypto
    from tongxin.ledgers.models import HospitalRow

    return {json.loads(crypto.decrypt(r.said))["name"]: (r.state, r.how) for r in HospitalRow.objects.all()}


def test_a_hospitals_list_is_matched_chosen_or_waits_and_both_directions_are_shown(people: dict[str, Any], tmp_path: Any) -> None:
    from tongxin.ledgers.loaders import HospitalLoader
    from tongxin.ledgers.models import Entry, HospitalRow
    from tongxin.ledgers.operations import hospital
    from tongxin.ledgers.queries import hospital as queries

    twin = {**PEOPLE["well"], "room": "202"}
    PEOPLE["twin"] = twin
    try:
        people = write_people()
    finally:
        del PEOPLE["twin"]
    path = csv(tmp_path, "血透名单.csv", (
        "市第五医院血透患者名单,,,,\n序号,患者姓名,身份证号码,手 机,出生年月日\n"
        "1,病,990001191001010001X,,\n2,好,,,1990-03-04\n3,老,,100 0000 0000,\n4,无此人,99000019500101000X,10055556666,\n5,,,,\n"
    ))  # fmt: skip
    Person = type(people["ill"])
    from tongxin.kit import crypto

    Person.objects.filter(pk=people["ill"].pk).update(id_hash=crypto.lookup_hash("990001191001010001X"))
    done = take(HospitalLoader, path)
    assert (done.accepted, done.rejected) == (4, 1) and "is empty; fill it in" in done.rejects[0].reason
    assert rows() == {"病": ("matched", "identity"), "好": ("ambiguous", "birth"), "老": ("matched", "phone"), "无此人": ("unknown", "")}
    ill, old = (Entry.objects.get(person=people[who], category="dialysis", ended_at=None) for who in ("ill", "old"))
    assert ill.confirmed_at == NOW and ill.source == "register" and old.source == "hospital"
    assert queries.counts(True) == {"ambiguous": 1, "unknown": 1, "matched": 2, "dismissed": 0, "unlisted": 0}
    row = HospitalRow.objects.get(state="ambiguous")
    assert set(row.candidates) == {people["well"].pk, people["twin"].pk}
    hospital.choose(row.pk, people["twin"].pk, NOW, WHY)
    hospital.choose(HospitalRow.objects.get(state="unknown").pk, None, NOW, WHY)
    again = take(HospitalLoader, csv(tmp_path, "血透名单2.csv", path.read_text(encoding="gb18030").replace("血透患者", "血液透析").replace("5,,,,\n", "")))
    assert again.accepted in (0, 4) and Entry.objects.get(person=people["twin"], category="dialysis").source == "hospital"


def test_who_is_on_the_ledger_but_on_no_list_is_shown(people: dict[str, Any], tmp_path: Any) -> None:
    from tongxin.ledgers.loaders import HospitalLoader
    from tongxin.ledgers.queries import hospital as queries

    take(HospitalLoader, csv(tmp_path, "a.csv", "姓名,电话,类别\n某,10099990000,透析\n"))
    assert [e.person_id for e in queries.unlisted("", True, None, 50)] == [people["ill"].pk], "no list of antenatal care has come"


def test_a_list_that_does_not_say_which_it_is_is_refused(people: dict[str, Any], tmp_path: Any) -> None:
    from tongxin.kit.tables import BadTable
    from tongxin.ledgers.loaders import HospitalLoader

    with pytest.raises(BadTable, match="which list this is"):
        take(HospitalLoader, csv(tmp_path, "名单.csv", "姓名,电话\n某,10099990000\n"))


def test_a_sheet_with_headings_that_nobody_knows_is_read_once_somebody_has_said_what_they_mean(people: dict[str, Any], tmp_path: Any) -> None:
    from tongxin.kit import mappings
    from tongxin.kit.models import ColumnMapping
    from tongxin.kit.tables import BadTable
    from tongxin.ledgers.loaders import LedgerLoader

    path = csv(tmp_path, "台账.csv", "谁,生于,怎么了,谁管\n老,1940年5月6日,独居老人、卧床,\n远,1995-07-08,孕妇,无此账号\n甲,1990-01-01,孕妇,\n")
    with pytest.raises(BadTable, match=r"no column is known for .*/imports/columns/\d+"):
        take(LedgerLoader, path)
    shape = ColumnMapping.objects.get()
    with pytest.raises(ValueError, match="two columns"):
        mappings.confirm(shape.pk, {"谁": "name", "谁管": "name"}, WHY)
    mappings.confirm(shape.pk, {"谁": "name", "生于": "birth_date", "怎么了": "category", "谁管": "owner"}, WHY)
    done = take(LedgerLoader, path)
    from tongxin.ledgers.models import Entry

    assert (done.accepted, done.repeated, done.rejected) == (1, 0, 2)
    assert [r.reason.split(";")[0][:45] for r in done.rejects] == ["no accounts are called “无此账号”", "nobody in the register has this identity numb"]
    assert Entry.objects.filter(person=people["old"], category="bedridden", source="sheet").exists()


def test_the_streets_excel_sheet_changes_owner_plan_and_last_seen(people: dict[str, Any], cast: dict[str, Any], tmp_path: Any) -> None:
    from tongxin.kit import crypto
    from tongxin.ledgers.loaders import LedgerLoader
    from tongxin.ledgers.models import Entry

    path = tmp_path / "台账.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:F1", "桃花桥社区重点人群台账")
        sheet.write_row("A2", ["姓名", "联系电话", "人员类别", "包保人", "健康安全保障方案", "上次走访"])
        sheet.write_row("A3", ["老", "10000000000", "独居老人", "worker", "每周一三五送饭", "11月25日 下午3点"])
        sheet.write_row("A4", ["合计", "1人"])
    done = take(LedgerLoader, path)
    assert (done.accepted, done.rejected) == (1, 0), done.rejects
    entry = Entry.objects.get(person=people["old"])
    assert entry.owner_id == cast["worker"].pk and crypto.decrypt(entry.plan) == "每周一三五送饭"
    assert entry.last_seen_at.astimezone(NOW.tzinfo).hour == 15 and entry.source == "register"
    assert take(LedgerLoader, path).repeated == 1


def test_the_commands_load_and_export_the_ledger(city: Any, people: dict[str, Any], tmp_path: Any) -> None:
    path = csv(tmp_path, "产检.csv", "姓名,出生日期,医院\n远,1995-07-08,妇幼保健院\n某,1991-01-01,妇幼保健院\n")
    done = city.run("load", "ledger-hospital", str(path), "--json")
    assert json.loads(done.stdout)["accepted"] == 2
    out = tmp_path / "out.xlsx"
    city.run("export", "ledger", "-o", str(out))
    import python_calamine as calamine

    cells = calamine.load_workbook(str(out)).get_sheet_by_index(0).to_python()
    assert len(cells) == 3 + 4 and "销毁" in cells[1][0]
    assert "老" in city.run("export", "ledger").stdout


def test_a_sheet_that_comes_again_asks_for_its_people_at_once_however_long_it_is(people: dict[str, Any], tmp_path: Any) -> None:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    from tongxin.ledgers.loaders import HospitalLoader, LedgerLoader

    counts = {}
    for loader, line in ((LedgerLoader, "老,10000000000,独居老人"), (HospitalLoader, "病,10000000001,透析")):
        for many in (1, 40):
            rows = [line, *(f"无{n},1000000{n:04d},透析" for n in range(many))]
            path = csv(tmp_path, f"{loader.kind}-{many}.csv", "姓名,联系电话,类别\n" + "\n".join(rows) + "\n")
            take(loader, path)
            with CaptureQueriesContext(connections["jobs"]) as asked:
                take(loader, path)
            counts[loader.kind, many] = len([q for q in asked if "kit_" not in q["sql"]])
    assert counts["ledger", 40] <= counts["ledger", 1] + 2 and counts["ledger-hospital", 40] <= counts["ledger-hospital", 1] + 2, counts


def test_the_ledgers_own_sheet_taken_in_unchanged_changes_nothing(city: Any, people: dict[str, Any], tmp_path: Any) -> None:
    from tongxin.ledgers.models import Entry

    seen = NOW.replace(hour=7, minute=3, second=20, microsecond=600_000)
    Entry.objects.update(last_seen_at=seen, last_seen_by="user:anna", last_seen_how="phone")
    out = tmp_path / "ledger.xlsx"
    city.run("export", "ledger", "-o", str(out))
    done = json.loads(city.run("load", "ledger", str(out), "--json").stdout)
    assert (done["accepted"], done["rejected"]) == (0, 0) and done["repeated"] == 4
    assert set(Entry.objects.values_list("last_seen_at", "last_seen_by", "last_seen_how")) == {(seen, "user:anna", "phone")}
