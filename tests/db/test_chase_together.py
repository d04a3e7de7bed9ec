"""Reports, scans and retests that come at the same moment still find each other."""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable

import pytest
from django.db import connections
from tests.parity import small
from tests.parity.small import at, report, retest, scan

from tongxin.kit import db

pytest_plugins = ["tests.parity.fixtures"]
pytestmark = pytest.mark.usefixtures("together")


def side_by_side(*deeds_: Callable[[], object]) -> None:
    """Each deed in a thread and on a connection of its own, begun at one instant."""
    start, errors = threading.Barrier(len(deeds_)), []

    def run(deed: Callable[[], object]) -> None:
        try:
            with db.acting_as_jobs():
                db.rows("SELECT 1")
                start.wait(30)
                db.retrying(deed)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(d,)) for d in deeds_]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def one_holds_while_the_other_comes(first: Callable[[], object], second: Callable[[], object]) -> None:
    """``first`` has done its work and not committed when ``second`` comes; it commits once that waits, or is done."""
    done, over = threading.Event(), threading.Event()
    pid: list[int] = []

    def hold() -> None:
        with db.transaction_block():
            first()
            done.set()
            while not over.is_set() and not is_waiting():
                pass

    def come() -> None:
        pid.append(db.rows("SELECT pg_backend_pid()")[0][0])
        done.wait(30)
        try:
            second()
        finally:
            over.set()

    def is_waiting() -> bool:
        query = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
        return bool(pid) and db.rows(query, [pid[0]])[0][0]

    side_by_side(hold, come)


_numbers = itertools.count(1)


def fresh() -> tuple[str, str, str]:
    """A tube and two people whom no other test knows."""
    n = next(_numbers)
    small.register(f"A{n}", f"B{n}")
    return f"T{n}", f"A{n}", f"B{n}"


def chased(tube: str) -> list[tuple[str, str]]:
    return [(r["person_no"], r["retest"]) for r in small.export("chase") if r["tube_barcode"] == tube]


@pytest.mark.parametrize("word", ["阳性", "可疑"])
def test_a_retest_and_the_report_that_asks_for_it_find_each_other_when_they_come_at_once(word: str) -> None:
    for _ in range(12):
        tube, one, other = fresh()
        scan(tube, one, other)
        side_by_side(functools.partial(report, tube, word), functools.partial(retest, f"Q{tube}", one))
        assert chased(tube) == [(one, "pending"), (other, "")]


@pytest.mark.parametrize("first", ["the report", "the retest"])
def test_a_retest_and_a_report_find_each_other_when_one_is_not_committed_yet(first: str) -> None:
    tube, one, other = fresh()
    scan(tube, one, other)
    deeds = [functools.partial(report, tube, "阳性"), functools.partial(retest, f"Q{tube}", one)]
    one_holds_while_the_other_comes(*(deeds if first == "the report" else reversed(deeds)))
    assert chased(tube) == [(one, "pending"), (other, "")]


@pytest.mark.parametrize("first", ["the report", "the scan"])
@pytest.mark.parametrize("known", [True, False], ids=["of a known tube", "of a new tube"])
def test_a_scan_and_a_report_find_each_other_when_one_is_not_committed_yet(known: bool, first: str) -> None:
    tube, one, other = fresh()
    if known:
        scan(tube, one)
    deeds = [functools.partial(report, tube, "阳性"), functools.partial(scan, tube, other)]
    one_holds_while_the_other_comes(*(deeds if first == "the report" else reversed(deeds)))
    assert chased(tube) == ([(one, "")] if known else []) + [(other, "")]


def test_a_person_in_two_tubes_that_turn_positive_at_once_is_retested_for_both() -> None:
    tube, one, other = fresh()
    scan(tube, one, other)
    scan(f"{tube}b", other, one, when=at(9))
    side_by_side(
        functools.partial(report, tube, "阳性"),
        functools.partial(report, f"{tube}b", "阳性"),
        functools.partial(retest, f"Q{tube}", one),
    )
    assert chased(tube) == chased(f"{tube}b") == [(one, "pending"), (other, "")]


def test_a_person_scanned_into_two_tubes_at_once_is_flagged_on_both() -> None:
    for _ in range(6):
        tube, one, _other = fresh()
        side_by_side(functools.partial(scan, tube, one), functools.partial(scan, f"{tube}b", one))
        flags = {r["tube_barcode"]: r["flags"] for r in small.export("tubes")}
        assert (flags[tube], flags[f"{tube}b"]) == ("person_in_two_tubes", "person_in_two_tubes")


@pytest.mark.parametrize("meanwhile", ["another scan", "the same scan", "a report", "a positive report"])
def test_a_person_in_two_tubes_is_flagged_on_both_whatever_else_happens_to_one(meanwhile: str) -> None:
    tube, one, other = fresh()
    scan(tube, one)
    scan(f"{tube}b", other)
    deed = {
        "another scan": functools.partial(scan, tube, f"X{tube}", when=at(8, 30)),
        "the same scan": functools.partial(scan, tube, one, when=at(8, 30)),
        "a report": functools.partial(report, tube, "阴性"),
        "a positive report": functools.partial(report, tube, "阳性"),
    }[meanwhile]
    one_holds_while_the_other_comes(deed, functools.partial(scan, f"{tube}b", one))
    flags = {r["tube_barcode"]: r["flags"].split("|") for r in small.export("tubes")}
    assert "person_in_two_tubes" in flags[tube] and "person_in_two_tubes" in flags[f"{tube}b"]


def test_a_stranger_who_is_registered_while_being_scanned_is_no_stranger_afterwards() -> None:
    for n in range(6):
        side_by_side(functools.partial(scan, f"S{n}", f"X{n}"), functools.partial(small.register, f"X{n}"))
        assert {r["flags"] for r in small.export("tubes") if r["tube_barcode"] == f"S{n}"} == {""}
