"""Where help is needed: places by name or address, the people behind a number, in the user's own scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tongxin.access.rules import holds
from tongxin.areas.meaning import Asked, meanings
from tongxin.areas.views import pieces
from tongxin.kit import db
from tongxin.needs import desk
from tongxin.needs.desk import Member
from tongxin.needs.locate import Spot
from tongxin.people.models import Person
from tongxin.places import addresses as texts
from tongxin.places import queries as places
from tongxin.places.models import Home
from tongxin.places.place_id import PlaceId
from tongxin.screening.views.scope import int64
from tongxin.web import labels
from tongxin.web.addresses import addresses

FOUND = 12


@dataclass(frozen=True)
class Choice:
    """A place that may be chosen: its code for ``read`` and how it is called."""

    code: str
    label: str


def code_of(place_id: int, home_id: int | None) -> str:
    return f"{place_id}:{home_id}" if home_id else f"{place_id}"


def read(text: str, user: Any) -> Spot | None:
    """A chosen place, ``PLACE`` or ``PLACE:HOME``, where it exists in the user's scope."""
    place_text, _colon, home_text = text.partition(":")
    try:
        place, home = int(PlaceId(int64(place_text))), int64(home_text) if home_text else None
    except ValueError:
        return None
    if not holds(user.ranges(), PlaceId(place).range) or not places.existing([place]):
        return None
    if home is not None and not Home.objects.using(db.alias()).filter(pk=home, place_id=place).exists():
        return None
    return Spot(place, home)


def person(text: str) -> Person | None:
    """A chosen person, where the acting role sees one."""
    try:
        return Person.objects.using(db.alias()).filter(pk=int64(text)).first() if text else None
    except ValueError:
        return None


def search(text: str, user: Any) -> list[Choice]:
    """Places of the user's scope by name, or by an address such as 和苑1号楼1单元301: then what it names of them."""
    text = text.replace("\0", "").strip()[:200]
    if not text or not user.ranges():
        return []
    said = texts.parse(text)
    names = list(dict.fromkeys(filter(None, (said.compound, f"{said.road}{said.number}", said.number, text))))
    los, his = [list(c) for c in zip(*user.ranges(), strict=True)]
    params = {"los": los, "his": his, "names": names, "at": los[0], "end": his[0], "limit": FOUND}
    named = [key for (key,) in db.rows(db.sql("areas/places"), params)]
    meant = [m for m in meanings([Asked(said.as_json(), [key]) for key in named]) if not m.wider]
    finer = [m for m in meant if said.buildings or said.units or said.floors or said.rooms]
    found = [p for m in finer or meant for p in m.pieces if not p.excluded and p.floor is None][:FOUND]
    labelled = pieces.labelled(found, user)
    return [Choice(code_of(p.place_id, p.home_id), label) for p, label in zip(found, labelled, strict=True)]


@dataclass
class Household:
    """People behind one door (or one alone, whose door is not known), each with the areas that limit them."""

    where: str
    code: str
    people: list[dict[str, Any]] = field(default_factory=list)


def households(members: Sequence[Member], user: Any, calling: Iterable[int] = ()) -> list[Household]:
    """The people by their doors; ``calling`` are those of the number. Two queries however many they are."""
    where = addresses([m.place_id for m in members], user)
    limited = desk.limited([m.id for m in members]) if may_know(user) else {}
    known: dict[int, Household] = {}
    caller, named = set(calling), user.may("person.view")
    for one in members:
        key = one.home_id or -one.id
        label = f"{where.get(one.place_id, '')} {one.door}".strip()
        house = known.setdefault(key, Household(label, f"h{one.place_id}:{one.home_id}" if one.home_id else ""))
        house.people.append(
            {"row": one, "value": f"p{one.id}", "name": one.name or one.number if named else one.number,
             "calls": one.id in caller, "categories": labels.categories(one.category, user), "areas": limited.get(one.id, [])}
        )  # fmt: skip
    return list(known.values())


def may_know(user: Any) -> bool:
    """Whether somebody may know which area limits a person."""
    return bool(user.may("area.view") or user.may("person.view"))
