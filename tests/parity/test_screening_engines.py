"""The same rule in Python, in SQL and column by column gives the same answer on generated data."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.parity import small
from tests.parity.small import BAD_ID, CODES, COMMUNITY, GOOD_ID, OTHER, ZONE

pytest_plugins = ["tests.parity.fixtures"]
_numbers = itertools.count(1)
QUICK = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)  # fmt: skip


def quick(examples: int) -> settings:
    return settings(QUICK, max_examples=examples)


# -- flags ----------------------------------------------------------------------------------------------

moments = st.none() | st.integers(0, 3).map(lambda h: small.at(8 + h))


@st.composite
def facts(draw: st.DrawFn) -> Any:
    from tongxin.screening.rules import TubeFacts

    return TubeFacts(
        draw(st.integers(0, 4)), draw(st.integers(1, 3)), draw(st.integers(0, 2)), draw(st.integers(0, 2)),
        draw(st.booleans()), draw(st.booleans()), draw(moments), draw(moments),
    )  # fmt: skip


@quick(20)
@given(cases=st.lists(facts(), min_size=20, max_size=60))
def test_the_flags_of_a_tube_are_the_same_in_sql(town: Any, cases: list[Any]) -> None:
    from tongxin.kit import db
    from tongxin.screening import rules

    as_rows = [json.dumps(case.__dict__, default=str) for case in cases]
    query = "SELECT screening_flags(jsonb_populate_record(NULL::screening_tube, r)) FROM unnest(%s::jsonb[]) AS r"
    assert [found for (found,) in db.rows(query, [as_rows])] == [rules.flags(case) for case in cases]


# -- reading column by column ---------------------------------------------------------------------------

digits = st.text("0123456789", min_size=17, max_size=17)


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    from tongxin.screening.rules import check_digit

    first = draw(digits)
    right = first + check_digit(first)
    near = draw(st.text("0123456789Xx一 ", max_size=3))
    return draw(st.sampled_from([right, right[:-1] + "0", right[:-1] + "x", right[:-1] + near, near + right[3:], "", right[1:]]))


@quick(60)
@given(numbers=st.lists(id_numbers() | st.text(min_size=16, max_size=19), max_size=40))
def test_identity_numbers_are_judged_the_same_column_by_column(numbers: list[str]) -> None:
    from tongxin.screening import rules
    from tongxin.screening.operations import vectors

    found = vectors.good_ids(pl.Series(numbers, dtype=pl.String))
    assert found.tolist() == [rules.good_id(n) for n in numbers]


def two(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).flatmap(lambda n: st.sampled_from([f"{n:02d}", f"{n:02d}", f"{n:02d}", str(n), f" {n}", f"+{n}"]))


times = st.one_of(
    st.datetimes(dt.datetime(1985, 1, 1), dt.datetime(2101, 1, 1)).map(lambda t: str(t.replace(microsecond=0))),
    st.datetimes(dt.datetime(2022, 11, 25), dt.datetime(2022, 11, 26)).map(str),
    st.datetimes(dt.datetime(2022, 11, 25), dt.datetime(2022, 11, 26)).map(dt.datetime.isoformat),
    st.builds(
        "{}-{}-{}{}{}:{}:{}{}".format,
        st.sampled_from(["2022", "2022", "2022", "22", "02022", "+2022", "-2022", "２０２２"]), two(0, 13), two(0, 32),
        st.sampled_from([" ", "T", "t", "  ", "", " T", "TT"]), two(0, 25), two(0, 61), two(0, 61),
        st.sampled_from(["", "", "", "Z", ".5", "+08:00", " ", "\t", ",000", "x"]),
    ),
    st.sampled_from(["", "2022-11-25", "20221125T083000", "2022-W47-5", "2022/11/25 08:30:00", "2022-11-25 08:30", "now"]),
)  # fmt: skip


@quick(150)
@given(values=st.lists(times, min_size=1, max_size=40))
def test_a_time_that_is_read_column_by_column_is_the_one_that_is_read_by_itself(values: list[str]) -> None:
    from tongxin.screening import rules
    from tongxin.screening.operations import vectors

    found = vectors.times(pl.Series(values, dtype=pl.String), "Asia/Shanghai").to_list()
    for value, microseconds in zip(values, found, strict=True):
        if microseconds is not None:
            assert int(rules.read_time(value, "the time", ZONE).timestamp() * 1e6) == microseconds, value
    plain = ["2022-11-25 08:30:00", "2022-11-25T23:59:59", "2000-01-01 00:00:00", "2099-12-31 23:59:59"]
    assert None not in vectors.times(pl.Series(plain), "Asia/Shanghai").to_list()


codes = st.sampled_from(["A1", "管7", "x" * 64, "x" * 65, "管" * 22, "", "a b", "a\u3000b", "a\u00a0b", "a\x7fb", 'a"b', "a,b"])


@st.composite
def scan_rows(draw: st.DrawFn) -> dict[str, str]:
    choose = lambda *values: draw(st.sampled_from(values))  # noqa: E731
    return {
        "scan_id": draw(codes), "round": choose("R1", "R1", "R1", "R9", ""),
        "purpose": choose("screening", "screening", "retest", "Screening"), "tube_barcode": draw(codes),
        "tube_kind": choose("pool", "single", "household", "bucket"), "capacity": choose("10", "1", "50", "0", "51", "x", "１"),
        "site": choose("S1", "S2", "", "a b"), "station": choose("1", "2", ""), "person_no": draw(codes),
        "id_number": draw(id_numbers()), "scanned_at": draw(times),
    }  # fmt: skip


@quick(60)
@given(rows=st.lists(scan_rows(), min_size=1, max_size=25))
def test_a_scan_that_is_read_column_by_column_is_the_one_that_is_read_by_itself(town: Any, rows: list[dict[str, str]]) -> None:
    from tongxin.screening.operations import scans, vectors

    found = vectors.read(pl.DataFrame(rows), "Asia/Shanghai")
    for i in range(len(rows)):
        if found.plain[i]:
            scan = scans.read(rows[i], ZONE)  # Unreadable: columns accept what a row would not
            told = (found.headers[found.header[i]], bool(found.bad_id[i]), int(found.at[i]))
            assert told == (scan.header, scan.bad_id, int(scan.scanned_at.timestamp() * 1e6)), rows[i]


@st.composite
def report_rows(draw: st.DrawFn) -> dict[str, str]:
    ct = st.sampled_from(["", "", "", "30", "-", "x"])
    lab = st.sampled_from(["检验所1", "", "a\tb", "x" * 201, "检" * 100])
    word = st.sampled_from(["阴性", "阴性", "negative", "阳性", "无效", "Negative", ""])
    return {
        "report_no": draw(codes), "lab": draw(lab), "barcode": draw(codes), "result": draw(word), "ct_orf1ab": draw(ct),
        "ct_n": draw(ct), "tested_at": draw(times), "reported_at": draw(times),
    }  # fmt: skip


@quick(60)
@given(rows=st.lists(report_rows(), min_size=1, max_size=12))
def test_a_report_that_is_read_column_by_column_is_the_one_that_is_read_by_itself(rows: list[dict[str, str]]) -> None:
    from tongxin.screening.operations import bulk_reports, reports

    frame = bulk_reports._plain(pl.DataFrame(rows).with_row_index("row"))
    for found in frame.iter_rows(named=True):
        one = reports.read(rows[found["row"]], ZONE)
        assert (one.result, one.ct_orf1ab, one.ct_n, one.tested_at is None) == (1, None, None, False)
        assert (one.report_no, one.barcode, one.lab) == (found["report_no"], found["barcode"], found["lab"])
        assert int(one.reported_at.timestamp() * 1e6) == found["at"]
        assert one.tested_at and int(one.tested_at.timestamp() * 1e6) == found["tested"]


# -- which result holds ---------------------------------------------------------------------------------

said = st.lists(st.tuples(st.sampled_from(["阴性", "阳性", "可疑", "无效"]), st.integers(0, 3)), min_size=1, max_size=6)


@quick(40)
@given(reports=said, cuts=st.sets(st.integers(1, 5)), scanned=st.integers(0, 6))
def test_the_result_that_holds_is_the_same_in_sql_in_any_order_and_chunks(
    town: Any, reports: list[tuple[str, int]], cuts: set[int], scanned: int
) -> None:
    from tongxin.screening import rules
    from tongxin.screening.models import Tube
    from tongxin.screening.operations import reports as operations

    barcode = f"H{next(_numbers)}"
    every = [
        operations.read(small.report_row(barcode, word, small.at(9 + hour)), ZONE) for word, hour in reports
    ]  # fmt: skip
    starts = [0, *sorted(c for c in cuts if c < len(every)), len(every)]
    for n, (start, stop) in enumerate(itertools.pairwise(starts)):
        if n == scanned:
            small.scan(barcode, "P1", when=small.at(10))
        operations.record(every[start:stop])
    tube = Tube.objects.get(barcode=barcode)
    best = rules.holding((r.result, r.reported_at) for r in every)
    assert tube.result == best and tube.reports == len(every)
    assert tube.first_report_at == min(r.reported_at for r in every)
    assert tube.result_at in {r.reported_at for r in every if r.result == best}
    if best == rules.INVALID:
        assert tube.result_at == max(r.reported_at for r in every)


# -- a file and single scans ----------------------------------------------------------------------------

PEOPLE = ["P1", "P2", "A1", "A2", "A3", "A4", "A,5", 'A"6', "X1", "X2"]


@st.composite
def scanned_rows(draw: st.DrawFn) -> list[dict[str, str]]:
    """Scans into a few tubes: mostly in the order of a table, with everything that goes wrong at one."""
    rows = []
    for n in range(draw(st.integers(1, 7))):
        retest = draw(st.integers(0, 5)) == 0
        head = {
            "round": draw(st.sampled_from(["R1", "R1", "R1", "R2"])), "tube_kind": "pool", "capacity": draw(st.sampled_from("235")),
            "site": f"S{draw(st.sampled_from([*CODES.values(), 'x']))}", "station": draw(st.sampled_from("12")),
        }  # fmt: skip
        if retest:
            head |= {"purpose": "retest", "round": "", "tube_kind": "single", "capacity": "1"}
        for person in draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=1 if retest else 5)):
            number = draw(st.sampled_from([GOOD_ID, GOOD_ID, GOOD_ID, BAD_ID, ""]))
            when = draw(st.sampled_from(["2022-11-25 08:00:00", "2022-11-25T09:30:00+08:00", "2022-11-26 23:00:00"]))
            rows.append(small.row(f"B{n}", person, when, id_number=number, **head))
    if rows and draw(st.booleans()):  # two headings for one tube, or the rows of a tube apart
        row = {**draw(st.sampled_from(rows)), "person_no": draw(st.sampled_from(PEOPLE))}
        kind = "single" if row["purpose"] == "retest" else "household"
        rows.append({**row, **draw(st.sampled_from([{}, {"capacity": "9"}, {"tube_kind": kind}, {"id_number": BAD_ID}]))})
    return draw(st.permutations(rows)) if draw(st.booleans()) else rows


def written() -> tuple[list[Any], ...]:
    """What the database holds of tubes, members, flags' tasks and unknown people, without numbers given by arrival. An
    unknown person stands at whichever of the sites came first."""
    from tongxin.kit import db

    members = db.rows(
        "SELECT t.barcode, p.person_no, CASE WHEN NOT p.provisional THEN m.place_id END, m.day, m.round_id, m.marks, p.provisional FROM screening_tube_member m"
        "  JOIN screening_tube t ON t.id = m.tube_id AND t.day = m.day JOIN people_person p ON p.id = m.person_id ORDER BY 1, 2"
    )
    tubes = db.rows(
        "SELECT barcode, place_id, day, round_id, purpose, kind, capacity, members, provisional, bad_ids, in_two,"
        " header_conflict, first_scan_at, last_scan_at, screening_flags(t) FROM screening_tube t ORDER BY 1"
    )
    firsts = db.rows(
        "SELECT p.person_no, m.round_id FROM screening_tube_member m JOIN people_person p ON p.id = m.person_id"
        " WHERE m.nth = 0 ORDER BY 1, 2"
    )
    exported = sorted(tuple(r.values()) for r in small.export("tubes"))
    return members, tubes, firsts, exported, small.open_work()


def through_a_file(path: Path, rows: Sequence[dict[str, str]], block_bytes: int) -> tuple[int, int]:
    from tongxin.screening.loaders import ScanLoader

    loader, accepted, repeated = ScanLoader(), 0, 0
    for block in small.blocks(path, rows, block_bytes):
        outcome = loader.write(loader.prepare(block))
        assert outcome.rejects == []
        accepted, repeated = accepted + outcome.accepted, repeated + outcome.repeated
    return accepted, repeated


@pytest.fixture
def countryside(town: Any) -> None:
    small.announce("R2", small.DAY + dt.timedelta(days=1))
    small.register("A1", "A2", "A,5")
    small.register("A3", "A4", 'A"6', community=OTHER)
    assert COMMUNITY != OTHER


@quick(45)
@given(rows=scanned_rows(), block_bytes=st.sampled_from([300, 1200, 100_000]))
def test_a_file_and_single_scans_in_its_order_leave_the_same_behind(
    countryside: None, tmp_path: Path, rows: list[dict[str, str]], block_bytes: int
) -> None:
    from django.db import transaction

    from tongxin.kit import db
    from tongxin.screening.operations import headers, scans

    class Undo(Exception):
        pass

    left, counts = [], []
    for way in ("file", "one by one", "at once"):
        headers._known.clear()
        try:
            with transaction.atomic(using=db.JOBS):
                if way == "file":
                    counts.append(through_a_file(tmp_path / "scans.csv", rows, block_bytes))
                elif way == "one by one":
                    answers = [scans.record([scans.read(row, ZONE)]) for row in rows]
                    counts.append((sum(a.accepted for a in answers), sum(a.repeated for a in answers)))
                else:
                    counts.append(tuple(scans.record([scans.read(row, ZONE) for row in rows])))
                left.append(written())
                raise Undo
        except Undo:
            headers._known.clear()
    assert counts[0] == counts[1] == counts[2]
    for n, what in enumerate(("members", "tubes", "firsts", "export", "work")):
        assert left[2][n] == left[1][n], f"{what} at once"
        assert left[0][n] == left[1][n], f"{what} of the file"
