"""When an area may be ordered, how long it lasts, what must be true before it opens, who may prolong it.

Days are calendar days of the city; day 1 is the day after the anchor, which is the moment when the last case left the
area (or it was disinfected after that). Source of the counting: Joint Prevention and Control Mechanism, Twenty Measures
of 11 November 2022 (no new case for 5 days, all negative on day 5), and Beijing, May 2022, for the anchor; the numbers
themselves stand in the policy packs. No rule reads the clock.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tongxin.policy.decisions import N_, Decision, Refused, passes

HIGH, MEDIUM, SEALED, CONTROLLED, TEMPORARY = "high", "medium", "sealed", "controlled", "temporary"
CLOCKED = (HIGH, MEDIUM, SEALED, CONTROLLED)
KINDS = (*CLOCKED, TEMPORARY)
SIZES = ("home", "floor", "unit", "building", "compound", "community", "street", "district")
CAUSES = ("case", "result", "exposure", "order", "list")
DAY = dt.timedelta(days=1)

NO_CASE_LEFT, CLEAR_DAYS, ALL_NEGATIVE, BARRIERS = "no_case_left", "clear_days", "all_negative", "barriers_removable"


@dataclass(frozen=True)
class Terms:
    """What a pack says of one kind of area. ``rule`` cites it (``PACK/key``); ``largest`` is one of SIZES."""

    kind: str
    rule: str
    used: bool
    largest: str
    clear_days: int
    all_negative: bool
    test_days: Sequence[int]
    then: str
    ceiling: dt.timedelta
    single_extension: dt.timedelta
    hours: dt.timedelta = dt.timedelta(0)


@dataclass(frozen=True)
class Clock:
    """The earliest lawful moment of the lift if its conditions are met, and the moment at which the order lapses.
    ``last_day`` is the day whose results decide; None where hours are counted."""

    due_at: dt.datetime
    ends_at: dt.datetime
    last_day: dt.date | None
    decision: Decision


def clock(terms: Terms, starts_at: dt.datetime, anchor_at: dt.datetime | None, zone: dt.tzinfo) -> Clock:
    """The times of an order. As long as a case is still inside, its days count from the start of the order.

    With a test on the last day the lift is lawful from that day's first hour on, as soon as the results are complete;
    without one, when the last day is over. Either way the order lapses when the last day is over.
    """
    anchor = max(anchor_at or starts_at, starts_at) if terms.kind == TEMPORARY else anchor_at or starts_at
    if terms.kind == TEMPORARY:
        ends = starts_at + terms.hours
        return Clock(starts_at, ends, None, Decision(terms.rule, {"start": starts_at, "ends_at": ends}))
    last_day = anchor.astimezone(zone).date() + terms.clear_days * DAY
    begins = dt.datetime.combine(last_day, dt.time(), zone)
    over = dt.datetime.combine(last_day + DAY, dt.time(), zone)
    due = max(begins if terms.all_negative else over, starts_at)
    ends = max(over, dt.datetime.combine(starts_at.astimezone(zone).date() + DAY, dt.time(), zone))
    values = {"anchor": anchor, "days": terms.clear_days, "last_day": last_day, "due_at": due, "ends_at": ends}
    sentence = N_("%(days)s whole days without a new case, counted from %(anchor)s.")
    return Clock(due, ends, last_day, Decision(terms.rule, values, sentence))


@dataclass(frozen=True)
class Case:
    """A case of the area: since when positive, and when it left (None: still inside)."""

    positive_at: dt.datetime
    removed_at: dt.datetime | None


def anchor_of(cases: Sequence[Case]) -> dt.datetime | None:
    """When the last case left; None while one is inside, or without any case. A case that was withdrawn is none: the
    days it took are given back."""
    left = [c.removed_at for c in cases if c.removed_at]
    return max(left) if left and len(left) == len(cases) else None


@dataclass(frozen=True)
class Facts:
    """What is known of an area: cases still inside, how many are present, who of them lacks the last day's result, and
    when the last of those results came. ``missing`` are (person, door) in the order of the doors."""

    inside: int
    present: int
    missing: Sequence[tuple[int, str]] = ()
    last_negative_at: dt.datetime | None = None
    barriers: int = 0


@dataclass(frozen=True)
class Condition:
    """One condition of the lift: met or not, since when, what is compared, and whose move it is."""

    key: str
    met: bool
    values: dict[str, Any] = field(default_factory=dict)
    team: str = ""


@dataclass(frozen=True)
class Standing:
    """Where an area stands: its conditions, since when all are met (None: not yet), and the earliest possible moment."""

    conditions: tuple[Condition, ...]
    met_at: dt.datetime | None
    earliest: dt.datetime

    @property
    def blocked_by(self) -> tuple[Condition, ...]:
        return tuple(c for c in self.conditions if not c.met)


def standing(terms: Terms, times: Clock, facts: Facts, now: dt.datetime) -> Standing:
    """Judge an order by its facts. The absent and the exempt are not among those present, so they never block."""
    conditions = [Condition(NO_CASE_LEFT, facts.inside == 0, {"inside": facts.inside}, "operations")]
    conditions.append(Condition(CLEAR_DAYS, now >= times.due_at, {"from": times.due_at, "days": terms.clear_days}))
    met_at = times.due_at
    if terms.all_negative and terms.kind != TEMPORARY:
        tested = not facts.missing and (facts.present == 0 or facts.last_negative_at is not None)
        values = {"present": facts.present, "missing": len(facts.missing), "day": times.last_day}
        conditions.append(Condition(ALL_NEGATIVE, tested, values, "sampling"))
        met_at = max(met_at, facts.last_negative_at or met_at)
    every = all(c.met for c in conditions)
    return Standing(tuple(conditions), met_at if every else None, met_at)


def is_overdue(due_at: dt.datetime, met_at: dt.datetime | None, ended_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Due, conditions met, and not lifted."""
    return ended_at is None and met_at is not None and max(due_at, met_at) < now


