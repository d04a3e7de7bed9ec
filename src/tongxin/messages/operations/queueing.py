"""Into the outbox: many messages in one statement, each key once."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tongxin.access.queries import standing_place
from tongxin.kit import audit, clock, crypto, db
from tongxin.kit.audit import Because
from tongxin.messages import rules, states, templates
from tongxin.messages.models import LANGUAGES, Group
from tongxin.messages.operations.failures import Failure, publish, tell
from tongxin.messages.templates import Template
from tongxin.people.models import Person
from tongxin.policy.queries import Calendar, packs_in_force

LONGEST_VALUE = 400


@dataclass(frozen=True)
class NewMessage:
    """A message to be sent to a person of the register (``person_id``), to a building's group (``group_id``), or to a
    ``phone``: to exactly one of them.

    ``key`` names recipient and cause (``need.received:17:person:5``): it is queued once, however often it is asked for.
    ``params`` fill the template's placeholders. ``place_id`` is where the cause stands; without one it is the person's
    home or the group's building. ``helper``: the recipient helps somebody else and must not learn of anybody's health.
    """

    key: str
    template: str
    place_id: int | None = None
    person_id: int | None = None
    phone: str = ""
    group_id: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    language: str = "zh-hans"
    urgent: bool | None = None
    helper: bool = False

    @property
    def audience(self) -> str:
        """Raises ValueError where there is not exactly one recipient: a fault of the program."""
        given = [rules.PERSON] * (self.person_id is not None) + [rules.GROUP] * (self.group_id is not None)
        given += [rules.NUMBER] * bool(self.phone)
        if len(given) != 1:
            raise ValueError(f"message {self.key}: it goes to a person, a group or a number, and to one of them")
        return given[0]


COLUMNS = (
    "keys", "tokens", "places", "audiences", "persons", "groups", "phones", "hashes", "templates", "params", "languages",
    "urgent", "recipients", "states", "reasons", "not_before",
)  # fmt: skip


def queue(new: Iterable[NewMessage], now: dt.datetime, because: Because) -> int:
    """Put messages into the outbox, in this order for each recipient; how many are new. Run as the jobs role, in the
    transaction of what they tell about: they go out once that has committed.

    What is not urgent and falls into the quiet hours of its place waits for their end. A person without a phone on file
    has failed at once, and the handlers of ``on_failure`` are told. Raises Refused where a text tells a group or a
    neighbour something about somebody's health, ValueError for what no template allows.
    """
    wanted = list(new)
    if not wanted:
        return 0
    for one in wanted:
        _check(one, templates.get(one.template))
    with db.transaction_block():
        columns = _columns(wanted, now)
        made = tell(db.rows(db.sql("messages/queue"), {**columns, "now": now, "actor": because.actor}), now)
        _record(made, because)
        publish({one.place_id for one in made})
    return len(made)


def _check(one: NewMessage, template: Template) -> None:
    rules.check_audience(template.health, one.audience, one.helper)
    if one.audience not in template.audiences:
        raise ValueError(f"message {one.key}: {template.key} is not for a {one.audience}")
    if set(one.params) != template.placeholders or one.language not in LANGUAGES:
        raise ValueError(f"message {one.key}: {template.key} needs {sorted(template.placeholders)}, in one of {LANGUAGES}")
    if one.audience == rules.GROUP or one.helper:
        for value in one.params.values():
            rules.check_group_text(str(value))


@dataclass(frozen=True)
class _Recipient:
    """Where somebody is reached: the columns of a message that follow from who gets it."""

    key: str
    place_id: int | None
    phone: bytes | None = None
    phone_hash: bytes | None = None


def _columns(wanted: Sequence[NewMessage], now: dt.datetime) -> dict[str, list[Any]]:
    """The messages as one list per column."""
    people, groups, packs = _people(wanted), _groups(wanted), packs_in_force(now)
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for one in wanted:
        template, to = templates.get(one.template), _recipient(one, people, groups)
        place = one.place_id if one.place_id is not None else to.place_id
        if place is None:
            raise ValueError(f"message {one.key}: a number has no place; say where its cause stands")
        lost = one.audience == rules.PERSON and to.phone is None
        urgent = template.urgent if one.urgent is None else one.urgent
        values = {name: rules.cleaned(str(value))[:LONGEST_VALUE] for name, value in one.params.items()}
        row = (
            one.key, secrets.token_hex(16), place, one.audience, one.person_id, one.group_id, to.phone, to.phone_hash,
            one.template, crypto.encrypt(json.dumps(values, ensure_ascii=False)), one.language, urgent, to.key,
            states.FAILED if lost else states.QUEUED, rules.NO_PHONE if lost else "",
            now if urgent else out_of_quiet(now, place, packs),
        )  # fmt: skip
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    return columns


def out_of_quiet(at: dt.datetime, place_id: int, packs: Calendar) -> dt.datetime:
    """The moment, or the end of the quiet hours of the place in which it lies."""
    pack = packs.at(place_id)
    return rules.after_quiet(at, clock.city_zone(), pack.hours("messages.quiet_from"), pack.hours("messages.quiet_until"))


def _recipient(one: NewMessage, people: Mapping[int, _Recipient], groups: Mapping[int, _Recipient]) -> _Recipient:
    if one.person_id is not None:
        return people[one.person_id]
    if one.group_id is not None:
        return groups[one.group_id]
    phone_hash = crypto.lookup_hash(one.phone)
    return _Recipient(f"number:{(phone_hash or b'').hex()}", None, crypto.encrypt(one.phone), phone_hash)


def _people(wanted: Sequence[NewMessage]) -> dict[int, _Recipient]:
    keys = {one.person_id for one in wanted if one.person_id is not None}
    found = Person.objects.filter(pk__in=keys).values_list("pk", "place_id", "phone", "phone_hash")
    known = {pk: _Recipient(f"person:{pk}", place, phone, hashed) for pk, place, phone, hashed in found}
    if keys - known.keys():
        raise ValueError(f"no such person: {min(keys - known.keys())}")
    return known


def _groups(wanted: Sequence[NewMessage]) -> dict[int, _Recipient]:
    keys = {one.group_id for one in wanted if one.group_id is not None}
    found = Group.objects.filter(pk__in=keys, active=True).values_list("pk", "place_id")
    known = {pk: _Recipient(f"group:{pk}", place) for pk, place in found}
    if keys - known.keys():
        raise ValueError(f"no such group, or one that is closed: {min(keys - known.keys())}")
    return known


def _record(made: Sequence[Failure], because: Because) -> None:
    if made:
        place = standing_place({one.place_id for one in made})
        audit.record(because, "message.queued", "message", place=place, count=len(made))
