"""Settling an address: what stood on it stands on the places that its text names, no more, and limits who lives there."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connections
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, person, place, sample
from tests.support import COMMUNITY, DISTRICT, OTHER, PASSWORD

from tongxin.areas.lists import Entry, RiskList
from tongxin.areas.meaning import floor_of, label, meaning
from tongxin.areas.models import Event, Order
from tongxin.areas.operations import deeds, issue, listed, settle, turn
from tongxin.areas.operations.deeds import Share
from tongxin.areas.operations.issue import Piece
from tongxin.kit import db, security
from tongxin.kit.models import AuditEntry
from tongxin.places import addresses
from tongxin.places.models import Address, Place
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import Refused
from tongxin.restrictions.models import Restriction
from tongxin.tasks.models import Task

STREET = int(PlaceId(COMMUNITY).at(Level.STREET))
ALL_OF_1 = {f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)}
ALL_OF_2 = {f"P2-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)}


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> None:
    at(BASE)
    town.settle()


@pytest.fixture
def officer(cast: dict[str, Any]) -> Any:
    return cast["officer"]


def address(text: str) -> Address:
    read = addresses.parse(text)
    return Address.objects.create(place_id=STREET, text=text, key=addresses.key(read), parsed=read.as_json())


def on_list(*ones: Address, day: int = 20) -> Order:
    """The order that a published list of these addresses makes of the first."""
    entries = tuple(Entry("high", "涂山镇", one.text) for one in ones)
    taken = RiskList(f"{day}.json", "重庆市", "南岸区", on(day).date(), on(day, 9), entries, ())
    listed.take_in(taken, DISTRICT, BECAUSE)
    return Order.objects.get(name=ones[0].text, state="in_force")


def limited(order: Order) -> set[str]:
    found = Restriction.objects.filter(cause_kind="order", cause_id=order.pk, released_at=None)
    return {p for (p,) in db.rows("SELECT person_no FROM people_person WHERE id = ANY(%s)", [[r.subject_id for r in found]])}


def compound() -> int:
    return place(Level.COMPOUND)


def building(number: int = 1) -> int:
    return place(Level.BUILDING, number)


def settled(officer: Any, one: Address, *places: int, wider: bool = False) -> settle.Settled:
    return settle.settle([(one.pk, places)], officer, BASE, BECAUSE, wider)


# -- what a text means ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("和苑1号楼", ALL_OF_1),
        ("和苑1号楼1单元", ALL_OF_1),
        ("和苑一号楼", ALL_OF_1),
        ("和苑1、2号楼", ALL_OF_1 | ALL_OF_2),
        ("和苑1号楼2层", {"P1-201", "P1-202"}),
        ("和苑1号楼1单元302", {"P1-302"}),
        ("和苑2号楼1单元1层及以上1层", {"P2-101", "P2-102", "P2-201", "P2-202"}),
        ("和苑（除2号楼）", ALL_OF_1),
    ],
)
def test_of_the_compound_that_somebody_chose_only_what_the_text_names_is_limited(officer: Any, text: str, who: set[str]) -> None:
    one = address(text)
    order = on_list(one)
    assert limited(order) == set(), "nobody is limited by an address that nobody has settled"
    done = settled(officer, one, compound())
    assert limited(order) == who and (done.addresses, done.orders, done.persons) == (1, 1, len(who))


@pytest.mark.parametrize(
    ("said", "unknown", "wider"),
    [
        ({"buildings": ["9"]}, (("buildings", "9"),), True),
        ({"buildings": ["1", "9"]}, (("buildings", "9"),), False),
        ({"buildings": ["1"], "units": ["7"]}, (("units", "7"),), True),
        ({"buildings": ["1", "2"], "units": ["1"]}, (("units", "1"),), True),
        ({"buildings": ["1"], "floors": ["b1"]}, (("floors", "b1"),), True),
        ({"buildings": ["1"], "rooms": ["999"]}, (("rooms", "999"),), True),
        ({"buildings": ["1"], "excluded": {"units": ["7"]}}, (("without units", "7"),), True),
        ({"buildings": ["1"], "excluded": {"rooms": ["101"]}}, (), False),
        ({"units": ["1"]}, (("units", "1"),), True),
    ],
)
def test_what_the_tree_lacks_is_said_and_never_means_more_in_silence(said: Any, unknown: Any, wider: bool) -> None:
    one = meaning(said, [compound()])
    assert (one.unknown, one.wider) == (unknown, wider)


@pytest.mark.parametrize(
    ("said", "unknown", "wider"),
    [
        ({"buildings": ["1"]}, (), False),
        ({"buildings": ["2"]}, (("buildings", "2"),), True),
        ({"buildings": ["1", "2"]}, (("buildings", "2"),), False),
        ({"buildings": ["1"], "units": ["1"]}, (), False),
    ],
)
def test_another_building_than_the_text_names_is_said_too(said: Any, unknown: Any, wider: bool) -> None:
    one = meaning(said, [building(1)])
    assert (one.unknown, one.wider) == (unknown, wider)


def test_a_building_of_that_number_in_two_compounds_is_neither(officer: Any) -> None:
    town.settle(compound="乐苑")
    one = meaning({"buildings": ["1"]}, [COMMUNITY])
    assert one.wider and one.pieces == (Piece(COMMUNITY),)


@pytest.mark.parametrize(("name", "plain"), [("28号楼", "28"), ("028", "28"), ("二十八栋", "28"), ("d36", "D36"), ("号楼", "号楼")])
def test_buildings_are_one_whichever_way_they_are_written(name: str, plain: str) -> None:
    assert label(name) == plain


def test_floors_are_read_as_the_register_counts_them() -> None:
    assert [floor_of(f) for f in ("5", "b1", "地下2", "阁楼", "12")] == [5, -1, -2, 0, 12]


# -- settling ------------------------------------------------------------------------------------------


def test_more_than_the_text_says_is_settled_only_by_somebody_who_says_so(officer: Any) -> None:
    one = address("和苑9号楼")
    order = on_list(one)
    with pytest.raises(Refused, match="says less"):
        settled(officer, one, compound())
    assert settled(officer, one, compound(), wider=True).persons == 12 and limited(order) == ALL_OF_1 | ALL_OF_2


def test_the_order_stands_at_its_new_place_with_its_work_and_its_story(officer: Any) -> None:
    one = address("和苑1号楼1单元")
    own = issue.issue(draft(Piece(STREET, address_id=one.pk), kind="high"), officer, BASE, BECAUSE)
    assert own.place_id == STREET and Task.objects.get(kind="area.exits").place_id == STREET
    settled(officer, one, compound())
    own.refresh_from_db()
    assert (own.place_id, own.size, own.persons) == (place(Level.UNIT), "unit", 6)
    assert Task.objects.get(kind="area.exits").place_id == COMMUNITY
    told = Event.objects.get(order=own, event="settled")
    assert told.note == one.text and told.values["address"] == one.pk and len(told.values["parts"]) == 1
    assert AuditEntry.objects.get(action="address.settled").subject_id == str(one.pk)
    one.refresh_from_db()
    assert (one.settled, one.settled_by) == ([compound()], "user:officer")


def test_an_order_that_nobody_was_in_is_judged_anew_when_people_are(officer: Any) -> None:
    one = address("和苑1号楼")
    own = issue.issue(draft(Piece(STREET, address_id=one.pk), anchor_at=BASE), officer, BASE, BECAUSE)
    turn.run(at(on(25, 10)))
    own.refresh_from_db()
    assert own.conditions_met_at is not None
    settle.settle([(one.pk, [building()])], officer, on(25, 11), BECAUSE)
    own.refresh_from_db()
    assert own.conditions_met_at is None and own.missing == 6
    assert not Task.objects.filter(kind="area.lift", state="open").exists()
    sample(25, *ALL_OF_1, hour=12)
    turn.run(at(on(25, 19)))
    own.refresh_from_db()
    assert own.conditions_met_at == on(25, 18)


def test_many_are_settled_in_one_operation_and_two_texts_may_mean_one_place(officer: Any) -> None:
    one, two, three = address("和苑1号楼"), address("和苑2号楼"), address("两栋居民楼")
    orders = [on_list(one, two), Order.objects.get(name=two.text)]
    choices = [(one.pk, [compound()]), (two.pk, [compound()]), (three.pk, [building()])]
    done = settle.settle(choices, officer, BASE, BECAUSE)
    assert (done.addresses, done.orders, done.persons, done.already) == (3, 2, 12, 0)
    assert [limited(order) for order in orders] == [ALL_OF_1, ALL_OF_2]
    assert AuditEntry.objects.get(action="address.settled").count == 3


def test_nested_places_count_once(officer: Any) -> None:
    one = address("和苑")
    order = on_list(one)
    assert settled(officer, one, compound(), building(), place(Level.UNIT)).persons == 12
    one.refresh_from_db()
    assert one.settled == [compound()] and order.parts.count() == 1


def test_a_part_that_is_there_already_is_not_there_twice(officer: Any) -> None:
    one = address("和苑1号楼")
    own = issue.issue(draft(Piece(building()), Piece(STREET, address_id=one.pk), justification="the whole street is hit"),
                      officer, BASE, BECAUSE)  # fmt: skip
    settled(officer, one, compound())
    assert own.parts.count() == 1 and limited(own) == ALL_OF_1


def test_an_order_that_is_over_keeps_its_story_and_limits_nobody(officer: Any) -> None:
    one = address("和苑1号楼")
    order = on_list(one)
    deeds.lift([order.pk], "gone from the list", officer, on(21), BECAUSE)
    assert settle.settle([(one.pk, [building()])], officer, on(21, 1), BECAUSE) == settle.Settled(1, 1, 0)
    assert limited(order) == set() and order.parts.get().place_id == building()


def test_the_next_list_finds_a_settled_address_at_its_places(officer: Any) -> None:
    one = address("和苑1、2号楼（除2号楼）")
    two = address("和苑1、2号楼")
    settle.settle([(one.pk, [compound()]), (two.pk, [compound()])], officer, BASE, BECAUSE, wider=True)
    assert limited(on_list(two)) == ALL_OF_1 | ALL_OF_2
    assert limited(on_list(one, day=21)) == ALL_OF_1


# -- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["nowhere", "street", "district", "another street", "not in the tree"])
def test_an_address_means_a_real_place_inside_its_street(officer: Any, where: str) -> None:
    one = address("和苑1号楼")
    on_list(one)
    elsewhere = int(PlaceId(STREET).parent.child(7))  # type: ignore[union-attr]
    Place.objects.create(id=elsewhere, parent_id=DISTRICT, name="别的街道", level=Level.STREET)
    chosen = {"nowhere": [], "street": [STREET], "district": [DISTRICT], "another street": [elsewhere],
              "not in the tree": [building() + 7 * Level.BUILDING.width]}[where]  # fmt: skip
    with pytest.raises(Refused):
        settled(officer, one, *chosen)
    assert not Restriction.objects.exists() and Address.objects.get(pk=one.pk).settled_at is None


def test_one_bad_choice_undoes_the_whole_operation(officer: Any) -> None:
    one, two = address("和苑1号楼"), address("和苑2号楼")
    on_list(one)
    with pytest.raises(Refused, match="和苑2号楼"):
        settle.settle([(one.pk, [building()]), (two.pk, [STREET])], officer, BASE, BECAUSE)
    assert not Restriction.objects.exists()


def test_nobody_settles_what_they_do_not_see_nor_to_where_they_do_not_answer(cast: dict[str, Any]) -> None:
    from tongxin.access import operations as access

    one = address("和苑1号楼")
    neighbour = access.create_user("street", "street", "community", [STREET], PASSWORD, BECAUSE)
    with db.acting_as(db.WEB), db.transaction_block():
        security.set_scope([(OTHER, OTHER + Level.COMMUNITY.width)])
        with pytest.raises(Refused, match="no such address"):
            settle.settle([(one.pk, [building()])], neighbour, BASE, BECAUSE)
    with pytest.raises(Refused, match="can only mean"):
        settle.settle([(one.pk, [building()])], cast["outsider"], BASE, BECAUSE)
    assert settle.settle([(one.pk, [building()])], neighbour, BASE, BECAUSE).addresses == 1


def test_who_sees_the_street_moves_an_order_that_reaches_beyond_it(cast: dict[str, Any], officer: Any) -> None:
    from tongxin.access import operations as access

    one, far = address("和苑1号楼"), int(PlaceId(STREET).parent.child(7))  # type: ignore[union-attr]
    Place.objects.create(id=far, parent_id=DISTRICT, name="别的街道", level=Level.STREET)
    order = issue.issue(
        draft(Piece(STREET, address_id=one.pk), Piece(far), justification="one market in two streets"), officer, BASE, BECAUSE
    )
    user = access.create_user("street", "street", "community", [STREET], PASSWORD, BECAUSE)
    with db.acting_as(db.WEB), db.transaction_block():
        security.set_scope(user.ranges())
        assert not Order.objects.filter(pk=order.pk).exists()
        assert settle.settle([(one.pk, [building()])], user, BASE, BECAUSE).orders == 1
    assert limited(order) == ALL_OF_1


def test_of_two_who_settle_at_the_same_time_the_first_is_right(officer: Any) -> None:
    one = address("和苑1号楼")
    order, answers = on_list(one), []

    def go(number: int) -> None:
        try:
            with db.acting_as_jobs():
                answers.append(settled(officer, one, building(number), wider=True))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((a.addresses, a.already, a.persons) for a in answers) == [(0, 1, 0), (1, 0, 6)]
    assert len(limited(order)) == 6 and order.parts.count() == 1
    again = settled(officer, one, building(2), wider=True)
    assert (again.addresses, again.already) == (0, 1)


# -- before and after ----------------------------------------------------------------------------------


def test_the_preview_counts_what_would_happen_and_leaves_nothing(officer: Any) -> None:
    one, two = address("和苑1号楼"), address("和苑9号楼")
    on_list(one, two)
    before = AuditEntry.objects.count()
    done, meant = settle.preview([(one.pk, [compound()]), (two.pk, [building(2)])], officer, BASE, BECAUSE)
    assert (done.addresses, done.orders, done.persons) == (2, 2, 12)
    assert [m.wider for m in meant] == [False, True], "the second names building 9"
    assert not Restriction.objects.exists() and not Address.objects.exclude(settled_at=None).exists()
    assert AuditEntry.objects.count() == before and not Event.objects.filter(event="settled").exists()


def test_what_was_settled_wrongly_is_taken_back_and_sets_free_whom_it_limited(officer: Any) -> None:
    one, two = address("和苑1号楼"), address("和苑2号楼")
    own = issue.issue(draft(Piece(building(2)), Piece(STREET, address_id=one.pk), justification="the whole street is hit"),
                      officer, BASE, BECAUSE)  # fmt: skip
    settle.settle([(one.pk, [building(1)]), (two.pk, [building(2)])], officer, BASE, BECAUSE)
    assert limited(own) == ALL_OF_1 | ALL_OF_2
    with pytest.raises(Refused, match="why"):
        settle.take_back(one.pk, " ", officer, BASE, BECAUSE)
    done = settle.take_back(one.pk, "另一个和苑", officer, BASE + dt.timedelta(hours=1), BECAUSE)
    assert (done.orders, done.persons) == (1, 6) and limited(own) == ALL_OF_2
    assert set(Restriction.objects.exclude(released_at=None).values_list("release_kind", flat=True)) == {"withdrawn"}
    one.refresh_from_db()
    assert one.settled == [] and own.parts.get(address_id=one.pk).place_id == STREET
    with pytest.raises(Refused, match="not settled"):
        settle.take_back(one.pk, "again", officer, BASE, BECAUSE)
    assert settled(officer, one, building(1)).persons == 6


def test_taking_back_leaves_an_order_alone_that_was_split_meanwhile(officer: Any) -> None:
    one = address("和苑1号楼")
    own = issue.issue(draft(Piece(STREET, address_id=one.pk)), officer, BASE, BECAUSE)
    settled(officer, one, building())
    (part,) = deeds.split(own.pk, [Share("1号楼2层", [Piece(place(Level.UNIT), floor=2)])], officer, BASE, BECAUSE)
    assert settle.take_back(one.pk, "wrong", officer, BASE, BECAUSE).orders == 0
    assert limited(part) == {"P1-201", "P1-202"}
    assert person("P1-201").pk
