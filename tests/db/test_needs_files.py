"""A hotline's lists and letters of request as they come, and the needs of a day given back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from tests.needs_town import COMMUNITY, DISTRICT, HOUR, NOW, raised, settle, take

from tongxin.cli.needs import write_csv
from tongxin.kit import db, imports
from tongxin.kit.audit import Because
from tongxin.kit.models import AuditEntry
from tongxin.kit.tables import BadTable
from tongxin.needs import exports, queries
from tongxin.needs.loaders import BadColumns, LetterLoader, NeedLoader
from tongxin.needs.models import Need
from tongxin.people.models import Person

HEADINGS = ("序号", "工单编号", "反映时间", "来电人", "联系电话", "诉求地址", "所属社区", "诉求类型", "紧急程度", "诉求内容", "承办单位")
ROWS = [
    (1, "12345-001", "2022年11月26日 上午6点半", "居民3", "100-0000-0003", "和苑1号楼1单元301室", "", "医疗服务", "紧急", "降压药没了，麻烦尽快", "街道办"),
    (2, "12345-002", "11月26日 7:05", "居民1", "10000000001", "", "", "供暖", "一般", "家里很冷，请派人来看看", ""),
    (3, "12345-003", "2022/11/26 7:20", "路人", "不详", "说不清", "福苑社区", "食品和物资", "特急", "没吃的了", ""),
    (4, "12345-004", "昨天晚上", "居民2", "10000000002", "", "", "", "", "买菜", ""),
    (5, "12345-005", "11-26 07:40", "居民2", "10000000002", "", "", "", "", "", ""),
    (6, "12345-006", "44891.33", "", "", "", "", "", "", "我老公要打我", ""),
]  # fmt: skip


@pytest.fixture
def town(city: Any, cast: dict[str, Any]) -> Any:
    city.at(NOW)
    settle()
    return city


def excel(path: Path, rows: list[Any] = ROWS) -> Path:
    """A list as a hotline sends it: titles over merged cells, a blank row, headings with breaks, a footer."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("11.26")
        sheet.merge_range(0, 0, 0, 10, "南岸区12345政务服务热线涉疫诉求清单")
        sheet.merge_range(1, 0, 1, 10, "制表时间：2022年11月26日8时  共6件")
        for column, heading in enumerate(HEADINGS):
            sheet.write(3, column, heading.replace("编号", "\n编号") + ("（必填）" if heading == "诉求内容" else ""))
        for line, row in enumerate(rows, 4):
            for column, value in enumerate(row):
                sheet.write(line, column, value)
        sheet.write(len(rows) + 4, 0, "合计")
        sheet.write(len(rows) + 4, 1, len(rows))
    return path


def load(path: Path, place: int | None = None, loader: Any = NeedLoader, **told: str) -> imports.Summary:
    """What ``tongxin load`` does with a file."""
    return imports.take_in(loader(place, told), path, "cli")


def test_a_hotlines_list_that_was_not_shaped_to_a_schema_is_taken_in(town: Any, tmp_path: Path) -> None:
    path, rejects = excel(tmp_path / "清单.xlsx"), tmp_path / "back.csv"
    tried = imports.take_in(NeedLoader(), path, "cli", dry_run=True)
    assert (tried.accepted, tried.rejected, Need.objects.count()) == (4, 2, 0)
    said = town.run("load", "needs", str(path), "--place", "500108", "--rejects", str(rejects), "--json", check=False)
    assert said.returncode == 1, said.stderr
    done = json.loads(said.stdout)
    assert (done["accepted"], done["repeated"], done["rejected"]) == (4, 0, 2)
    lines = {r["line"]: r["reason"] for r in done["files"][0]["rejects"]}
    assert set(lines) == {8, 9} and "反映时间" in lines[8] and "诉求内容" in lines[9] and "empty" in lines[9]
    pills, cold, hungry, silent = (Need.objects.get(source_ref=f"12345-00{n}") for n in (1, 2, 3, 6))
    person = Person.objects.get(person_no="P3")
    assert (pills.person_id, pills.home_id, pills.kind, pills.urgency) == (person.pk, person.home_id, "medicine", 1)
    assert pills.raised_at == NOW.replace(hour=6, minute=30) and pills.due_at == NOW + HOUR / 2
    assert (cold.kind, cold.suggested_kind, cold.urgency) == ("repair", "other", 2)
    assert (hungry.place_id, hungry.kind, hungry.urgency) == (DISTRICT, "supplies", 1)
    assert queries.details_of(hungry) == {"community": "福苑社区", "phone": "不详", "kind": "食品和物资"}  # none of ours: kept, not guessed
    assert (silent.silent, silent.urgency, silent.place_id) == (True, 0, DISTRICT)
    back = list(csv.DictReader(io.StringIO(rejects.read_text("utf-8-sig"))))
    assert [r["_line"] for r in back] == ["8", "9"] and {"工单 编号", "_reason"} <= set(back[0])
    text = rejects.read_text("utf-8-sig").replace("昨天晚上", "2022-11-25 21:00")
    rejects.write_text(text, "utf-8-sig")
    corrected, again = load(rejects), load(path)
    assert (corrected.accepted, corrected.rejected, again.repeated, again.rejected) == (1, 1, 4, 2)
    assert queries.details_of(Need.objects.get(source_ref="12345-004")) == {}


