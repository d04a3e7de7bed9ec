"""How long a restriction may last, when its release is overdue, who may prolong it. No rule reads the clock.

A release waits for two things: the earliest lawful moment (``due_at``) and its conditions. Overdue is when both have
come and it was not released. At ``ends_at`` it lapses by itself unless a named person has extended it, with a cause.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from tongxin.policy.decisions import N_, Decision, Refused, passes

CAUSES = ("result", "exposure", "order")
RELEASED, WITHDRAWN, LAPSED = "released", "withdrawn", "lapsed"
LAPSE_REASON = N_("It reached its end, and nobody extended it.")


@dataclass(frozen=True)
class Hold:
    """The times of a restriction, and the decision that explains them."""

    due_at: dt.datetime
    ends_at: dt.datetime
    decision: Decision


def hold(start: dt.datetime, due_after: dt.timedelta, ends_after: dt.timedelta, rule: str) -> Hold:
    """The earliest lawful release and the end of a restriction that starts now, under ``rule`` (``PACK/key``).

    Raises ValueError for an end that is not after the start or a release later than the end: a pack that says so does
    not load.
    """
    if not dt.timedelta(0) <= due_after <= ends_after or ends_after <= dt.timedelta(0):
        raise ValueError(f"{rule}: released after {due_after}, ended after {ends_after}")
    due_at, ends_at = start + due_after, start + ends_after
    values = {"start": start, "due_at": due_at, "ends_at": ends_at, "hours": ends_after}
    sentence = N_("From %(start)s; can be released from %(due_at)s, ends by itself at %(ends_at)s.")
    return Hold(due_at, ends_at, Decision(rule, values, sentence))


def overdue_since(
    due_at: dt.datetime, conditions_met_at: dt.datetime | None, released_at: dt.datetime | None
) -> dt.datetime | None:
    """Since when it should have been released; None while its conditions are not met, or when it was released."""
    if conditions_met_at is None or released_at is not None:
        return None
    return max(due_at, conditions_met_at)


def is_overdue(
    now: dt.datetime, due_at: dt.datetime, conditions_met_at: dt.datetime | None, released_at: dt.datetime | None
) -> bool:
    """Whether its release is late: due, conditions met, and not released."""
    since = overdue_since(due_at, conditions_met_at, released_at)
    return since is not None and since < now


def is_in_force(
    now: dt.datetime, starts_at: dt.datetime, ends_at: dt.datetime, released_at: dt.datetime | None
) -> bool:
    """Whether it limits anybody now. One past its end does not, whether the clock was run or not."""
    return released_at is None and starts_at <= now < ends_at


def check_can_impose(subject_kind: str, subject_kinds: Collection[str], cause_kind: str, cause_id: int) -> None:
    """A restriction has a cause on record and limits what its kind may limit. The database asks the same."""
    if cause_kind not in CAUSES or cause_id is None:
        raise Refused(N_("A restriction needs a cause on record: a result, an exposure or an order."))
    if subject_kind not in subject_kinds:
        raise Refused(N_("Such a restriction cannot limit a “%(subject)s”."), subject=subject_kind)


def can_impose(subject_kind: str, subject_kinds: Collection[str], cause_kind: str, cause_id: int) -> bool:
    return passes(check_can_impose, subject_kind, subject_kinds, cause_kind, cause_id)


def check_can_extend(
    now: dt.datetime, ends_at: dt.datetime, released_at: dt.datetime | None, until: dt.datetime,
    ceiling_at: dt.datetime, named: str, may_extend: bool, cause: str,
) -> None:  # fmt: skip
    """A named person who may, with a cause, may prolong one restriction that still holds, up to its ceiling.

    ``named`` is the person's user name ("" for a clock or a bulk job), ``ceiling_at`` the latest end the pack allows.
    """
    if not named:
        raise Refused(N_("Only a named person can extend a restriction."))
    if not may_extend:
        raise Refused(N_("You may not extend such a restriction."))
    if not cause.strip():
        raise Refused(N_("An extension needs its cause: the case, or the result that is missing."))
    if released_at is not None or ends_at <= now:
        raise Refused(N_("This restriction has ended already."))
    if until <= ends_at:
        raise Refused(N_("The new end must be later than the present one, %(ends_at)s."), ends_at=ends_at)
    if until > ceiling_at:
        raise Refused(N_("The policy allows no end later than %(ceiling_at)s."), ceiling_at=ceiling_at)


def can_extend(
    now: dt.datetime, ends_at: dt.datetime, released_at: dt.datetime | None, until: dt.datetime,
    ceiling_at: dt.datetime, named: str, may_extend: bool, cause: str,
) -> bool:  # fmt: skip
    return passes(check_can_extend, now, ends_at, released_at, until, ceiling_at, named, may_extend, cause)


def check_can_release(released_at: dt.datetime | None, kind: str, reason: str) -> None:
    """What holds can be lifted at any time, in bulk too, with a reason; nothing is lifted twice."""
    if kind not in (RELEASED, WITHDRAWN):
        raise ValueError(f"{kind!r} is not a way to lift a restriction")
    if not reason.strip():
        raise Refused(N_("A release needs a reason."))
    if released_at is not None:
        raise Refused(N_("This restriction has ended already."))


def can_release(released_at: dt.datetime | None, kind: str, reason: str) -> bool:
    return passes(check_can_release, released_at, kind, reason)
