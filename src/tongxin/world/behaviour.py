"""What the people who work in a chase do next about a member, and when. Pure: it looks at what is on record and at who
the member is, so that it goes on sensibly whatever users of a demo have done in between."""

from __future__ import annotations

import datetime as dt
import enum
import random
from dataclasses import dataclass

from tongxin.chase import rules, states
from tongxin.world.draws import drawer

MINUTE = dt.timedelta(minutes=1)
CALLS = 3


class Story(enum.Enum):
    """What is peculiar about reaching and retesting a member."""

    PLAIN = "plain"
    PROMPT = "prompt"
    CALLS_BACK = "calls back"
    NO_PHONE = "no phone"
    WRONG_NUMBER = "wrong number"
    SILENT = "silent"
    ELSEWHERE = "elsewhere"
    REFUSES = "refuses"
    MOVED = "moved away"
    SOMEBODY_ELSE = "somebody else"
    IN_CARE = "already isolated"
    FORGOTTEN = "forgotten"


_USUAL = (
    (80, Story.PLAIN), (8, Story.CALLS_BACK), (2, Story.WRONG_NUMBER), (3, Story.SILENT), (2, Story.ELSEWHERE),
    (1.5, Story.REFUSES), (1, Story.MOVED), (0.5, Story.SOMEBODY_ELSE), (1, Story.IN_CARE), (1, Story.FORGOTTEN),
)  # fmt: skip
_ENDS = {Story.MOVED: "moved_away", Story.SOMEBODY_ELSE: "wrong_person", Story.IN_CARE: "already_isolated"}


class Deed(enum.Enum):
    CALL = "call"
    HAND_OVER = "hand over"
    SAMPLE = "sample"
    RECEIVE = "receive"
    REPORT = "report"
    JUDGE = "judge"


@dataclass(frozen=True)
class Member:
    """A member as the record has them. Times are the city's, None where something has not happened."""

    id: int
    tube: str
    person_no: str
    community: str
    node: str
    exception: str
    calls: int
    listed_at: dt.datetime
    called_at: dt.datetime | None
    reached_at: dt.datetime | None
    held_at: dt.datetime | None
    resampled_at: dt.datetime | None
    received_at: dt.datetime | None
    resulted_at: dt.datetime | None
    retest_tube: str
    retest: int | None


@dataclass(frozen=True)
class Next:
    """A deed that is due at a moment; for a call also its channel and how it ends."""

    at: dt.datetime
    deed: Deed
    channel: str = "phone"
    outcome: str = ""


def story_of(seed: int, member: Member, told: dict[str, Story]) -> Story:
    """The story of a member: the one told of the person, or the one drawn for them."""
    if member.person_no in told:
        return told[member.person_no]
    rng = drawer(seed, "story", member.tube, member.person_no)
    return rng.choices([s for _, s in _USUAL], [w for w, _ in _USUAL])[0]


def next_deed(seed: int, member: Member, story: Story) -> Next | None:
    """What is done next about a member; None when nothing is left to do."""
    rng = drawer(seed, "deed", member.tube, member.person_no, member.node, member.calls, member.retest)
    if member.node in (states.LISTED, states.REFUSED):
        return _reach(rng, member, story)
    if member.node == states.REACHED:
        return _again(rng, member, story)
    if member.node == states.HELD:
        return _sample(rng, member, story)
    if member.node == states.RESAMPLED:
        return Next(_after(member.resampled_at, rng, 24, 70), Deed.RECEIVE)
    if member.node == states.RECEIVED:
        return Next(_after(member.received_at, rng, 110, 205), Deed.REPORT)
    if member.node == states.RESULTED:
        return Next(_after(member.resulted_at, rng, 12, 55), Deed.JUDGE)
    return None


def _after(since: dt.datetime | None, rng: random.Random, least: float, most: float) -> dt.datetime:
    """A moment between ``least`` and ``most`` minutes later, sooner rather than later."""
    assert since is not None
    return since + rng.triangular(least, most, least + (most - least) / 3) * MINUTE


