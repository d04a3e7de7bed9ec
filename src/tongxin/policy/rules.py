"""Who may adopt a pack and from when, and what a place above forbids the places below. No rule reads the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from tongxin.policy.decisions import N_, Refused

LEVELS = (1, 2, 3, 4, 0)
"""Response levels from the highest on; 0 is none."""
LONGEST_COMMENT = 1000


def check_signed(may: bool, within: bool, reason: str) -> None:
    """Whoever decides for a place has the capability, answers for the place, and says why."""
    if not may:
        raise Refused(N_("You may not decide which pack holds."))
    if not within:
        raise Refused(N_("This place is not one that you answer for."))
    if not reason.strip():
        raise Refused(N_("Say why: the reason is kept with the decision."))


def check_start(starts_at: dt.datetime, now: dt.datetime, back: dt.timedelta) -> None:
    """A pack holds from now on or from a later moment; ``back`` is how far a clock or a slow hand may be behind."""
    if starts_at < now - back:
        raise Refused(
            N_("A pack holds from now on, not backwards: %(starts_at)s is more than %(minutes)d minutes ago."),
            starts_at=starts_at, minutes=round(back / dt.timedelta(minutes=1)),
        )  # fmt: skip


def check_no_plan(planned: str, from_when: dt.datetime | None) -> None:
    """A place has one plan at most: what is planned is withdrawn before something else is."""
    if from_when is not None:
        raise Refused(
            N_("%(planned)s is planned here from %(from_when)s on; withdraw that first."),
            planned=planned, from_when=from_when,
        )  # fmt: skip


def exceeding(values: Mapping[str, Any], ceilings: Mapping[str, Any]) -> list[str]:
    """The parameters whose value is more than a ceiling allows, in the order of the values."""
    return [key for key, value in values.items() if key in ceilings and value > ceilings[key]]


def check_comment(may: bool, within: bool, text: str, known: Iterable[str], key: str) -> None:
    """A comment stands at a parameter and in a place of its author, and says something."""
    if not may:
        raise Refused(N_("You may not comment on a parameter."))
    if not within:
        raise Refused(N_("This place is not one that you answer for."))
    if key not in known:
        raise Refused(N_("There is no parameter “%(key)s”."), key=key)
    if not text.strip():
        raise Refused(N_("Write what you have to say."))
    if len(text) > LONGEST_COMMENT:
        raise Refused(N_("Say it in %(most)d characters at most."), most=LONGEST_COMMENT)


def check_level(level: int) -> None:
    if level not in LEVELS:
        raise Refused(N_("A response level is I, II, III or IV, or none."))
