"""When a task is due, whose it becomes, and what may be done with it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import Refused
from tongxin.tasks import rules, states

NOW = dt.datetime(2022, 11, 24, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
HALF_HOUR = dt.timedelta(minutes=30)
UNIT = PlaceId.parse("50.01.08.106.002.03.012.01")
COMMUNITY, STREET, DISTRICT, CITY = (UNIT.at(Level(n)) for n in (5, 4, 3, 2))
NOWHERE_NEAR = PlaceId.parse("110101001")
DONGGUAN = PlaceId.parse("441900003")  # a street of a city without districts

WIDTHS = (2, 2, 2, 3, 3, 2, 3, 2)


def code(groups: tuple[int, ...]) -> str:
    return ".".join(f"{n:0{width}d}" for n, width in zip(groups, WIDTHS, strict=False))


full = st.tuples(st.integers(11, 82), *(st.integers(1, 10**width - 1) for width in WIDTHS[1:]))
places = st.builds(lambda groups, depth: PlaceId.parse(code(groups[:depth])), full, st.integers(1, 8))
minutes = st.integers(0, 10_000).map(lambda n: dt.timedelta(minutes=n))

# state, event, next state (None: refused)
LIFE = [
    ("open", "claim", "claimed"),
    ("open", "complete", "done"),
    ("open", "cancel", "cancelled"),
    ("open", "escalate", "open"),
    ("open", "hand_over", "open"),
    ("open", "release", None),
    ("open", "reopen", None),
    ("claimed", "claim", None),
    ("claimed", "release", "open"),
    ("claimed", "complete", "done"),
    ("claimed", "cancel", "cancelled"),
    ("claimed", "escalate", "claimed"),
    ("claimed", "hand_over", "open"),
    ("claimed", "reopen", None),
    ("done", "reopen", "open"),
    ("done", "claim", None),
    ("done", "complete", None),
    ("done", "escalate", None),
    ("cancelled", "reopen", "open"),
    ("cancelled", "complete", None),
    ("cancelled", "hand_over", None),
]


@pytest.mark.parametrize(("state", "event", "following"), LIFE)
def test_the_life_of_a_task(state: str, event: str, following: str | None) -> None:
    assert states.can(state, event) == (following is not None)
    if following:
        assert states.check_can(state, event) == following
    else:
        with pytest.raises(Refused, match="task"):
            states.check_can(state, event)


def test_a_closed_task_can_only_be_opened_again() -> None:
    assert {e for s in ("done", "cancelled") for e in states.EVENTS if states.can(s, e)} == {"reopen"}


# where the task stands, how often it went up, who answers for it
ANSWERS = [
    (UNIT, 0, COMMUNITY),
    (UNIT, 1, STREET),
    (UNIT, 2, DISTRICT),
    (UNIT, 9, DISTRICT),
    (COMMUNITY, 1, STREET),
    (STREET, 0, STREET),
    (STREET, 1, DISTRICT),
    (STREET, 2, DISTRICT),
    (DISTRICT, 2, DISTRICT),
    (CITY, 1, CITY),
    (DONGGUAN, 1, DONGGUAN.at(Level.CITY)),
]


@pytest.mark.parametrize(("place", "escalation", "answers"), ANSWERS)
def test_who_answers_for_a_task(place: PlaceId, escalation: int, answers: PlaceId) -> None:
    assert rules.responsible(place, escalation) == answers


# where, how often already, minutes until the next, most levels -> level and minutes until the next (None: stays)
CLIMBS = [
    ("not yet time", UNIT, 0, 1, 2, None),
    ("to the street", UNIT, 0, 0, 2, (1, 30)),
    ("to the street, the clock ran late", UNIT, 0, -10, 2, (1, 20)),
    ("to the street, the clock stood still for a day", UNIT, 0, -1440, 2, (1, 30)),
    ("to the district, and no further", UNIT, 1, -10, 2, (2, None)),
    ("at the district", UNIT, 2, -10, 2, None),
    ("one level is all the pack allows", UNIT, 0, -10, 1, (1, None)),
    ("the pack allows none", UNIT, 0, -10, 0, None),
    ("a street's own task", STREET, 0, -10, 2, (1, None)),
    ("a district's own task", DISTRICT, 0, -10, 2, None),
    ("a city's own task", CITY, 0, -10, 2, None),
]


@pytest.mark.parametrize("row", [c[1:] for c in CLIMBS], ids=[c[0] for c in CLIMBS])
def test_a_task_that_nobody_does_goes_up(row: tuple) -> None:
    place, level, wait, most, expected = row
    found = rules.next_escalation(place, level, NOW + dt.timedelta(minutes=wait), NOW, HALF_HOUR, most)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        left = found.next_at and (found.next_at - NOW) / dt.timedelta(minutes=1)
        assert (found.level, left) == expected


@given(places, st.integers(0, 5), minutes, minutes, st.integers(1, 600), st.integers(0, 5))
def test_no_task_goes_above_its_district_and_asking_twice_moves_it_once(
    place: PlaceId, level: int, behind: dt.timedelta, later: dt.timedelta, grace: int, most: int
) -> None:
    now = NOW + later
    found = rules.next_escalation(place, level, now - behind, now, dt.timedelta(minutes=grace), most)
    answers = rules.responsible(place, found.level if found else level)
    assert answers.level >= min(place.level, Level.DISTRICT) or place.at(Level.DISTRICT).level < Level.DISTRICT
    assert answers.contains(place)
    if found:
        assert found.level == level + 1 <= most
        assert found.next_at is None or found.next_at > now
        assert rules.next_escalation(place, found.level, found.next_at, now, dt.timedelta(minutes=grace), most) is None


@given(minutes)
def test_a_task_is_due_its_time_after_it_was_opened(within: dt.timedelta) -> None:
    assert rules.due_at(NOW, within) - NOW == within
    assert not rules.is_overdue("open", rules.due_at(NOW, within), NOW + within)
    assert rules.is_overdue("claimed", rules.due_at(NOW, within), NOW + within + dt.timedelta(seconds=1))
    assert not rules.is_overdue("done", rules.due_at(NOW, within), NOW + within + dt.timedelta(days=1))


def test_a_task_is_done_only_with_an_outcome_of_its_kind() -> None:
    assert rules.can_complete("claimed", "reached", {"reached"})
    assert not rules.can_complete("done", "reached", {"reached"})
    with pytest.raises(Refused, match="“gone” is not an outcome"):
        rules.check_can_complete("open", "gone", {"reached"})


# to where, whether it may go there from the unit's community
TO = [
    (COMMUNITY, False),
    (UNIT, False),
    (STREET, False),
    (DISTRICT, False),
    (PlaceId(COMMUNITY + Level.COMMUNITY.width), True),
    (PlaceId.parse("50.01.12.001.001.01"), True),
]


@pytest.mark.parametrize(("there", "may"), TO)
def test_a_task_is_handed_over_to_another_community(there: PlaceId, may: bool) -> None:
    assert rules.can_hand_over("open", UNIT, there) is may
    assert not rules.can_hand_over("done", UNIT, there)


def test_only_who_took_a_task_puts_it_back() -> None:
    assert rules.can_release("claimed", 7, 7)
    assert not rules.can_release("claimed", 7, 8)
    assert not rules.can_release("open", None, 8)


@given(st.lists(places, min_size=1, max_size=5))
def test_the_smallest_place_around_some_holds_them_and_no_part_of_it_does(found: list[PlaceId]) -> None:
    around = rules.smallest_place(found)
    if around is None:
        assert len({p.at(Level.PROVINCE) for p in found}) > 1
        return
    assert all(PlaceId(around).contains(p) for p in found)
    chains = [{*p.ancestors, p} for p in found]
    assert not [p for p in set.intersection(*chains) if p.level > PlaceId(around).level]


def test_nowhere_has_no_smallest_place() -> None:
    assert rules.smallest_place([]) is None
    assert rules.smallest_place([UNIT, NOWHERE_NEAR]) is None
