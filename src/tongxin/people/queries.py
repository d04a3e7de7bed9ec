"""Reading the register."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from tongxin.kit import audit, crypto, db
from tongxin.people.models import Person


class Known(NamedTuple):
    """What a scan needs of a person."""

    id: int
    place_id: int
    provisional: bool


def find(numbers: Collection[str]) -> dict[str, Known]:
    """The people with these numbers, provisional ones too."""
    found = db.rows(
        "SELECT person_no, id, place_id, provisional FROM people_person WHERE person_no = ANY(%s)", [list(numbers)]
    )
    return {number: Known(*rest) for number, *rest in found}


def by_identity(number: str) -> list[Person]:
    """People with this identity number (two may share one), at most 50."""
    return list(Person.objects.filter(id_hash=crypto.lookup_hash(number)).order_by("id")[:50])


def by_phone(number: str) -> list[Person]:
    """People with this phone, at most 50."""
    return list(Person.objects.filter(phone_hash=crypto.lookup_hash(number)).order_by("id")[:50])


def look_up(person_id: int, why: str, because: audit.Because) -> Person | None:
    """A person's record for somebody to see; the look is recorded. None where it is not in the viewer's scope."""
    person = Person.objects.select_related("home").filter(pk=person_id).first()
    if person:
        audit.record(because, f"view.{why}", "person", person.pk, person.place_id)
    return person
