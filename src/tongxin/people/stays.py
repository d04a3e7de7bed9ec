"""Where people are who are not at home: written for the community that answers there, deleted when it no longer does."""

from __future__ import annotations

import datetime as dt

from tongxin.kit import db


def begin(person_id: int, place_id: int, cause: str, now: dt.datetime) -> None:
    """Let the community of a place know a person who lives elsewhere. Nothing happens where the person lives."""
    db.execute(
        "INSERT INTO people_stay (person_id, place_id, cause, since, person_no, name, category, phone, home_place_id, door)"
        " SELECT p.id, %(place)s, %(cause)s, %(now)s, p.person_no, p.name, p.category, p.phone, p.place_id,"
        "        coalesce(h.number, '')"
        "   FROM people_person p LEFT JOIN places_home h ON h.id = p.home_id"
        "  WHERE p.id = %(person)s AND p.place_id / 10000000 <> %(place)s / 10000000"
        " ON CONFLICT (person_id, place_id, cause) DO NOTHING",
        {"person": person_id, "place": place_id, "cause": cause, "now": now},
    )


def end(person_id: int, place_id: int, cause: str) -> None:
    """The community no longer answers for the person: it forgets them."""
    db.execute(
        "DELETE FROM people_stay WHERE person_id = %s AND place_id = %s AND cause = %s", [person_id, place_id, cause]
    )
