"""The commands of the READMEs, as they are printed, on files such as a city has."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from tests.support import NOW, ROOT, City

from tongxin.bench import serving

PORT = 8397
BLOCK = re.compile(r"```\n(tongxin db up\n.*?)```", re.DOTALL)
PLACES = (
    ("11", "province", "北京市", ""), ("1101", "city", "市辖区", "11"), ("110105", "district", "朝阳区", "1101"),
    ("110105035", "street", "管庄地区", "110105"), ("110105035001", "community", "惠河东里社区", "110105035"),
    ("50", "province", "重庆市", ""), ("5001", "city", "市辖区", "50"), ("500108", "district", "南岸区", "5001"),
    ("500108106", "street", "涂山镇", "500108"), ("500108106002", "community", "桃花桥社区", "500108106"),
)  # fmt: skip
PERSON = ("P1", "990108199001010017", "居民一", "女", "1990-01-01", "10000000001", "500108106002", "和苑", "1", "1", "301", "")


def commands(readme: str) -> list[str]:
    (block,) = BLOCK.findall((ROOT / readme).read_text(encoding="utf-8"))
    return [line.partition("#")[0].strip() for line in block.splitlines()]


def table(path: Path, header: str, *rows: Sequence[str], encoding: str = "utf-8") -> None:
    with open(path, "w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows([header.split(","), *rows])


def book(path: Path, *rows: Sequence[str]) -> None:
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet()
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that the commands name."""
    table(tmp_path / "divisions.csv", "code,level,name,parent_code", *PLACES)
    table(tmp_path / "facilities.csv", "code,name,kind,place", ("Y1", "桃花药店", "药店", "500108106002"))
    table(tmp_path / "map.csv", "place,compound,building,unit,lon,lat", ("500108106002", "", "", "", "106.56", "29.53"))
    header = "person_no,id_number,name,sex,birth_date,phone,community_code,compound,building,unit,room,category"
    table(tmp_path / "register.csv", header, PERSON)
    table(tmp_path / "rounds.csv", "round,day,community_code", ("R1", "2022-11-25", "500108106002"))
    header = "scan_id,round,purpose,tube_barcode,tube_kind,capacity,site,station,person_no,id_number,name,phone,scanned_at"
    scan = ("S1", "R1", "screening", "T1", "pool", "10", "ST1", "1", "P1", PERSON[1], "居民一", "10000000001", "2022-11-25 08:00:00")
    table(tmp_path / "scans.csv", header, scan)
    report = ("L1", "模拟检验所", "T1", "阳性", "31.2", "30.9", "2022-11-25 10:00:00", "2022-11-25 11:00:00")
    table(tmp_path / "reports.csv", "报告编号,检测机构,样本管号,结果,ORF1ab,N,检测时间,报告时间", report, encoding="gb18030")
    block = {"type": "2", "province": "北京市", "city": "朝阳区", "county": "管庄（地区）乡", "area_name": "", "communitys": ["八里桥南院5号楼"]}
    data = {"end_update_time": "2022-11-25 21时", "hcount": 1, "highlist": [block], "middlelist": [], "lowlist": [], "lcount": 0}
    (tmp_path / "2022-11-25.json").write_text(json.dumps({"data": data}, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "addresses.txt").write_text("八里桥南院5号楼\n白杨路199弄\n", encoding="utf-8")
    book(tmp_path / "hotline.xlsx", ("工单编号", "反映时间", "联系电话", "诉求内容"), ("1", "2022-11-26 06:30", "10000000001", "降压药没了"))
    book(tmp_path / "dialysis.xlsx", ("医院", "类别", "姓名", "身份证号", "联系电话"), ("桃花医院", "透析", "居民一", PERSON[1], "10000000001"))
    return tmp_path


@pytest.fixture
def shell(city: City, folder: Path) -> dict[str, str]:
    city.at(NOW)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**city.env, "PATH": path, "TONGXIN_PORT": str(PORT)}


def test_both_readmes_print_the_same_commands() -> None:
    assert commands("README.md") == commands("README.zh-CN.md") and len(commands("README.md")) > 15


def test_every_command_of_the_readme_does_what_it_says(folder: Path, shell: dict[str, str]) -> None:
    *wanted, last = commands("README.md")
    failed = {}
    for command in wanted:
        done = subprocess.run(["sh", "-c", command], cwd=folder, env=shell, capture_output=True, text=True, timeout=120)
        if done.returncode or (command.startswith("tongxin export") and not done.stdout.strip()):
            failed[command] = done.stderr or done.stdout or "it says nothing"
    assert failed == {}
    assert last == "tongxin serve"
    server = subprocess.Popen(last.split(), cwd=folder, env=shell, stderr=subprocess.DEVNULL)
    try:
        serving._wait(PORT, server)
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api/v1/health", timeout=10) as answer:
            assert answer.status == 200
    finally:
        server.terminate()
        server.wait(timeout=30)
