"""Who answers for the buildings of a simulated city: a steward for each compound of a street and the next one's as deputy, two
door heads a building, and a chat group for each building of one compound."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

from tongxin.access import operations as access
from tongxin.access.models import User
from tongxin.kit import db
from tongxin.kit.audit import Because
from tongxin.ledgers.models import Post
from tongxin.ledgers.operations import stewards
from tongxin.messages.models import Group
from tongxin.messages.operations import setup
from tongxin.people.models import Person
from tongxin.places import queries as tree
from tongxin.places.models import Place
from tongxin.places.place_id import Level, PlaceId
from tongxin.world import names
from tongxin.world.draws import drawer
from tongxin.world.scenario import Scenario

STEWARD, NAME = "steward", "谭管家"
BECAUSE = Because("user:operations", "demo")


def appoint(world: Scenario, community: PlaceId, password: str, now: dt.datetime) -> None:
    """Name stewards and door heads in the street of a community, in which the steward of the demo has the largest compound."""
    compounds = _compounds(community.at(Level.STREET))
    first = max((c for c in compounds if community.contains(c)), key=lambda c: (len(compounds[c]), -c))
    people = {c: _user(world, nth, "" if c == first else f"{nth:02d}", compounds[c][0], password)
              for nth, c in enumerate(compounds, 1)}  # fmt: skip
    order = list(compounds)
    for nth, compound in enumerate(order):
        deputy = people[order[(nth + 1) % len(order)]]
        for building in compounds[compound]:
            stewards.appoint(PlaceId(building), people[compound], Post.Duty.STEWARD, now, BECAUSE)
            if len(order) > 1:
                stewards.appoint(PlaceId(building), deputy, Post.Duty.DEPUTY, now, BECAUSE)
    _door_heads(world, community.at(Level.STREET), now)
    for building, name in tree.names(compounds[first]).items():
        setup.save_group(Group(), building, f"{name}号楼邻里群", "", "zh-hans", True, BECAUSE)


def _compounds(street: PlaceId) -> dict[int, list[int]]:
    """The buildings of a street by their compounds."""
    lo, hi = street.range
    rows = Place.objects.using(db.alias()).filter(pk__gte=lo, pk__lt=hi, level=Level.BUILDING).order_by("pk")
    found = groupby(rows.values_list("pk", flat=True), key=lambda b: int(PlaceId(b).at(Level.COMPOUND)))
    return {compound: list(buildings) for compound, buildings in found}


def _user(world: Scenario, nth: int, number: str, building: int, password: str) -> User:
    rng = drawer(world.seed, "steward", nth)
    name = rng.choice(names.SURNAMES) + "".join(rng.sample(names.GIVEN, 2)) if number else NAME
    return access.create_user(f"{STEWARD}{number}", name, STEWARD, [building], password, BECAUSE)


def _door_heads(world: Scenario, street: PlaceId, now: dt.datetime) -> None:
    """Two of each building who are grown and have a phone."""
    chosen, people = [], world.city.people
    for nth, building in enumerate(world.city.buildings):
        grown = [i for i in building if people[i].phone and people[i].relation in ("head", "partner")]
        chosen += drawer(world.seed, "door heads", nth).sample(grown, min(2, len(grown)))
    found = Person.objects.using(db.alias()).filter(person_no__in=[people[i].no for i in chosen]).order_by("pk")
    for person in found:
        if street.contains(person.place_id):
            stewards.add_door_head(PlaceId(person.place_id).at(Level.BUILDING), person, now, BECAUSE)
