"""The way of a tube's member, and what retests and calls mean for it: in tables."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.chase import rules, states
from tongxin.chase.rules import INCONCLUSIVE, INVALID, NEGATIVE, PENDING, POSITIVE, Retest
from tongxin.chase.states import HELD, LISTED, REACHED, RECEIVED, RESAMPLED, RESOLVED, RESULTED

T0 = dt.datetime(2022, 11, 25, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
EVERY = (*states.NODES, *states.SPECIAL_ENDS)
EVENTS = {event for _, event in states.TABLE}


# -- states ---------------------------------------------------------------------------------------------


def test_the_table_knows_only_its_nodes() -> None:
    for (before, _), after in states.TABLE.items():
        assert before in EVERY and after in EVERY
    assert set(states.OPEN) <= set(EVERY) and states.REFUSED in states.OPEN and RESOLVED not in states.OPEN


def test_every_node_is_reached_from_listed() -> None:
    seen, todo = {LISTED}, deque([LISTED])
    while todo:
        node = todo.popleft()
        for (before, _), after in states.TABLE.items():
            if before == node and after not in seen:
                seen.add(after)
                todo.append(after)
    assert seen == set(EVERY)


def test_from_every_node_somebody_can_still_be_resolved() -> None:
    for node in EVERY:
        assert states.can(node, states.CORRECT) and states.after(node, states.CORRECT) == RESOLVED
        assert states.can(node, states.CONFIRM) and states.after(node, states.CONFIRM) == RESOLVED


def test_only_a_negative_retest_can_be_judged() -> None:
    assert [node for node in EVERY if states.can(node, states.JUDGE)] == [RESULTED]


def test_a_swab_overtakes_every_call() -> None:
    for node in (LISTED, REACHED, HELD, *states.SPECIAL_ENDS):
        assert states.after(node, states.RESAMPLE) == RESAMPLED
        assert states.after(node, states.RECEIVE) == RECEIVED
        assert states.after(node, states.ANSWER) == RESULTED


def test_a_call_never_takes_back_a_swab() -> None:
    for node, event in itertools.product((RESAMPLED, RECEIVED, RESULTED, RESOLVED), rules.CALL_OUTCOMES.values()):
        assert event is None or not states.can(node, event)


def test_an_event_that_the_table_lacks_is_an_error() -> None:
    with pytest.raises(KeyError):
        states.after(LISTED, states.JUDGE)


# -- retests --------------------------------------------------------------------------------------------

# node, known (tube, result), retest (tube, result, received) → node after, or None for no news
FOLLOWED: list[tuple[str, str, tuple[int | None, int | None], tuple[int, int, bool], str | None]] = [
    ("a first swab", LISTED, (None, None), (7, PENDING, False), RESAMPLED),
    ("a swab after the call", HELD, (None, None), (7, PENDING, False), RESAMPLED),
    ("the same swab again", RESAMPLED, (7, PENDING), (7, PENDING, False), None),
    ("the swab arrives", RESAMPLED, (7, PENDING), (7, PENDING, True), RECEIVED),
    ("it arrived already", RECEIVED, (7, PENDING), (7, PENDING, True), None),
    ("a swab known to have arrived", LISTED, (None, None), (7, PENDING, True), RECEIVED),
    ("a result before the arrival", RESAMPLED, (7, PENDING), (7, NEGATIVE, False), RESULTED),
    ("a result and nobody called", LISTED, (None, None), (7, NEGATIVE, False), RESULTED),
    ("negative", RECEIVED, (7, PENDING), (7, NEGATIVE, True), RESULTED),
    ("positive", RECEIVED, (7, PENDING), (7, POSITIVE, True), RESOLVED),
    ("inconclusive: again", RECEIVED, (7, PENDING), (7, INCONCLUSIVE, True), HELD),
    ("invalid: again", RECEIVED, (7, PENDING), (7, INVALID, True), HELD),
    ("the next swab after an invalid one", HELD, (7, INVALID), (8, PENDING, False), RESAMPLED),
    ("negative, corrected to positive", RESULTED, (7, NEGATIVE), (7, POSITIVE, True), RESOLVED),
    ("judged, corrected to positive", RESOLVED, (7, NEGATIVE), (7, POSITIVE, True), RESOLVED),
    ("positive, corrected to negative", RESOLVED, (7, POSITIVE), (7, NEGATIVE, True), RESULTED),
    ("the same result again", RESULTED, (7, NEGATIVE), (7, NEGATIVE, True), None),
    ("somebody who moved away is swabbed after all", "moved_away", (None, None), (7, PENDING, False), RESAMPLED),
    ("somebody who refused is swabbed after all", "refused", (None, None), (7, PENDING, False), RESAMPLED),
    ("a new swab of a resolved member", RESOLVED, (7, NEGATIVE), (8, PENDING, False), RESAMPLED),
]


@pytest.mark.parametrize(("node", "known", "retest", "after"), [f[1:] for f in FOLLOWED], ids=[f[0] for f in FOLLOWED])
def test_what_a_retest_makes_of_a_member(
    node: str, known: tuple[int | None, int | None], retest: tuple[int, int, bool], after: str | None
) -> None:
    tube, result, received = retest
    found = rules.follow_retest(node, known, Retest(tube, T0, T0 if received else None, result, None))
    assert (found.node if found else None) == after
    if found:
        assert states.TABLE[node, found.event] == found.node


@given(st.sampled_from(EVERY), st.sampled_from([PENDING, INVALID, NEGATIVE, INCONCLUSIVE, POSITIVE]), st.booleans())
def test_a_retest_that_was_followed_is_no_news_any_more(node: str, result: int, received: bool) -> None:
    retest = Retest(7, T0, T0 if received else None, result, None)
    found = rules.follow_retest(node, (None, None), retest)
    if found:
        assert rules.follow_retest(found.node, (7, result), retest) is None


@given(st.permutations([PENDING, NEGATIVE, POSITIVE, INVALID]))
def test_the_last_result_of_a_retest_decides_whatever_came_before(results: list[int]) -> None:
    node, known = LISTED, (None, None)
    for result in [r for r in results if r != PENDING]:
        found = rules.follow_retest(node, known, Retest(7, T0, None, result, None))
        assert found
        node, known = found.node, (7, result)
    last = next(r for r in reversed(results) if r != PENDING)
    assert node == {NEGATIVE: RESULTED, POSITIVE: RESOLVED, INVALID: HELD}[last]


@pytest.mark.parametrize(
    ("hours", "counts"), [(-49, False), (-48, True), (-1, True), (0, True), (100, True)]
)  # fmt: skip
def test_a_swab_from_long_before_the_tube_is_no_retest(hours: int, counts: bool) -> None:
    assert rules.counts_as_retest(T0 + hours * HOUR, T0, 48 * HOUR) is counts
    assert rules.counts_as_retest(T0 + hours * HOUR, None, 48 * HOUR) is True


# -- calls ----------------------------------------------------------------------------------------------

CALLS: list[tuple[str, str, int, str, str]] = [
    ("a first call in vain", "no_answer", 1, "", ""),
    ("a second call in vain", "no_answer", 2, "", ""),
    ("a third call in vain", "no_answer", 3, "", "no_answer"),
    ("a call in vain changes no other exception", "no_answer", 1, "elsewhere", "elsewhere"),
    ("a wrong number", "wrong_number", 1, "", "no_phone"),
    ("reached after all", "reached", 4, "no_answer", ""),
    ("stays in place", "stays", 1, "retest_missing", ""),
    ("moved away", "moved_away", 1, "no_phone", ""),
]


@pytest.mark.parametrize(("outcome", "calls", "known", "after"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS])
def test_what_a_call_makes_an_exception(outcome: str, calls: int, known: str, after: str) -> None:
    assert rules.exception_after_call(outcome, calls, 3, known) == after


def test_every_outcome_of_a_call_is_an_event_or_none() -> None:
    assert set(rules.CALL_OUTCOMES.values()) <= {*EVENTS, None}
    assert set(states.SPECIAL_ENDS) <= set(rules.CALL_OUTCOMES.values())


@pytest.mark.parametrize(
    ("retests", "all_negative"),
    [([], False), ([NEGATIVE], True), ([NEGATIVE, NEGATIVE], True), ([NEGATIVE, None], False), ([NEGATIVE, PENDING], False),
     ([NEGATIVE, INVALID], False), ([NEGATIVE, POSITIVE], False)],
)  # fmt: skip
def test_a_tube_is_all_negative_when_everybody_was_retested_negative(retests: list[int | None], all_negative: bool) -> None:
    assert rules.all_negative(retests) is all_negative
