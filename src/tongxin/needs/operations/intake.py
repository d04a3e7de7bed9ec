"""Every channel ends here: one write path for one need or a hotline's day. What was acknowledged exists once.

A need is idempotent by its channel and the reference that the channel gives it. Everything happens as the jobs role: whoever
calls from another city has no scope here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tongxin.kit import audit, crypto, db, events
from tongxin.kit.audit import Because
from tongxin.needs import kinds, locate, queries, rules, states, tasks, triage
from tongxin.needs.locate import Spot
from tongxin.needs.models import Need
from tongxin.needs.operations import following, likeness, telling
from tongxin.needs.rules import EMERGENCY, Limits
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.queries import packs_in_force
from tongxin.policy.schema import Pack
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

TOPIC = "needs"


@dataclass(frozen=True)
class Raised:
    """A need as a channel hands it in; ``text`` has passed ``rules.check_text``. ``place_id`` is where the channel stands
    (a district, a building): nothing is looked for outside it. ``kind`` and ``urgency`` where the caller chose them;
    ``confirmed_by`` where an operator did, on the telephone."""

    channel: str
    source_ref: str
    text: str
    raised_at: dt.datetime
    place_id: int
    phone: str = ""
    name: str = ""
    address: str = ""
    person_id: int | None = None
    home_id: int | None = None
    kind: str = ""
    urgency: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    confirmed_by: str = ""


@dataclass(frozen=True)
class Taken:
    """What became of the needs: numbers of the new ones by position; ``conflicts`` came with the reference of another one;
    the others are repeated."""

    made: Mapping[int, int]
    emergencies: frozenset[int]
    conflicts: frozenset[int] = frozenset()

    def repeated(self, count: int) -> int:
        return count - len(self.made) - len(self.conflicts)


@dataclass(frozen=True)
class _Read:
    raised: Raised
    spot: Spot
    heard: triage.Suggestion
    kind: kinds.Kind
    urgency: int
    vulnerable: bool
    due: Any


def record(raised: Sequence[Raised], now: dt.datetime, because: Because) -> Taken:
    """Take needs in: suggested kind, urgency and place, emergencies as tasks at once, what may be the same marked, callers
    told that they were heard. One transaction, a fixed number of statements. Of two with one reference the first holds."""
    if not raised:
        return Taken({}, frozenset())
    firsts = sorted({(one.channel, one.source_ref): i for i, one in reversed(list(enumerate(raised)))}.values())
    with db.acting_as_jobs(), db.transaction_block():
        read = dict(zip(firsts, _read([raised[i] for i in firsts], now), strict=True))
        made = dict(db.rows(db.sql("needs/record"), {**_columns(read), "now": now, "actor": because.actor}))
        new = [(made[i], one) for i, one in read.items() if i in made]
        work.open_tasks([_task(number, one) for number, one in new], now, because)
        likeness.mark([number for number, one in new if not one.kind.silent], now)
        for need in Need.objects.filter(pk__in=[number for number, one in new if one.raised.confirmed_by]):
            following.begun(need, now, because)
        telling.received(
            [telling.Heard(number, one.raised, one.spot, one.kind, one.due.values["due_at"]) for number, one in new], now, because
        )
        if new:
            places = sorted({one.spot.place_id for _, one in new})
            audit.record(because, "need.raised", "need", place=places[0] if len(places) == 1 else None, count=len(new))
            events.publish(TOPIC, places)
        again = [i for i in range(len(raised)) if i not in made]
        conflicts = frozenset(_conflicts({i: raised[i] for i in again})) if again else frozenset()
    return Taken(made, frozenset(i for i in made if read[i].urgency == EMERGENCY), conflicts)


def _conflicts(again: Mapping[int, Raised]) -> Iterator[int]:
    """Those whose reference is on file with another text or another caller's number: two systems count alike, or one used a
    number twice. Neither may be lost as a repetition of the other."""
    found = db.rows(
        "SELECT k.i, n.text, c.phone_hash FROM unnest(%s::int[], %s::text[], %s::text[]) AS k (i, channel, source_ref)"
        " JOIN needs_need n USING (channel, source_ref) JOIN needs_caller c USING (channel, source_ref)",
        [list(again), [one.channel for one in again.values()], [one.source_ref for one in again.values()]],
    )
    for i, text, phone in found:
        one = again[i]
        if crypto.decrypt(text) != one.text or (bytes(phone) if phone else None) != crypto.lookup_hash(one.phone):
            yield i


def _read(raised: Sequence[Raised], now: dt.datetime) -> list[_Read]:
    glossary = queries.glossary()
    heard = [triage.suggest(one.text, glossary) for one in raised]
    spots = _spots(raised)
    fragile = queries.vulnerable([s.person_id for s in spots], [s.home_id for s in spots])
    packs = packs_in_force(now)
    return [
        _judged(one, said, spot, spot.person_id in fragile[0] or (spot.person_id is None and spot.home_id in fragile[1]), packs)
        for one, said, spot in zip(raised, heard, spots, strict=True)
    ]


def _judged(one: Raised, said: triage.Suggestion, spot: Spot, vulnerable: bool, packs: Any) -> _Read:
    kind = kinds.get(one.kind or said.kind)
    urgency = said.urgency if one.urgency is None else one.urgency
    if said.emergency and not one.confirmed_by:  # what was heard is not chosen away by whoever is in need
        # nor does a wound make a silent call loud
        kind, urgency = kind if kind.silent else kinds.get(said.kind), EMERGENCY
    if kind.silent:
        spot = Spot(at_district(spot.place_id), spot.home_id, spot.person_id)
    due = rules.due(one.raised_at, urgency, vulnerable, limits(packs.at(spot.place_id), kind))
    return _Read(one, spot, said, kind, urgency, vulnerable, due)


def at_district(place_id: int) -> int:
    """Where a silent need stands: so far up that no community, steward or neighbour sees that it exists."""
    place = PlaceId(place_id)
    return int(place.at(Level.DISTRICT)) if place.level > Level.DISTRICT else place_id


def limits(pack: Pack, kind: kinds.Kind) -> Limits:
    """The pack's time limits for a kind."""
    return Limits(
        pack.hours("need.emergency_within"), pack.hours(kind.urgent_key), pack.hours(kind.routine_key),
        pack.number("need.vulnerable_percent"), pack.rule(kind.routine_key),
    )  # fmt: skip


