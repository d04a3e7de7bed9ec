"""Sheets that were not shaped to a schema: hotline lists, hospitals' lists, the street's ledger."""

import datetime as dt
import zoneinfo

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.kit.sheets import BadTable, Field, Reading, Reject, SheetRow, open_sheet, plain, sheet_blocks
from tongxin.kit.sheets import grid as grid_module
from tongxin.kit.sheets.times import day_order, read_clock, read_date, read_time
from tongxin.kit.sheets.values import read

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
TODAY = dt.date(2022, 11, 27)
READING = Reading(ZONE, TODAY)
FIELDS = (
    Field("name", ("姓名", "联系人"), required=True),
    Field("phone", ("联系电话", "电话", "手机"), kind="phone"),
    Field("at", ("反映时间", "时间"), kind="time"),
    Field("text", ("诉求内容", "内容"), required=True),
    Field("sex", ("性别",), kind="choice", choices={"男": "M", "女": "F"}),
    Field("people", ("人数",), kind="number"),
)


def csv(tmp_path, text, encoding="utf-8", name="表.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def excel(tmp_path, fill, name="表.xlsx", sheets=("一",)):
    path = tmp_path / name
    book = xlsxwriter.Workbook(str(path))
    for sheet in sheets:
        fill(book.add_worksheet(sheet), book)
    book.close()
    return path


def rows_of(path, remembered=None, fields=FIELDS):
    sheet = open_sheet(path, fields, READING, remembered)
    sheet.check_usable()
    found = list(sheet.rows())
    return [r for r in found if isinstance(r, SheetRow)], [r for r in found if isinstance(r, Reject)], sheet


def at(*parts):
    return dt.datetime(*parts, tzinfo=ZONE)


# --- times as people type them --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-11-26 7:30", (26, 7, 30)),
        ("2022-11-26 07:30:00", (26, 7, 30)),
        ("2022/11/26 7:30", (26, 7, 30)),
        ("2022.11.26 07:30", (26, 7, 30)),
        ("2022年11月26日7时30分", (26, 7, 30)),
        ("2022年11月26日 上午7点半", (26, 7, 30)),
        ("11月26日 7:30", (26, 7, 30)),
        ("11月26日 (周六) 7：30", (26, 7, 30)),
        ("11月26日下午3点", (26, 15, 0)),
        ("11月26号晚上8点15", (26, 20, 15)),
        ("26/11 07:30", (26, 7, 30)),
        ("11/26 07:30", (26, 7, 30)),
        ("11.26 7:30", (26, 7, 30)),
        ("26/11/2022 7:30 PM", (26, 19, 30)),
        ("20221126 0730", (26, 7, 30)),
        ("20221126073000", (26, 7, 30)),
        ("22年11月26日 7:30", (26, 7, 30)),
        ("44891.3125", (26, 7, 30)),
        ("44891", (26, 0, 0)),
        ("２０２２－１１－２６　７：３０", (26, 7, 30)),
        ("2022-11-26T07:30", (26, 7, 30)),
        ("2022-11-26 12:05 AM", (26, 0, 5)),
        ("2022-11-26 24:00", (27, 0, 0)),
        ("2022-11-26", (26, 0, 0)),
    ],
)
def test_a_time_is_read_in_the_forms_that_people_type(text, expected):
    assert read_time(text, ZONE, TODAY) == at(2022, 11, *expected)


def test_an_offset_in_the_text_holds():
    assert read_time("2022-11-26T07:30:00Z", ZONE, TODAY) == dt.datetime(2022, 11, 26, 7, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["", "昨天", "7:30", "2022-13-01", "2022-11-31", "11月26日 25:00", "11月26日 7:61", "2022-11-26 7", "1e5"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError):
        read_time(text, ZONE, TODAY)


def test_a_day_without_a_year_is_the_one_nearest_to_today():
    assert read_date("12月31日", dt.date(2023, 1, 2)) == dt.date(2022, 12, 31)
    assert read_date("1月2日", dt.date(2022, 12, 30)) == dt.date(2023, 1, 2)
    assert read_date("2月29日", dt.date(2023, 3, 1)) == dt.date(2024, 2, 29)


def test_a_time_of_day_stands_alone():
    assert read_clock("下午3点半") == dt.time(15, 30)
    assert read_clock("0.3125") == dt.time(7, 30)


def test_the_rest_of_a_column_tells_days_from_months():
    assert day_order(["5/6", "26/5"]) == "dm"
    assert day_order(["5/6", "5/26"]) == "md" == day_order(["5/6"])
    with pytest.raises(ValueError):
        day_order(["26/5", "5/26"])


@settings(max_examples=200, deadline=None)
@given(st.datetimes(dt.datetime(2022, 6, 1), dt.datetime(2023, 4, 30)), st.sampled_from(
    ["%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H时%M分", "%m月%d日 %H:%M", "%Y%m%d%H%M", "%m/%d %H:%M"]
))  # fmt: skip
def test_every_minute_is_read_back(moment, form):
    assert read_time(moment.strftime(form), ZONE, TODAY) == moment.replace(second=0, microsecond=0, tzinfo=ZONE)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("0123456789-/.:年月日时点半 上下午pm"), max_size=16))
