"""Who is in an area without living there: limited where they are, known to the community there, and to nobody for longer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, person, place, sample
from tests.support import COMMUNITY, OTHER

from tongxin.areas import kinds, queries
from tongxin.areas.building.queries import building
from tongxin.areas.models import Order, RollMark
from tongxin.areas.operations import deeds, issue, presence, roll, turn
from tongxin.areas.operations.deeds import Share
from tongxin.areas.operations.issue import Piece
from tongxin.areas.operations.presence import Sought, Where
from tongxin.chase.models import Case
from tongxin.kit import db, security
from tongxin.kit.models import AuditEntry
from tongxin.people import register
from tongxin.people.models import Person, Stay
from tongxin.people.rules import Entry
from tongxin.places.models import Facility
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import Refused
from tongxin.restrictions.models import Restriction
from tongxin.tasks.models import Task

HOUR = dt.timedelta(hours=1)
IDENTITY, PHONE = "990108199001010017", "10000000077"
EVERYBODY = [f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)]


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> None:
    at(BASE)
    town.settle()
    move("V1", "500108106003", name="欧阳远客", identity=IDENTITY, phone=PHONE)


@pytest.fixture
def order(cast: dict[str, Any]) -> Order:
    """Building 1 is closed; its last case has left."""
    return issue.issue(draft(Piece(place(Level.BUILDING)), anchor_at=BASE), cast["officer"], at(BASE), BECAUSE)


def move(
    number: str, community: str, building: str = "1", room: str = "101", name: str = "居民", identity: str = "", phone: str = ""
) -> None:
    compound = "和苑" if community == "500108106002" else "远苑"
    register.record([Entry(number, identity, name, "F", None, phone, community, compound, building, "1", room, "")])


def limited(order: Order) -> dict[int, int]:
    """Whom the order limits, and where each of them stands."""
    found = Restriction.objects.filter(cause_kind="order", cause_id=order.pk, subject_kind="person", released_at=None)
    return dict(found.values_list("subject_id", "place_id"))


def where(door: str = "302") -> Where:
    return Where(place(Level.UNIT), door)


def put(order: Order, who: Any, number: str = "V1", door: str = "302", sought: Sought | None = None) -> RollMark:
    one = person(number)
    return presence.add(order.pk, one.pk, where(door), sought or Sought(IDENTITY), who, at(BASE + HOUR), BECAUSE)


def as_web(ranges: Sequence[tuple[int, int]], ask: Any) -> Any:
    with db.acting_as(db.WEB), db.transaction_block():
        security.set_scope(ranges)
        return ask()


def test_who_is_here_unregistered_stands_here_on_the_restriction_the_list_and_the_task(order: Order, cast: Any) -> None:
    put(order, cast["worker"])
    guest, unit = person("V1").pk, place(Level.UNIT)
    assert limited(order)[guest] == unit and person("V1").place_id // 10**7 != unit // 10**7
    sample(25, *EVERYBODY)
    turn.run(at(on(25, 19)))
    (row,) = as_web([PlaceId(COMMUNITY).range], lambda: queries.missing(order.pk))
    assert (row.person_id, row.place_id, row.door, row.name, row.known) == (guest, unit, "302", "欧阳远客", False)
    (task,) = Task.objects.filter(kind=kinds.SAMPLE, state="open")
    assert (task.person_id, task.place_id, task.params["door"]) == (guest, unit, "302")
    assert as_web([PlaceId(OTHER).range], lambda: list(Task.objects.filter(pk=task.pk))) == []


def test_the_community_knows_somebody_from_elsewhere_for_as_long_as_they_are_limited_here(order: Order, cast: Any) -> None:
    put(order, cast["worker"])
    mine = [PlaceId(COMMUNITY).range]
    assert as_web(mine, lambda: Stay.objects.get().name) == "欧阳远客"
    assert not as_web(mine, lambda: list(Person.objects.filter(name="欧阳远客")))
    assert [r.name for r in as_web(mine, lambda: queries.roll(order.pk, queries.Roll(status="unregistered")))] == ["欧阳远客"]
    deeds.unmark(order.pk, person("V1").pk, at(BASE + 2 * HOUR), BECAUSE)
    assert not Stay.objects.exists() and person("V1").pk not in limited(order)
    put(order, cast["worker"])
    deeds.lift([order.pk], "no case after all", cast["officer"], at(BASE + 3 * HOUR), BECAUSE)
    assert roll.forget(BASE + 3 * HOUR) == 1 and not Stay.objects.exists()
    (row,) = as_web(mine, lambda: queries.roll(order.pk, queries.Roll(status="unregistered")))
    assert row.name == "", "the area is open: its community has forgotten who it was"


def test_only_so_much_is_told_of_somebody_from_elsewhere_and_the_search_is_on_record(order: Order, cast: Any) -> None:
    for sought in (Sought(IDENTITY.lower()), Sought("", "欧阳远客", PHONE)):
        (found,) = presence.find(order.pk, sought, where(), cast["worker"], BECAUSE)
        assert (found.name, found.own) == ("欧***", False) and PlaceId(found.place_id).level == Level.STREET
    assert AuditEntry.objects.filter(action="view.sought", subject_kind="person", place_id=person("V1").place_id).count() == 2
    assert presence.find(order.pk, Sought("", "别人", PHONE), where(), cast["worker"], BECAUSE) == []
    (neighbour,) = presence.find(order.pk, Sought("P2-101"), where(), cast["worker"], BECAUSE)
    assert neighbour.own and neighbour.place_id == person("P2-101").place_id
    assert presence.find(order.pk, Sought("V1"), where(), cast["worker"], BECAUSE) == [], "a register number finds one's own people"


def test_nobody_is_put_on_a_roll_who_was_not_found_nor_by_whom_it_does_not_concern(order: Order, cast: Any) -> None:
    with pytest.raises(Refused, match="no such person"):
        put(order, cast["worker"], sought=Sought("990108199001010025"))
    with pytest.raises(Refused, match="name and the phone"):
        put(order, cast["worker"], sought=Sought("", "欧阳远客"))
    for who in ("hospital", "outsider"):
        with pytest.raises(Refused, match="not where you are responsible"):
            put(order, cast[who])
    assert len(limited(order)) == 6 and not RollMark.objects.exists() and not Stay.objects.exists()


def test_one_is_somewhere_in_the_area_behind_a_door_that_is_there(order: Order, cast: Any) -> None:
    with pytest.raises(Refused, match="no door 909"):
        put(order, cast["worker"], door="909")
    with pytest.raises(Refused, match="not in the area"):
        presence.add(order.pk, person("V1").pk, Where(place(Level.UNIT, 2)), Sought(IDENTITY), cast["worker"], BASE, BECAUSE)
    floor = issue.issue(draft(Piece(place(Level.UNIT), floor=2), name="和苑1号楼1单元"), cast["officer"], BASE, BECAUSE)
    for door in ("", "302"):
        with pytest.raises(Refused, match="write the door"):
            put(floor, cast["worker"], door=door)
    assert put(floor, cast["worker"], door="201").home_id == person("P1-201").home_id
    with pytest.raises(Refused, match="on the roll already"):
        put(floor, cast["worker"], door="201")


def test_somebody_whom_the_register_does_not_know_is_limited_and_free_when_they_have_gone(order: Order, cast: Any) -> None:
    sought = Sought("", "张三外", "10000000088")
    made = presence.add_unknown(order.pk, where(), sought, cast["worker"], BASE, BECAUSE)
    who = Person.objects.get(pk=made.person_id)
    assert who.provisional and who.name == "张三外" and who.place_id == COMMUNITY
    assert limited(order)[who.pk] == place(Level.UNIT)
    with pytest.raises(Refused, match="on the roll already"):
        presence.add_unknown(order.pk, where(), sought, cast["worker"], BASE, BECAUSE)
    (found,) = presence.find(order.pk, sought, where(), cast["worker"], BECAUSE)
    assert found.provisional and found.person_id == who.pk, "the next area finds them again"
    deeds.unmark(order.pk, who.pk, at(BASE + HOUR), BECAUSE)
    assert who.pk not in limited(order)


def test_who_is_away_again_when_the_sampler_comes_is_no_longer_on_the_roll(order: Order, cast: Any) -> None:
    from tongxin.tasks import operations as work

    put(order, cast["worker"])
    sample(25, *EVERYBODY)
    turn.run(at(on(25, 19)))
    (task,) = Task.objects.filter(kind=kinds.SAMPLE, state="open")
    work.complete(task.pk, "away", {}, at(on(25, 20)), BECAUSE)
    order.refresh_from_db()
    assert not RollMark.objects.exists() and len(limited(order)) == 6 and order.conditions_met_at


def test_a_part_takes_along_who_is_in_it_and_their_community_still_knows_them(order: Order, cast: Any) -> None:
    put(order, cast["worker"])
    unit = place(Level.UNIT)
    made = deeds.split(order.pk, [Share("东", [Piece(unit, floor=3)]), Share("西", [Piece(unit, floor=1)])], cast["officer"], BASE, BECAUSE)
    assert [person("V1").pk in limited(one) for one in made] == [True, False]
    roll.forget(BASE)
    assert Stay.objects.count() == 1


# -- the register moves people -------------------------------------------------------------------------


def test_the_register_moves_whom_it_names_and_the_mark_of_who_lives_here_now_is_gone(order: Order, cast: Any) -> None:
    put(order, cast["worker"])
    move("P1-101", "500108106002", "1", "302")
    move("P1-201", "500108106003")
    move("V1", "500108106002", "1", "202", name="欧阳远客")
    order.refresh_from_db()
    assert not RollMark.objects.exists() and not Stay.objects.exists() and order.persons == 6
    now = limited(order)
    assert person("P1-201").pk not in now and person("V1").pk in now and len(now) == 6


def test_who_is_here_unregistered_stays_here_when_the_register_moves_their_home(order: Order, cast: Any) -> None:
    put(order, cast["worker"])
    move("V1", "500108106003", "7", "701", name="欧阳远客")
    assert limited(order)[person("V1").pk] == place(Level.UNIT)


def test_the_roll_of_some_people_is_the_roll_of_the_whole(cast: Any) -> None:
    """``moved.sql`` and ``people.sql`` say the same of everybody, of every shape of order."""
    unit, compound = place(Level.UNIT), place(Level.COMPOUND)
    shapes = (
        [Piece(unit)], [Piece(unit, floor=2)], [Piece(unit, home_id=person("P1-302").home_id)], [Piece(compound)],
        [Piece(compound), Piece(place(Level.UNIT, 2), excluded=True)], [Piece(unit), Piece(unit, floor=1, excluded=True)],
        [Piece(COMMUNITY // 10**13 * 10**13)],
    )  # fmt: skip
    orders = [
        issue.issue(draft(*pieces, justification="a test of every shape of order"), cast["officer"], BASE, BECAUSE) for pieces in shapes
    ]
    deeds.mark(orders[3].pk, person("P2-101").pk, "away", "at work", cast["officer"], BASE, BECAUSE)
    put(orders[0], cast["worker"], door="101")
    everybody = list(Person.objects.values_list("pk", flat=True))
    wanted = {one.pk: dict(db.rows(db.sql("areas/people"), {"order": one.pk})) for one in orders}
    Restriction.objects.update(place_id=COMMUNITY)
    Restriction.objects.filter(subject_id=person("P1-102").pk).delete()
    roll.follow(everybody, BASE, BECAUSE)
    assert {one.pk: limited(one) for one in orders} == wanted
    assert roll.follow(everybody, BASE, BECAUSE) == []


def test_a_person_who_moves_in_a_compound_of_ten_thousand_touches_nobody_else(cast: Any) -> None:
    units = place(Level.UNIT)
    db.execute(
        "INSERT INTO people_person (person_no, name, place_id) SELECT 'M' || n, '', %s FROM generate_series(1, 10000) n", [units]
    )
    order = issue.issue(draft(Piece(place(Level.COMPOUND)), justification="cases in both buildings"), cast["officer"], BASE, BECAUSE)
    db.execute("ANALYZE people_person, restrictions_restriction, areas_part, areas_order")
    params = {"persons": [person("M5000").pk, person("M5001").pk], "orders": None}
    ((plan,),) = db.rows("EXPLAIN (ANALYZE, FORMAT JSON) " + db.sql("areas/moved"), params)
    read = [n["Actual Rows"] * n["Actual Loops"] + n.get("Rows Removed by Filter", 0) for n in _nodes(plan[0]["Plan"])]
    assert max(read) < 100, "nobody else's row is read"
    before = set(Restriction.objects.filter(cause_id=order.pk).values_list("pk", flat=True))
    move("M5000", "500108106003")
    left = set(Restriction.objects.filter(cause_id=order.pk, released_at=None).values_list("pk", flat=True))
    assert len(before - left) == 1 and not left - before


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for below in plan.get("Plans", []) for node in _nodes(below))]


# -- cases -------------------------------------------------------------------------


def cases(order: Order) -> list[tuple[str, int]]:
    found = as_web([PlaceId(COMMUNITY).range], lambda: queries.cases(order.pk, 10))
    return [(row.name, row.place_id) for row in found]


def case(number: str, positive: dt.datetime) -> Case:
    who = person(number)
    return Case.objects.create(person_id=who.pk, place_id=who.place_id, positive_at=positive, cause_tube_id=1)


def test_a_case_who_is_here_unregistered_holds_the_area_until_they_are_in_care(order: Order, cast: Any) -> None:
    put(order, cast["worker"])
    unit, guest = place(Level.UNIT), case("V1", on(24, 9))
    sample(25, *EVERYBODY)
    turn.run(at(on(25, 19)))
    order.refresh_from_db()
    assert cases(order) == [("欧阳远客", unit)] and order.anchor_at is None and order.conditions_met_at is None
    guest.removed_at = on(25, 20)
    guest.save()
    turn.run(at(on(25, 20)))
    order.refresh_from_db()
    assert person("V1").pk not in limited(order) and order.anchor_at == on(25, 20), "the days count from when they left"


def test_who_was_away_already_when_they_became_positive_is_no_case_of_the_area(order: Order, cast: Any) -> None:
    deeds.mark(order.pk, person("P1-301").pk, "away", "at work", cast["officer"], at(BASE), BECAUSE)
    case("P1-301", BASE + HOUR)
    case("P1-302", BASE + HOUR)
    turn.run(at(BASE + 2 * HOUR))
    assert [place for _, place in cases(order)] == [place(Level.UNIT)] and queries.inside([order.pk]) == {order.pk: 1}


def test_the_drawing_of_the_building_has_them_behind_their_door_with_their_case_and_their_swab(order: Order, cast: Any) -> None:
    put(order, cast["worker"])
    sample(25, *EVERYBODY, "V1")
    case("V1", on(25, 18))
    turn.run(at(on(25, 19)))
    home = person("P1-302").home_id
    one = as_web([PlaceId(COMMUNITY).range], lambda: building(PlaceId(place(Level.BUILDING)), on(25, 19), home or 0))
    (door,) = [h for h in one.homes if h.id == home]
    seen = {p.name: (p.guest, p.positive, bool(p.limits), p.untested, len(p.lacks)) for p in door.people}
    assert seen["欧阳远客"] == (True, True, True, False, 0) and len(seen) == 2
    assert [p.name for h in one.homes if h.id != home for p in h.people] == [None] * 5
    deeds.unmark(order.pk, person("V1").pk, at(on(25, 20)), BECAUSE)
    again = as_web([PlaceId(COMMUNITY).range], lambda: building(PlaceId(place(Level.BUILDING)), on(25, 20)))
    assert sum(len(h.people) for h in again.homes) == 6


def test_whoever_is_found_in_a_closed_market_is_limited_there_and_nobody_else(cast: Any) -> None:
    market = Facility.objects.create(code="M1", name="农贸市场", kind="market", place_id=place(Level.BUILDING, 2))
    order = issue.issue(draft(Piece(market.place_id, facility_id=market.pk), name="农贸市场"), cast["officer"], at(BASE), BECAUSE)
    assert limited(order) == {} and market.place_id in queries.standing_places(order.pk)
    found = Where(market.place_id, "")
    presence.add(order.pk, person("V1").pk, found, Sought(IDENTITY), cast["worker"], at(BASE + HOUR), BECAUSE)
    assert limited(order) == {person("V1").pk: market.place_id}
    deeds.lift([order.pk], "disinfected, and everybody there negative", cast["officer"], at(BASE + 2 * HOUR), BECAUSE)
    assert limited(order) == {}
