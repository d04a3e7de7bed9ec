"""Tables that cities and labs deliver: every row comes back, or is given back with its line and the reason."""

import csv
import datetime as dt
import io
import itertools
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongxin.kit.tables import BadTable, Column, Position, Reject, read_table, write_rejects, xlsx_guard
from tongxin.kit.tables import xlsx as xlsx_module
from tongxin.kit.tables.csv_blocks import PIECE_BYTES, SMALL_BYTES
from tongxin.kit.tables.fast import fast
from tongxin.kit.tables.rows import MAX_ROW_BYTES, Layout, careful

COLUMNS = [Column("tube", ("样本管号",)), Column("person", ("姓名", "Name")), Column("note", required=False)]
NAMES = [column.name for column in COLUMNS]


def file_of(folder, data, name="t.csv"):
    path = Path(folder) / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def rows_of(blocks):
    """(line, values...) of every row, and the rejects."""
    rows, rejects = [], []
    for block in blocks:
        assert len(block.lines) == len(block.frame)
        assert block.frame.columns == NAMES and set(block.frame.dtypes) == {pl.String}
        rows += [(line, *row) for line, row in zip(block.lines.to_pylist(), block.frame.rows(), strict=True)]
        rejects += block.rejects
    return rows, rejects


def read(tmp_path, data, **options):
    return rows_of(read_table(file_of(tmp_path, data), COLUMNS, **options))


def reasons(rejects):
    return [(reject.line, reject.reason) for reject in rejects]


# --- what a good CSV file may look like -----------------------------------------------------------------------------

TEXT = st.text(st.sampled_from('ab 12,;"\t\n\r王芳管台é\u3000\U0001f600'), max_size=8)
ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=12)


def written(rows, encoding, separator, line_end, quoting):
    """The file, and the rows expected from it: (line, values stripped)."""
    text = io.StringIO()
    if line_end != "\r\n" and re.search("[\r\n]", "".join("".join(row) for row in rows)):
        quoting = csv.QUOTE_ALL  # the csv module quotes only those breaks that end its own lines
    writer = csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=quoting)
    writer.writerow(["样本管号", "姓名", "note"])
    expected = []
    for row in rows:
        lines = len(text.getvalue().encode().splitlines())
        writer.writerow(row)
        expected.append((lines + 1, *(value.strip() for value in row)))
    return text.getvalue().encode(encoding), expected


@settings(max_examples=300, deadline=None)
@given(
    ROWS,
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.integers(1, 200),
)
def test_any_rows_come_back_with_exact_line_numbers_in_any_encoding_and_block_size(
    rows, encoding, separator, line_end, quoting, block_bytes
):
    data, expected = written(rows, encoding, separator, line_end, quoting)
    with tempfile.TemporaryDirectory() as folder:
        path = file_of(folder, data)
        got, rejects = rows_of(read_table(path, COLUMNS, block_bytes=block_bytes))
    assert got == expected
    assert rejects == []


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a,b,c", "a,d,", '"x\ny",b,c', "a,b", "", '"open,b,c', 'a,"b"x,c', "b,,"]), max_size=20),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 60),
    st.sampled_from([None, "tube"]),
)
def test_resuming_behind_any_block_gives_the_same_remaining_blocks(lines, line_end, block_bytes, together):
    with tempfile.TemporaryDirectory() as folder:
        path = file_of(folder, line_end.join(["tube,person,note", *lines]))
        whole = list(read_table(path, COLUMNS, block_bytes=block_bytes, keep_together=together))
        for block in whole:
            options = {"block_bytes": block_bytes, "keep_together": together, "start": block.position}
            rest = list(read_table(path, COLUMNS, **options))
            assert [b.position for b in rest] == [b.position for b in whole[block.ordinal :]]
            assert rows_of(rest) == rows_of(whole[block.ordinal :])
        everything = rows_of(read_table(path, COLUMNS))
        assert rows_of(whole) == everything


