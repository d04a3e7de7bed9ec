"""The ledger and the needs know of each other."""

from __future__ import annotations

from typing import Any

import pytest
from tests.needs_town import BECAUSE, HOUR, NOW, raised, settle, take

from tongxin.ledgers import registry
from tongxin.ledgers.models import Offer
from tongxin.ledgers.registry import Help
from tongxin.needs.models import Need
from tongxin.people.models import Person


@pytest.fixture
def town(cast: dict[str, Any]) -> dict[str, Any]:
    settle()
    return cast


def test_who_asks_for_help_at_the_door_has_a_need_and_only_one(town: Any) -> None:
    old = Person.objects.get(person_no="P3")
    asked = Help(old.place_id, old.pk, old.home_id, "降压药没了", contact_id=7)
    assert registry.helped(asked, NOW, BECAUSE) and registry.helped(asked, NOW, BECAUSE)
    need = Need.objects.get()
    assert (need.kind, need.person_id, need.vulnerable, need.channel) == ("medicine", old.pk, True, "ledger")


def test_what_waits_at_a_door_stands_beside_its_people_for_who_may_see_it(town: Any) -> None:
    home = Person.objects.get(person_no="P1").home_id
    (need,) = take(raised("没有菜了", phone="10000000001"))
    take(raised("老公打我", "2", phone="10000000001"))
    assert registry.needs_at([home], town["worker"]) == {home: [f"生活物资 #{need.pk}"]}
    assert registry.needs_at([home], town["hospital"]) == {}


def test_an_offer_is_shown_what_it_could_serve_and_nothing_of_anybodys_health(town: Any) -> None:
    place = Person.objects.get(person_no="P1").place_id
    salt, pills = (
        Offer.objects.create(place_id=place, kind="goods", text=text, offered_at=NOW, offered_by="user:x", until=NOW + HOUR)
        for text in ("多一袋大米可以送人", "家里有多的降压药")
    )
    (rice,) = take(raised("家里没菜了，大米也没了", "1", phone="10000000002"))
    take(raised("降压药没了", "2", phone="10000000003"))
    found = registry.matches([salt.pk, pills.pk], town["worker"])
    assert found == {salt.pk: [(f"#{rice.pk} 生活物资", f"/needs/{rice.pk}")]}


def test_a_home_that_waits_for_something_is_marked_on_the_building_for_who_may_see_it(town: Any) -> None:
    from tongxin.areas.building import queries as building
    from tongxin.places.place_id import Level, PlaceId

    person = Person.objects.get(person_no="P1")
    take(raised("没有菜了", phone="10000000001"))
    place = PlaceId(person.place_id).at(Level.BUILDING)

    def marked(user: Any) -> list[int | None]:
        return [h.id for h in building.building(place, NOW, user=user).homes if "need" in h.marks]

    assert (marked(town["worker"]), marked(town["hospital"])) == ([person.home_id], [])
