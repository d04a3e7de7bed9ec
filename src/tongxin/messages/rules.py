"""Quiet hours, back-off, and what may be said to whom. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from tongxin.policy.decisions import N_, Refused

DAY = dt.timedelta(days=1)
PERSON, GROUP, NUMBER = "person", "group", "number"
MOST_CHARACTERS = 500
"""A chat group's robot takes 2,048 bytes; a Chinese character has three."""

REFUSED, DOWN, NO_CHANNEL, NO_PHONE = "refused", "down", "no_channel", "no_phone"
LOST, DENIED, BAD_CHANNEL, NO_WORDS = "lost", "denied", "bad_channel", "no_words"
REASONS = (REFUSED, DOWN, NO_CHANNEL, NO_PHONE, LOST, DENIED, BAD_CHANNEL, NO_WORDS)
"""Why a message is not with its recipient: the gateway said no; it cannot be reached; no channel serves the place; no phone
is on file; nobody knows whether the gateway has it; the gateway took it and could not deliver it; the address of the channel
is no good; the words cannot be made."""

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_UNFIT = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}(?!\d)")
_NUMBER = re.compile(r"(?<!\d)(?:\+?86[\s-]?)?\d(?:[\s-]?\d){6,17}[xX]?(?!\d)")
HEALTH_WORDS = (
    "阳性", "确诊", "感染者", "病例", "密接", "密切接触", "新冠", "艾滋", "乙肝", "结核", "癌", "肿瘤", "透析", "化疗", "糖尿病",
    "胰岛素", "高血压", "心脏病", "精神病", "抑郁", "怀孕", "孕妇", "残疾", "痴呆", "positive", "infected", "close contact",
    "covid", "hiv", "aids", "hepatitis", "tuberculosis", "cancer", "tumour", "tumor", "dialysis", "chemotherapy", "diabetes",
    "diabetic", "insulin", "hypertension", "pregnant", "disabled", "dementia", "depression",
)  # fmt: skip
"""What says of somebody how they are: no group and no neighbour reads it."""
_HEALTH = re.compile("|".join(rf"\b{w}\b" if w.isascii() else w for w in HEALTH_WORDS), re.IGNORECASE)


# -- when -----------------------------------------------------------------------------------------------


def after_quiet(at: dt.datetime, zone: ZoneInfo, quiet_from: dt.timedelta, quiet_until: dt.timedelta) -> dt.datetime:
    """The moment itself, or the end of the quiet hours in which it lies. Both hours count from the city's midnight; the
    quiet hours may pass midnight; two that are equal are none."""
    local = at.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    past = local - midnight
    if quiet_from <= quiet_until:
        return midnight + quiet_until if quiet_from <= past < quiet_until else at
    if past >= quiet_from:
        return midnight + DAY + quiet_until
    return midnight + quiet_until if past < quiet_until else at


def next_try(now: dt.datetime, attempts: int, first: dt.timedelta, longest: dt.timedelta) -> dt.datetime:
    """When to try again after so many failures: each wait is twice the one before, up to the longest."""
    return now + min(longest, first * 2 ** min(max(attempts, 1) - 1, 20))


# -- what may be said to whom ---------------------------------------------------------------------------


def check_audience(health: bool, audience: str, helper: bool) -> None:
    """Nothing about anybody's health goes to a group, or to somebody who only helps. Raises Refused."""
    if health and audience == GROUP:
        raise Refused(N_("This message tells something about somebody's health; it cannot go to a group."))
    if health and helper:
        raise Refused(N_("This message tells something about somebody's health; it cannot go to a neighbour who helps."))


def check_group_text(text: str) -> None:
    """A text that a whole group reads names nobody's number and nobody's health. Raises Refused with what to do."""
    plain = unicodedata.normalize("NFKC", text)
    if found := _NUMBER.search(_DATE.sub(" ", plain)):
        raise Refused(
            N_("“%(found)s” looks like an identity or a phone number. A group must not read it: take it out."),
            found=found[0].strip(),
        )
    if found := _HEALTH.search(plain):
        raise Refused(
            N_("“%(found)s” tells something about somebody's health. A group must not read it: say it without."),
            found=found[0],
        )


def cleaned(text: str) -> str:
    """A text without characters that nobody sees, lines kept."""
    return _UNFIT.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))).strip()


# -- the words ------------------------------------------------------------------------------------------


def placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in; what a value holds is never read as a placeholder. Raises KeyError."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def check_wording(text: str, wanted: Collection[str], for_group: bool) -> None:
    """A wording holds each placeholder of its template and no other, and is not too long. Raises Refused."""
    if not text.strip():
        raise Refused(N_("A wording is needed in both languages."))
    if len(text) > MOST_CHARACTERS:
        raise Refused(N_("A wording has at most %(most)s characters."), most=MOST_CHARACTERS)
    if surplus := placeholders(text) - set(wanted):
        raise Refused(
            N_("{%(name)s} cannot be used in this message; it can hold %(allowed)s."),
            name=min(surplus), allowed=", ".join(f"{{{w}}}" for w in sorted(wanted)) or "–",
        )  # fmt: skip
    if missing := set(wanted) - placeholders(text):
        raise Refused(N_("{%(name)s} is missing in the wording."), name=min(missing))
    if for_group:
        check_group_text(_PLACEHOLDER.sub(" ", text))
