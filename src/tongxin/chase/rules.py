"""Decisions of the chase: what a retest means for a member, what a call means, when something is an exception. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tongxin.chase import states

INVALID, NEGATIVE, INCONCLUSIVE, POSITIVE = 0, 1, 2, 3
PENDING = -1
NO_PHONE, NO_ANSWER, RETEST_MISSING, ELSEWHERE = "no_phone", "no_answer", "retest_missing", "elsewhere"

CALL_OUTCOMES = {
    "stays": states.HOLD, "reached": states.REACH, "no_answer": None, "wrong_number": None,
    "moved_away": states.MOVED_AWAY, "wrong_person": states.WRONG_PERSON, "refused": states.REFUSED,
    "deceased": states.DECEASED, "already_isolated": states.ISOLATED,
}  # fmt: skip
"""What came of a call or a knock, and the event that it is for the member."""


@dataclass(frozen=True)
class Retest:
    """The latest retest of a person. ``result`` is PENDING, or as for tubes. Times are aware or None."""

    tube_id: int
    sampled_at: dt.datetime
    received_at: dt.datetime | None
    result: int
    result_at: dt.datetime | None


@dataclass(frozen=True)
class Follow:
    """What a retest makes of a member: the event, and the node after it."""

    event: str
    node: str


def follow_retest(node: str, known: tuple[int | None, int | None], retest: Retest) -> Follow | None:
    """What the latest retest makes of a member at ``node`` that knew ``(tube, result)``; None when it is no news."""
    if known == (retest.tube_id, retest.result) and not (retest.received_at and node == states.RESAMPLED):
        return None
    if retest.result == PENDING:
        event = states.RECEIVE if retest.received_at else states.RESAMPLE
    elif retest.result == POSITIVE:
        event = states.CONFIRM
    elif retest.result == NEGATIVE:
        event = states.ANSWER
    else:
        event = states.AGAIN
    return Follow(event, states.after(node, event)) if states.can(node, event) else None


def counts_as_retest(
    sampled_at: dt.datetime, tube_sampled_at: dt.datetime | None, lookback: dt.timedelta
) -> bool:
    """Whether a retest belongs to a chase: not taken longer than ``lookback`` before the tube was (an old one says
    nothing; device clocks may differ)."""
    return tube_sampled_at is None or sampled_at >= tube_sampled_at - lookback


def exception_after_call(outcome: str, calls: int, allowed: int, known: str) -> str:
    """The exception a member carries after a call: none once reached, no answer after ``allowed`` calls in vain."""
    if outcome in ("no_answer", "wrong_number"):
        if outcome == "wrong_number":
            return NO_PHONE
        return NO_ANSWER if calls >= allowed else known
    return ""


def all_negative(retests: list[int | None]) -> bool:
    """Whether everyone in a positive tube was retested negative: then who really was in it?"""
    return bool(retests) and all(r == NEGATIVE for r in retests)
