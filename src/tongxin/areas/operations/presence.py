"""Who is in an area without living there: found wherever they are registered, or noted as somebody the register does not know.

Finding and adding act as the jobs role after asking what the user may do there, for the person may be registered anywhere. What
is told before somebody is added is no more than needed to be sure of the person; what is told afterwards is a stay.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from tongxin.access import rules as access
from tongxin.access.models import User
from tongxin.areas.models import Order, RollMark
from tongxin.areas.operations import deeds, roll
from tongxin.areas.operations.issue import community
from tongxin.areas.states import IN_FORCE
from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.people import queries, register
from tongxin.people.models import Person
from tongxin.places.models import Home
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import N_, Refused

NOT_HERE = N_("The area is not where you are responsible, or you may not note who is in it.")
IDENTITY = 18
"""Characters of an identity number."""
ON_ROLL = N_("This person is on the roll already.")


@dataclass(frozen=True)
class Sought:
    """By what somebody is looked for: an identity number, a number of the register, or a name with its phone."""

    number: str = ""
    name: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Found:
    """Somebody the register knows. Of somebody who lives where the user does not answer: the family name, the street."""

    person_id: int
    name: str
    place_id: int
    own: bool
    provisional: bool


@dataclass(frozen=True)
class Where:
    """Where in the area somebody is: a place of it, and the number on the door if there is one."""

    place_id: int
    door: str = ""


def find(order_id: int, sought: Sought, where: Where, user: User, because: Because) -> list[Found]:
    """Who is meant. Raises Refused for somebody who may not ask, where too little is told, and for a place outside the area.
    The look is recorded, at the area and for each person who was found."""
    with db.acting_as_jobs(), db.transaction_block():
        order = _order(order_id, user)
        _stand(order, where)
        people = _people(sought, user)
        audit.record(because, "view.sought", "area", order.pk, order.place_id, count=max(len(people), 1))
        for one in people:
            audit.record(replace(because, details={"area": order.name}), "view.sought", "person", one.pk, one.place_id)
    return [_told(one, user) for one in people]


def add(order_id: int, person_id: int, where: Where, sought: Sought, user: User, now: dt.datetime, because: Because) -> RollMark:
    """Put somebody who was found by the same words on the roll, where they are; the community there knows them from now on."""
    with db.acting_as_jobs(), db.transaction_block():
        order = _order(order_id, user)
        if person_id not in {p.pk for p in _people(sought, user)}:
            raise Refused(N_("There is no such person, or not where you are responsible."))
        return _put(order, person_id, where, user, now, because)


def add_unknown(order_id: int, where: Where, sought: Sought, user: User, now: dt.datetime, because: Because) -> RollMark:
    """Put somebody on the roll whom the register does not know: a provisional person with what was told."""
    if not sought.name.strip():
        raise Refused(N_("Write the name, as far as it is known."))
    with db.acting_as_jobs(), db.transaction_block():
        order = _order(order_id, user)
        if _noted(order, sought.name.strip()):
            raise Refused(ON_ROLL)
        number = sought.number.strip() if len(sought.number.strip()) == IDENTITY else ""
        person = register.note_provisional(sought.name.strip(), sought.phone.strip(), number, community(where.place_id))
        audit.record(because, "area.roll.provisional", "person", person, order.place_id)
        return _put(order, person, where, user, now, because)


def _noted(order: Order, name: str) -> bool:
    """Whether somebody of that name whom the register does not know is on the roll: the button was pressed twice."""
    return bool(
        db.rows(
            "SELECT FROM areas_rollmark m JOIN people_person p ON p.id = m.person_id"
            " WHERE m.order_id = %s AND m.status = 'unregistered' AND p.provisional AND p.name = %s",
            [order.pk, name],
        )
    )


def _stand(order: Order, where: Where) -> tuple[int, int | None]:
    """The place and the home in which somebody is. Raises Refused for a door that is not there or not in the area."""
    lo, hi = PlaceId(where.place_id).range
    home = None
    if where.door:
        found = list(Home.objects.using(db.alias()).filter(place_id__gte=lo, place_id__lt=hi, number=where.door)[:2])
        if not found:
            raise Refused(N_("There is no door %(door)s there; leave it empty if it has no number."), door=where.door)
        if len(found) > 1:
            raise Refused(N_("There are several doors %(door)s there: choose the unit."), door=where.door)
        home = found[0]
    if not _inside(order, home.place_id if home else where.place_id, home):
        raise Refused(N_("This is not in the area. Of an area of single floors or homes, write the door."))
    return (home.place_id, home.pk) if home else (where.place_id, None)


def _inside(order: Order, place_id: int, home: Home | None) -> bool:
    parts = [
        p for p in order.parts.using(db.alias()).all()
        if PlaceId(p.place_id).contains(place_id) and (p.floor is None or (home is not None and home.floor == p.floor))
        and (p.home_id is None or (home is not None and home.pk == p.home_id))
    ]  # fmt: skip
    return bool(parts) and not any(p.excluded for p in parts)


def _order(order_id: int, user: User) -> Order:
    """The order in force, where the user answers for all of it and may write on its roll."""
    order = Order.objects.using(db.alias()).filter(pk=order_id, state=IN_FORCE).first()
    if order is None or not user.may("area.roll") or not access.holds(user.ranges(), PlaceId(order.place_id).range):
        raise Refused(NOT_HERE)
    return order


def _people(sought: Sought, user: User) -> list[Person]:
    number, name, phone = sought.number.strip(), sought.name.strip(), sought.phone.strip()
    if number:
        mine = [p for p in queries.by_number(number) if access.holds(user.ranges(), PlaceId(p.place_id).range)]
        return mine or queries.by_identity(number)
    if not (name and phone):
        raise Refused(N_("Write an identity number, or the name and the phone."))
    return [p for p in queries.by_phone(phone) if p.name == name]


def _told(one: Person, user: User) -> Found:
    own = access.holds(user.ranges(), PlaceId(one.place_id).range)
    if own:
        return Found(one.pk, one.name or one.person_no, one.place_id, own, one.provisional)
    place = int(PlaceId(one.place_id).at(Level.STREET))
    return Found(one.pk, one.name[:1] + "*" * len(one.name[1:]), place, own, one.provisional)


def _put(order: Order, person_id: int, where: Where, user: User, now: dt.datetime, because: Because) -> RollMark:
    limited = db.rows(
        "SELECT FROM restrictions_restriction WHERE subject_kind = 'person' AND subject_id = %(person)s AND cause_kind = 'order'"
        " AND cause_id = %(order)s AND released_at IS NULL"
        " UNION ALL SELECT FROM areas_rollmark m JOIN people_person p ON p.id = m.person_id"
        "  JOIN areas_part a ON a.order_id = m.order_id AND p.place_id >= a.place_id AND p.place_id < a.place_end"
        "  WHERE m.order_id = %(order)s AND m.person_id = %(person)s",
        {"person": person_id, "order": order.pk},
    )
    if limited:
        raise Refused(ON_ROLL)
    place, home = _stand(order, where)
    made = deeds.put_on_roll(
        order, person_id,
        {"place_id": place, "home_id": home, "status": RollMark.Status.UNREGISTERED, "since": now,
         "by": user.actor, "reason": because.reason},
        now, because,
    )  # fmt: skip
    roll.know([order.pk], now)
    return made

