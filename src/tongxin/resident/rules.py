"""When a one-time code may be asked for, when it is right, and for how long a visit lasts. Pure; no rule reads the clock.

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


def number_of(text: str) -> tuple[str, bool]:
    """An identity number or a phone number as it is looked up, and whether it is the former. Raises Refused."""
    plain = "".join(text.split()).replace("-", "").upper().removeprefix("+86")
    if _IDENTITY.fullmatch(plain):
        return plain, True
    if _PHONE.fullmatch(plain):
        return plain, False
    raise Refused(N_("Write the 18 characters of your identity number, or the 11 digits of your mobile phone."))


def check_can_ask(asked: Sequence[dt.datetime], now: dt.datetime, valid: dt.timedelta, most: int) -> None:
    """Codes for one number, whether it is known or not: so many while one is valid, and so many a day."""
    for span, allowed in ((valid, most), (DAY, most * ASKS_A_DAY)):
        lately = sorted(at for at in asked if at > now - span)
        if len(lately) >= allowed:
            raise Refused(
                N_("Too many codes were asked for with this number. The next one can be asked for at %(at)s."),
                at=lately[len(lately) - allowed] + span,
            )


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
