"""What a contact changes, who a listed patient is, who may answer for whom. No rule reads the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import N_, Refused

SEEN, NOT_REACHED, NEEDS_HELP, REFUSED = "seen", "not_reached", "needs_help", "refused"
OUTCOMES = (SEEN, NOT_REACHED, NEEDS_HELP, REFUSED)
DOOR, PHONE, VIDEO = "door", "phone", "video"
HOWS = (DOOR, PHONE, VIDEO)
MOST_DOOR_HEADS = 2


def counts_as_seen(outcome: str) -> bool:
    """Whoever asked for help was seen; whoever would not open or speak was not."""
    return outcome in (SEEN, NEEDS_HELP)


def follows(how: str, outcome: str) -> str:
    """What a contact leads to: a visit when the phone was not answered, a check of their welfare when nobody opened the
    door either, help when it was asked for; else nothing."""
    if outcome == NEEDS_HELP:
        return "help"
    if outcome == NOT_REACHED:
        return "check" if how == DOOR else "visit"
    return ""


def next_due(now: dt.datetime, before: dt.datetime, rhythm: dt.timedelta, outcome: str) -> dt.datetime:
    """Seen, heard or refused: a rhythm from now. Not reached: as before, the contact still is due."""
    return before if outcome == NOT_REACHED else now + rhythm


@dataclass(frozen=True)
class Candidate:
    """Somebody in the register by whom a row may be meant; what of the row is theirs too."""

    person_id: int
    place_id: int
    identity: bool
    phone: bool
    name: bool
    birth: bool


@dataclass(frozen=True)
class Match:
    """Who a row means: ``state`` is matched, ambiguous or unknown; ``how`` says by what."""

    state: str
    how: str = ""
    candidates: tuple[Candidate, ...] = ()


def match(candidates: Sequence[Candidate]) -> Match:
    """The surest mark that anybody carries decides: the identity number, then name with phone, then name with birthday.
    One person with it is meant; several, or a mark that two marks contradict, are for somebody to choose. A phone under
    another name is a hint only: a household shares it.
    """
    marks = (
        ("identity", [c for c in candidates if c.identity]),
        ("phone", [c for c in candidates if c.phone and c.name]),
        ("birth", [c for c in candidates if c.name and c.birth]),
    )
    for how, found in marks:
        if len(found) == 1:
            return Match("matched", how, tuple(found))
        if found:
            return Match("ambiguous", how, tuple(found))
    hints = tuple(c for c in candidates if c.phone)
    return Match("ambiguous", "phone", hints) if hints else Match("unknown")


def check_can_hand_over(from_id: int, to_id: int, left_over: int, hidden_from_new: int) -> None:
    """Nothing may be left without an owner, and nobody gets what they may not see."""
    if from_id == to_id:
        raise Refused(N_("Hand it over to somebody else."))
    if hidden_from_new:
        raise Refused(
            N_("%(count)s entries are sensitive and the new owner may not see such: name somebody who may."),
            count=hidden_from_new,
        )
    if left_over:
        raise Refused(
            N_("%(count)s entries would have no owner: they have no deputy. Name who takes them over."), count=left_over
        )


def check_can_post(place: PlaceId) -> None:
    """A steward answers for a building or a unit of it."""
    if place.level not in (Level.BUILDING, Level.UNIT):
        raise Refused(N_("A steward answers for a building or a unit."))


def check_can_add_door_head(present: int, place: PlaceId, lives_at: int) -> None:
    """A building has two door heads, who live in it."""
    if place.level != Level.BUILDING:
        raise Refused(N_("Door heads stand for a building."))
    if not place.contains(lives_at):
        raise Refused(N_("A door head lives in the building."))
    if present >= MOST_DOOR_HEADS:
        raise Refused(N_("This building has two door heads already; end one first."))


def check_known(value: str, known: Collection[str]) -> None:
    if value not in known:
        raise Refused(N_("“%(value)s” is not one of the answers."), value=value)