def test_no_text_does_worse_than_being_refused(text):
    for form in (lambda: read_time(text, ZONE, TODAY), lambda: read_clock(text), lambda: read_date(text, TODAY)):
        try:
            form()
        except ValueError:
            pass


# --- other values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10012345678", "10012345678"), ("100 1234 5678", "10012345678"), ("+86 100-1234-5678", "10012345678"),
        ("023-62812345", "02362812345"), ("(023)62812345转801", "02362812345-801"), ("10012345678/10087654321", "10012345678"),
        ("电话：１００１２３４５６７８", "10012345678"), ("无", None), ("", None),
    ],
)  # fmt: skip
def test_a_phone_is_its_digits(text, expected):
    assert read(text, FIELDS[1], READING) == expected


def test_numbers_and_choices_are_read_as_they_are_said():
    assert read("３人", FIELDS[5], READING) == 3
    assert read("1,284", FIELDS[5], READING) == 1284
    assert read("0.5", FIELDS[5], READING) == 0.5
    assert read(" 女 ", FIELDS[4], READING) == "F"
    many = Field("c", kind="choice", choices={"独居老人": "alone", "残疾": "disabled"}, many=True)
    assert read("残疾、独居老人，残疾", many, READING) == ["disabled", "alone"]
    with pytest.raises(ValueError, match="男、女"):
        read("不详", FIELDS[4], READING)


# --- whole sheets ---------------------------------------------------------------------------------------------------

