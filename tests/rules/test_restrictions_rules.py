"""How long a restriction lasts, when its release is late, and who may prolong it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.policy.decisions import Decision, Refused
from tongxin.restrictions import rules

NOW = dt.datetime(2022, 11, 24, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
HOUR = dt.timedelta(hours=1)
spans = st.integers(-1000, 100_000).map(lambda n: dt.timedelta(minutes=n))
moments = st.integers(-5000, 5000).map(lambda n: NOW + dt.timedelta(minutes=n))


def at(hours: float | None) -> dt.datetime | None:
    return None if hours is None else NOW + hours * HOUR


@given(moments, spans, spans)
def test_no_decision_ends_before_it_starts_or_is_due_after_it_ends(
    start: dt.datetime, due: dt.timedelta, ends: dt.timedelta
) -> None:
    try:
        found = rules.hold(start, due, ends, "base/hold.mixed_positive_ends")
    except ValueError:
        assert ends <= dt.timedelta(0) or not dt.timedelta(0) <= due <= ends
        return
    assert start < found.ends_at
    assert start <= found.due_at <= found.ends_at


def test_a_hold_says_under_which_rule_and_until_when() -> None:
    decision = rules.hold(NOW, 24 * HOUR, 48 * HOUR, "base/hold.mixed_positive_ends").decision
    assert decision.as_json() == {
        "rule": "base/hold.mixed_positive_ends",
        "values": {
            "start": "2022-11-24T08:00:00+08:00",
            "due_at": "2022-11-25T08:00:00+08:00",
            "ends_at": "2022-11-26T08:00:00+08:00",
            "hours": 48.0,
        },
        "sentence": decision.sentence,
    }
    assert decision.sentence % decision.values


# hours from now: due, conditions met, released -> overdue since (None: not overdue)
LATE = [
    ("conditions unknown", -5, None, None, None),
    ("due, conditions met earlier", -1, -5, None, -1),
    ("due earlier, conditions met later", -5, -1, None, -1),
    ("conditions met, not due yet", 1, -5, None, None),
    ("due this moment", 0, -5, None, None),
    ("released in time", -5, -5, -5, None),
    ("released late", -5, -5, -1, None),
]


@pytest.mark.parametrize(("due", "met", "released", "since"), [c[1:] for c in LATE], ids=[c[0] for c in LATE])
def test_a_release_is_late_when_it_is_due_and_allowed_and_has_not_happened(
    due: float, met: float | None, released: float | None, since: float | None
) -> None:
    facts = (NOW + due * HOUR, at(met), at(released))
    assert rules.is_overdue(NOW, *facts) is (since is not None)
    if since is not None:
        assert rules.overdue_since(*facts) == at(since)


@given(moments, st.none() | moments, st.none() | moments, st.none() | moments)
def test_nothing_is_overdue_before_it_is_due_or_after_it_was_released(
    due: dt.datetime, met: dt.datetime | None, released: dt.datetime | None, later: dt.datetime | None
) -> None:
    if rules.is_overdue(NOW, due, met, released):
        assert due < NOW and met is not None and met < NOW and released is None


def test_what_is_past_its_end_limits_nobody_even_before_the_clock_has_run() -> None:
    assert rules.is_in_force(NOW, NOW, NOW + HOUR, None)
    assert not rules.is_in_force(NOW, NOW - HOUR, NOW, None)
    assert not rules.is_in_force(NOW, NOW + HOUR, NOW + 2 * HOUR, None)
    assert not rules.is_in_force(NOW, NOW - HOUR, NOW + HOUR, NOW - HOUR / 2)


# ends, released, until, ceiling (hours from now), who, may, cause -> words of the refusal ("" allowed)
EXTENSIONS = [
    ("all in order", 2, None, 20, 48, "wang", True, "retest of P1 missing", ""),
    ("up to the ceiling", 2, None, 48, 48, "wang", True, "case 7", ""),
    ("beyond the ceiling", 2, None, 49, 48, "wang", True, "case 7", "no end later"),
    ("nobody signs", 2, None, 20, 48, "", True, "case 7", "named person"),
    ("someone without the right", 2, None, 20, 48, "li", False, "case 7", "You may not"),
    ("no cause", 2, None, 20, 48, "wang", True, " ", "needs its cause"),
    ("released already", 2, -1, 20, 48, "wang", True, "case 7", "ended already"),
    ("lapsed this moment", 0, None, 20, 48, "wang", True, "case 7", "ended already"),
    ("an earlier end", 24, None, 20, 48, "wang", True, "case 7", "must be later"),
    ("the same end", 20, None, 20, 48, "wang", True, "case 7", "must be later"),
]


@pytest.mark.parametrize("row", [e[1:] for e in EXTENSIONS], ids=[e[0] for e in EXTENSIONS])
def test_only_a_named_person_with_a_cause_prolongs_a_restriction(row: tuple) -> None:
    ends, released, until, ceiling, named, may, cause, refusal = row
    facts = (NOW, at(ends), at(released), at(until), at(ceiling), named, may, cause)
    assert rules.can_extend(*facts) is (refusal == "")
    if refusal:
        with pytest.raises(Refused, match=refusal):
            rules.check_can_extend(*facts)


# subject, cause kind, cause -> words of the refusal ("" allowed)
IMPOSED = [
    ("person", "result", 7, ""),
    ("person", "order", 7, ""),
    ("person", "list of names", 7, "needs a cause"),
    ("person", "", 7, "needs a cause"),
    ("person", "result", None, "needs a cause"),
    ("facility", "result", 7, "cannot limit a “facility”"),
]


@pytest.mark.parametrize(("subject", "cause_kind", "cause", "refusal"), IMPOSED)
def test_a_restriction_has_a_cause_on_record(subject: str, cause_kind: str, cause: int, refusal: str) -> None:
    assert rules.can_impose(subject, {"person", "home"}, cause_kind, cause) is (refusal == "")
    if refusal:
        with pytest.raises(Refused, match=refusal):
            rules.check_can_impose(subject, {"person", "home"}, cause_kind, cause)


def test_a_release_gives_its_reason_and_happens_once() -> None:
    assert rules.can_release(None, "released", "negative retest")
    assert not rules.can_release(None, "withdrawn", " ")
    assert not rules.can_release(NOW, "released", "negative retest")
    with pytest.raises(ValueError):
        rules.can_release(None, "forgotten", "x")


def test_a_decision_is_stored_with_plain_values() -> None:
    stored = Decision("base/x", {"a": 1, "b": None, "c": NOW.date(), "d": {1}}, "").as_json()
    assert stored["values"] == {"a": 1, "b": None, "c": "2022-11-24", "d": "{1}"}
