"""The ledger: who is on it, who answers, when they were last seen; nobody without an owner, nothing lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.ledger_town import DIALYSIS_UNIT, UNIT, user, write_people
from tests.support import COMMUNITY, NOW

from tongxin.kit.audit import Because
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import Refused

WHY = Because("test", "because")
DAY = dt.timedelta(days=1)


@pytest.fixture
def house(city: Any, cast: dict[str, Any]) -> dict[str, Any]:
    """Two buildings with their people, a steward of the first and her deputy."""
    from tongxin.ledgers.operations import stewards

    city.at(NOW)
    people = write_people()
    anna, bert = user("anna", "steward"), user("bert", "steward")
    building = PlaceId(people["old"].place_id).at(Level.BUILDING)
    stewards.appoint(building, anna, "steward", NOW, WHY)
    stewards.appoint(building, bert, "deputy", NOW, WHY)
    anna, bert = (type(u).objects.get(pk=u.pk) for u in (anna, bert))  # with the scope that the post gave them
    return {"people": people, "anna": anna, "bert": bert, "building": building, "cast": cast}


def entries(**wanted: Any) -> list[Any]:
    from tongxin.ledgers.models import Entry

    return list(Entry.objects.filter(**wanted).order_by("pk"))


def open_tasks(kind: str) -> list[Any]:
    from tongxin.tasks.models import Task

    return list(Task.objects.filter(kind=kind, state__in=("open", "claimed")).order_by("pk"))


def test_the_registers_categories_put_people_on_the_ledger_and_take_them_off(house: dict[str, Any]) -> None:
    people = house["people"]
    assert {(e.person_id, e.category) for e in entries(ended_at=None)} == {
        (people["old"].pk, "elderly_alone"), (people["ill"].pk, "dialysis"), (people["ill"].pk, "severe_illness"),
        (people["far"].pk, "pregnant"),
    }  # fmt: skip
    (old,) = entries(category="elderly_alone")
    assert old.next_due == NOW + DAY and old.rule == "base/ledger.rhythm_elderly_alone" and old.source == "register"
    write_people(old="")
    assert entries(category="elderly_alone", ended_at=None) == [] and entries(category="elderly_alone")[0].ended_by == "register"
    write_people(old="elderly_alone")
    assert len(entries(category="elderly_alone", ended_at=None)) == 1


def test_what_a_person_ended_is_not_begun_again_by_the_register(house: dict[str, Any]) -> None:
    from tongxin.ledgers.operations import derive
    from tongxin.ledgers.operations import entries as operations

    (old,) = entries(category="elderly_alone")
    operations.end(old.pk, "moved in with her son", NOW, WHY)
    assert derive.derive(NOW) == 0 and entries(category="elderly_alone", ended_at=None) == []
    with pytest.raises(Refused):
        operations.end(old.pk, "again", NOW, WHY)


def test_deriving_twice_changes_nothing_and_ten_thousand_take_one_statement(city: Any, places: None) -> None:
    import time

    from tongxin.kit import db
    from tongxin.ledgers.operations import derive

    city.at(NOW)
    db.execute(
        "INSERT INTO people_person (person_no, name, place_id, category) SELECT 'X' || n, 'n', %s + (n %% 900) * 100 + 1,"
        " (ARRAY['elderly_alone', 'dialysis|disabled', 'pregnant'])[1 + n %% 3] FROM generate_series(1, 7500) n",
        [COMMUNITY + 100_000],
    )
    began = time.monotonic()
    assert derive.derive(NOW) == 10_000
    assert time.monotonic() - began < 1
    assert derive.derive(NOW) == 0


def test_the_steward_answers_where_she_may_see_why(house: dict[str, Any]) -> None:
    people, anna = house["people"], house["anna"]
    by = {e.category: e.owner_id for e in entries(ended_at=None)}
    assert by == {"elderly_alone": anna.pk, "dialysis": anna.pk, "severe_illness": None, "pregnant": None}
    assert entries(category="dialysis")[0].deputy_id == house["bert"].pk
    from tongxin.ledgers.operations import entries as operations

    assert operations.ask_for_owners(NOW) == 2 and operations.ask_for_owners(NOW) == 0
    (far,) = entries(category="pregnant")
    operations.set_owner(far.pk, house["cast"]["officer"], None, NOW, WHY)
    assert [t.subject_id for t in open_tasks("ledger.owner")] == [COMMUNITY]
    with pytest.raises(Refused, match="does not work with the ledger of this place"):
        operations.set_owner(far.pk, anna, None, NOW, WHY)
    with pytest.raises(Refused, match="sensitive"):
        operations.set_owner(entries(category="severe_illness")[0].pk, anna, None, NOW, WHY)
    assert people["far"].place_id // 10**7 != COMMUNITY // 10**7


def test_a_contact_falls_due_goes_to_the_owner_and_climbs_by_itself(house: dict[str, Any]) -> None:
    from tongxin.ledgers.operations import contacts
    from tongxin.tasks import operations as tasks

    assert contacts.open_due(NOW) == 0
    soon = NOW + DAY - dt.timedelta(hours=3)
    assert contacts.open_due(soon) == 2 and contacts.open_due(soon) == 0  # old, and ill for both of her reasons once
    assert {(t.subject_id, t.owner_id, t.state, t.due_at) for t in open_tasks("ledger.contact")} == {
        (house["people"][who].pk, house["anna"].pk, "claimed", NOW + DAY) for who in ("old", "ill")
    }
    assert tasks.escalate_due(NOW + DAY + dt.timedelta(minutes=31)) == 2


def test_seen_sets_last_seen_not_reached_sends_somebody_and_a_shut_door_is_urgent(house: dict[str, Any]) -> None:
    from tongxin.ledgers.operations import contacts
    from tongxin.ledgers.operations.contacts import Told

    old, later = house["people"]["old"], NOW + DAY
    contacts.open_due(later)
    contacts.record(old.pk, Told("phone", "not_reached"), later, WHY)
    (entry,) = entries(category="elderly_alone")
    assert entry.last_seen_at is None and entry.next_due == NOW + DAY
    assert [t.owner_id for t in open_tasks("ledger.visit")] == [house["anna"].pk]
    assert contacts.open_due(later) == 0, "while somebody is on the way nobody is sent again"
    contacts.record(old.pk, Told("door", "not_reached"), later, WHY)
    assert open_tasks("ledger.visit") == [] and [t.subject_id for t in open_tasks("ledger.check")] == [old.pk]
    contacts.record(old.pk, Told("door", "seen", "was asleep"), later, Because("user:anna"))
    entry.refresh_from_db()
    assert (entry.last_seen_at, entry.last_seen_by, entry.last_seen_how) == (later, "user:anna", "door")
    assert entry.next_due == later + DAY and open_tasks("ledger.check") == []


def test_who_needs_help_gets_it_from_the_needs_or_from_the_community(house: dict[str, Any], monkeypatch: Any) -> None:
    from tongxin.ledgers import registry
    from tongxin.ledgers.operations import contacts
    from tongxin.ledgers.operations.contacts import Told

    old, asked = house["people"]["old"], []
    monkeypatch.setattr(registry, "_help", [lambda asked_for, now, because: asked.append(asked_for) or True])
    contacts.record(old.pk, Told("phone", "needs_help", "no insulin"), NOW, WHY)
    assert asked[0].text == "no insulin" and asked[0].person_id == old.pk and open_tasks("ledger.help") == []
    monkeypatch.setattr(registry, "_help", [])
    contacts.record(old.pk, Told("phone", "needs_help", "no insulin"), NOW, WHY)
    assert [t.subject_id for t in open_tasks("ledger.help")] == [old.pk]
    with pytest.raises(Refused):
        contacts.record(old.pk, Told("pigeon", "seen"), NOW, WHY)


def test_the_outcome_of_a_task_is_a_contact(house: dict[str, Any]) -> None:
    from tongxin.ledgers.models import Contact
    from tongxin.ledgers.operations import contacts
    from tongxin.tasks import operations as tasks

    contacts.open_due(NOW + DAY)
    task = open_tasks("ledger.contact")[0]
    tasks.complete(task.pk, "not_reached", {"note": "rang twice"}, NOW + DAY, Because("user:anna"))
    assert Contact.objects.get().outcome == "not_reached" and len(open_tasks("ledger.visit")) == 1
    tasks.complete(open_tasks("ledger.visit")[0].pk, "seen", {}, NOW + DAY, Because("user:anna"))
    assert Contact.objects.count() == 2 and entries(person_id=task.subject_id)[0].last_seen_how == "door"


def test_entries_and_tasks_follow_who_moves_and_their_new_steward_answers(house: dict[str, Any]) -> None:
    from tongxin.ledgers.operations import contacts

    contacts.open_due(NOW + DAY)
    people = write_people(old_at=UNIT)
    (entry,) = entries(category="elderly_alone", ended_at=None)
    assert entry.place_id == people["old"].place_id and entry.owner_id is None
    (task,) = [t for t in open_tasks("ledger.contact") if t.subject_id == people["old"].pk]
    assert task.place_id == entry.place_id and task.owner_id is None


def test_everything_of_a_steward_who_leaves_goes_to_the_deputy_or_a_successor(house: dict[str, Any]) -> None:
    from tongxin.access.models import User
    from tongxin.ledgers.models import Post
    from tongxin.ledgers.operations import contacts, offers, stewards

    anna, bert, lo_hi = house["anna"], house["bert"], [PlaceId(COMMUNITY).range]
    contacts.open_due(NOW + DAY)
    offer = offers.make(offers.NewOffer(int(house["building"]), "goods", "salt"), NOW, WHY)
    offers.claim(offer.pk, anna, NOW)
    done = stewards.hand_over(anna, None, lo_hi, NOW + DAY, WHY)
    assert (done.entries, done.tasks, done.posts, done.offers) == (2, 2, 1, 1)
    assert {e.owner_id for e in entries(category__in=("elderly_alone", "dialysis"))} == {bert.pk}
    assert {t.owner_id for t in open_tasks("ledger.contact")} == {bert.pk}
    assert Post.objects.get(until=None).user_id == bert.pk and Post.objects.get(until=None).duty == "steward"
    assert User.objects.get(pk=anna.pk).places() == [] and User.objects.get(pk=bert.pk).places() == [int(house["building"])]
    with pytest.raises(Refused, match="have no owner|no steward"):
        stewards.hand_over(bert, None, lo_hi, NOW + DAY, WHY)
    assert {e.owner_id for e in entries(category__in=("elderly_alone", "dialysis"))} == {bert.pk}
    stewards.hand_over(bert, house["cast"]["worker"], lo_hi, NOW + DAY, WHY)
    assert {e.owner_id for e in entries(category__in=("elderly_alone", "dialysis"))} == {house["cast"]["worker"].pk}


def test_sensitive_entries_are_not_handed_to_who_may_not_see_them(house: dict[str, Any]) -> None:
    from tongxin.ledgers.operations import entries as operations
    from tongxin.ledgers.operations import stewards

    worker = house["cast"]["worker"]
    operations.set_owner(entries(category="severe_illness")[0].pk, worker, None, NOW, WHY)
    with pytest.raises(Refused, match="sensitive"):
        stewards.hand_over(worker, house["anna"], [PlaceId(COMMUNITY).range], NOW, WHY)


def test_a_building_has_one_steward_and_two_door_heads_who_live_there(house: dict[str, Any]) -> None:
    from tongxin.ledgers.operations import stewards

    people, building = house["people"], house["building"]
    with pytest.raises(Refused, match="has a steward"):
        stewards.appoint(building, house["cast"]["worker"], "steward", NOW, WHY)
    with pytest.raises(Refused, match="building or a unit"):
        stewards.appoint(PlaceId(COMMUNITY), house["cast"]["worker"], "steward", NOW, WHY)
    with pytest.raises(Refused, match="does not work with the ledger"):
        stewards.appoint(PlaceId(DIALYSIS_UNIT), house["cast"]["outsider"], "steward", NOW, WHY)
    first = stewards.add_door_head(building, people["old"], NOW, WHY)
    stewards.add_door_head(building, people["ill"], NOW, WHY)
    with pytest.raises(Refused, match="two door heads already"):
        stewards.add_door_head(building, people["well"], NOW, WHY)
    stewards.end_door_head(first.pk, NOW, WHY)
    stewards.add_door_head(building, people["well"], NOW, WHY)
    with pytest.raises(Refused, match="lives in the building"):
        stewards.add_door_head(building, people["far"], NOW, WHY)


def test_an_offer_is_in_one_hand(house: dict[str, Any]) -> None:
    from tongxin.ledgers import states
    from tongxin.ledgers.operations import offers

    made = offers.make(offers.NewOffer(int(house["building"]), "ride", "to the hospital", "Wang", "10012345678"), NOW, WHY)
    assert made.until == NOW + 14 * DAY
    offers.claim(made.pk, house["anna"], NOW)
    with pytest.raises(Refused, match="Somebody else"):
        offers.claim(made.pk, house["bert"], NOW)
    offers.close(made.pk, states.COMPLETE, house["anna"], NOW)
    with pytest.raises(Refused, match="over"):
        offers.put_back(made.pk, house["anna"], NOW)


def test_a_round_walks_every_door_and_what_it_finds_stands_in_the_ledger(house: dict[str, Any]) -> None:
    from tongxin.ledgers.models import Knock
    from tongxin.ledgers.operations import rounds
    from tongxin.ledgers.queries import rounds as queries
    from tongxin.needs.models import Need

    people = house["people"]
    made = rounds.plan("evening", [house["building"]], False, NOW, WHY)
    doors = queries.doors(made.pk, True)
    assert [d.knock.home.number for d in doors] == ["1201", "301", "201"], "unit by unit, from the top floor down"
    assert doors[1].people == [(people["ill"].pk, "病", ["dialysis", "severe_illness"])]
    assert queries.doors(made.pk, False)[1].people[0][2] == ["dialysis"]
    by = {d.people[0][0]: d.knock.pk for d in doors}
    rounds.knock(by[people["old"].pk], "seen", "", NOW, Because("user:anna"))
    rounds.knock(by[people["ill"].pk], "nobody", "", NOW, WHY)
    rounds.knock(by[people["well"].pk], "needs", "no rice", NOW, WHY)
    assert entries(category="elderly_alone")[0].last_seen_at == NOW
    assert [t.subject_id for t in open_tasks("ledger.check")] == [people["ill"].pk]
    assert Need.objects.filter(person_id=people["well"].pk, channel="ledger").count() == 1
    assert queries.progress([made.pk])[made.pk] == queries.Progress(3, 1, 1, 1, 0)
    rounds.close(made.pk, NOW, WHY)
    with pytest.raises(Refused, match="closed"):
        rounds.knock(Knock.objects.first().pk, "seen", "", NOW, WHY)
    few = rounds.plan("ledger only", [PlaceId(COMMUNITY)], True, NOW, WHY)
    assert queries.progress([few.pk])[few.pk].homes == 2
    with pytest.raises(Refused, match="0 such homes"):
        rounds.plan("nothing", [PlaceId(COMMUNITY + 9 * 10**5)], True, NOW, WHY)
