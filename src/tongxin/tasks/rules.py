"""When a task is due, whose it becomes when nobody does it, and what may be done with it. No rule reads the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import N_, Refused, passes
from tongxin.tasks import states


@dataclass(frozen=True)
class Escalation:
    """How often a task has now gone up (0: with its owner), and when it goes up next; None at the top."""

    level: int
    next_at: dt.datetime | None


def due_at(opened_at: dt.datetime, within: dt.timedelta) -> dt.datetime:
    """A task is due its kind's time after it was opened."""
    return opened_at + within


def top(place: PlaceId, most: int) -> int:
    """How many levels up a task at this place can go: never past the district, never more than the pack's ``most``."""
    return max(0, min(most, min(place.level, Level.COMMUNITY) - Level.DISTRICT))


def responsible(place: PlaceId, escalation: int) -> PlaceId:
    """Who answers for a task that went up ``escalation`` levels: the community, its street, its district."""
    own = min(place.level, Level.COMMUNITY)
    return place.at(Level(max(min(own, Level.DISTRICT), own - escalation)))


def next_escalation(
    place: PlaceId, escalation: int, escalate_at: dt.datetime | None, now: dt.datetime, grace: dt.timedelta, most: int
) -> Escalation | None:
    """One level up, when the time has come; None when it has not, or when there is no level left.

    Every level gets its ``grace``: it is counted from the time set for the escalation, or from now when the clock was
    not run for longer than that. So asking twice at one time moves a task once.
    """
    highest = top(place, most)
    if escalate_at is None or escalate_at > now or escalation >= highest:
        return None
    level = escalation + 1
    following = escalate_at + grace
    return Escalation(level, None if level >= highest else following if following > now else now + grace)


def smallest_place(places: Iterable[int]) -> int | None:
    """The smallest place that holds all of these; None for none, or when not even a province does."""
    found = set(places)
    if not found:
        return None
    lowest, highest = min(found), max(found)
    widths = [level.width for level in reversed(Level) if level]
    return next((lowest - lowest % w for w in widths if lowest // w == highest // w), None)


def check_can_complete(state: str, outcome: str, outcomes: Collection[str]) -> None:
    """Only work that is open or taken can be done, and only with an outcome that its kind knows."""
    states.check_can(state, states.COMPLETE)
    if outcome not in outcomes:
        raise Refused(N_("“%(outcome)s” is not an outcome of such a task."), outcome=outcome)


def can_complete(state: str, outcome: str, outcomes: Collection[str]) -> bool:
    return passes(check_can_complete, state, outcome, outcomes)


def check_can_hand_over(state: str, here: PlaceId, there: PlaceId) -> None:
    """A task goes to another community, or to a place in one."""
    states.check_can(state, states.HAND_OVER)
    if there.level < Level.COMMUNITY:
        raise Refused(N_("A task is handed over to a community."))
    if there.at(Level.COMMUNITY) == here.at(Level.COMMUNITY):
        raise Refused(N_("The task is in this community already."))


def can_hand_over(state: str, here: PlaceId, there: PlaceId) -> bool:
    return passes(check_can_hand_over, state, here, there)


def check_can_release(state: str, owner_id: int | None, user_id: int) -> None:
    """Who took a task may put it back."""
    states.check_can(state, states.RELEASE)
    if owner_id != user_id:
        raise Refused(N_("Somebody else has taken this task."))


def can_release(state: str, owner_id: int | None, user_id: int) -> bool:
    return passes(check_can_release, state, owner_id, user_id)


def is_overdue(state: str, due: dt.datetime, now: dt.datetime) -> bool:
    return state in states.WORKABLE and due < now
