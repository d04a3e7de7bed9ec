"""What every plan of a purchase day keeps, whatever the day looks like; and days small enough to be checked by hand."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongxin.solve.purchase import BadProblem, Buyer, Effort, Kind, Order, Place, Plan, Problem, Reason, Tour, travel_seconds
from tongxin.solve.tours import plan

HOUR = 3600
SHORT = Effort(seed=1, seconds=60, iterations=2000)
HASTY = Effort(seed=1, seconds=60, iterations=120)
POSITIONS = st.tuples(st.integers(0, 6000), st.integers(0, 6000))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Days with too much and too little of everything."""
    positions = draw(st.lists(POSITIONS, min_size=2, max_size=8))
    spot = st.integers(0, len(positions) - 1)
    places = []
    for n in range(draw(st.integers(1, 5))):
        opens = draw(st.integers(0, 12)) * HOUR
        closes = opens + draw(st.integers(0, 10)) * HOUR
        queue, counter = draw(st.sampled_from((0, 300, 3000))), draw(st.sampled_from((0, 60, 900)))
        places.append(Place(f"p{n}", draw(spot), opens, closes, queue, counter, draw(st.booleans())))
    buyers = []
    for n in range(draw(st.integers(0, 3))):
        starts = draw(st.integers(6, 12)) * HOUR
        ends = starts + draw(st.integers(0, 10)) * HOUR
        buyers.append(Buyer(f"b{n}", draw(spot), starts, ends, draw(st.integers(1, 12)), draw(st.integers(0, 3))))
    sold = st.lists(st.sampled_from([p.key for p in places]), max_size=3).map(tuple)
    orders = [
        Order(f"o{n}", draw(sold), draw(st.integers(8, 18)) * HOUR, draw(st.none() | spot), draw(st.integers(0, 3)))
        for n in range(draw(st.integers(0, 20)))
    ]
    return Problem(travel_seconds(positions, 3.0), places, orders, buyers, draw(spot), draw(st.sampled_from((0, 900))), 120)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_every_plan_keeps_windows_shifts_bags_hospitals_and_the_order_of_things(problem: Problem) -> None:
    found = plan(problem, HASTY)
    assert sorted([*found.served, *found.left]) == sorted(order.key for order in problem.orders)
    _tours_hold(problem, found)
    _orders_hold(problem, found)
    assert found.working == sum(tour.working for tour in found.tours)
    assert found.late == sum(one.late for one in found.served.values())


def _tours_hold(problem: Problem, found: Plan) -> None:
    places = {place.key: place for place in problem.places}
    for buyer in problem.buyers:
        free, at, hospitals = buyer.starts, buyer.spot, 0
        for tour in (tour for tour in found.tours if tour.buyer == buyer.key):
            assert tour.sets_out >= free and tour.back <= buyer.ends
            _stops_hold(problem, tour, at, places)
            assert len({key for stop in tour.stops for key in stop.orders}) <= buyer.capacity
            hospitals += sum(places[stop.place].hospital for stop in tour.stops if stop.place)
            free, at = tour.back, problem.hub
        assert hospitals <= buyer.hospitals


def _stops_hold(problem: Problem, tour: Tour, at: int, places: dict[str, Place]) -> None:
    now = tour.sets_out
    if tour.stops[0].kind == Kind.HAND:
        now, at = now + problem.seconds[at, problem.hub], problem.hub
    for stop in tour.stops:
        assert stop.arrives >= now + problem.seconds[at, stop.spot]
        if stop.kind == Kind.BUY:
            place = places[stop.place]
            busy = place.visit_seconds + len(stop.orders) * place.order_seconds
            assert stop.leaves >= max(stop.arrives, place.opens) + busy and stop.leaves <= place.closes
        elif stop.kind == Kind.HAND:
            assert stop.leaves >= stop.arrives + problem.drop_seconds
        now, at = stop.leaves, stop.spot
    assert tour.back >= now + problem.seconds[at, problem.hub]


