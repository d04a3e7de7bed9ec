"""Writes to restrictions: imposing and lifting in bulk, extending one at a time by a named person, the clock of lapses.

Each is one statement and one audit entry in the caller's transaction; the boards hear of it when that commits.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongxin.access.models import User
from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.places.place_id import Level
from tongxin.policy.decisions import N_, Decision, Refused
from tongxin.policy.queries import pack_at
from tongxin.restrictions import kinds, rules
from tongxin.restrictions.models import Restriction
from tongxin.tasks.rules import smallest_place

TOPIC = "restrictions"


@dataclass(frozen=True, kw_only=True)
class Common:
    """What restrictions of one cause share: all of a limit but whom it limits. Times from ``rules.hold`` or the cause."""

    kind: str
    basis: str
    cause_kind: str
    cause_id: int
    reason_zh: str
    reason_en: str
    starts_at: dt.datetime
    due_at: dt.datetime
    ends_at: dt.datetime
    decision: Decision


@dataclass(frozen=True, kw_only=True)
class NewRestriction(Common):
    """A limit to be imposed; nothing of it may be left out."""

    subject_kind: str
    subject_id: int
    place_id: int


@dataclass(frozen=True)
class Which:
    """Restrictions in force of one kind on some subjects; with ``cause`` (kind, id) only those of that cause."""

    kind: str
    subject_kind: str
    subject_ids: Iterable[int]
    cause: tuple[str, int] | None = None


def impose(new: Iterable[NewRestriction], because: Because) -> list[tuple[int, int]]:
    """Impose restrictions; ``(id, subject_id)`` of those that are new.

    One in force with the same kind, subject and cause stays as it is. Raises Refused for one without a cause or on a
    subject that its kind may not limit.
    """
    wanted = sorted(new, key=lambda r: (r.kind, r.subject_kind, r.subject_id, r.cause_kind, r.cause_id))
    if not wanted:
        return []
    for one in wanted:
        rules.check_can_impose(one.subject_kind, kinds.get(one.kind).subject_kinds, one.cause_kind, one.cause_id)
    with db.transaction_block():
        found = db.rows(db.sql("restrictions/impose"), _columns(wanted))
        _tell([place for _, _, place in found], "restriction.imposed", len(found), because)
    return [(key, subject) for key, subject, _ in found]


def impose_each(common: Common, place: int, subjects: str, params: Mapping[str, Any], because: Because) -> int:
    """Impose one restriction on each person that a query gives as ``(subject_id, place_id)``, in one statement; ``place``
    hears of them. How many are new; a person whom the same cause limits already is left alone."""
    rules.check_can_impose("person", kinds.get(common.kind).subject_kinds, common.cause_kind, common.cause_id)
    query = db.sql("restrictions/impose_each").replace("{subjects}", subjects)
    values = {**vars(common), "decision": json.dumps(common.decision.as_json())}
    with db.transaction_block():
        ((count,),) = db.rows(query, {**params, **values})
        _tell([place] if count else [], "restriction.imposed", count, because)
    return int(count)


def end_caused_by(
    cause: tuple[str, Sequence[int]], reason: str, now: dt.datetime, because: Because, kind: str = rules.RELEASED,
    but: str = "", params: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """Lift everything that some causes brought about; with ``but`` only from persons, and not from those that this query
    gives. How many were in force."""
    rules.check_can_release(None, kind, reason)
    query = db.sql("restrictions/end_caused_by").replace("{but}", but or "SELECT NULL::bigint")
    values = {
        "now": now, "kind": kind, "reason": reason, "actor": because.actor, "cause": cause[0], "ids": list(cause[1]),
        "persons": bool(but),
    }  # fmt: skip
    with db.transaction_block():
        found = db.rows(query, {**(params or {}), **values})
        _tell([place for place, _ in found], f"restriction.{kind}", sum(n for _, n in found), because)
    return sum(n for _, n in found)


def follow_cause(cause_kind: str, times: Sequence[tuple[int, dt.datetime, dt.datetime, dt.datetime | None]]) -> int:
    """Give what some causes brought about the times of the cause: ``(cause id, due, ends, conditions met)``."""
    columns = [list(c) for c in zip(*times, strict=True)] or [[], [], [], []]
    return db.execute(
        "UPDATE restrictions_restriction r SET due_at = greatest(i.due, r.starts_at), ends_at = i.ends, conditions_met_at = i.met"
        "  FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[]) AS i (id, due, ends, met)"
        " WHERE r.cause_kind = %s AND r.cause_id = i.id AND r.released_at IS NULL AND r.starts_at < i.ends"
        "   AND (r.due_at, r.ends_at, r.conditions_met_at) IS DISTINCT FROM (greatest(i.due, r.starts_at), i.ends, i.met)",
        [*columns, cause_kind],
    )


def _columns(wanted: Sequence[NewRestriction]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [getattr(r, name) for r in wanted] for name in COLUMNS}
    return {**columns, "decision": [json.dumps(r.decision.as_json()) for r in wanted]}


COLUMNS = (
    "kind", "subject_kind", "subject_id", "place_id", "basis", "cause_kind", "cause_id", "reason_zh", "reason_en",
    "starts_at", "due_at", "ends_at",
)  # fmt: skip


def conditions_met(
    cause_kind: str, cause_id: int | None, kind: str, subject_kind: str, subject_ids: Iterable[int],
    at: dt.datetime | None,
) -> int:  # fmt: skip
    """Note since when the conditions of release are met (with ``at`` None: that they no longer are). How many changed.

    What was noted first stays. Without ``cause_id`` it is noted whatever the cause.
    """
    cause = (cause_kind, cause_id) if cause_id is not None else None
    params = {"at": at, **_which(Which(kind, subject_kind, subject_ids, cause))}
    with db.transaction_block():
        found = db.rows(db.sql("restrictions/conditions_met"), params)
        events.publish(TOPIC, [place for place, _ in found])
    return sum(n for _, n in found)


def release(
    which: Which | Iterable[int], reason: str, now: dt.datetime, because: Because, kind: str = rules.RELEASED
) -> int:
    """Lift restrictions, by their ids or by kind, subjects and cause. How many were in force and are lifted.

    ``kind`` is "released" when the conditions allow it, "withdrawn" when there never was a ground (a correction).
    ``reason`` is an English message of the catalogue or the person's own words.
    """
    rules.check_can_release(None, kind, reason)
    params = {"now": now, "release_kind": kind, "reason": reason, "actor": because.actor, **_which(which)}
    with db.transaction_block():
        found = db.rows(db.sql("restrictions/release"), params)
        count = sum(n for _, n in found)
        _tell([place for place, _ in found], f"restriction.{kind}", count, because)
    return count


def lapse_due(now: dt.datetime) -> int:
    """End every restriction whose end has come: nobody extended it. It ended at its end, not when this runs."""
    params = {"now": now, "reason": rules.LAPSE_REASON, "width": Level.COMMUNITY.width}
    with db.transaction_block():
        found = db.rows(db.sql("restrictions/lapse"), params)
        count = sum(n for _, n in found)
        because = Because("clock", rules.LAPSE_REASON)
        _tell([place for place, _ in found], "restriction.lapsed", count, because)
    return count


def extend(
    restriction_id: int, until: dt.datetime, user: User, cause: str, now: dt.datetime, because: Because
) -> Restriction:
    """Prolong one restriction: a decision signed by ``user``, citing the case or the missing result.

    Raises Refused with the reason where the rules do not allow it; Restriction.DoesNotExist where the acting role
    cannot see it. The earlier ends stay on record in its decision.
    """
    with db.transaction_block():
        one = Restriction.objects.select_for_update().get(pk=restriction_id)
        kind = kinds.get(one.kind)
        if not kind.ceiling_key:
            raise Refused(N_("This follows an order: the order is extended, not what it means for one person."))
        pack = pack_at(one.place_id, now)
        ceiling_at = one.starts_at + pack.hours(kind.ceiling_key)
        may_extend = user.may(kind.extend_capability)
        rules.check_can_extend(
            now, one.ends_at, one.released_at, until, ceiling_at, user.username, may_extend, cause
        )  # fmt: skip
        signed = {
            "at": now, "by": user.actor, "from": one.ends_at, "until": until, "cause": cause,
            "ceiling_at": ceiling_at,
        }  # fmt: skip
        decision = Decision(pack.rule(kind.ceiling_key), signed).as_json()
        one.decision = {**one.decision, "extensions": [*one.decision.get("extensions", []), decision]}
        one.ends_at, one.extended_by, one.extension_cause = until, user.actor, cause
        one.save(update_fields=["decision", "ends_at", "extended_by", "extension_cause"])
        audit.record(because, "restriction.extended", "restriction", one.pk, one.place_id)
        events.publish(TOPIC, [one.place_id])
    return one


def _which(which: Which | Iterable[int]) -> dict[str, Any]:
    """The parameters by which the bulk statements find their rows: ids, or kind, subjects and perhaps a cause."""
    if not isinstance(which, Which):
        return {"ids": list(which), "kind": None, "subject_kind": None, "subjects": [], **_cause(None)}
    return {
        "ids": None, "kind": which.kind, "subject_kind": which.subject_kind, "subjects": list(which.subject_ids),
        **_cause(which.cause),
    }  # fmt: skip


def _cause(cause: tuple[str, int] | None) -> dict[str, Any]:
    return {"cause_kind": cause[0] if cause else None, "cause_id": cause[1] if cause else None}


def _tell(places: Sequence[int], action: str, count: int, because: Because) -> None:
    """One audit entry and the boards' events for a change of many restrictions, if there was any."""
    if count:
        audit.record(because, action, "restriction", place=smallest_place(places), count=count)
        events.publish(TOPIC, places)


def stand_at(moves: Sequence[tuple[int, int]]) -> None:
    """Let single restrictions stand at places, ``(restriction, place)`` each: a person may be limited where they are not at
    home."""
    db.execute(
        "UPDATE restrictions_restriction r SET place_id = i.place FROM unnest(%s::bigint[], %s::bigint[]) AS i (id, place)"
        " WHERE r.id = i.id AND r.released_at IS NULL",
        [[key for key, _ in moves], [place for _, place in moves]],
    )


def move_for(subject_kind: str, moves: Sequence[tuple[int, int]]) -> None:
    """Let restrictions in force stand where their subjects are known to be now, ``(subject, place)`` each."""
    db.execute(
        "UPDATE restrictions_restriction r SET place_id = i.place"
        " FROM unnest(%s::bigint[], %s::bigint[]) AS i (subject, place)"
        " WHERE r.subject_kind = %s AND r.subject_id = i.subject AND r.released_at IS NULL AND r.place_id <> i.place",
        [[s for s, _ in moves], [p for _, p in moves], subject_kind],
    )