def has_lapsed(ends_at: dt.datetime, now: dt.datetime) -> bool:
    """Nobody extended it: at its end it is over, whether or not anybody looked."""
    return ends_at <= now


@dataclass(frozen=True)
class Wish:
    """An order that somebody wants to sign. ``size`` is that of its largest part; ``exits_open_at`` when the exits were
    last seen open, with a photo; ``within`` whether every part lies in the signer's places."""

    kind: str
    size: str
    parts: int
    within: bool
    cause: str
    reason: bool
    justification: str
    exits_open_at: dt.datetime | None
    until: dt.datetime | None = None


def check_has_places(parts: int) -> None:
    if not parts:
        raise Refused(N_("Name at least one place."))


def check_can_issue(wish: Wish, terms: Terms, exits_valid: dt.timedelta, now: dt.datetime) -> None:
    """An order has a kind that the pack knows, a cause, a reason, places within the signer's own, as small as the facts
    allow or a justification on record, and exits that were seen open."""
    check_has_places(wish.parts)
    if not wish.within:
        raise Refused(N_("One of these places is not where you are responsible."))
    if not terms.used or (wish.kind == TEMPORARY and not terms.hours):
        raise Refused(N_("The policy in force here knows no such area (%(rule)s)."), rule=terms.rule)
    if wish.cause not in CAUSES or not wish.reason:
        raise Refused(N_("An order needs its cause on record and a reason that residents can read."))
    if SIZES.index(wish.size) > SIZES.index(terms.largest) and len(wish.justification.strip()) < 10:
        raise Refused(
            N_("The policy allows a %(largest)s at most; a %(size)s needs a written justification."),
            largest=terms.largest, size=wish.size,
        )  # fmt: skip
    if wish.exits_open_at is None or now - wish.exits_open_at > exits_valid:
        raise Refused(N_("No order without the check that the exits are open, with a photo, within the last %(hours)s hours."),
                      hours=exits_valid / dt.timedelta(hours=1))  # fmt: skip
    if wish.until is not None and wish.until <= now:
        raise Refused(N_("The order would end before it begins."))