CHUNKS = st.lists(
    st.sampled_from(
        [b"a", b" ", b",", b'"', b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xed\xa0\x80", "王".encode(), b"\xef\xbb\xbf"]
    ),
    max_size=30,
).map(b"".join)


FIELD = st.sampled_from(
    [b"a", b"", b" b ", b'"c"', b'"c"d', b'e"f"', b'"', b'""', b'"""', b'"\n"', "王".encode(), "王".encode("gb18030")]
)
LINES = st.lists(st.tuples(FIELD, FIELD, FIELD).map(b",".join), max_size=4)
DAMAGED = st.one_of(CHUNKS, LINES.map(b"\n".join), LINES.map(lambda lines: b"".join(line + b"\r\n" for line in lines)))


@settings(max_examples=600, deadline=None)
@given(DAMAGED, st.sampled_from(["utf-8", "gb18030"]))
@example(b'a,"b"c,d\n', "utf-8")
@example(b'a,b,"\n', "utf-8")
def test_the_fast_path_gives_up_or_sees_exactly_what_the_careful_path_sees(data, encoding):
    layout = Layout(encoding, ",", 3, {"tube": 0, "person": 1, "note": 2})
    slow = careful(data, len(data), 100, 7, layout)
    quick = fast(data, 100, 7, layout) if data else None
    if quick is not None:
        assert quick.table.to_pylist() == slow.table.to_pylist()
        assert (quick.end, quick.line, slow.rejects) == (slow.end, slow.line, [])


@settings(max_examples=300, deadline=None)
@given(DAMAGED, st.integers(1, 20))
def test_no_line_of_any_damaged_file_is_lost_whatever_the_block_size(data, block_bytes):
    with tempfile.TemporaryDirectory() as folder:
        path = file_of(folder, b"tube,person,note\n" + b"a,b,c,%s\n" % (b"d" * 700) + data)
        rows, rejects = rows_of(read_table(path, COLUMNS, block_bytes=block_bytes))
        assert (rows, rejects) == rows_of(read_table(path, COLUMNS))
    starts = {row[0] for row in rows} | {reject.line for reject in rejects}
    if not rows:  # then no row over several lines hides one
        filled = {n for n, line in enumerate(data.splitlines(), 3) if line} | {2}
        assert starts == filled


def test_a_plain_file_of_several_pieces_gives_every_row(tmp_path):
    count = 3 * PIECE_BYTES // 20
    data = "tube,person,note\n" + "".join(f"T{i:09d},王{i % 10},x\n" for i in range(count))
    rows, rejects = read(tmp_path, data, block_bytes=PIECE_BYTES + 12345)
    assert len(rows) == count and rejects == []
    assert rows[-1] == (count + 1, f"T{count - 1:09d}", f"王{(count - 1) % 10}", "x")
    assert [row[0] for row in rows] == list(range(2, count + 2))


def test_one_odd_row_in_a_large_file_leaves_all_others_and_their_line_numbers_right(tmp_path):
    count = 2 * PIECE_BYTES // 20
    lines = [f"T{i:09d},王{i % 10},x" for i in range(count)]
    odd = SMALL_BYTES // 10
    lines[odd] = '"T\n1",p,"two\nbreaks"'
    lines[odd + 5] = "too,few"
    lines[odd + 9] = ""
    rows, rejects = read(tmp_path, "tube,person,note\n" + "\n".join(lines))
    assert len(rows) == count - 2
    assert rows[odd] == (odd + 2, "T\n1", "p", "two\nbreaks")
    assert reasons(rejects) == [(odd + 9, "2 fields where 3 are expected")]
    assert rows[-1][0] == count + 3


def test_columns_come_in_the_order_asked_with_unknown_ones_ignored_and_absent_ones_empty(tmp_path):
    rows, _ = read(tmp_path, " ｎａｍｅ ,extra,样本管号\n 王芳 ,?,\u3000T1\n")
    assert rows == [(2, "T1", "王芳", "")]


def test_up_to_ten_title_rows_and_any_empty_lines_may_precede_the_heading(tmp_path):
    titles = "".join(f"Title {n},,\n\n" for n in range(10))
    rows, rejects = read(tmp_path, titles + "tube,person,note\nT1,a,\n")
    assert rows == [(22, "T1", "a", "")] and rejects == []
    with pytest.raises(BadTable, match="first 11 rows"):
        read(tmp_path, "one more,,\n" + titles + "tube,person,note\nT1,a,\n")


def test_a_heading_cell_may_hold_a_line_break(tmp_path):
    rows, _ = read(tmp_path, 'tube,person,"any\nthing"\nT1,a,x\n')
    assert rows == [(3, "T1", "a", "")]


def test_chinese_in_gb18030_far_behind_an_ascii_head_is_read(tmp_path):
    head = "tube,person,note\n" + "T1,a,b\n" * 300_000
    rows, rejects = read(tmp_path, head.encode() + "T2,王芳,核酸\n".encode("gb18030"))
    assert rows[-1] == (300_002, "T2", "王芳", "核酸") and rejects == []


def test_a_heading_alone_gives_no_rows_and_no_error(tmp_path):
    assert read(tmp_path, "tube,person,note") == ([], [])
    assert read(tmp_path, "tube,person,note\r\n\r\n") == ([], [])


# --- rows given back ------------------------------------------------------------------------------------------------


def test_rows_of_another_length_are_given_back_with_line_and_reason(tmp_path):
    rows, rejects = read(tmp_path, "tube;person;note\nT1;a;b\n\nT2\nT3;a;b;c,d\nT4;a;b\n")
    assert [row[0] for row in rows] == [2, 6]
    assert rejects == [
        Reject(4, "1 field where 3 are expected", "T2"),
        Reject(5, "4 fields where 3 are expected", 'T3,a,b,"c,d"'),
    ]


@pytest.mark.parametrize(("encoding", "bad"), [("utf-8", b"\xff\xfe"), ("gb18030", b"\xff\xff")])
def test_single_lines_that_cannot_be_decoded_are_given_back_and_the_rest_goes_in(tmp_path, encoding, bad):
    good = "T1,王芳,核酸\n".encode(encoding)
    data = "样本管号,姓名,note\n".encode(encoding) + good * 3 + b"T2," + bad + b",x\n" + good
    rows, rejects = read(tmp_path, data)
    assert [row[0] for row in rows] == [2, 3, 4, 6]
    assert reasons(rejects) == [(5, f"not readable as {encoding.upper()}")]
    assert rejects[0].raw.startswith("T2,\\xff")


def test_an_undecodable_column_that_nobody_asked_for_still_rejects_the_row(tmp_path):
    rows, rejects = read(tmp_path, "tube,person,其他\nT1,a,好\n".encode() + b"T2,a,\xff\n")
    assert len(rows) == 1 and reasons(rejects) == [(3, "not readable as UTF-8")]


def test_a_quotation_mark_never_closed_costs_its_own_line_only(tmp_path):
    after = "".join(f"T{n},a,b\n" for n in range(5_000))
    rows, rejects = read(tmp_path, 'tube,person,note\nT,"a,b\n' + after)
    assert len(rows) == 5_000 and rows[0][0] == 3
    assert rejects == [Reject(2, "quotation mark that is not closed properly", 'T,"""a",b')]


def test_a_quotation_mark_closed_only_by_the_next_quoted_field_swallows_nothing(tmp_path):
    rows, rejects = read(tmp_path, 'tube,person,note\nT1,a,"b\nT2,a,b\nT3,"a",b\nT4,a,b\n')
    assert [row[0] for row in rows] == [3, 4, 5] and [reject.line for reject in rejects] == [2]


def test_a_stray_quotation_mark_within_a_field_is_text(tmp_path):
    assert read(tmp_path, 'tube,person,note\nT1,5" pipe,b\n')[0] == [(2, "T1", '5" pipe', "b")]


def test_a_nul_character_rejects_its_row(tmp_path):
    rows, rejects = read(tmp_path, "tube,person,note\nT1,a\0,b\nT2,a,b\n")
    assert len(rows) == 1 and reasons(rejects) == [(2, "NUL character in the row")]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_a_line_without_end_is_given_back_in_part_and_reading_goes_on_behind_it(tmp_path, line_end):
    lines = [b"tube,person,note", b"T1,a,b", b"x" * (3 * MAX_ROW_BYTES + 7), b"T2,a,b", b"y" * MAX_ROW_BYTES * 2]
    for block_bytes in (10, 1000, 10_000_000):
        rows, rejects = read(tmp_path, line_end.join(lines), block_bytes=block_bytes)
        assert [row[0] for row in rows] == [2, 4]
        assert [reject.line for reject in rejects] == [3, 5]
        assert rejects[0].raw == "x" * 1000


def test_corrected_rejects_load_straight_and_uncorrected_surplus_fields_are_refused_again(tmp_path):
    path = file_of(tmp_path, "other,person,tube,note\no1,王\no2,芳,T2,x,surplus\no3,李,T3,x\n".encode("gb18030"))
    (block,) = read_table(path, COLUMNS)
    back = tmp_path / "rejects.csv"
    rejects = [*block.rejects, block.reject(0, "no such tube")]
    assert write_rejects(back, block.headings, rejects) == 3
    text = back.read_bytes().decode("utf-8-sig")
    assert text.splitlines() == [
        "other,person,tube,note,_line,_reason",
        "o1,王,,,2,2 fields where 4 are expected",
        "o2,芳,T2,x,3,5 fields where 4 are expected,surplus",
        ",李,T3,x,4,no such tube",
    ]
    assert reasons(rows_of(read_table(back, COLUMNS))[1]) == [(3, "7 fields where 6 are expected")]
    corrected = text.replace("o1,王,,", "o1,王,T1,").replace(",surplus", "")
    rows, again = rows_of(read_table(file_of(tmp_path, corrected.encode("utf-8-sig")), COLUMNS))
    assert [row[1:] for row in rows] == [("T1", "王", ""), ("T2", "芳", "x"), ("T3", "李", "x")] and again == []


def test_a_reject_file_rejected_again_has_its_line_and_reason_once(tmp_path):
    path = file_of(tmp_path, "tube,person,_line,_reason\nT1,a\n")
    (block,) = read_table(path, COLUMNS)
    write_rejects(tmp_path / "again.csv", block.headings, block.rejects)
    head = (tmp_path / "again.csv").read_text("utf-8-sig").splitlines()[0]
    assert head == "tube,person,_line,_reason"


# --- blocks -----------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 12)), max_size=15), st.integers(1, 60))
def test_rows_of_one_tube_are_never_split_between_blocks_unless_they_fill_one(runs, block_bytes):
    lines = [f"{tube},p{n}," for tube, size in runs for n in range(size)]
    with tempfile.TemporaryDirectory() as folder:
        path = file_of(folder, "\n".join(["tube,person,note", *lines]))
        blocks = list(read_table(path, COLUMNS, block_bytes=block_bytes, keep_together="tube"))
    for before, after in itertools.pairwise(blocks):
        if before.frame["tube"][-1] == after.frame["tube"][0]:
            assert before.frame["tube"].n_unique() == 1
    assert sum(len(block.frame) for block in blocks) == len(lines)


def test_rejects_among_rows_carried_over_are_reported_once(tmp_path):
    data = "tube,person,note\nA,1,\nB,2,\nbad\nB,3,\nB,4,\nC,5,\n"
    blocks = list(read_table(file_of(tmp_path, data), COLUMNS, block_bytes=24, keep_together="tube"))
    assert [block.frame["tube"].to_list() for block in blocks] == [["A"], ["B", "B", "B", "C"]]
    assert [reject.line for block in blocks for reject in block.rejects] == [4]


def test_a_changed_file_is_not_resumed(tmp_path):
    path = file_of(tmp_path, "tube,person,note\nT1,a,b\nT2,a,b\n")
    first = next(iter(read_table(path, COLUMNS, block_bytes=1)))
    assert isinstance(first.position, Position) and first.ordinal == 1 and first.end == 24
    file_of(tmp_path, "tube,person,note\nT9,a,b\nT2,a,b\n")
    with pytest.raises(BadTable, match=r"t\.csv has changed since"):
        list(read_table(path, COLUMNS, start=first.position))
    file_of(tmp_path, "tube,person,note\n")
    with pytest.raises(BadTable, match="has changed since"):
        list(read_table(path, COLUMNS, start=first.position))


def test_a_grown_file_is_resumed_with_what_came_new(tmp_path):
    path = file_of(tmp_path, "tube,person,note\nT1,a,b\n")
    (block,) = read_table(path, COLUMNS)
    file_of(tmp_path, "tube,person,note\nT1,a,b\nT2,a,b\n")
    assert rows_of(read_table(path, COLUMNS, start=block.position))[0] == [(3, "T2", "a", "b")]


def test_a_file_ten_times_as_large_needs_no_more_memory(tmp_path):
    program = (
        "import resource, sys; from tongxin.kit.tables import Column, read_table\n"
        "columns = [Column('tube'), Column('person')]\n"
        "n = sum(len(block.frame) for block in read_table(sys.argv[1], columns, block_bytes=4_000_000))\n"
        "print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak(repeat):
        path = tmp_path / "big.csv"
        with path.open("wb") as file:
            file.write(b"tube,person\n")
            for _ in range(repeat):
                file.write(b"T123,%s\n" % (b"p" * 1000) * 4_000)
            file.write(b'T,"never closed\n')
            file.truncate(file.tell() + repeat * 1_000_000)  # a hole: NULs without a line end
        done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
        rows, kilobytes = map(int, done.stdout.split())
        assert rows == repeat * 4_000
        return kilobytes

    assert peak(40) < peak(4) + 40_000


# --- files that cannot be used ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\n", "is empty"),
        ("tube,person\nT1,王\n".encode("utf-16"), "UTF-16; save it as UTF-8 CSV"),
        ("tube,person\nT1,a\n".encode("utf-16-le"), "UTF-16"),
        (b"%PDF-1.7 whatever", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old or password-protected Excel"),
        (b"\x89PNG\r\n\x1a\n\x00\x01\x02\x03\x04\x05\x06\x07\x08", "not a text"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"<html><table><tr><td>tube</td></tr></table></html>", "web page"),
        (b"PK\x03\x04 and no archive", "is damaged"),
    ],
)
def test_an_empty_file_or_one_of_another_kind_is_refused_with_the_remedy(tmp_path, data, message):
    with pytest.raises(BadTable, match=r"^t\.csv.*" + re.escape(message)):
        read(tmp_path, data)


def test_missing_columns_are_listed_with_the_headings_found(tmp_path):
    with pytest.raises(BadTable, match=r"missing \(姓名; headings found: tube, when, where\)"):
        read(tmp_path, "A title\ntube,when,where\nT1,2,3\n")


def test_a_wanted_heading_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(BadTable, match="heading tube stands there more than once"):
        read(tmp_path, "tube,tube,person\n1,2,3\n")


# --- XLSX -------------------------------------------------------------------------------------------------------------


def workbook(path, fill, **options):
    book = xlsxwriter.Workbook(str(path), options)
    fill(book)
    book.close()
    return path


def one_sheet(tmp_path, rows, name="t.csv"):
    """A workbook of these rows, misnamed: its content tells."""

    def fill(book):
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                sheet.write(number, place, value)

    return workbook(tmp_path / name, fill)


def test_cells_are_the_text_that_a_person_sees(tmp_path):
    def fill(book):
        day, clock, moment = (
            book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "hh:mm:ss", "yyyy-mm-dd hh:mm:ss")
        )
        book.add_worksheet("read me").write(0, 0, "nothing here")
        sheet = book.add_worksheet("data")
        sheet.merge_range(1, 0, 1, 2, "Round 3")
        sheet.write_row(3, 1, ["样本管号", "姓名", "note"])
        values = [
            (" T1 ", None, 12.0, None),
            ("510102199001011234", None, 36.6, None),
            ("0012", None, dt.datetime(2022, 11, 3, 8, 5, 6), moment),
            ("T", None, dt.date(2022, 11, 3), day),
            ("T", None, dt.time(8, 5, 6), clock),
            ("2022/11/3 8:05", None, True, None),
            (123456789012345, None, "a\nb", None),
        ]
        for number, (tube, _, value, form) in enumerate(values, 5):
            sheet.write(number, 1, tube)
            sheet.write(number, 2, "p")
            sheet.write(number, 3, value, form)

    path = workbook(tmp_path / "wrongly.csv", fill, strings_to_numbers=False)
    rows, rejects = rows_of(read_table(path, COLUMNS))
    assert rejects == []
    assert rows == [
        (6, "T1", "p", "12"),
        (7, "510102199001011234", "p", "36.6"),
        (8, "0012", "p", "2022-11-03 08:05:06"),
        (9, "T", "p", "2022-11-03"),
        (10, "T", "p", "08:05:06"),
        (11, "2022/11/3 8:05", "p", "TRUE"),
        (12, "123456789012345", "p", "a\nb"),
    ]


