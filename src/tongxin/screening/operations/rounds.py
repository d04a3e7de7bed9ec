"""Announce rounds and their rolls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from tongxin.kit import db
from tongxin.places import queries as places
from tongxin.places.place_id import Level, PlaceId
from tongxin.screening import rules


class RollRow(NamedTuple):
    """A place whose residents are on the roll of a round."""

    round: str
    day: dt.date
    place: PlaceId


def read(row: dict[str, str]) -> RollRow:
    """Read a row of a roll. Raises Unreadable with the reason."""
    try:
        day = dt.date.fromisoformat(row["day"])
    except ValueError:
        raise rules.Unreadable(f"the day {row['day'][:20]!r} is not a date such as 2022-11-25") from None
    if not rules.FIRST_YEAR <= day.year <= rules.LAST_YEAR:
        raise rules.Unreadable(f"the day {day} lies outside the years {rules.FIRST_YEAR} to {rules.LAST_YEAR}")
    try:
        place = PlaceId.parse(row["community_code"])
    except ValueError as error:
        raise rules.Unreadable(str(error)) from None
    if place.level != Level.COMMUNITY:
        raise rules.Unreadable(f"{row['community_code']} is not the code of a community (12 digits)")
    return RollRow(rules.read_code(row["round"], "the round"), day, place)


def record(rows: Sequence[RollRow]) -> tuple[int, int, dict[int, str]]:
    """Write rolls in one transaction. Returns how many rows were new, how many repeated, and why others were refused."""
    refused: dict[int, str] = {}
    accepted = 0
    with db.transaction_block():
        known = places.existing({r.place for r in rows})
        days: dict[str, tuple[int, dt.date]] = {}
        for i, row in enumerate(rows):
            if row.round not in days:
                days[row.round] = _round(row)
            number, day = days[row.round]
            if row.place not in known:
                refused[i] = f"there is no place {row.place.code} in the tree; load its division with `load places`"
            elif day != row.day:
                refused[i] = f"the round {row.round} is on {day}, not on {row.day}"
            else:
                accepted += db.execute(
                    "INSERT INTO screening_roundplace (round_id, place_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    [number, row.place],
                )
    return accepted, len(rows) - accepted - len(refused), refused


def _round(row: RollRow) -> tuple[int, dt.date]:
    db.execute(
        "INSERT INTO screening_round (name, day) VALUES (%s, %s) ON CONFLICT DO NOTHING", [row.round, row.day]
    )
    number, day = db.rows("SELECT id, day FROM screening_round WHERE name = %s", [row.round])[0]
    db.execute("SELECT screening_ensure_day(%s)", [day])
    return number, day