def test_a_list_without_numbers_counts_each_row_once_whatever_columns_come_later(town: Any, tmp_path: Path) -> None:
    first, later = tmp_path / "a.csv", tmp_path / "b.csv"
    rows = "20221126,7:05,没有菜,10000000001\n,,,\n20221126,下午3点,没有菜,10000000002\n20221126,07:05:00,没有菜,10000000001\n"
    first.write_bytes(("日期,时间,群众诉求,电话\n" + rows.replace("下午3点", "上午8点")).encode("gb18030"))
    done = load(first)
    assert (done.accepted, done.repeated, done.rejected) == (2, 1, 0)
    assert {n.raised_at for n in Need.objects.all()} == {NOW.replace(hour=7, minute=5), NOW}
    later.write_text("序号,日期,时间,诉求内容,电话,办理结果\n7,2022-11-26,07:05,没有菜,10000000001,已送\n", "utf-8")
    assert load(later).repeated == 1
    assert Need.objects.count() == 2


def test_headings_that_nobody_knows_are_said_once_and_remembered(town: Any, tmp_path: Path) -> None:
    path = tmp_path / "群.csv"
    path.write_text("时刻,群众说的,哪个号打的\n11-26 07:00,没有菜,10000000001\n", "utf-8")
    with pytest.raises(BadTable, match="群众说的.*--column"):
        load(path)
    with pytest.raises(BadColumns, match="raised_at"):
        load(path, 群众说的="words")
    assert load(path, 群众说的="text", 哪个号打的="phone", 时刻="raised_at").accepted == 1
    need = Need.objects.get()
    assert (need.raised_at, need.person_id) == (NOW.replace(hour=7), Person.objects.get(person_no="P1").pk)
    path.write_text("时刻,群众说的,哪个号打的\n11-26 07:30,没有药,10000000002\n", "utf-8")
    assert load(path).accepted == 1
    assert AuditEntry.objects.filter(action="columns.confirmed").count() == 1


