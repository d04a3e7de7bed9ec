"""Reading the register."""

from __future__ import annotations

from tongxin.kit import audit, crypto
from tongxin.people.models import Person, Stay


def by_identity(number: str) -> list[Person]:
    """People with this identity number (two may share one), at most 50."""
    return list(Person.objects.filter(id_hash=crypto.lookup_hash(number)).order_by("id")[:50])


def by_phone(number: str) -> list[Person]:
    """People with this phone, at most 50."""
    return list(Person.objects.filter(phone_hash=crypto.lookup_hash(number)).order_by("id")[:50])


def by_number(number: str) -> list[Person]:
    """The person of this number of the register, if there is one."""
    return list(Person.objects.filter(person_no=number))


def look_up(person_id: int, why: str, because: audit.Because) -> Person | None:
    """A person's record for somebody to see; the look is recorded. None where it is not in the viewer's scope."""
    person = Person.objects.select_related("home").filter(pk=person_id).first()
    if person:
        audit.record(because, f"view.{why}", "person", person.pk, person.place_id)
    return person


def phone_of(person_id: int, because: audit.Because) -> str | None:
    """The phone number of a person who lives or stays in the viewer's scope ("" when none is on file), for somebody to
    see; the look is recorded. None for anybody else."""
    person: Person | Stay | None = Person.objects.filter(pk=person_id).first()
    person = person or Stay.objects.filter(person_id=person_id).first()
    if person is None:
        return None
    audit.record(because, "view.phone", "person", person_id, person.place_id)
    return crypto.decrypt(person.phone)
