"""Steps, studies of cases, mixed tubes, sealed zones, disinfection and test days: the tables, and what holds whatever the facts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules.test_areas_rules import DAY, HOUR, LATER, PACKS, TIMES, ZONE, table, time

from tongxin.areas import rules, terms
from tongxin.areas.rules import Facts, Wish
from tongxin.policy.decisions import Refused
from tongxin.policy.schema import load

ORDERS = [*((kind, "") for kind in rules.CLOCKED), *((then, kind) for kind, then in terms.STEPS)]


def says(pack: str, words: str = "high") -> rules.Terms:
    kind, _, after = words.partition(" after ")
    return terms.terms_of(load(pack), kind, after)


@pytest.mark.parametrize(("pack", "kind", "starts", "left", "ends", "then", "until"), table("area_steps"))
def test_what_an_area_becomes(pack: str, kind: str, starts: str, left: str, ends: str, then: str, until: str) -> None:
    found = says(pack, kind)
    times = rules.clock(found, time(starts), time(left), ZONE)  # type: ignore[arg-type]
    assert (times.ends_at, found.then, rules.step_end(found, times.ends_at, ZONE)) == (time(ends), then, time(until))


@pytest.mark.parametrize(("pack", "finding", "draws", "restarts"), table("area_cases"))
def test_which_cases_draw_an_area_and_restart_its_days(pack: str, finding: str, draws: bool, restarts: bool) -> None:
    now = dt.datetime(2022, 11, 20, tzinfo=ZONE)
    wish = Wish("high", "unit", 1, True, "case", True, "", now, finding=finding)
    assert rules.can_issue(wish, says(pack), 12 * HOUR, now) is draws
    assert (finding not in says(pack).exempts) is restarts


@pytest.mark.parametrize(("pack", "kind", "people", "may"), table("area_mixed"))
def test_whether_a_place_is_closed_for_a_mixed_tube(pack: str, kind: str, people: int, may: bool) -> None:
    now = dt.datetime(2022, 11, 20, tzinfo=ZONE)
    wish = Wish(kind, "unit", 1, True, "result", True, "", now, mixed=people > 1)
    assert rules.can_issue(wish, says(pack, kind), 12 * HOUR, now) is may


@pytest.mark.parametrize(("anchor", "done", "exposed", "last", "now", "met", "blocked"), table("area_sealed"))
def test_whether_a_sealed_zone_may_be_lifted(
    anchor: str, done: bool, exposed: str, last: str, now: str, met: str, blocked: str
) -> None:
    found = dataclasses.replace(says("cn-2022-06-ninth", "sealed"), anchor=anchor)
    times = rules.clock(found, time("2022-04-01 10:00"), time("2022-04-01 12:00"), ZONE)  # type: ignore[arg-type]
    assert times.last_day == dt.date(2022, 4, 15) and found.negative_within == 2
    free_at = rules.contacts_free(found.contact_days, time(exposed), ZONE)
    facts = Facts(0, 40, [] if last else [(1, "door")], time(last), done, free_at)
    judged = rules.standing(found, times, facts, time(now))  # type: ignore[arg-type]
    assert (judged.met_at, " ".join(c.key for c in judged.blocked_by)) == (time(met), blocked)


@pytest.mark.parametrize(("pack", "kind", "today", "day", "following"), table("area_tests"))
def test_the_test_days_of_an_area(pack: str, kind: str, today: str, day: Any, following: str) -> None:
    anchor, now = time("2022-11-20 15:00"), time(today)
    assert anchor and now
    assert rules.test_on(says(pack, kind), anchor, ZONE, now) == (day or None)
    found = rules.next_test(says(pack, kind), anchor, ZONE, now)
    assert (str(found[1]) if found else "") == following


# -- what holds whatever the facts ---------------------------------------------------------------------


@given(pack=st.sampled_from(PACKS), order=st.sampled_from(ORDERS), starts=TIMES, left=st.none() | TIMES)
def test_a_step_has_an_end_and_it_comes_so_many_days_after_the_order(pack: str, order: Any, starts: Any, left: Any) -> None:
    found = terms.terms_of(load(pack), *order)
    ends = rules.clock(found, starts, left, ZONE).ends_at
    until = rules.step_end(found, ends, ZONE)
    assert (until is not None) is (found.then in rules.CLOCKED)
    assert until is None or until - ends == found.then_days * DAY > dt.timedelta(0)


@given(pack=st.sampled_from(PACKS), step=st.sampled_from(list(terms.STEPS)), starts=TIMES, left=st.none() | TIMES, ahead=LATER)
def test_no_step_is_over_later_than_was_said_from_the_start(pack: str, step: Any, starts: Any, left: Any, ahead: Any) -> None:
    """Whenever the order ends and the step begins, its clock runs on from the same anchor; nothing becomes a third kind."""
    kind, then = step
    before, after = terms.terms_of(load(pack), kind), terms.terms_of(load(pack), then, kind)
    if before.then != then:
        return
    times = rules.clock(before, starts, left, ZONE)
    said = rules.step_end(before, times.ends_at, ZONE)
    assert said and rules.clock(after, starts, left, ZONE).ends_at <= max(said, times.ends_at)
    assert after.then not in rules.CLOCKED and not after.all_negative


@given(days=st.integers(1, 60), exposed=TIMES)
def test_a_contact_is_past_its_days_on_the_last_of_them_and_no_later(days: int, exposed: dt.datetime) -> None:
    free = rules.contacts_free(days, exposed, ZONE)
    assert free and dt.timedelta(0) < free - exposed <= days * DAY
    assert rules.contacts_free(0, exposed, ZONE) is None


@given(left=TIMES, done=TIMES, now=TIMES, inside=st.integers(0, 1))
def test_disinfection_is_between_the_last_case_and_now(left: Any, done: Any, now: Any, inside: int) -> None:
    try:
        rules.check_disinfection("消杀队", done, left, inside, now)
    except Refused:
        assert inside or not left <= done <= now
    else:
        assert not inside and left <= done <= now
