"""What a channel hands in as texts, read into a need. What helps to find the person is never a reason to turn a need away:
a number that is none, and what is too long for its field, is kept beside the form's answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tongxin.kit import clock
from tongxin.kit.sheets import values
from tongxin.kit.tables import Column
from tongxin.needs import kinds, rules
from tongxin.needs.operations.intake import Raised
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at

COLUMNS = (
    Column("id"),
    Column("text"),
    Column("raised_at"),
    Column("channel"),
    Column("phone", required=False),
    Column("name", required=False),
    Column("address", required=False),
    Column("kind", required=False),
    Column("urgency", required=False),
)
CHANNELS = ("hotline", "police", "chat")
"""The channels that send batches."""
URGENCIES = {"0": 0, "1": 1, "2": 2, "emergency": 0, "urgent": 1, "routine": 2}
LONGEST_REF, LONGEST_NAME, LONGEST_ADDRESS = 200, 100, 500


@dataclass(frozen=True)
class Source:
    """Where needs come from: the place for which the channel answers, and the time now with what the pack says of it."""

    place_id: int
    now: dt.datetime
    ahead: dt.timedelta
    behind: dt.timedelta

    @classmethod
    def at(cls, place_id: int) -> Source:
        now = clock.now()
        pack = pack_at(place_id, now)
        return cls(place_id, now, pack.hours("need.webhook_clock"), pack.days("retention.needs"))


def read(row: Mapping[str, str], source: Source) -> Raised:
    """A need from the columns of a batch. Raises Refused with the reason."""
    channel, kind, urgency = row["channel"], row.get("kind", ""), row.get("urgency", "")
    if channel not in CHANNELS:
        raise Refused(N_("The channel %(given)s is none of %(known)s."), given=repr(channel[:20]), known=", ".join(CHANNELS))
    if kind and not kinds.known(kind):
        known = ", ".join(k.key for k in kinds.KINDS)
        raise Refused(N_("The kind %(given)s is none of %(known)s."), given=repr(kind[:20]), known=known)
    if urgency and urgency.lower() not in URGENCIES:
        raise Refused(N_("The urgency %(given)s is none of emergency, urgent, routine."), given=repr(urgency[:20]))
    return raised(
        row, source, channel, reference(row["id"]), read_time(row["raised_at"], source),
        kind=kind, urgency=URGENCIES.get(urgency.lower()),
    )  # fmt: skip


def raised(
    row: Mapping[str, str], source: Source, channel: str, ref: str, at: dt.datetime, *, kind: str = "",
    urgency: int | None = None, details: Mapping[str, str] | None = None,
) -> Raised:  # fmt: skip
    """A need of a channel: text, name, phone and address from the row, whatever people wrote there. Raises Refused."""
    text, found, kept = rules.check_text(row["text"]), {}, dict(details or {})
    for name, read_one in _FIELDS.items():
        said = rules.visible(row.get(name, ""))[: rules.MAX_TEXT]
        found[name] = read_one(said)
        if said and not found[name]:
            kept[name] = said
    return Raised(
        channel, ref, text, at, source.place_id, phone=found["phone"], name=found["name"], address=found["address"],
        kind=kind, urgency=urgency, details=kept,
    )  # fmt: skip


def _phone(text: str) -> str:
    """The digits of a number; nothing for what is none."""
    try:
        return values.phone(text)
    except ValueError:
        return ""


_FIELDS: Mapping[str, Callable[[str], str]] = {
    "phone": _phone,
    "name": lambda text: text if len(text) <= LONGEST_NAME else "",
    "address": lambda text: text if len(text) <= LONGEST_ADDRESS else "",
}


def reference(text: str) -> str:
    """The number that a channel gave a need. Raises Refused."""
    if not text or len(text) > LONGEST_REF or not text.isprintable():
        raise Refused(N_("The number of a need has 1 to %(most)s characters that print; give each its own."), most=LONGEST_REF)
    return text


def read_time(text: str, source: Source) -> dt.datetime:
    """When a need was raised; without an offset it is the city's time. Raises Refused."""
    try:
        at = dt.datetime.fromisoformat(text)
        at = at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=clock.city_zone())
    except (ValueError, OverflowError):
        raise Refused(
            N_("The time %(given)s is not a date and time such as 2022-11-25 08:30:00."), given=repr(text[:40])
        ) from None
    rules.check_raised(at, source.now, source.ahead, source.behind)
    return at
