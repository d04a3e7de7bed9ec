"""When a one-time code may be asked for, when it is right, for how long a visit lasts; what may be sent without a visit, and
what a resident may take back. Pure; no rule reads the clock.

A visit runs on the time of the machine, like every session: in a drill whose city lives six times as fast nobody could type
six digits in time.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from tongxin.policy.decisions import N_, Refused

DIGITS = 6
VISIT = dt.timedelta(minutes=15)
"""How long somebody may read after the code was right; it is a phone, and phones are lent."""
DAY = dt.timedelta(days=1)
ASKS_A_DAY = 4
"""In a day, this many times the codes that may be asked for in the time that one is valid."""
_IDENTITY, _PHONE = re.compile(r"\d{17}[\dX]"), re.compile(r"1\d{10}")
_REACHABLE = re.compile(r"1\d{10}|0\d{9,11}", re.ASCII)


def number_of(text: str) -> tuple[str, bool]:
    """An identity number or a phone number as it is looked up, and whether it is the former. Raises Refused."""
    plain = "".join(text.split()).replace("-", "").upper().removeprefix("+86")
    if _IDENTITY.fullmatch(plain):
        return plain, True
    if _PHONE.fullmatch(plain):
        return plain, False
    raise Refused(N_("Write the 18 characters of your identity number, or the 11 digits of your mobile phone."))


def phone_of(text: str) -> str:
    """A number at which somebody can be called, mobile or not. Raises Refused."""
    plain = "".join(c for c in text if c not in " -()（）\u00a0").removeprefix("+86")
    if _REACHABLE.fullmatch(plain):
        return plain
    raise Refused(N_("Write a phone number: the 11 digits of a mobile phone, or a landline with its area code."))


def check_can_ask(asked: Sequence[dt.datetime], now: dt.datetime, valid: dt.timedelta, most: int) -> None:
    """Codes for one number, whether it is known or not: so many while one is valid, and so many a day."""
    if at := _not_before(asked, now, valid, most):
        raise Refused(N_("Too many codes were asked for with this number. The next one can be asked for at %(at)s."), at=at)


def check_can_call(sent: Sequence[dt.datetime], now: dt.datetime, valid: dt.timedelta, most: int, emergency: bool) -> None:
    """Calls for help without a visit, from one number: as often as codes. An emergency passes always."""
    if not emergency and (at := _not_before(sent, now, valid, most)):
        raise Refused(N_("Much was sent from this number lately, and it is being read. The next can be sent at %(at)s."), at=at)


def _not_before(before: Sequence[dt.datetime], now: dt.datetime, valid: dt.timedelta, most: int) -> dt.datetime | None:
    for span, allowed in ((valid, most), (DAY, most * ASKS_A_DAY)):
        lately = sorted(at for at in before if at > now - span)
        if len(lately) >= allowed:
            return lately[len(lately) - allowed] + span
    return None


def check_is_open(asked_at: dt.datetime | None, tries: int, now: dt.datetime, valid: dt.timedelta, most: int) -> None:
    """A code can be tried for as long as it is valid, and so often. ``asked_at`` None: there is none, or it was used."""
    if asked_at is None or now - asked_at >= valid:
        raise Refused(N_("This code is no longer valid. Ask for a new one."))
    if tries >= most:
        raise Refused(N_("Too many wrong attempts. Ask for a new code."))


def wrong(tries: int, most: int) -> Refused:
    """What one is told after a wrong code."""
    if tries >= most:
        return Refused(N_("Too many wrong attempts. Ask for a new code."))
    return Refused(N_("That is not the code. %(left)s attempts are left."), left=most - tries)


def is_over(entered_at: dt.datetime, now: dt.datetime) -> bool:
    return now - entered_at >= VISIT


EMERGENCY = 0


def check_can_withdraw(urgency: int, shared: bool) -> None:
    """What a resident may take back alone: not an emergency, for somebody may stand beside, and not for the others who asked."""
    if urgency == EMERGENCY:
        raise Refused(N_("An emergency is not taken back here: somebody is calling or coming; tell them."))
    if shared:
        raise Refused(N_("Others have asked for this too, so it goes on. Tell whoever comes that you do not need it any more."))