def test_a_formula_error_or_a_number_too_long_rejects_its_row_only_in_a_column_asked_for(tmp_path):
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["tube", "person", "other"])
        sheet.write_row(1, 0, ["T1", "a"])
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_row(2, 0, ["T2"])
        sheet.write_formula(2, 1, "=NA()", None, "#N/A")
        sheet.write_row(3, 0, [510102199001011234, "b"])

    rows, rejects = rows_of(read_table(workbook(tmp_path / "t.xlsx", fill), COLUMNS))
    assert rows == [(2, "T1", "a", "")]
    assert rejects[0] == Reject(3, "formula error in person", "T2,#ERROR!,")
    assert rejects[1].line == 4 and "more than 15 digits in tube" in rejects[1].reason


def test_xlsx_blocks_keep_tubes_together_and_can_be_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx_module, "BLOCK_ROWS", 4)
    table = [["tube", "person"]] + [[f"T{n // 3}", f"p{n}"] for n in range(20)]
    table.insert(5, [])
    path = one_sheet(tmp_path, table)
    whole = list(read_table(path, COLUMNS, keep_together="tube"))
    assert [len(block.frame) for block in whole] == [3, 3, 3, 3, 3, 3, 2]
    assert whole[1].lines.to_pylist() == [5, 7, 8]
    for block in whole:
        rest = list(read_table(path, COLUMNS, keep_together="tube", start=block.position))
        assert [b.position for b in rest] == [b.position for b in whole[block.ordinal :]]
        assert rows_of(rest) == rows_of(whole[block.ordinal :])
    one_sheet(tmp_path, table[:-1])
    with pytest.raises(BadTable, match="has changed since"):
        list(read_table(path, COLUMNS, start=whole[0].position))