def _spots(raised: Sequence[Raised]) -> list[Spot]:
    """Where each stands: as the channel knows it; else the one person or home behind the phone; else what the address says."""
    phones = locate.by_phone([one.phone for one in raised if not one.home_id and not one.person_id])
    asked = [(i, one) for i, one in enumerate(raised) if one.address and not one.home_id]
    by_address = dict(zip([i for i, _ in asked], locate.by_address([(o.address, o.place_id) for _, o in asked]), strict=True))
    found = []
    for i, one in enumerate(raised):
        spot = Spot(one.place_id, one.home_id, one.person_id) if one.home_id or one.person_id else None
        named, behind = by_address.get(i), locate.one_of(phones.get(one.phone, []))
        spot = spot or _agreed(named, behind if behind and PlaceId(one.place_id).contains(PlaceId(behind.place_id)) else None)
        found.append(spot or Spot(one.place_id))
    return found


def _agreed(named: Spot | None, behind: Spot | None) -> Spot | None:
    """Who calls need not live where help is needed: an address that was said outweighs the home of the phone."""
    if named and behind and not PlaceId(named.place_id).contains(PlaceId(behind.place_id)):
        return named
    return behind or named


def _columns(read: Mapping[int, _Read]) -> dict[str, list[Any]]:
    rows = [_row(i, one) for i, one in read.items()]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _row(i: int, one: _Read) -> dict[str, Any]:
    raised, spot = one.raised, one.spot
    details = json.dumps(dict(raised.details), ensure_ascii=False) if raised.details else ""
    return {
        "i": i, "channel": raised.channel, "source_ref": raised.source_ref, "raised_at": raised.raised_at,
        "place_id": spot.place_id, "home_id": spot.home_id, "person_id": spot.person_id,
        "text": crypto.encrypt(raised.text), "details": crypto.encrypt(details), "kind": one.kind.key, "urgency": one.urgency,
        "topic": one.heard.topic, "silent": one.kind.silent, "suggested_kind": one.heard.kind,
        "suggested_urgency": one.heard.urgency, "words": json.dumps(one.heard.words, ensure_ascii=False),
        "state": states.OPEN if raised.confirmed_by else states.NEW, "due_at": one.due.values["due_at"], "rule": one.due.rule,
        "vulnerable": one.vulnerable, "confirmed_by": raised.confirmed_by, "name": crypto.encrypt(raised.name),
        "phone": crypto.encrypt(raised.phone), "phone_hash": crypto.lookup_hash(raised.phone),
    }  # fmt: skip


def _task(number: int, one: _Read) -> NewTask:
    """An emergency goes to somebody at once; what an operator confirmed to its team; the rest to be read."""
    place, person = one.spot.place_id, None if one.kind.silent else one.spot.person_id
    if one.kind.silent:
        return NewTask(tasks.SILENT, place, number)
    if one.urgency == EMERGENCY:
        return NewTask(tasks.EMERGENCY, place, number, person)
    if one.raised.confirmed_by:
        return NewTask(one.kind.task, place, number, person, due_at=one.due.values["due_at"])
    return NewTask(tasks.CONFIRM, place, number, person)
