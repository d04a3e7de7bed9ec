"""The API of devices: who may send, what is refused as a whole, and what becomes of each row."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.parity import small
from tests.parity.small import CODES, COMMUNITY, DISTRICT, OTHER

pytest_plugins = ["tests.parity.fixtures"]
pytestmark = pytest.mark.usefixtures("together")
SCANS, REPORTS, HANDOVERS = "scans:batch", "lab-reports:batch", "handovers:batch"
CAPABILITY = {SCANS: "scan.write", REPORTS: "report.write", HANDOVERS: "handover.write"}
_numbers = itertools.count(1)


def token(path: str, place: int = DISTRICT) -> str:
    from tongxin.access.operations import add_token

    return add_token(f"device {next(_numbers)}", place, [CAPABILITY[path]])


def post(path: str, body: Any, secret: str = "") -> Any:
    """The answer to a batch; ``body`` is bytes as they are, or rows."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"host": "localhost", **({"authorization": f"Bearer {secret}"} if secret else {})}
    return Client(headers=headers, raise_request_exception=False).post(f"/api/v1/{path}", sent, content_type="application/json")


@pytest.fixture
def send(together: Any) -> Callable[..., Any]:
    """Send rows with a token that may; the answer as an object."""

    def sent(path: str, rows: Any, place: int = DISTRICT) -> Any:
        answer = post(path, rows, token(path, place))
        assert answer.status_code == 200, answer.content
        return answer.json()

    return sent


def fresh() -> str:
    return f"T{next(_numbers):06d}"


def scanned(barcode: str) -> list[dict[str, str]]:
    return [r for r in small.export("tubes") if r["tube_barcode"] == barcode]


def refused(answer: Any, status: int) -> str:
    """The sentence with which a whole batch is refused."""
    assert answer.status_code == status, answer.content
    (key,) = answer.json()
    assert key == "error"
    return answer.json()[key]


# -- who ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [SCANS, REPORTS, HANDOVERS])
def test_only_a_valid_token_that_may_do_so_can_send(path: str) -> None:
    from tongxin.access.operations import add_token, revoke_token

    barcode = fresh()
    rows = [small.row(barcode, "P1")]
    name = f"device {next(_numbers)}"
    secret = add_token(name, DISTRICT, [CAPABILITY[path]])
    assert post(path, [], secret).status_code == 200
    for wrong in ("", "nonsense", secret[:-1], secret + "x"):
        assert "token" in refused(post(path, rows, wrong), 401)
    basic = Client(headers={"host": "localhost", "authorization": f"Basic {secret}"})
    assert "token" in refused(basic.post(f"/api/v1/{path}", b"[]", "application/json"), 401)
    for other in set(CAPABILITY) - {path}:
        assert CAPABILITY[path] in refused(post(path, rows, token(other)), 403)
    assert revoke_token(name)
    refused(post(path, rows, secret), 401)
    assert scanned(barcode) == []


def test_who_may_not_send_learns_nothing_about_the_body() -> None:
    refused(post(SCANS, b"[{"), 401)
    refused(post(SCANS, b"[{", token(REPORTS)), 403)


def test_a_station_writes_for_sites_in_its_place_only(send: Any) -> None:
    here, there, nowhere = fresh(), fresh(), fresh()
    rows = [
        small.row(here, "P1", site=f"S{CODES[COMMUNITY]}"),
        small.row(there, "P1", site=f"S{CODES[OTHER]}"),
        small.row(nowhere, "P1", site="somewhere"),
    ]
    answer = send(SCANS, rows, COMMUNITY)
    assert (answer["accepted"], [r["index"] for r in answer["rejected"]]) == (1, [1, 2])
    assert {r["reason"] for r in answer["rejected"]} == {"this device may not register scans at that site"}
    assert scanned(here) and not scanned(there) and not scanned(nowhere)


# -- the whole batch ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"[{", b"\xff\xfe", b'[{"a": NaN}]', b'["\\ud800"]', b"[" * 100_000, b'{"a": 1}', b'"rows"', b"17", b"null"],
    ids=lambda b: repr(b[:12]),
)
def test_a_body_that_is_no_json_array_is_refused_with_one_sentence(body: bytes) -> None:
    assert "JSON" in refused(post(SCANS, body, token(SCANS)), 400)


def test_a_million_rows_are_too_many_for_a_batch() -> None:
    secret = token(SCANS)
    assert "1000000 rows" in refused(post(SCANS, b"[" + b"0," * 999_999 + b"0]", secret), 413)
    assert "5000" in refused(post(SCANS, b"[" + b"{}," * 5_000 + b"{}]", secret), 413)
    long = b"[" + json.dumps(small.row("T", "P1")).encode() + b"," * 17_000_000 + b"]"
    assert "too large" in refused(post(SCANS, long, secret), 413)


