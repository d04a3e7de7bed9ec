"""What a scan and a report must be, which result holds, what a tube is flagged for: in tables."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.screening import rules
from tongxin.screening.rules import INCONCLUSIVE, INVALID, NEGATIVE, PENDING, POSITIVE, TubeFacts, Unreadable

ZONE = ZoneInfo("Asia/Shanghai")
T0 = dt.datetime(2022, 11, 25, 8, 0, tzinfo=ZONE)
HOUR = dt.timedelta(hours=1)

# reports as (result, hours after the first) → what holds
HOLDS: list[tuple[str, list[tuple[int, int]], int | None]] = [
    ("no report", [], PENDING),
    ("one report", [(NEGATIVE, 0)], NEGATIVE),
    ("invalid holds only when there is no other", [(INVALID, 0)], INVALID),
    ("invalid says nothing beside another", [(INVALID, 9), (NEGATIVE, 0)], NEGATIVE),
    ("invalid later than a positive takes nothing back", [(POSITIVE, 0), (INVALID, 2)], POSITIVE),
    ("two invalid", [(INVALID, 0), (INVALID, 1)], INVALID),
    ("the latest holds: corrected", [(POSITIVE, 0), (NEGATIVE, 2)], NEGATIVE),
    ("the latest holds: turned positive", [(NEGATIVE, 0), (POSITIVE, 3)], POSITIVE),
    ("a correction that is itself corrected", [(POSITIVE, 0), (NEGATIVE, 1), (POSITIVE, 2)], POSITIVE),
    ("at equal times positive before negative", [(POSITIVE, 1), (NEGATIVE, 1)], POSITIVE),
    ("at equal times inconclusive before negative", [(INCONCLUSIVE, 1), (NEGATIVE, 1)], INCONCLUSIVE),
    ("at equal times positive before inconclusive", [(INCONCLUSIVE, 1), (POSITIVE, 1)], POSITIVE),
    ("an earlier worse result does not hold", [(POSITIVE, 0), (INCONCLUSIVE, 1)], INCONCLUSIVE),
]


@pytest.mark.parametrize(("reports", "expected"), [h[1:] for h in HOLDS], ids=[h[0] for h in HOLDS])
def test_the_result_that_holds(reports: list[tuple[int, int]], expected: int | None) -> None:
    for order in itertools.permutations(reports):
        assert rules.holding((result, T0 + hours * HOUR) for result, hours in order) == expected


some = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5).map(lambda h: T0 + h * HOUR)), max_size=8)


@given(some, st.data())
def test_neither_order_nor_repetition_changes_what_holds(reports: list[Any], data: st.DataObject) -> None:
    again = data.draw(st.permutations(reports + data.draw(st.lists(st.sampled_from(reports)) if reports else st.just([]))))
    assert rules.holding(again) == rules.holding(reports)


@given(some)
def test_what_holds_is_the_latest_that_says_something(reports: list[Any]) -> None:
    holds = rules.holding(reports)
    telling = [r for r in reports if r[0] != INVALID]
    if not telling:
        assert holds == (INVALID if reports else PENDING)
    else:
        latest = max(at for _, at in telling)
        assert holds == max(result for result, at in telling if at == latest)


@pytest.mark.parametrize(
    ("result", "found", "tested"),
    [(PENDING, False, False), (INVALID, False, False), (NEGATIVE, False, True), (INCONCLUSIVE, True, True), (POSITIVE, True, True)],
)  # fmt: skip
def test_which_results_open_a_chase_and_which_count_as_tested(result: int | None, found: bool, tested: bool) -> None:
    assert (rules.is_found(result), rules.says_tested(result)) == (found, tested)


FLAGGED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("a plain tube", {}, []),
    ("as many as it holds", {"members": 10}, []),
    ("one more than it holds", {"members": 11}, ["over_capacity"]),
    ("somebody the register does not know", {"provisional": 1}, ["unknown_person"]),
    ("a wrong or empty identity number", {"bad_ids": 1}, ["bad_id_number"]),
    ("a member of another tube of the round", {"in_two": True}, ["person_in_two_tubes"]),
    ("scans that disagree about the tube", {"header_conflict": True}, ["header_conflict"]),
    ("scanned and not reported", {"last_scan_at": T0}, []),
    ("reported and not scanned", {"first_report_at": T0}, []),
    ("reported after the last scan", {"last_scan_at": T0, "first_report_at": T0 + HOUR}, []),
    ("reported at the moment of the last scan", {"last_scan_at": T0, "first_report_at": T0}, []),
    ("scanned after the first report", {"last_scan_at": T0 + HOUR, "first_report_at": T0}, ["clock_suspect"]),
    (
        "everything at once",
        {"members": 11, "provisional": 2, "bad_ids": 1, "in_two": True, "header_conflict": True,
         "last_scan_at": T0 + HOUR, "first_report_at": T0},
        list(rules.FLAGS),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "expected"), [f[1:] for f in FLAGGED], ids=[f[0] for f in FLAGGED])
def test_what_a_tube_is_flagged_for(facts: dict[str, Any], expected: list[str]) -> None:
    assert rules.flags(TubeFacts(**{"members": 5, "capacity": 10, **facts})) == expected


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("990101198001010014", True), ("990101198001010015", False), ("11010519491231002X", True),
        ("11010519491231002x", False), ("440524188001010014", True), ("", False), ("99010119800101001", False),
        ("9901011980010100140", False), (" 90101198001010014", False), ("９90101198001010014", False),
        ("99010119800101001４", False), ("99010119800101001 ", False), ("X90101198001010014", False),
    ],
)  # fmt: skip
def test_an_identity_number_is_good_if_it_has_18_characters_and_the_right_check_digit(number: str, good: bool) -> None:
    assert rules.good_id(number) is good


@given(st.text("0123456789", min_size=17, max_size=17))
def test_of_all_last_characters_exactly_one_is_right(first: str) -> None:
    assert [rules.good_id(first + last) for last in "0123456789X"].count(True) == 1
    assert rules.good_id(first + rules.check_digit(first))


def time(value: str) -> dt.datetime:
    return rules.read_time(value, "the time", ZONE)


READ: list[tuple[Callable[[str], Any], str, Any]] = [
    (time, "2022-11-25 08:00:00", T0), (time, "2022-11-25T08:00:00", T0), (time, "2022-11-25T00:00:00Z", T0),
    (time, "2022-11-25 08:00", T0), (time, "2022-11-24T19:00:00-05:00", T0),
    (rules.read_capacity, "1", 1), (rules.read_capacity, "50", 50), (rules.read_capacity, "020", 20),
    (lambda v: rules.read_ct(v, "Ct"), "", None), (lambda v: rules.read_ct(v, "Ct"), "-", None),
    (lambda v: rules.read_ct(v, "Ct"), "28.5", 28.5), (lambda v: rules.read_ct(v, "Ct"), "0", 0.0),
    (lambda v: rules.read_code(v, "the code"), "x" * 64, "x" * 64), (lambda v: rules.read_code(v, "the code"), "管-7", "管-7"),
    (lambda v: rules.read_word(v, rules.RESULT_WORDS, "the result"), "阳性", POSITIVE),
    (lambda v: rules.read_word(v, rules.RESULT_WORDS, "the result"), "inconclusive", INCONCLUSIVE),
]  # fmt: skip


@pytest.mark.parametrize(("read", "text", "value"), READ, ids=[repr(r[1])[:30] for r in READ])
def test_what_is_read(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


REFUSED: list[tuple[Callable[[str], Any], str, str]] = [
    *((time, text, "is not a date and time such as") for text in ("", "today", "2022-02-30 08:00:00", "2022-11-25 24:30:00", "25/11/2022")),
    *((time, text, "outside the years 2000 to 2099") for text in ("1999-12-31 23:59:59", "2100-01-01 00:00:00", "0001-01-01")),
    *((rules.read_capacity, text, "is not a number from 1 to 50") for text in ("", "0", "51", "-1", "1.0", "十", "１", "9" * 5000)),
    *((lambda v: rules.read_ct(v, "the Ct"), text, "is not a number of cycles") for text in ("high", "1,5")),
    *((lambda v: rules.read_ct(v, "the Ct"), text, "is not between 0 and 60 cycles") for text in ("61", "-1", "nan", "inf")),
    (lambda v: rules.read_code(v, "the code"), "", "the code is empty"),
    *((lambda v: rules.read_code(v, "the code"), text, "without blanks") for text in ("a b", "a\n", "\0", "x" * 65)),
    *((lambda v: rules.read_word(v, rules.RESULT_WORDS, "the result"), text, "is not one of 阴性, 阳性, 可疑, 无效") for text in ("", "不知道", "Positive")),
    (lambda v: rules.read_name(v, "the laboratory", 9), "a\0b", "unprintable"),
]  # fmt: skip


@pytest.mark.parametrize(("read", "text", "why"), REFUSED, ids=[repr(r[1])[:30] for r in REFUSED])
def test_what_is_refused_and_why(read: Callable[[str], Any], text: str, why: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert why in str(caught.value) and len(str(caught.value)) < 200


ROW = {
    "report_no": "L1", "lab": "检验所1", "barcode": "T1", "result": "阳性", "ct_orf1ab": "28.5", "ct_n": "", "tested_at": "",
    "reported_at": "2022-11-25 08:00:00",
}  # fmt: skip


def test_a_report_is_read_as_a_whole() -> None:
    assert rules.read_report(ROW, ZONE) == rules.Report("L1", "检验所1", "T1", POSITIVE, 28.5, None, None, T0)


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [("report_no", "", "the report number is empty"), ("barcode", "a b", "the tube's barcode"), ("result", "?", "the result"),
     ("ct_n", "x", "the Ct value of N"), ("tested_at", "x", "the time tested"), ("reported_at", "", "the time reported")],
)  # fmt: skip
def test_a_report_that_cannot_be_read_names_the_column(column: str, value: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        rules.read_report({**ROW, column: value}, ZONE)
