"""What a resident asked for, and what becomes of it. A need is the resident's who is its person or one of its callers; of a
need with several callers each sees only the own words. Silent calls are in none of it: somebody may look over the shoulder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import cached_property

from tongxin.kit import crypto, db
from tongxin.needs import queries as needs
from tongxin.needs.models import Need, NeedEvent
from tongxin.people.models import Person
from tongxin.places.models import Place
from tongxin.places.place_id import Level
from tongxin.resident.queries.record import Resident

QUIET = "quiet-"
"""How the references of what was asked for quietly begin."""
MOST_AT_HOME, MOST_EVENTS, MOST_DISTRICTS = 20, 200, 200


@dataclass(frozen=True)
class Mine:
    """A need of the resident's: as it was ``asked``, and where it ``stands``: itself, or the need into which it was merged.
    ``own``: the words are the resident's. ``shared``: others have asked for it too."""

    asked: Need
    stands: Need
    own: bool
    shared: bool

    @cached_property
    def text(self) -> str:
        """The resident's own words; empty where somebody else said them."""
        return needs.text_of(self.asked) if self.own else ""

    @property
    def promise(self) -> str:
        """What was promised, where it was promised for this need and not for that of a neighbour."""
        return crypto.decrypt(self.stands.promise) if self.stands.pk == self.asked.pk else ""


def actor(me: Resident) -> str:
    """How the deeds of a resident on needs are signed."""
    return f"resident:{me.person_id}"


def live(me: Resident, limit: int) -> list[Mine]:
    """The needs for which the resident still waits, or of which the resident has not yet said whether they are solved."""
    return _mine(me, limit=limit, live=True)


def page(me: Resident, after: int | None, limit: int) -> list[Mine]:
    """All needs of the resident, the latest first."""
    return _mine(me, limit=limit, after=after)


def one(me: Resident, need_id: int) -> Mine | None:
    """A need of the resident's; None for anybody else's, for a silent one, and for one that is not there."""
    found = _mine(me, limit=1, one=need_id)
    return found[0] if found else None


def _mine(me: Resident, *, limit: int, one: int | None = None, after: int | None = None, live: bool = False) -> list[Mine]:
    given = {"person": me.person_id, "one": one, "after": after, "live": live, "limit": limit, "quiet": f"{QUIET}%"}
    with db.acting_as_jobs():
        found = db.rows(db.sql("resident/needs"), given)
        rows = Need.objects.in_bulk({key for asked, stands, _own, _shared in found for key in (asked, stands)})
    return [Mine(rows[asked], rows[stands], own, shared) for asked, stands, own, shared in found]


def events(mine: Mine) -> list[NeedEvent]:
    """What happened to a need, the first first; of one that was merged, also what happened since where it stands."""
    with db.acting_as_jobs():
        own = list(NeedEvent.objects.filter(need_id=mine.asked.pk).order_by("-pk")[:MOST_EVENTS])
        if mine.stands.pk != mine.asked.pk:
            since = next((e.pk for e in own if e.event == "merged"), 0)
            own += NeedEvent.objects.filter(need_id=mine.stands.pk, pk__gt=since).order_by("-pk")[:MOST_EVENTS]
    return sorted(own, key=lambda e: e.pk)


@dataclass(frozen=True)
class Member:
    """Somebody of the resident's household: ``key`` means that person to this resident alone, and is no number."""

    key: str
    name: str
    person_id: int


def household(me: Resident) -> list[Member]:
    """The others behind the resident's door. The first character of a name is hidden: whoever lives together knows it, and
    whoever is wrongly on file at this door learns little."""
    if me.home_id is None:
        return []
    with db.acting_as_jobs():
        others = Person.objects.filter(home_id=me.home_id, provisional=False).exclude(pk=me.person_id).order_by("pk")
        found = list(others.values_list("pk", "name")[:MOST_AT_HOME])
    return [Member(_key(me, person_id), "*" + name[1:], person_id) for person_id, name in found if name]


def _key(me: Resident, person_id: int) -> str:
    return hashlib.sha256(crypto.lookup_hash(f"household {me.person_id} {person_id}") or b"").hexdigest()[:16]


def phone(me: Resident) -> str:
    """The number on file for the resident; empty for none."""
    with db.acting_as_jobs():
        return crypto.decrypt(Person.objects.filter(pk=me.person_id).values_list("phone", flat=True).first())


def districts() -> Sequence[tuple[int, str]]:
    """Where somebody may be who calls from outside: the districts that are loaded."""
    with db.acting_as_jobs():
        return list(Place.objects.filter(level=Level.DISTRICT).order_by("pk").values_list("pk", "name")[:MOST_DISTRICTS])