def test_an_xlsx_heading_alone_gives_no_rows_and_a_missing_one_is_refused(tmp_path):
    assert rows_of(read_table(one_sheet(tmp_path, [["tube", "person"]]), COLUMNS)) == ([], [])
    with pytest.raises(BadTable, match=r"missing \(姓名; headings found: tube, when\)"):
        list(read_table(one_sheet(tmp_path, [["tube", "when"], [1, 2]]), COLUMNS))


def zipped(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def test_a_zip_that_is_no_workbook_or_has_too_many_parts_is_refused(tmp_path):
    with pytest.raises(BadTable, match=r"not an \.xlsx workbook"):
        list(read_table(zipped(tmp_path / "t.xlsx", [("tubes.csv", "tube,person")]), COLUMNS))
    parts = [("xl/workbook.xml", "<x/>"), *((f"p{n}", "") for n in range(1000))]
    with pytest.raises(BadTable, match="1,001 parts"):
        list(read_table(zipped(tmp_path / "t.xlsx", parts), COLUMNS))


def test_a_zip_bomb_is_refused_even_if_its_headers_understate_it(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx_guard, "MAX_BYTES", 5_000_000)
    path = one_sheet(tmp_path, [["tube", "person"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(6_000_000))
    with pytest.raises(BadTable, match="unpacks to more than 5 MB"):
        list(read_table(path, COLUMNS))
    lying = path.read_bytes().replace((6_000_000).to_bytes(4, "little"), (60).to_bytes(4, "little"))
    path.write_bytes(lying)
    with pytest.raises(BadTable, match="unpacks to more than 5 MB"):
        list(read_table(path, COLUMNS))


def test_a_stray_cell_in_the_last_corner_is_refused_before_it_exhausts_memory(tmp_path):
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["tube", "person"])
        sheet.write(1_048_575, 16_383, "stray")

    with pytest.raises(BadTable, match="stray cell"):
        list(read_table(workbook(tmp_path / "t.xlsx", fill), COLUMNS))


@pytest.mark.parametrize("cut", [30, 2000, -30])
def test_a_damaged_workbook_is_refused(tmp_path, cut):
    path = one_sheet(tmp_path, [["tube", "person"], ["T1", "a"]])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BadTable, match="is damaged"):
        list(read_table(path, COLUMNS))


def test_a_workbook_with_one_flipped_byte_is_refused_or_read_but_never_crashes(tmp_path):
    path = one_sheet(tmp_path, [["tube", "person"], ["T1", "a"]])
    good = path.read_bytes()
    for at in range(4, len(good), 41):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :])
        try:
            list(read_table(path, COLUMNS))
        except BadTable as refused:
            assert str(refused).startswith("t.csv")
