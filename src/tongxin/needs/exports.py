"""Needs of a day as rows: what was asked where, and what became of it. Silent ones are never in it, and what people wrote only
where it is asked for, with a note in the audit trail of each whose words were given out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from tongxin.kit import audit, clock, crypto, db
from tongxin.kit.audit import Because
from tongxin.needs import kinds
from tongxin.places.place_id import PlaceId

COLUMNS = (
    "id", "channel", "raised_at", "place_code", "place", "kind", "urgency", "state", "callers", "due_at", "confirmed_at",
    "done_at", "in_time", "closed_at", "closed_how", "satisfaction", "reopened",
)  # fmt: skip
_URGENCIES = ("emergency", "urgent", "routine")
_QUERY = (
    "SELECT n.id, n.person_id, n.place_id, n.text, n.source_ref, n.channel, n.raised_at, p.name, n.kind, n.urgency, n.state,"
    " (SELECT count(*) FROM needs_caller c WHERE c.need_id = n.id), n.due_at, n.confirmed_at, n.done_at, n.closed_at,"
    " n.closed_how, n.satisfaction, n.reopened"
    "  FROM needs_need n LEFT JOIN places_place p ON p.id = n.place_id"
    " WHERE n.place_id >= %s AND n.place_id < %s AND n.raised_at >= %s AND n.raised_at < %s AND NOT n.silent"
    " ORDER BY n.raised_at, n.id"
)


def needs(place_id: int, day: dt.date, with_text: bool, because: Because) -> tuple[Sequence[str], Iterator[Sequence[Any]]]:
    """Header and rows of the needs that were raised at a place on a day of the city."""
    header = (*COLUMNS, "text") if with_text else COLUMNS
    return header, _rows(place_id, day, with_text, because)


def _rows(place_id: int, day: dt.date, with_text: bool, because: Because) -> Iterator[Sequence[Any]]:
    since = dt.datetime.combine(day, dt.time(), clock.city_zone())
    params = [*PlaceId(place_id).range, since, since + dt.timedelta(days=1)]
    count = 0
    for found in db.batches(_QUERY, 2_000, params):
        if with_text:
            _note_looks(found, because)
        count += len(found)
        yield from (_row(row, with_text) for row in found)
    said = replace(because, details={"day": day.isoformat(), "text": with_text})
    audit.record(said, "need.exported", "need", place=place_id, count=count)


def _row(row: Sequence[Any], with_text: bool) -> list[Any]:
    _id, _person, place, text, ref, channel, raised_at, name, kind, urgency, state, callers, due_at, *rest = row
    confirmed_at, done_at, closed_at, closed_how, satisfaction, reopened = rest
    in_time = "" if done_at is None else "yes" if done_at <= due_at else "no"
    found = [
        ref, channel, _clock(raised_at), PlaceId(place).code, name or "", kinds.get(kind).key, _URGENCIES[urgency], state,
        callers, _clock(due_at), _clock(confirmed_at), _clock(done_at), in_time, _clock(closed_at), closed_how,
        "" if satisfaction is None else satisfaction, reopened,
    ]  # fmt: skip
    return [*found, crypto.decrypt(text)] if with_text else found


def _clock(at: dt.datetime | None) -> str:
    return at.astimezone(clock.city_zone()).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _note_looks(found: Sequence[Sequence[Any]], because: Because) -> None:
    """Who raised a need finds in the own list who took its words out."""
    for person, place in sorted({(row[1], row[2]) for row in found if row[1]}):
        audit.record(because, "view.need", "person", person, place)
