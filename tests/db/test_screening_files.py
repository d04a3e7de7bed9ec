"""Files of places, people, rounds, scans and reports as cities deliver them: good rows go in, bad ones come back."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from tests.parity import days, small
from tests.parity.small import CODES, COMMUNITY

pytest_plugins = ["tests.parity.fixtures"]
pytestmark = pytest.mark.usefixtures("together")
CHINESE = ["报告编号", "检测机构", "样本管号", "结果", "ORF1ab基因Ct值", "N基因Ct值", "检测时间", "报告时间"]
REGISTER = ["person_no", "id_number", "name", "sex", "birth_date", "phone", "community_code", "compound", "building", "unit", "room", "category"]  # fmt: skip


def write(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    with open(path, "w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def scans(path: Path, *rows: dict[str, str], encoding: str = "utf-8") -> Path:
    return write(path, [list(rows[0]), *(list(r.values()) for r in rows)], encoding)


def report(number: str, barcode: str, word: str, at: str = "2022-11-25 12:00:00") -> list[str]:
    return [number, "检验所1", barcode, word, "", "", "2022-11-25 11:00:00", at]


def tubes() -> dict[str, str]:
    return {r["tube_barcode"]: r["result"] for r in small.export("tubes")}


def counts() -> dict[str, int]:
    """How many rows every table of the city has."""
    from django.apps import apps

    from tongxin.kit import db

    tables = {m._meta.db_table for m in apps.get_models() if m.__module__.startswith("tongxin.")}
    return {t: db.rows(f"SELECT count(*) FROM {t}")[0][0] for t in sorted(tables)}


# -- files that cannot be used --------------------------------------------------------------------------


def bomb(path: Path) -> None:
    """A workbook whose sheet unpacks to far more than any table."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(1500):
                sheet.write(b" " * 1_000_000)


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("scans.csv", "scan_id\n")


UNUSABLE: dict[str, Callable[[Path], object]] = {
    "an empty file": lambda p: p.write_bytes(b""),
    "a file of blanks": lambda p: p.write_bytes(b"\n \n\r\n"),
    "a picture": lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20),
    "a page for printing": lambda p: p.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"),
    "an old spreadsheet": lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000),
    "a compressed file": lambda p: p.write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"x" * 100),
    "an archive of tables": zipped,
    "half a workbook": lambda p: p.write_bytes(b"PK\x03\x04" + b"\0" * 200),
    "a zip bomb": bomb,
    "UTF-16": lambda p: p.write_text("scan_id,round\n1,R1\n", encoding="utf-16"),
    "a missing column": lambda p: scans(p, {k: v for k, v in small.row("T1", "P1").items() if k != "person_no"}),
    "no heading": lambda p: write(p, [list(small.row("T1", "P1").values())] * 3),
    "a letter": lambda p: p.write_text("Dear colleagues,\nplease find the scans attached.\n"),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_file_that_cannot_be_used_is_refused_with_one_sentence_that_names_it(tmp_path: Path, what: str) -> None:
    from tongxin.kit.models import Import
    from tongxin.kit.tables import BadTable

    path = tmp_path / "from the lab.csv"
    UNUSABLE[what](path)
    before = counts()
    with pytest.raises(BadTable) as caught:
        days.take_in("scans", path)
    said = str(caught.value)
    assert "from the lab.csv" in said and "\n" not in said and len(said) < 400 and said.endswith(".")
    noted = Import.objects.latest("pk")
    assert noted.error == said and noted.finished_at is not None
    assert counts() == {**before, "kit_import": before["kit_import"] + 1}


def test_the_missing_columns_are_named(tmp_path: Path) -> None:
    from tongxin.kit.tables import BadTable

    write(tmp_path / "reports.csv", [["报告编号", "检测机构", "备注"], ["1", "2", "3"]])
    with pytest.raises(BadTable, match="样本管号.*结果.*报告时间"):
        days.take_in("results", tmp_path / "reports.csv")