HOTLINE = """12345热线转办清单,,,,
（2022年11月26日）,,,,
,,,,
序号,*联系人（必填）,联系 电话,反映时间,诉求内容,备注
1,王芳,10012345678,11月26日 7:30,"家里没有胰岛素了,
请帮忙",急
2,,10087654321,11月26日 8:00,停水,
3,李四,123,11月26日 9:00,要药,

4,赵六,,昨天,要菜,
合计,4件,,,,
填表人：张三,,审核：李四,,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_hotline_list_is_read_below_its_titles(tmp_path, encoding):
    good, bad, sheet = rows_of(csv(tmp_path, HOTLINE, encoding))
    assert [r.values["name"] for r in good] == ["王芳"]
    assert good[0].line == 5 and good[0].values["at"] == at(2022, 11, 26, 7, 30)
    assert good[0].values["text"] == "家里没有胰岛素了,\n请帮忙"
    assert good[0].others == {"序号": "1", "备注": "急"}
    assert [(r.line, r.reason) for r in bad] == [
        (7, "*联系人（必填） is empty; fill it in"),
        (8, "联系 电话: '123' is not a phone number; write its digits"),
        (10, "反映时间: '昨天' is not a day or time such as 2022-11-26 7:30; write it as 2022-11-26 7:30"),
    ]
    assert [line for line, _ in sheet.skipped] == [11, 12]


def test_merged_titles_and_merged_rows_of_an_excel_sheet_are_understood(tmp_path):
    def fill(sheet, book):
        sheet.merge_range("B1:F1", "重点人员台账")
        sheet.merge_range("B2:B3", "楼栋")
        sheet.merge_range("C2:D2", "人员")
        sheet.write_row("C3", ["姓名", "电话"])
        sheet.merge_range("E2:E3", "诉求内容")
        sheet.merge_range("F2:F3", "反映时间")
        sheet.merge_range("B4:B6", "3栋")
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for n, name in enumerate(("王芳", "李四", "赵六")):
            sheet.write_row(3 + n, 2, [name, 10012345670 + n, "要药"])
            sheet.write_datetime(3 + n, 5, dt.datetime(2022, 11, 26, 7, 30), day)
        sheet.write_row("B7", ["4栋", "钱七", "", "停水", "11月26日 8点"])

    good, bad, sheet = rows_of(excel(tmp_path, fill))
    assert bad == [] and sheet.head.line == 3
    assert [(r.values["name"], r.others) for r in good] == [
        ("王芳", {"楼栋": "3栋"}), ("李四", {"楼栋": "3栋"}), ("赵六", {"楼栋": "3栋"}), ("钱七", {"楼栋": "4栋"}),
    ]  # fmt: skip
    assert {r.values["phone"] for r in good} == {"10012345670", "10012345671", "10012345672", None}
    assert {r.values["at"] for r in good} == {at(2022, 11, 26, 7, 30), at(2022, 11, 26, 8, 0)}


def test_every_sheet_of_a_workbook_that_has_the_heading_is_read(tmp_path):
    path = excel(tmp_path, lambda s, _: (s.write_row(0, 0, ["姓名", "内容"]), s.write_row(1, 0, [s.name, "x"]), s.write_row(2, 0, ["", "y"])), sheets=("一栋", "二栋"))
    good, bad, _ = rows_of(path)
    assert [(r.values["name"], r.sheet) for r in good] == [("一栋", "一栋"), ("二栋", "二栋")]
    assert bad[1].reason == "sheet 二栋: 姓名 is empty; fill it in"


def test_a_heading_that_only_contains_a_word_is_a_guess_and_one_remembered_is_sure(tmp_path):
    path = csv(tmp_path, "来电人姓名,来电人联系电话,办理情况,诉求\n王芳,10012345678,已办,要药\n")
    sheet = open_sheet(path, FIELDS, READING)
    assert sheet.head.match.guessed == {"name", "phone"} and [f.name for f in sheet.missing] == ["text"]
    with pytest.raises(BadTable, match="no column is known for 诉求内容 .headings found in line 1: 来电人姓名"):
        sheet.check_usable()
    told = {plain("来电人姓名"): "name", plain("诉求"): "text", plain("办理情况"): ""}
    good, _, known = rows_of(path, lambda headings: told if "诉求" in headings else None)
    assert known.head.remembered and good[0].values == {"name": "王芳", "text": "要药"}
    assert good[0].others == {"来电人联系电话": "10012345678", "办理情况": "已办"}


def test_unknown_columns_are_kept_even_without_a_heading_or_with_the_same_one(tmp_path):
    good, _, _ = rows_of(csv(tmp_path, "姓名,内容,备注,,备注\n王芳,要药,a,b,c,d\n"))
    assert good[0].others == {"备注": "a", "D": "b", "备注 (2)": "c", "F": "d"}


def test_the_heading_repeated_on_each_printed_page_is_no_row(tmp_path):
    good, bad, _ = rows_of(csv(tmp_path, "序号,姓名,内容\n1,王芳,要药\n序号,姓名,内容\n2,李四,要菜\n"))
    assert [r.values["name"] for r in good] == ["王芳", "李四"] and bad == []


def test_a_footer_word_inside_a_whole_row_is_no_footer(tmp_path):
    good, _, _ = rows_of(csv(tmp_path, "姓名,内容\n注：王芳,要药\n合计,12\n"))
    assert [r.values["name"] for r in good] == ["注：王芳"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"%PDF-1.4", b"\xd0\xcf\x11\xe0old"])
def test_a_file_that_is_no_table_is_refused_with_what_to_do(tmp_path, data):
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    with pytest.raises(BadTable):
        open_sheet(path, FIELDS, READING)


def test_a_long_file_is_read_in_pieces_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(grid_module, "CHUNK", 4096)
    lines = "".join(f'王{n},"要药\n{n}"\n' if n % 7 == 0 else f"王{n},要药{n}\n" for n in range(3000))
    path = csv(tmp_path, "姓名,内容\n" + lines)
    good, bad, sheet = rows_of(path)
    assert [r.values["name"] for r in good] == [f"王{n}" for n in range(3000)] and bad == []
    blocks = list(sheet_blocks(sheet, 1000))
    assert [(b.ordinal, len(b.rows)) for b in blocks] == [(1, 1000), (2, 1000), (3, 1000)]
    assert {b.end for b in blocks} == {path.stat().st_size}


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(st.text(st.sampled_from("王芳李 ab1"), min_size=1, max_size=6).filter(str.strip), st.text(st.sampled_from("要药,;\"'菜\t"), min_size=1, max_size=8).filter(str.strip)), max_size=20))
def test_whatever_was_written_comes_back_or_is_given_back(tmp_path_factory, rows):
    import csv as writer

    path = tmp_path_factory.mktemp("s") / "t.csv"
    with open(path, "w", encoding="gb18030", newline="") as file:
        out = writer.writer(file)
        out.writerow(["标题"])
        out.writerow(["姓名", "内容"])
        out.writerows(rows)
    good, bad, sheet = rows_of(path)
    assert len(good) + len(bad) + len(sheet.skipped) == len(rows)
    assert [(r.values["name"], r.values["text"]) for r in good] == [(a.strip(), b.strip()) for a, b in rows]
