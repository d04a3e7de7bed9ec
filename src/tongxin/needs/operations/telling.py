"""What callers are told, and when. A silent call for help is answered by nobody but a person.

A message names the kind of need only, never what was written. Whoever has no phone, and whoever a message did not reach, is
phoned by somebody: a task.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.utils import translation

from tongxin.kit import clock, crypto
from tongxin.kit.audit import Because
from tongxin.messages import operations as outbox
from tongxin.messages import templates
from tongxin.messages.operations import Failure, NewMessage
from tongxin.needs import kinds, tasks
from tongxin.needs.kinds import Kind
from tongxin.needs.models import Caller, Need
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

if TYPE_CHECKING:
    from tongxin.needs.locate import Spot
    from tongxin.needs.operations.intake import Raised


class Heard(NamedTuple):
    """A need that was taken in."""

    number: int
    raised: Raised
    spot: Spot
    kind: Kind
    due: dt.datetime


PAGE = "/me/needs"
LANGUAGE = "zh-hans"
NOT_TOLD = ("police", "letter", "ledger", "door")
"""Channels whose sender is no resident waiting for a message that the need came in."""
OWN = "need."


def received(made: Sequence[Heard], now: dt.datetime, because: Because) -> None:
    """Tell callers that they were heard. Whoever needs something is the caller, where nobody else is known to be."""
    told = []
    for number, raised, spot, kind, due in made:
        person, place = raised.person_id or spot.person_id, spot.place_id
        if kind.silent or raised.channel in NOT_TOLD or not (raised.phone or person):
            continue
        values = {**_values(number, kind), "until": _moment(due)}
        told.append(_message(templates.NEED_RECEIVED.key, number, raised.phone, person, values, place))
    outbox.queue(told, now, because)


def merged(into: Need, need: Need, callers: Sequence[Caller], now: dt.datetime, because: Because) -> None:
    """Tell the callers of a merged need where theirs goes on."""
    values = {"number": _number(need.pk), "other": _number(into.pk), "link": PAGE}
    outbox.queue([_to(c, templates.NEED_MERGED.key, need, values) for c in callers if _reached(c)], now, because)


def done(need: Need, now: dt.datetime, because: Because) -> None:
    """Tell every caller, those of merged needs too, that it is done, and ask whether it is solved."""
    callers = list(Caller.objects.filter(need=need).order_by("pk"))
    values = _values(need.pk, kinds.get(need.kind))
    outbox.queue([_to(c, templates.NEED_DONE.key, need, values, need.reopened) for c in callers if _reached(c)], now, because)
    Caller.objects.filter(pk__in=[c.pk for c in callers]).update(told_at=now)


def _reached(caller: Caller) -> bool:
    return bool(caller.phone or caller.person_id)


def _to(caller: Caller, template: str, need: Need, values: Mapping[str, str], again: int = 0) -> NewMessage:
    times = f":{again}" if again else ""
    phone = crypto.decrypt(caller.phone)
    return _message(f"{template}{times}", need.pk, phone, caller.person_id, values, need.place_id, template)


def _message(
    cause: str, number: int, phone: str, person: int | None, values: Mapping[str, str], place: int | None, template: str = ""
) -> NewMessage:  # fmt: skip
    """To the number that was given; without one to the person's own. One for each number and cause."""
    to = f"phone:{(crypto.lookup_hash(phone) or b'').hex()}" if phone else f"person:{person}"
    return NewMessage(
        f"{cause}:{number}:{to}", template or cause, place, None if phone else person, phone, None, values, LANGUAGE
    )


def _values(number: int, kind: Kind) -> dict[str, str]:
    with translation.override(LANGUAGE):
        return {"number": _number(number), "need": str(kind.label), "link": PAGE}


def _number(number: int) -> str:
    return f"N{number}"


def _moment(at: dt.datetime) -> str:
    return at.astimezone(clock.city_zone()).strftime("%m-%d %H:%M")


def phone_instead(failures: Sequence[Failure], now: dt.datetime) -> None:
    """Somebody phones whom a message of ours did not reach, or perhaps did not."""
    wanted = [
        NewTask(tasks.PHONE, one.place_id, one.message_id, one.person_id, {"template": one.template})
        for one in failures
        if one.template.startswith((OWN, "medicine."))
    ]
    work.open_tasks(wanted, now, Because("clock", rule="need.phone_within"))


def no_need_to_phone(message_ids: Sequence[int], now: dt.datetime) -> None:
    """The message arrived after all: nobody need phone."""
    work.cancel_for([tasks.PHONE], "message", message_ids, "", now, Because("clock", rule="need.phone_within"))


def connect() -> None:
    outbox.on_failure(phone_instead)
    outbox.on_arrived_after_all(no_need_to_phone)