# -- files as they come ---------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_register_is_read_in_every_encoding_in_use(tmp_path: Path, encoding: str) -> None:
    from tongxin.people.models import Person

    number = f"E-{encoding}"
    row = [number, small.GOOD_ID, "欧阳𠮷", "男", "1980-02-29", "10000000001", CODES[COMMUNITY], "和苑", "1栋", "2单元", "301", ""]
    path = write(tmp_path / "register.csv", [REGISTER, row], encoding)
    assert days.take_in("people", path)["accepted"] == 1
    found = Person.objects.select_related("home").get(person_no=number)
    assert found.name == "欧阳𠮷" and found.home and (found.home.number, found.home.floor) == ("301", 3)


def test_a_spreadsheet_with_a_title_and_merged_headings_is_read(tmp_path: Path) -> None:
    small.scan("W1", "P1")
    path = tmp_path / "results.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("结果")
    sheet.merge_range(0, 0, 0, 7, "南岸区核酸检测结果")
    sheet.merge_range(1, 0, 1, 3, "样本")
    sheet.merge_range(1, 4, 1, 7, "检测")
    sheet.write_row(2, 0, CHINESE)
    sheet.write_row(3, 0, ["LW1", "检验所1", "W1", "阳性", 28.5, "", "2022-11-25 11:00:00", "2022-11-25 12:00:00"])
    sheet.write_row(4, 0, ["LW2", "检验所1", "W2", "不知道", "", "", "2022-11-25 11:00:00", "2022-11-25 12:00:00"])
    book.close()
    done = days.take_in("results", path)
    assert (done["accepted"], done["rejected"]) == (1, 1) and done["rejects"][0]["line"] == 5
    assert tubes()["W1"] == "positive"


def test_a_heading_alone_is_a_file_without_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "scans.csv", [list(small.row("T1", "P1"))])
    done = days.take_in("scans", path)
    assert (done["accepted"], done["repeated"], done["rejected"]) == (0, 0, 0)


BAD: dict[str, tuple[str, list[dict[str, str]]]] = {
    "scans": (
        "scans.csv",
        [{"scanned_at": "2022-02-30 08:00:00"}, {"scanned_at": "1900-01-01 08:00:00"}, {"round": "R99"}, {"purpose": "?"},
         {"capacity": "9" * 5000}, {"tube_barcode": ""}, {"person_no": "a b"}, {"tube_kind": "bag"}, {"site": ""}],
    ),
}  # fmt: skip