def test_a_file_that_is_no_list_is_refused_in_one_sentence(town: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content, said in ((b"", "is empty"), (b"%PDF-1.4", "is a PDF"), (b"PK\x03\x04nonsense", "damaged"), (b"a,b\n1,2\n", "诉求内容")):
        path.write_bytes(content)
        with pytest.raises(BadTable, match=said):
            load(path)
    elsewhere = town.run("load", "needs", str(path), "--place", "110105", check=False)
    assert elsewhere.returncode == 2 and "no place 110105" in elsewhere.stderr
    assert Need.objects.count() == 0


def test_an_operator_gives_in_a_list_on_the_page_for_the_own_place_only(cast: dict[str, Any], town: Any, tmp_path: Path) -> None:
    from django.urls import get_resolver

    from tongxin.web import labels, uploads

    assert get_resolver().url_patterns  # the pages, and what they offer
    path, kind = excel(tmp_path / "清单.xlsx"), uploads.get("needs")
    assert kind and str(labels.IMPORT_KINDS["needs"]) and "诉求内容" in kind.hint
    with pytest.raises(uploads.BadUpload):
        kind.take(path, path.name, cast["outsider"])
    with db.acting_as(db.WEB):
        run = kind.take(path, path.name, cast["worker"])
    stored = imports.Import.objects.get(pk=run)
    assert (stored.accepted, stored.rejected, stored.place_id, stored.actor) == (4, 2, COMMUNITY, "user:worker")
    assert set(Need.objects.filter(silent=False).values_list("place_id", flat=True)) <= {
        COMMUNITY, *Person.objects.filter(place_id__gt=COMMUNITY).values_list("place_id", flat=True)
    }  # fmt: skip
    assert AuditEntry.objects.filter(action="need.raised", actor="user:worker").exists()


def test_letters_of_request_name_several_people_under_one_number(town: Any, tmp_path: Path) -> None:
    path = tmp_path / "协查函.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 7, "关于协助排查涉疫人员的函")
        rows = [
            ("序号", "函号", "来函单位", "发函日期", "姓名", "手机号码", "现住址", "协查事项"),
            (1, "渝北疫指〔2022〕118号", "渝北区疫情防控指挥部", "2022.11.25", "居民3", "10000000003", "和苑1号楼", "11月24日同乘，请协助排查"),
            (2, "渝北疫指〔2022〕118号", "渝北区疫情防控指挥部", "2022.11.25", "邻居1", "10000000021", "", "11月24日同乘，请协助排查"),
            (3, "", "渝北区疫情防控指挥部", "", "外地人", "", "住在哪里不详", ""),
        ]  # fmt: skip
        for line, row in enumerate(rows, 1):
            sheet.write_row(line, 0, row)
    done = load(path, loader=LetterLoader)
    assert (done.kind, done.accepted, done.rejected) == ("letters", 3, 0)
    assert load(path, loader=LetterLoader).repeated == 3
    one = Need.objects.get(person_id=Person.objects.get(person_no="P3").pk)
    assert one.channel == "letter" and queries.text_of(one) == "渝北区疫情防控指挥部：11月24日同乘，请协助排查"
    assert one.raised_at.date() <= dt.date(2022, 11, 25)


def test_the_needs_of_a_day_are_given_out_without_the_silent_ones(town: Any, tmp_path: Path) -> None:
    take(
        raised("=1+1 没有菜", "1", phone="10000000001", raised_at=NOW), raised("他又打我", "2", phone="10000000002"),
        raised("买药", "3", phone="10000000031"), raised("买药", "4", phone="10000000003", raised_at=NOW - dt.timedelta(days=1)),
    )  # fmt: skip

    def out(place: int = DISTRICT, text: bool = False) -> list[dict[str, Any]]:
        header, rows = exports.needs(place, NOW.date(), text, Because("cli"))
        return [dict(zip(header, r, strict=True)) for r in rows]

    assert [(r["id"], r["kind"], r["state"], r["raised_at"]) for r in out()] == [
        ("1", "supplies", "new", "2022-11-26 08:00:00"), ("3", "medicine", "new", "2022-11-26 08:00:00"),
    ]  # fmt: skip
    assert [r["id"] for r in out(COMMUNITY)] == ["1"]
    assert "text" not in out()[0] and not AuditEntry.objects.filter(action="view.need").exists()
    assert [r["text"] for r in out(text=True)] == ["=1+1 没有菜", "买药"]
    looked = AuditEntry.objects.filter(action="view.need", subject_kind="person").values_list("subject_id", flat=True)
    assert sorted(looked) == sorted(str(Person.objects.get(person_no=p).pk) for p in ("P1", "N1"))
    assert AuditEntry.objects.filter(action="need.exported").count() == 4
    path = tmp_path / "needs.xlsx"
    town.run("export", "needs", "--day", "2022-11-26", "--with-text", "-o", str(path))
    again = load(path, COMMUNITY)  # its own list, read as a hotline's
    assert (again.accepted, again.rejected) == (2, 0)
    assert sorted(queries.text_of(n) for n in Need.objects.filter(channel="hotline")) == ["=1+1 没有菜", "买药"]
    plain = io.StringIO()
    write_csv(plain, *exports.needs(DISTRICT, NOW.date(), True, Because("cli")))
    assert ",'=1+1 没有菜" in plain.getvalue()
