"""Writes of people: provisional persons. Loading the register is in ``people.register``."""

from __future__ import annotations

from collections.abc import Mapping

from tongxin.kit import db
from tongxin.people import queries


def find_or_make(places: Mapping[str, int]) -> dict[str, queries.Known]:
    """The people with these numbers; who is unknown becomes a provisional person at the place given (the site's).

    To be called in a transaction that shares the register (``locks.share_register``).
    """
    known = queries.find(places)
    missing = sorted(set(places) - set(known))
    if missing:
        db.execute(
            "INSERT INTO people_person (person_no, place_id, provisional)"
            " SELECT number, place, true FROM unnest(%s::text[], %s::bigint[]) AS i (number, place) ORDER BY number"
            " ON CONFLICT DO NOTHING",
            [missing, [places[n] for n in missing]],
        )
        known |= queries.find(missing)
    return known