def test_an_empty_batch_is_nothing() -> None:
    for path in CAPABILITY:
        assert post(path, [], token(path)).json() == {"accepted": 0, "repeated": 0, "rejected": []}


# -- each row -------------------------------------------------------------------------------------------

BAD_SCANS: dict[str, Any] = {
    "not an object": ["T1"],
    "no row at all": None,
    "a missing column": {"person_no": None},
    "an empty barcode": {"tube_barcode": "  "},
    "a barcode with a blank": {"tube_barcode": "T 1"},
    "a barcode with a NUL": {"tube_barcode": "T\0001"},
    "a barcode too long": {"tube_barcode": "T" * 65},
    "a list as a barcode": {"tube_barcode": ["T1"]},
    "a truth as a number": {"person_no": True},
    "a round that is not announced": {"round": "R99"},
    "an unknown purpose": {"purpose": "fun"},
    "an unknown kind": {"tube_kind": "bucket"},
    "a retest into a pool": {"purpose": "retest"},
    "no capacity": {"capacity": "0"},
    "a large capacity": {"capacity": "51"},
    "a capacity of words": {"capacity": "ten"},
    "an endless capacity": {"capacity": "9" * 5000},
    "an empty site": {"site": ""},
    "a day that does not exist": {"scanned_at": "2022-02-30 08:00:00"},
    "another century": {"scanned_at": "1922-11-25 08:00:00"},
    "no time": {"scanned_at": "this morning"},
    "an offset beyond all zones": {"scanned_at": "2022-11-25T08:00:00+25:00"},
}  # fmt: skip


def test_a_bad_scan_is_answered_with_its_index_and_reason_and_the_rest_is_taken(send: Any) -> None:
    rows: list[Any] = []
    for change in BAD_SCANS.values():
        good = small.row(fresh(), "P1")
        bad = {k: v for k, v in {**good, **change}.items() if v is not None} if isinstance(change, dict) else change
        rows += [bad, good]
    answer = send(SCANS, rows)
    assert [r["index"] for r in answer["rejected"]] == list(range(0, len(rows), 2))
    assert (answer["accepted"], answer["repeated"]) == (len(BAD_SCANS), 0)
    for name, rejected in zip(BAD_SCANS, answer["rejected"], strict=True):
        assert len(rejected["reason"]) > 10 and "\n" not in rejected["reason"], name
        assert len(rejected["reason"]) < 300, name


BAD_REPORTS: dict[str, Any] = {
    "no result": {"结果": None},
    "a result that nobody knows": {"结果": "不知道"},
    "a day that does not exist": {"报告时间": "2022-02-30 11:00:00"},
    "a test time that is none": {"检测时间": "noon"},
    "too many cycles": {"N基因Ct值": "61"},
    "cycles that are no number": {"ORF1ab基因Ct值": "high"},
    "cycles without measure": {"ORF1ab基因Ct值": "nan"},
    "no number": {"报告编号": ""},
    "a laboratory with a NUL in its name": {"检测机构": "检验\0所"},
    "an object as a barcode": {"样本管号": {"a": 1}},
}


def chinese(barcode: str, **other: Any) -> dict[str, Any]:
    return {
        "报告编号": f"L{next(_numbers):08d}", "检测机构": "检验所1", "样本管号": barcode, "结果": "阴性", "ORF1ab基因Ct值": "",
        "N基因Ct值": "", "检测时间": "2022-11-25 11:10:00", "报告时间": "2022-11-25 12:00:00", **other,
    }  # fmt: skip


def test_a_bad_report_is_answered_with_its_index_and_reason_and_the_rest_is_taken(send: Any) -> None:
    rows = []
    for change in BAD_REPORTS.values():
        good = chinese(fresh())
        rows += [good, {k: v for k, v in {**chinese(fresh()), **change}.items() if v is not None}]
    answer = send(REPORTS, rows)
    assert [r["index"] for r in answer["rejected"]] == list(range(1, len(rows), 2))
    assert answer["accepted"] == len(BAD_REPORTS)


def test_a_bad_hand_over_is_answered_with_its_index_and_reason(send: Any) -> None:
    barcode = fresh()
    good = {"tube_barcode": barcode, "step": "boxed", "box": "B1", "actor": "张三", "at": "2022-11-25 09:00:00"}
    changes: list[dict[str, Any]] = [{"step": "flown"}, {"actor": ""}, {"actor": "张\0三"}, {"at": "soon"}, {"box": "a b"}]
    answer = send(HANDOVERS, [good, *({**good, "step": "closed", **c} for c in changes)])
    assert (answer["accepted"], [r["index"] for r in answer["rejected"]]) == (1, [1, 2, 3, 4, 5])


