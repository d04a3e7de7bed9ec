"""Decisions about needs, pure: by when, whether two are one, who may close, what an operator's word is worth."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection
from dataclasses import dataclass

from tongxin.policy.decisions import N_, Decision, Refused

EMERGENCY, URGENT, ROUTINE = 0, 1, 2
_KEPT = "\n\t\u3000\xa0\u200d"  # besides what prints: spaces, and what holds an emoji together
MAX_TEXT = 20_000
"""Characters of a need's text that are kept; what is longer comes back to the sender, whole, with the reason."""
MAX_WORD = 30
"""Characters of a word of the glossary."""


@dataclass(frozen=True)
class Limits:
    """The pack's time limits for one kind: for an emergency, when urgent, otherwise; and the share (percent) of them that a
    vulnerable person waits."""

    emergency: dt.timedelta
    urgent: dt.timedelta
    routine: dt.timedelta
    vulnerable_percent: int
    rule: str


def due(raised_at: dt.datetime, urgency: int, vulnerable: bool, limits: Limits) -> Decision:
    """By when a need is to be done (``values["due_at"]``), counted from when it was raised, not from when it was read."""
    within = (limits.emergency, limits.urgent, limits.routine)[urgency]
    if vulnerable and urgency != EMERGENCY:
        within = within * limits.vulnerable_percent / 100
    return Decision(
        limits.rule, {"due_at": raised_at + within, "within": within, "urgency": urgency, "vulnerable": vulnerable},
        N_("Due %(due_at)s"),
    )  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """What of a need decides whether it is the same as another one."""

    kind: str
    topic: str
    person: int | None
    home: int | None
    phones: frozenset[str]
    unit: int
    raised_at: dt.datetime
    shared: bool
    words: frozenset[str] = frozenset()


SAME_CALLER = N_("the same caller asks for the same")
SAME_PERSON = N_("for the same person, from another channel or caller")
SAME_HOME = N_("from the same household")
SAME_STAIRWELL = N_("the same trouble in one stairwell")


def likeness(one: Shape, other: Shape, window: dt.timedelta) -> str:
    """Why two needs may be one; empty where they are not. Two kinds are never one; what is said of one topic may be."""
    if one.kind != other.kind or abs(one.raised_at - other.raised_at) > window:
        return ""
    if one.topic and other.topic and one.topic != other.topic:
        return ""
    if one.person and one.person == other.person:
        return SAME_PERSON
    if one.phones & other.phones:
        return SAME_CALLER
    if one.home and one.home == other.home:
        return SAME_HOME
    if one.shared and one.topic and one.topic == other.topic and one.unit == other.unit:
        return SAME_STAIRWELL
    return ""


def visible(text: str) -> str:
    """A text without what no eye sees."""
    if text.isprintable():
        return text.strip()
    return "".join(c for c in text.replace("\r\n", "\n") if c in _KEPT or c.isprintable()).strip()


def check_text(text: str) -> str:
    """The text as it is kept: without what no eye sees. Raises Refused for an empty one or one that is too long."""
    plain = visible(text)
    if not plain:
        raise Refused(N_("There is no text. Write in a few words what is needed; or call, and say it."))
    if len(plain) > MAX_TEXT:
        raise Refused(
            N_("The text has %(count)s characters; at most %(most)s are kept. Send the most important part."),
            count=len(plain), most=MAX_TEXT,
        )  # fmt: skip
    return plain


@dataclass(frozen=True)
class Standing:
    """What of a need decides which of two goes on."""

    number: int
    confirmed: bool
    raised_at: dt.datetime


def stays(one: Standing, other: Standing) -> int:
    """Which of two needs goes on when they are merged: the one that an operator has read, else the one raised first."""
    return min(one, other, key=lambda s: (not s.confirmed, s.raised_at, s.number)).number


def check_word(text: str, kind_known: bool, urgency: int) -> str:
    """A word of the glossary as it is kept: in small letters, without what no eye sees. Raises Refused."""
    plain = "".join(c for c in text if c.isprintable()).strip().lower()
    if not plain:
        raise Refused(N_("Write the word."))
    if len(plain) > MAX_WORD:
        raise Refused(
            N_("A word has at most %(most)s characters; what is longer is hardly ever written the same again."), most=MAX_WORD
        )
    if not kind_known or urgency not in (EMERGENCY, URGENT, ROUTINE):
        raise Refused(N_("Choose the kind of need and the urgency that the word tells."))
    return plain


def check_raised(at: dt.datetime, now: dt.datetime, ahead: dt.timedelta, behind: dt.timedelta) -> None:
    """A need was raised in the past, and not so long ago that it would be deleted as soon as it ends."""
    if at > now + ahead:
        raise Refused(N_("It was raised at %(at)s, and that lies ahead; check the day and the clock."), at=f"{at:%Y-%m-%d %H:%M}")
    if at < now - behind:
        raise Refused(
            N_("It was raised at %(at)s, more than %(days)s days ago; raise it anew if it is still needed."),
            at=f"{at:%Y-%m-%d %H:%M}", days=behind.days,
        )  # fmt: skip


def check_can_merge(one: int, into: int, kind: str, other_kind: str, silent: bool) -> None:
    """Needs of one kind are merged; a silent one never, for its callers must not hear of each other."""
    if one == into:
        raise Refused(N_("A need cannot be merged into itself."))
    if silent:
        raise Refused(N_("A silent call for help is never merged."))
    if kind != other_kind:
        raise Refused(N_("These are different kinds of need; confirm the kind first."))


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What signs a message of a chat group: HMAC-SHA256 over ``timestamp.body``, in hexadecimal digits."""
    return hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


REPLY, CALL_BACK, DEPUTY = "reply", "call_back", "deputy"
WAYS = (REPLY, CALL_BACK, DEPUTY)


def check_can_close(way: str, reason: str, team_actor: str, actor: str) -> None:
    """Only the resident's word closes: their own reply, what they said when called back, or, where nobody can be asked, the
    deputy's reason; and never the one who did the work."""
    if way not in WAYS:
        raise Refused(N_("Say how the resident's word came: a reply, a call back, or the deputy's reason."))
    if way == DEPUTY and len(reason.strip()) < 5:
        raise Refused(N_("Without the resident's word, write the reason: why nobody can be asked, and what was seen."))
    if way == DEPUTY and actor == team_actor:
        raise Refused(N_("Who did the work cannot close it in the resident's place; ask your deputy."))


NO_PLACE = N_("This place or person is not where you are responsible. Choose another one.")


def check_details(details: Collection[str], required: Collection[tuple[str, str]]) -> None:
    """What a kind's form needs before a team can start. ``required`` are ``(name, label)``."""
    missing = [label for name, label in required if name not in details]
    if missing:
        raise Refused(N_("Still to be asked: %(fields)s."), fields="、".join(missing))


def check_promise(at: dt.datetime, now: dt.datetime) -> None:
    if at <= now:
        raise Refused(N_("A promise lies ahead: choose a time after now."))