def check_name(name: str, doors: Sequence[str]) -> None:
    """What is published names a unit at the finest: an order on single homes is known by its unit."""
    for door in doors:
        if re.search(rf"(?<![0-9A-Za-z]){re.escape(door)}(?![0-9A-Za-z]|号楼|号院|楼|栋|单元|弄)", name):
            raise Refused(N_("What is published names a unit at the finest: leave the door %(door)s out of the name."), door=door)


def check_not_chained(since: dt.datetime | None, hours: dt.timedelta) -> None:
    """Temporary control ends at the pack's limit: it is not begun anew where it just was."""
    if since is not None:
        raise Refused(
            N_("This place is or was under temporary control since %(since)s; after %(hours)s hours it is an area or free."),
            since=since, hours=hours / dt.timedelta(hours=1),
        )  # fmt: skip


def can_issue(wish: Wish, terms: Terms, exits_valid: dt.timedelta, now: dt.datetime) -> bool:
    return passes(check_can_issue, wish, terms, exits_valid, now)


@dataclass(frozen=True)
class Extension:
    """A prolongation that somebody wants to sign: ``named`` is the user ("" for a clock or a bulk job), ``cause`` the
    case or the missing result that it cites (kind, id), ``reason`` in words."""

    named: str
    may: bool
    until: dt.datetime
    cause: tuple[str, int] | None
    reason: str


def check_can_extend(
    asked: Extension, kind: str, starts_at: dt.datetime, ends_at: dt.datetime, ended_at: dt.datetime | None, terms: Terms,
    now: dt.datetime,
) -> None:  # fmt: skip
    """One area at a time, by a named person, citing the case or the missing result, up to the pack's ceiling. Temporary
    control is never prolonged: it becomes an area with its own order, or it ends."""
    if not asked.named:
        raise Refused(N_("Only a named person can extend an area."))
    if not asked.may:
        raise Refused(N_("You may not extend an area."))
    if kind == TEMPORARY:
        raise Refused(N_("Temporary control is not extended: order an area with its own cause, or let it end."))
    if ended_at is not None or ends_at <= now:
        raise Refused(N_("This area has ended already."))
    if asked.cause is None or asked.cause[0] not in ("case", "missing") or not asked.reason.strip():
        raise Refused(N_("An extension cites the case or the missing result, and says why."))
    if asked.until <= ends_at:
        raise Refused(N_("The new end must be later than the present one, %(ends_at)s."), ends_at=ends_at)
    latest = min(starts_at + terms.ceiling, ends_at + terms.single_extension)
    if asked.until > latest:
        raise Refused(N_("The policy allows no end later than %(latest)s."), latest=latest)


def check_can_lift(ended_at: dt.datetime | None, met_at: dt.datetime | None, reason: str) -> None:
    """An area whose conditions are met is lifted by one action for many; before that a reason is needed: it was wrong, or
    it is no longer needed. Opening is never forbidden."""
    if ended_at is not None:
        raise Refused(N_("This area has ended already."))
    if met_at is None and not reason.strip():
        raise Refused(N_("The conditions are not met yet; say why the area is lifted all the same."))


def rederived_end(ends_at: dt.datetime, by_new_pack: dt.datetime, now: dt.datetime) -> dt.datetime:
    """A new pack moves an end earlier by itself, never later; never before now, so that people hear of it."""
    return min(ends_at, max(by_new_pack, now))


def check_can_answer(issuer: str, answering: str) -> None:
    """Nobody judges an objection to their own order; the database refuses it too."""
    if issuer == answering:
        raise Refused(N_("An objection is answered by somebody other than the one who signed the order."))


def person_hours(persons: int, ends_at: dt.datetime, now: dt.datetime) -> float:
    """Hours of confinement still ahead, all persons together, if nothing opens the area before its end."""
    return persons * max(dt.timedelta(0), ends_at - now) / dt.timedelta(hours=1)


def freed_by_one(persons: int, missing: int, ends_at: dt.datetime, now: dt.datetime) -> int:
    """What one swab sets free: the area's person-hours, shared by all the swabs that are still missing."""
    return round(person_hours(persons, ends_at, now) / missing) if missing else 0
