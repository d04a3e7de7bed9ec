"""When an area may be ordered, how long it lasts and what opens it: tables that a health officer reads, and what holds
whatever the facts."""

from __future__ import annotations

import datetime as dt
import tomllib
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.areas import rules, terms
from tongxin.areas.rules import Case, Extension, Facts, Wish
from tongxin.policy.decisions import Refused
from tongxin.policy.schema import load, names

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
TABLES = Path(__file__).parent / "tables"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
PACKS = list(names())
TIMES = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(ZONE))
LATER = st.timedeltas(dt.timedelta(0), 60 * DAY)


def table(name: str) -> list[Any]:
    return [pytest.param(*row, id=" | ".join(map(str, row[:4]))) for row in tomllib.loads((TABLES / f"{name}.toml").read_text())["rows"]]


def time(text: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE) if text else None


def says(pack: str, kind: str = "high") -> rules.Terms:
    return terms.terms_of(load(pack), kind)


@pytest.mark.parametrize(("pack", "kind", "starts", "left", "due", "ends"), table("area_clock"))
def test_when_an_area_ends(pack: str, kind: str, starts: str, left: str, due: str, ends: str) -> None:
    found = rules.clock(says(pack, kind), time(starts), time(left), ZONE)  # type: ignore[arg-type]
    assert (found.due_at, found.ends_at) == (time(due), time(ends))


@pytest.mark.parametrize(
    ("pack", "inside", "present", "missing", "last", "now", "met", "blocked"), table("area_standing")
)
def test_whether_an_area_may_be_lifted(
    pack: str, inside: int, present: int, missing: int, last: str, now: str, met: str, blocked: str
) -> None:
    starts = time("2022-11-20 15:00")
    assert starts
    facts = Facts(inside, present, [(n, "door") for n in range(missing)], time(last))
    found = rules.standing(says(pack), rules.clock(says(pack), starts, starts, ZONE), facts, time(now))  # type: ignore[arg-type]
    assert found.met_at == time(met)
    assert " ".join(c.key for c in found.blocked_by) == blocked


# -- what holds whatever the facts ---------------------------------------------------------------------


@given(pack=st.sampled_from(PACKS), kind=st.sampled_from(rules.KINDS), starts=TIMES, left=st.none() | TIMES)
def test_no_order_is_without_an_end_after_its_start(pack: str, kind: str, starts: dt.datetime, left: Any) -> None:
    found = says(pack, kind)
    if kind == rules.TEMPORARY and not found.hours:
        return  # forbidden: check_can_issue refuses it
    times = rules.clock(found, starts, left, ZONE)
    assert times.ends_at > starts and starts <= times.due_at


@given(pack=st.sampled_from(PACKS), starts=TIMES, left=st.none() | TIMES)
def test_temporary_control_never_exceeds_its_limit(pack: str, starts: dt.datetime, left: Any) -> None:
    found = says(pack, rules.TEMPORARY)
    assert rules.clock(found, starts, left, ZONE).ends_at - starts == found.hours <= dt.timedelta(hours=24)


@given(ends=TIMES, by_pack=TIMES, now=TIMES)
def test_adoption_never_moves_an_end_later(ends: dt.datetime, by_pack: dt.datetime, now: dt.datetime) -> None:
    found = rules.rederived_end(ends, by_pack, now)
    assert found <= ends and (found >= now or found == ends)


@given(pack=st.sampled_from(PACKS), present=st.integers(0, 50), absent=st.integers(0, 50), now=TIMES)
def test_the_absent_never_block(pack: str, present: int, absent: int, now: dt.datetime) -> None:
    """They are not among those present: the facts with and without them are the same facts."""
    starts = dt.datetime(2022, 11, 20, 15, tzinfo=ZONE)
    times = rules.clock(says(pack), starts, starts, ZONE)
    tested = times.due_at + HOUR
    everybody_home = Facts(0, present, (), tested if present else None)
    found = rules.standing(says(pack), times, everybody_home, times.ends_at)
    assert found.met_at is not None and not found.blocked_by


@given(cases=st.lists(st.tuples(TIMES, st.none() | TIMES), max_size=5), gone=st.integers(0, 4))
def test_a_case_that_was_withdrawn_gives_its_days_back(cases: Any, gone: int) -> None:
    every = [Case(*c) for c in cases]
    fewer = [c for n, c in enumerate(every) if n != gone]
    before, after = rules.anchor_of(every), rules.anchor_of(fewer)
    if before is not None and fewer:
        assert after is not None and after <= before


@given(until=TIMES, now=TIMES, ends=TIMES, starts=TIMES, pack=st.sampled_from(PACKS))
def test_nothing_extends_itself(until: Any, now: Any, ends: Any, starts: Any, pack: str) -> None:
    nobody = Extension("", True, until, ("case", 1), "a new case")
    with pytest.raises(Refused):
        rules.check_can_extend(nobody, "high", starts, ends, None, says(pack), now)


@given(until=TIMES, ahead=LATER, starts=TIMES, pack=st.sampled_from(PACKS))
def test_an_extension_ends_within_the_ceiling(until: Any, ahead: Any, starts: Any, pack: str) -> None:
    found, ends = says(pack), starts + 5 * DAY
    asked = Extension("wang", True, until, ("case", 1), "a new case")
    try:
        rules.check_can_extend(asked, "high", starts, ends, None, found, ends - min(ahead, DAY) - HOUR)
    except Refused:
        return
    assert ends < until <= min(starts + found.ceiling, ends + found.single_extension)


@pytest.mark.parametrize("size", rules.SIZES)
@pytest.mark.parametrize("pack", PACKS)
def test_a_larger_area_than_the_pack_allows_needs_a_justification(pack: str, size: str) -> None:
    now = dt.datetime(2022, 11, 20, tzinfo=ZONE)
    wish = Wish("high", size, 1, True, "case", True, "", now)
    larger = rules.SIZES.index(size) > rules.SIZES.index(says(pack).largest)
    assert rules.can_issue(wish, says(pack), 12 * HOUR, now) is not larger
    justified = Wish("high", size, 1, True, "case", True, "cases in every building of it", now)
    assert rules.can_issue(justified, says(pack), 12 * HOUR, now)


def test_temporary_control_is_forbidden_by_the_ten_measures() -> None:
    now = dt.datetime(2022, 12, 8, tzinfo=ZONE)
    wish = Wish(rules.TEMPORARY, "unit", 1, True, "case", True, "", now)
    assert not rules.can_issue(wish, says("cn-2022-12-ten", rules.TEMPORARY), 12 * HOUR, now)
    assert rules.can_issue(wish, says("cn-2022-11-twenty", rules.TEMPORARY), 12 * HOUR, now)


def test_what_one_swab_frees_is_shared_by_all_that_are_missing() -> None:
    now = dt.datetime(2022, 11, 25, 14, tzinfo=ZONE)
    assert rules.freed_by_one(214, 1, now + 10 * HOUR, now) == 2140
    assert rules.freed_by_one(214, 2, now + 10 * HOUR, now) == 1070
    assert rules.freed_by_one(214, 0, now + 10 * HOUR, now) == 0
    assert rules.freed_by_one(214, 1, now - HOUR, now) == 0


def test_nobody_answers_an_objection_to_their_own_order() -> None:
    with pytest.raises(Refused):
        rules.check_can_answer("user:wang", "user:wang")
    rules.check_can_answer("user:wang", "user:li")