def _orders_hold(problem: Problem, found: Plan) -> None:
    stops = [(tour, stop) for tour in found.tours for stop in tour.stops]
    bought = {key: (tour, stop) for tour, stop in stops if stop.kind == Kind.BUY for key in stop.orders}
    handed = {key: (tour, stop) for tour, stop in stops if stop.kind == Kind.HAND for key in stop.orders}
    times = Counter((stop.kind, key) for _, stop in stops for key in stop.orders)
    assert set(times.values()) <= {1}
    assert set(bought) == set(found.served)
    for order in problem.orders:
        if order.key not in found.served:
            continue
        served, (tour, stop) = found.served[order.key], bought[order.key]
        assert served.place in order.places and stop.place == served.place and tour.buyer == served.buyer
        assert stop.arrives <= served.bought_at <= stop.leaves
        ready = tour.back + problem.sort_seconds
        if order.drop is None:
            assert served.hander is None and served.handed_at == ready
        else:
            out, drop = handed[order.key]
            leaves_hub = drop_start(problem, out)
            assert out.buyer == served.hander and drop.spot == order.drop and leaves_hub >= ready
            assert drop.arrives <= served.handed_at <= drop.leaves
        assert served.late == max(0, served.handed_at - order.due)


def drop_start(problem: Problem, tour: Tour) -> int:
    first = tour.stops[0]
    return first.arrives - int(problem.seconds[problem.hub, first.spot])


def day(orders: list[Order], **changed: object) -> Problem:
    """A straight street, 600 s between neighbours: 0 the hub, 1 a pharmacy, 2 a hospital, 3 a gate."""
    line = np.arange(4)
    ways = np.abs(line[:, None] - line[None]) * 600
    places = [
        Place("pharmacy", 1, 8 * HOUR, 20 * HOUR, 300, 60),
        Place("hospital", 2, 8 * HOUR, 17 * HOUR, 1200, 60, hospital=True),
    ]
    buyers = [Buyer("li", 0, 8 * HOUR, 18 * HOUR, 60, 6)]
    return replace(Problem(ways, places, orders, buyers, hub=0, sort_seconds=900, drop_seconds=120), **changed)


def test_one_order_takes_the_way_there_the_queue_the_counter_and_the_way_to_the_gate() -> None:
    found = plan(day([Order("a", ("pharmacy",), 18 * HOUR, 3)]), SHORT)
    served = found.served["a"]
    back = served.bought_at + 600
    assert served.handed_at >= back + 900 + 1800 + 120
    assert found.working == (600 + 300 + 60 + 600) + (1800 + 120 + 1800)
    assert (found.late, found.left, served.place, served.hander) == (0, {}, "pharmacy", "li")


def test_a_drug_that_both_have_is_bought_where_somebody_must_go_anyway() -> None:
    orders = [Order("special", ("hospital",), 18 * HOUR, 3), Order("common", ("hospital", "pharmacy"), 18 * HOUR, 3)]
    found = plan(day(orders), SHORT)
    assert found.served["common"].place == "hospital"
    assert found.working == (1200 + 1200 + 60 + 60 + 1200) + (1800 + 120 + 1800)


def test_a_special_drug_is_bought_where_it_is_sold_alone_and_a_queue_is_waited_in_once() -> None:
    orders = [Order(f"s{n}", ("hospital",), 18 * HOUR, 3) for n in range(25)]
    found = plan(day(orders), SHORT)
    assert {one.place for one in found.served.values()} == {"hospital"}
    assert sum(stop.kind == Kind.BUY for tour in found.tours for stop in tour.stops) == 1


def test_an_order_that_volunteers_fetch_is_served_once_it_is_sorted_at_the_hub() -> None:
    found = plan(day([Order("a", ("pharmacy",), 18 * HOUR, None)]), SHORT)
    assert found.served["a"].hander is None
    assert found.served["a"].handed_at == found.tours[0].back + 900


def test_who_is_due_early_gets_it_in_time_though_others_are_bought_later() -> None:
    late_opening = Place("late", 1, 13 * HOUR, 20 * HOUR, 300, 60)
    soon = Order("soon", ("hospital",), 11 * HOUR, 3, priority=2)
    later = Order("later", ("late",), 18 * HOUR, 3)
    problem = day([soon, later])
    found = plan(replace(problem, places=[*problem.places, late_opening]), SHORT)
    assert found.late == 0 and found.left == {}
    assert found.served["soon"].handed_at <= 11 * HOUR < 13 * HOUR < found.served["later"].bought_at