def test_a_batch_that_comes_again_counts_as_repeated(send: Any) -> None:
    one, other = fresh(), fresh()
    scans = [small.row(one, "P1"), small.row(one, "P2"), small.row(one, "P1"), small.row(other, "X1")]
    assert send(SCANS, scans) == {"accepted": 3, "repeated": 1, "rejected": []}
    assert send(SCANS, scans) == {"accepted": 0, "repeated": 4, "rejected": []}
    reports = [chinese(one), chinese(other)]
    assert send(REPORTS, [*reports, reports[0]]) == {"accepted": 2, "repeated": 1, "rejected": []}
    assert send(REPORTS, reports) == {"accepted": 0, "repeated": 2, "rejected": []}
    steps = [{"tube_barcode": one, "step": s, "actor": "a", "at": "2022-11-25 09:00:00"} for s in ("closed", "boxed")]
    assert send(HANDOVERS, steps) == {"accepted": 2, "repeated": 0, "rejected": []}
    assert send(HANDOVERS, steps) == {"accepted": 0, "repeated": 2, "rejected": []}


def test_a_report_number_that_comes_again_with_other_content_is_a_conflict(send: Any) -> None:
    barcode = fresh()
    first = chinese(barcode)
    assert send(REPORTS, [first])["accepted"] == 1
    others = [{"结果": "阳性"}, {"样本管号": fresh()}, {"检测机构": "检验所2"}, {"报告时间": "2022-11-25 12:00:01"}, {"N基因Ct值": "30"}]
    answer = send(REPORTS, [first, *({**first, **o} for o in others)])
    assert (answer["accepted"], answer["repeated"]) == (0, 1)
    assert [r["index"] for r in answer["rejected"]] == [1, 2, 3, 4, 5]
    assert {r["reason"] for r in answer["rejected"]} == {"this report number is on file with other content"}
    small.scan(barcode, "P1")
    assert scanned(barcode)[0]["result"] == "negative"


def test_reports_may_use_the_headings_of_the_file_or_plain_names(send: Any) -> None:
    one, other = fresh(), fresh()
    small.scan(one, "P1")
    small.scan(other, "P1")
    plain = small.report_row(other, "negative", tested_at="2022-11-25 11:00:00")
    assert send(REPORTS, [chinese(one, 结果="阳性", N基因Ct值=28.5), plain])["accepted"] == 2
    assert [scanned(b)[0]["result"] for b in (one, other)] == ["positive", "negative"]


@pytest.mark.parametrize(
    "said", ["2022-11-25 08:30:00", "2022-11-25T08:30:00", "2022-11-25T08:30:00+08:00", "2022-11-25T00:30:00Z",
             "2022-11-24T10:30:00-14:00", "2022-11-25T20:30:00+20:00"],
)  # fmt: skip
def test_a_time_without_an_offset_is_the_citys_and_one_with_an_offset_is_the_same_moment(send: Any, said: str) -> None:
    from tongxin.screening.models import Tube

    barcode = fresh()
    assert send(SCANS, [small.row(barcode, "P1", said)])["accepted"] == 1
    assert Tube.objects.get(barcode=barcode).last_scan_at == dt.datetime(2022, 11, 25, 0, 30, tzinfo=dt.UTC)


def test_letters_that_mean_something_to_a_database_are_just_letters(send: Any) -> None:
    codes = ['T"1', "T\\2", "T{3,4}", "NULL", "T'5", "T%6", "管7", "T\\", 'T"', "T🧪8"]
    rows = [small.row(f"{code}{n}", code) for n, code in enumerate(codes)]
    assert send(SCANS, rows) == {"accepted": len(codes), "repeated": 0, "rejected": []}
    assert send(REPORTS, [chinese(f"{c}{n}", 结果="阳性", 检测机构=c) for n, c in enumerate(codes)])["accepted"] == len(codes)
    chased = {(r["tube_barcode"], r["person_no"]) for r in small.export("chase")}
    assert {(f"{code}{n}", code) for n, code in enumerate(codes)} <= chased


def test_numbers_may_come_as_numbers(send: Any) -> None:
    barcode = fresh()
    row = {**small.row(barcode, "P1"), "capacity": 10, "person_no": 123456, "id_number": 990101198001010014}
    assert send(SCANS, [row]) == {"accepted": 1, "repeated": 0, "rejected": []}
    assert scanned(barcode)[0]["flags"] == "unknown_person"