def _reach(rng: random.Random, member: Member, story: Story) -> Next:
    last = max(member.called_at or member.listed_at, member.listed_at)  # a chase opened again begins anew
    if member.node == states.REFUSED or member.exception == rules.NO_PHONE:
        wait = {Story.NO_PHONE: (100, 220), Story.PROMPT: (15, 40)}.get(story, (45, 130))
        return Next(_after(last, rng, *wait), Deed.CALL, "door", "stays")
    if member.calls >= CALLS:
        return Next(_after(last, rng, 60, 150), Deed.CALL, "door", "stays")
    at = _after(last, rng, 4, 38) if member.calls == 0 else _after(last, rng, 10, 24)
    picks_up = story != Story.PLAIN or rng.random() < 0.74
    if story == Story.SILENT or not picks_up:
        return Next(at, Deed.CALL, outcome="no_answer")
    outcome = {
        Story.CALLS_BACK: "reached", Story.ELSEWHERE: "reached", Story.WRONG_NUMBER: "wrong_number",
        Story.REFUSES: "refused", **_ENDS,
    }.get(story, "stays")  # fmt: skip
    return Next(at, Deed.CALL, outcome=outcome)


def _again(rng: random.Random, member: Member, story: Story) -> Next:
    last = max(t for t in (member.called_at, member.reached_at, member.listed_at) if t)
    if story == Story.ELSEWHERE and member.exception != rules.ELSEWHERE:
        return Next(_after(last, rng, 2, 9), Deed.HAND_OVER)
    wait = {Story.ELSEWHERE: (125, 210), Story.CALLS_BACK: (75, 160)}.get(story, (15, 45))
    return Next(_after(last, rng, *wait), Deed.CALL, "phone", "stays")


def _sample(rng: random.Random, member: Member, story: Story) -> Next:
    """The team comes to the door; forgotten ones wait until somebody notices."""
    since = max(t for t in (member.held_at, member.reached_at, member.resulted_at, member.listed_at) if t)
    if story == Story.FORGOTTEN and member.retest is None:
        return Next(since + 9 * 60 * MINUTE, Deed.SAMPLE)
    return Next(_after(since, rng, 32, 80 if story == Story.PROMPT else 165), Deed.SAMPLE)


def retest_barcode(seed: int, member: Member) -> str:
    """The barcode of the tube that a member's next retest goes into."""
    rng = drawer(seed, "retest", member.tube, member.person_no, member.retest_tube)
    return f"Q{member.listed_at:%y%m%d}{rng.randrange(10**8):08d}"


class Door(enum.Enum):
    """What happens when a sampler knocks for the lift of an area."""

    OPENS = "opens"
    AWAY = "away"
    NOBODY = "nobody"


def at_door(seed: int, person_no: str) -> Door:
    """Most open; some are away, and behind a few doors nobody answers."""
    return drawer(seed, "door", person_no).choices([Door.OPENS, Door.AWAY, Door.NOBODY], [88, 8, 4])[0]


def release_time(seed: int, kind: str, subject: int, opened: dt.datetime, due: dt.datetime) -> dt.datetime:
    """When somebody has done a piece of work about an area: in time, and the sooner the more it sets free."""
    return opened + (due - opened) * drawer(seed, "release", kind, subject).triangular(0.1, 0.8, 0.3)


def swab_time(seed: int, barcode: str, scanned: dt.datetime, received: dt.datetime | None) -> dt.datetime:
    """When a swab of a door is received by the laboratory, and when that is done reported."""
    rng = drawer(seed, "swab", barcode, received is None)
    return _after(scanned, rng, 20, 55) if received is None else _after(received, rng, 100, 170)


def desk_time(seed: int, kind: str, subject: int, opened: dt.datetime, due: dt.datetime) -> dt.datetime:
    """When a desk has done a piece of work: mostly in time, one in eight too late."""
    rng = drawer(seed, "desk", kind, subject)
    return opened + (due - opened) * (rng.uniform(0.25, 0.95) if rng.random() > 0.125 else rng.uniform(1.05, 1.6))