def test_lateness_is_told_and_as_short_as_the_way_allows() -> None:
    found = plan(day([Order("a", ("pharmacy",), 8 * HOUR, 3)]), SHORT)
    soonest = 600 + 300 + 60 + 600 + 900 + 1800 + 120
    assert found.late == found.served["a"].late
    assert soonest <= found.late <= soonest + 1800


def test_what_is_left_over_says_why() -> None:
    orders = [
        Order("nowhere", (), 18 * HOUR, 3),
        Order("shut", ("night",), 18 * HOUR, 3),
        Order("good", ("pharmacy",), 18 * HOUR, 3),
    ]
    night = Place("night", 1, 22 * HOUR, 24 * HOUR, 300, 60)
    problem = day(orders)
    found = plan(replace(problem, places=[*problem.places, night]), SHORT)
    assert found.left == {"nowhere": Reason.NO_PLACE, "shut": Reason.NO_TIME}
    assert list(found.served) == ["good"]


def test_where_not_all_can_be_served_the_higher_priority_goes_first() -> None:
    """A shift of two and a half hours is enough for one way out with one order, a counter taking half an hour."""
    slow = [Place("slow", 1, 8 * HOUR, 20 * HOUR, 300, 1800)]
    orders = [Order(f"o{n}", ("slow",), 18 * HOUR, 3, priority=2 if n == 4 else 0) for n in range(6)]
    short = [Buyer("li", 0, 8 * HOUR, 10 * HOUR + HOUR // 2, 60, 6)]
    found = plan(day(orders, places=slow, buyers=short), SHORT)
    assert list(found.served) == ["o4"]
    assert set(found.left.values()) == {Reason.NO_CAPACITY}


def test_hospitals_a_day_are_a_limit_and_without_buyers_nothing_is_served() -> None:
    orders = [Order("a", ("hospital",), 18 * HOUR, 3)]
    nobody = plan(day(orders, buyers=[Buyer("li", 0, 8 * HOUR, 18 * HOUR, 60, 0)]), SHORT)
    assert nobody.left == {"a": Reason.NO_CAPACITY} and nobody.tours == ()
    assert plan(day(orders, buyers=[]), SHORT).left == {"a": Reason.NO_CAPACITY}


def test_a_bag_that_is_too_small_is_carried_several_times() -> None:
    orders = [Order(f"o{n}", ("pharmacy",), 18 * HOUR, 3) for n in range(7)]
    found = plan(day(orders, buyers=[Buyer("li", 0, 8 * HOUR, 18 * HOUR, 3, 6)]), SHORT)
    assert found.left == {} and len(found.tours) == 6


def test_a_day_without_orders_is_an_empty_plan() -> None:
    found = plan(day([]), SHORT)
    assert (found.tours, found.served, found.left, found.cost) == ((), {}, {}, 0)


def test_the_same_seed_gives_the_same_plan() -> None:
    orders = [Order(f"o{n}", ("pharmacy", "hospital")[: 1 + n % 2], 17 * HOUR, 3 if n % 3 else 1) for n in range(20)]
    assert plan(day(orders), SHORT) == plan(day(orders), SHORT)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"seconds": np.zeros((3, 4), dtype=np.int64)}, "square"),
        ({"seconds": -np.ones((4, 4), dtype=np.int64)}, "negative"),
        ({"hub": 9}, "the hub is at spot 9, and there are 4 spots"),
        ({"orders": [Order("a", ("moon",), 0, 3)]}, "'moon', which is not among the places"),
        ({"orders": [Order("a", (), 0, 3), Order("a", (), 0, 3)]}, "two orders have the key 'a'"),
        ({"orders": [Order("a", (), 0, 7)]}, "order 'a' is at spot 7"),
        ({"orders": [Order("a", (), 0, 3, priority=4)]}, "priority 4"),
        ({"orders": [Order("a", (), -1, 3)]}, "due before midnight"),
        ({"buyers": [Buyer("li", 0, 9, 8, 1, 1)]}, "ends before it starts"),
        ({"buyers": [Buyer("li", 0, 8, 9, 0, 1)]}, "carries 0 orders"),
        ({"places": [Place("p", 0, 9, 8, 0, 0)]}, "closes before it opens"),
        ({"drop_seconds": -1}, "negative time"),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused_with_the_place_of_the_error(changed: dict, says: str) -> None:
    with pytest.raises(BadProblem, match=says):
        plan(replace(day([]), **changed), SHORT)