def test_bad_scans_come_back_with_line_and_reason_and_good_ones_go_in(tmp_path: Path) -> None:
    rows = []
    for n, change in enumerate(BAD["scans"][1]):
        rows += [small.row(f"G{n}", "P1"), {**small.row(f"B{n}", "P1"), **change}]
    path = scans(tmp_path / "scans.csv", *rows)
    with open(path, "a", encoding="utf-8") as file:
        file.write("too,short\n")
        file.write('"never closed,' + "," * 9 + "\n")
        file.write(",".join(small.row("G99", "P1").values()) + "\n")
    done = days.take_in("scans", path, block_bytes=2_000)
    assert (done["accepted"], done["rejected"]) == (len(rows) // 2 + 1, len(rows) // 2 + 2)
    assert [r["line"] for r in done["rejects"]] == [*range(3, len(rows) + 2, 2), len(rows) + 2, len(rows) + 3]
    assert all(r["reason"] and len(r["reason"]) < 200 for r in done["rejects"])
    assert {t for t in tubes() if t[0] in "GB" and t[1:].isdigit()} == {*(f"G{n}" for n in range(len(rows) // 2)), "G99"}


def test_a_round_is_on_one_day_and_in_places_that_exist(tmp_path: Path) -> None:
    rows = [
        ["round", "day", "community_code"],
        ["N1", "2022-11-27", CODES[COMMUNITY]],
        ["N1", "2022-11-28", CODES[COMMUNITY]],
        ["N1", "2022-11-27", "500108106099"],
        ["N1", "2022-11-27", "500108"],
        ["N1", "2022-13-27", CODES[COMMUNITY]],
        ["", "2022-11-27", CODES[COMMUNITY]],
        ["N1", "2022-11-27", CODES[COMMUNITY]],
    ]
    done = days.take_in("rounds", write(tmp_path / "rounds.csv", rows))
    assert (done["accepted"], done["repeated"], done["rejected"]) == (1, 1, 5)
    assert [r["line"] for r in done["rejects"]] == [3, 4, 5, 6, 7]


def test_a_register_row_without_a_home_or_in_an_unknown_community_comes_back(tmp_path: Path) -> None:
    good = ["G1", small.GOOD_ID, "人", "女", "", "", CODES[COMMUNITY], "和苑", "1栋", "2单元", "301", ""]
    changes = {0: "", 3: "?", 4: "1980-02-30", 6: "500108106099", 7: "", 10: "", 11: "VIP!"}
    bad = [[*good[:i], value, *good[i + 1 :]] for i, value in changes.items()]
    for n, row in enumerate(bad[1:]):
        row[0] = f"G-bad{n}"
    done = days.take_in("people", write(tmp_path / "people.csv", [REGISTER, good, *bad]))
    assert (done["accepted"], done["rejected"]) == (1, len(bad))
    assert [r["line"] for r in done["rejects"]] == list(range(3, 3 + len(bad)))


def test_a_report_number_on_file_with_other_content_comes_back(tmp_path: Path) -> None:
    for name, rows in (
        ("one.csv", [report("LC1", "C1", "阴性"), report("LC2", "C2", "阴性")]),
        ("two.csv", [report("LC1", "C1", "阳性"), report("LC2", "C2", "阴性"), report("LC3", "C3", "阴性"), report("LC3", "C3", "无效")]),
    ):
        done = days.take_in("results", write(tmp_path / name, [CHINESE, *rows], "gb18030"))
    assert (done["accepted"], done["repeated"], done["rejected"]) == (1, 1, 2)
    assert {r["line"] for r in done["rejects"]} == {2, 5} and all("other content" in r["reason"] for r in done["rejects"])


@pytest.mark.parametrize("kind", ["scans", "results", "people", "rounds"])
def test_a_dry_run_says_what_would_happen_and_writes_nothing(tmp_path: Path, kind: str) -> None:
    where = {"site": f"S-dry-{CODES[COMMUNITY]}", "station": "dry 1"}
    where["station"] = "dry-1"
    content: dict[str, list[list[str]]] = {
        "scans": [list(small.row("D1", "P1", **where)), *(list(small.row(f"D{n}", f"D{n}", **where).values()) for n in range(40))],
        "results": [CHINESE, *([f"LD{n}", f"检验所 dry {n}", f"D{n}", "阳性", "", "", "", "2022-11-25 12:00:00"] for n in range(30)),
                    ["LD99", "dry", "D1", "阴性", "", "", "2022-11-25 11:00:00", "2022-11-25 12:00:00"]],
        "people": [REGISTER, ["D1", "", "人", "", "", "", CODES[COMMUNITY], "干苑", "1栋", "2单元", "301", ""]],
        "rounds": [["round", "day", "community_code"], ["DRY", "2022-12-01", CODES[COMMUNITY]]],
    }  # fmt: skip
    path = write(tmp_path / f"{kind}.csv", [*content[kind], ["bad"]])
    before = counts()
    done = days.take_in(kind, path, block_bytes=1_500, dry_run=True)
    assert (done["accepted"], done["rejected"], done["import"]) == (len(content[kind]) - 1, 1, 0)
    assert counts() == before
    real = days.take_in(kind, path, block_bytes=1_500)
    assert (real["accepted"], real["rejected"]) == (done["accepted"], 1)
    if kind == "scans":
        found = [r for r in small.export("tubes") if r["tube_barcode"] == "D1"]
        assert [(r["site"], r["station"]) for r in found] == [(where["site"], "dry-1")]


# -- the command line -----------------------------------------------------------------------------------


def run(env: dict[str, str], *words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tongxin", *map(str, words)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)


def sentence(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one sentence on standard error of a command that ended with a code."""
    assert done.returncode == code, (done.returncode, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("tongxin: ") and "Traceback" not in done.stderr
    return lines[0]


def test_rejected_rows_can_be_corrected_and_loaded(together: Any, tmp_path: Path) -> None:
    rows = [CHINESE, report("LR1", "R-1", "阴性"), report("LR2", "R-2", "不知道"), report("LR3", "R-3", "阴性", "2022-02-30 11:00:00"), ["LR4"]]
    path, rejects = write(tmp_path / "reports.csv", rows, "gb18030"), tmp_path / "rejects.csv"
    done = run(together.env, "load", "results", path, "--rejects", rejects, "--json")
    assert done.returncode == 1 and done.stderr.strip() == ""
    summary = json.loads(done.stdout)
    assert {k: summary[k] for k in ("kind", "accepted", "repeated", "rejected")} == {
        "kind": "results", "accepted": 1, "repeated": 0, "rejected": 3,
    }  # fmt: skip
    back = list(csv.DictReader(rejects.read_text(encoding="utf-8-sig").splitlines()))
    assert [r["样本管号"] for r in back] == ["R-2", "R-3", ""] and all(r["_reason"] for r in back)
    text = rejects.read_text(encoding="utf-8-sig").replace("不知道", "阴性").replace("2022-02-30", "2022-11-25")
    rejects.write_text("".join(line for line in text.splitlines(keepends=True) if "LR4" not in line), encoding="utf-8-sig")
    done = run(together.env, "load", "results", rejects)
    assert done.returncode == 0, done.stderr
    assert {r["tube_barcode"] for r in small.export("unmatched")} >= {"R-1", "R-2", "R-3"}


def test_the_exit_code_and_one_sentence_say_how_it_went(together: Any, tmp_path: Path) -> None:
    good = scans(tmp_path / "good.csv", small.row("X-1", "P1"))
    bad = scans(tmp_path / "bad.csv", {**small.row("X-2", "P1"), "round": "R99"}, small.row("X-3", "P1"))
    empty = write(tmp_path / "empty.csv", [])
    assert run(together.env, "load", "scans", good).returncode == 0
    done = run(together.env, "load", "scans", bad, good)
    assert done.returncode == 1 and "R99" in done.stderr and "bad.csv:2" in done.stderr.replace("\n", "")
    assert "empty.csv" in sentence(run(together.env, "load", "scans", empty), 2)
    assert "nowhere.csv" in sentence(run(together.env, "load", "scans", tmp_path / "nowhere.csv"), 2)
    assert "scans" in sentence(run(together.env, "load", "swabs", good), 2)
    away = {**together.env, "DATABASE_URL": f"postgresql://nobody@/none?host={tmp_path}"}
    assert "database cannot be reached" in sentence(run(away, "load", "scans", good), 3)
    assert tubes().keys() >= {"X-1", "X-3"} and "X-2" not in tubes()


def test_a_file_of_two_gigabytes_that_is_no_table_is_refused_at_once(city: Any, tmp_path: Path) -> None:
    path = tmp_path / "scans.csv"
    with open(path, "wb") as file:
        file.write(b"scan_id,round\n")
        file.truncate(2 * 2**30)  # takes no room on the disk
    done = city.run("load", "scans", str(path), check=False)
    assert done.returncode == 2 and "scans.csv" in done.stderr and "save it as UTF-8 CSV" in done.stderr
