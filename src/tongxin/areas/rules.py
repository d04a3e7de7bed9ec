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
JUSTIFIED = 10  # characters of a justification, at least

NO_CASE_LEFT, DISINFECTED, CLEAR_DAYS = "no_case_left", "disinfected", "clear_days"
CONTACTS_CLEAR, ALL_NEGATIVE = "contacts_clear", "all_negative"
REMOVED = "removed"
HOME, ISOLATED, REPOSITIVE, INBOUND = "home", "isolated", "repositive", "inbound"
FINDINGS = (HOME, ISOLATED, REPOSITIVE, INBOUND)
"""What a risk study may find of a case: in strict home isolation, or found in central isolation or closed loop, both without
risk outside; positive again after recovery; from abroad with little virus."""


@dataclass(frozen=True)
class Terms:
    """What a pack says of one kind of area. ``rule`` cites it (``PACK/key``); ``largest`` is one of SIZES.

    ``then`` is what it becomes, for ``then_days`` more days if that is an area again; ``after`` the kind that it was before.
    ``anchor`` is the event from which days count. Around a case with a finding of ``draws_none`` no area is drawn, one of
    ``exempts`` does not restart the days. Who was negative within the ``negative_within`` last days is negative.
    """

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
    then_days: int = 0
    after: str = ""
    anchor: str = REMOVED
    draws_none: Sequence[str] = ()
    exempts: Sequence[str] = ()
    inbound_ct: int = 0
    mixed_closes: bool = True
    negative_within: int = 1
    contact_days: int = 0
    antigen_days: Sequence[int] = ()


@dataclass(frozen=True)
class Clock:
    """The earliest lawful moment of the lift if its conditions are met, and the moment at which the order lapses.
    ``last_day`` is the day whose results decide; None where hours are counted. ``complete_at`` is when the days would be over,
    where that is after the end: then the order lapses before its conditions can be met, unless somebody extends it."""

    due_at: dt.datetime
    ends_at: dt.datetime
    last_day: dt.date | None
    decision: Decision
    complete_at: dt.datetime | None = None


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


def complete_after(terms: Terms, last_day: dt.date | None, ends_at: dt.datetime, zone: dt.tzinfo) -> dt.datetime | None:
    """When the days of an order are over, if that is after its end; its end never moves later by itself, its days may."""
    if last_day is None:
        return None
    over = dt.datetime.combine(last_day if terms.all_negative else last_day + DAY, dt.time(), zone)
    return over if over > ends_at else None


def first_anchor(terms: Terms, left_at: dt.datetime | None) -> dt.datetime | None:
    """The anchor of an order whose last case had left before it was signed: where the pack counts from the terminal
    disinfection, there is none until that is on record."""
    return left_at if terms.anchor == REMOVED and terms.kind != TEMPORARY else None


def step_end(terms: Terms, ends_at: dt.datetime, zone: dt.tzinfo) -> dt.datetime | None:
    """When all is over if the order becomes an area of another kind at its end: part of it from the start, so that nobody is
    limited longer than was said on the first day. None where it becomes none."""
    if terms.then not in CLOCKED:
        return None
    local = ends_at.astimezone(zone)
    return dt.datetime.combine(local.date() + terms.then_days * DAY, local.time(), zone)


def test_on(terms: Terms, anchor: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> int | None:
    """Which of the pack's test days today is, if everybody present is to give a swab; on a day for which an antigen test is
    enough nobody has to."""
    day = (now.astimezone(zone).date() - anchor.astimezone(zone).date()).days
    return day if day in terms.test_days and day not in terms.antigen_days else None


def next_test(terms: Terms, anchor: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> tuple[int, dt.date] | None:
    """The next of the pack's test days from today on, with its date."""
    first, today = anchor.astimezone(zone).date(), now.astimezone(zone).date()
    return next(((day, first + day * DAY) for day in terms.test_days if first + day * DAY >= today), None)


def contacts_free(days: int, exposed_at: dt.datetime | None, zone: dt.tzinfo) -> dt.datetime | None:
    """The first hour of the last of the days since the last exposure of any contact inside; None without one, or where the
    pack does not ask."""
    if not days or exposed_at is None:
        return None
    return dt.datetime.combine(exposed_at.astimezone(zone).date() + days * DAY, dt.time(), zone)


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
    when the last of those results came. ``missing`` are (person, door) in the order of the doors; ``disinfected`` is false
    while a case has left and nobody disinfected since; ``contacts_free_at`` as ``contacts_free`` gives it."""

    inside: int
    present: int
    missing: Sequence[tuple[int, str]] = ()
    last_negative_at: dt.datetime | None = None
    disinfected: bool = True
    contacts_free_at: dt.datetime | None = None


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
    if terms.anchor != REMOVED and terms.kind != TEMPORARY:
        conditions.append(Condition(DISINFECTED, facts.disinfected, {"inside": facts.inside}, "community"))
    met_at = times.complete_at or times.due_at
    values: dict[str, Any] = {"from": met_at, "days": terms.clear_days, "late": times.complete_at is not None}
    conditions.append(Condition(CLEAR_DAYS, now >= met_at, values))
    if terms.contact_days:
        free_at = facts.contacts_free_at or met_at
        conditions.append(Condition(CONTACTS_CLEAR, now >= free_at, {"from": free_at, "days": terms.contact_days}))
        met_at = max(met_at, free_at)
    if terms.all_negative and terms.kind != TEMPORARY:
        tested = not facts.missing and (facts.present == 0 or facts.last_negative_at is not None)
        values = {"present": facts.present, "missing": len(facts.missing), "day": times.last_day, "within": terms.negative_within}
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
    last seen open, with a photo; ``within`` whether every part lies in the signer's places; ``finding`` what a risk study
    found of the case that it cites; ``mixed`` whether it cites a tube of several people."""

    kind: str
    size: str
    parts: int
    within: bool
    cause: str
    reason: bool
    justification: str
    exits_open_at: dt.datetime | None
    until: dt.datetime | None = None
    finding: str = ""
    mixed: bool = False


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
    if SIZES.index(wish.size) > SIZES.index(terms.largest):
        check_justified(wish.justification.strip(), wish.size, terms.largest)
    if wish.exits_open_at is None or now - wish.exits_open_at > exits_valid:
        raise Refused(N_("No order without the check that the exits are open, with a photo, within the last %(hours)s hours."),
                      hours=exits_valid / dt.timedelta(hours=1))  # fmt: skip
    if wish.until is not None and wish.until <= now:
        raise Refused(N_("The order would end before it begins."))
    check_cause_draws(wish, terms)


def check_justified(justification: str, size: str, largest: str) -> None:
    """A larger area than the policy allows is justified in words that residents can follow."""
    if not justification:
        raise Refused(
            N_("The policy allows a %(largest)s at most; a %(size)s needs a written justification."), largest=largest, size=size
        )
    if len(justification) < JUSTIFIED:
        raise Refused(
            N_("The justification has %(n)s characters; it needs at least %(least)s, for residents read it."),
            n=len(justification), least=JUSTIFIED,
        )  # fmt: skip


def check_end(until: dt.datetime, latest: dt.datetime) -> None:
    """An order may end earlier than the policy lets it, never later."""
    if until > latest:
        raise Refused(N_("The policy allows no end later than %(latest)s."), latest=latest)


def check_cause_draws(wish: Wish, terms: Terms) -> None:
    """Some cases draw no area, and a positive tube of several people is no case yet unless the pack closes for it."""
    if wish.finding in terms.draws_none:
        raise Refused(N_("The policy in force here draws no area around such a case: %(finding)s."), finding=wish.finding)
    if wish.mixed and not terms.mixed_closes:
        raise Refused(N_("The policy in force here closes nothing for a mixed tube: wait for its single retests, or cite a case."))


def check_study(finding: str, reason: str, ct: float | None, inbound_ct: int) -> None:
    """A finding about a case is one of FINDINGS, with its reason; whoever comes from abroad has little virus by the pack."""
    if finding not in FINDINGS or not reason.strip():
        raise Refused(N_("Say what the risk study found of this case, and how that is known."))
    if finding == INBOUND and (ct is None or ct < inbound_ct):
        raise Refused(N_("Such a case from abroad has a Ct value of %(ct)s or more in every gene."), ct=inbound_ct)


def check_disinfection(done_by: str, at: dt.datetime, left_at: dt.datetime | None, inside: int, now: dt.datetime) -> None:
    """Terminal disinfection comes after the last case has left, and somebody did it."""
    if inside or left_at is None:
        raise Refused(N_("A case is still inside: terminal disinfection comes when the last one has left."))
    if not done_by.strip():
        raise Refused(N_("Say who disinfected."))
    if not left_at <= at <= now:
        raise Refused(N_("It was disinfected after the last case had left, %(left_at)s, and before now."), left_at=left_at)


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
