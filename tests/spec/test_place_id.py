"""The place identifier: nineteen digits are the tree."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.places.place_id import DIGITS, WIDTHS, Level, PlaceId

BUILDING = PlaceId.parse("50.01.08.106.002.03.012")


@st.composite
def places(draw: st.DrawFn, levels: st.SearchStrategy[int] = st.integers(1, 8)) -> PlaceId:
    """A place at any level; some of a city without districts."""
    depth = draw(levels)
    groups = [draw(st.integers(1, 91 if i == 0 else 10 ** WIDTHS[i] - 1)) for i in range(depth)]
    if depth > Level.DISTRICT and draw(st.integers(0, 3)) == 0:
        groups[Level.DISTRICT - 1] = 0
    if groups[0] < 10:
        groups[0] += 10
    return PlaceId.parse(".".join(f"{g:0{w}d}" for g, w in zip(groups, WIDTHS, strict=False)))


@given(places())
def test_a_place_is_printed_and_read_again_in_every_form(place: PlaceId) -> None:
    assert PlaceId.parse(place.dotted) == PlaceId.parse(f" {place.dotted}\n") == place
    assert PlaceId.parse(place.code) == PlaceId.parse(f"{int(place):019d}") == place
    assert len(place.code) == place.level.code_length and place.dotted.replace(".", "") == place.code
    assert PlaceId(int(str(int(place)))) == place == json.loads(json.dumps(place))


@given(places())
def test_a_place_fits_postgresqls_bigint_with_all_that_stands_in_it(place: PlaceId) -> None:
    assert len(str(int(place))) == DIGITS == sum(WIDTHS) == 19
    lo, hi = place.range
    assert 0 < lo == place < hi <= 9.2e18 < 2**63


@given(places(), places())
def test_a_place_contains_what_lies_in_its_range_and_what_has_its_code_as_a_beginning(a: PlaceId, b: PlaceId) -> None:
    lo, hi = a.range
    assert a.contains(b) == (lo <= b < hi) == (b.code.startswith(a.code) and b.level >= a.level)
    assert a.contains(a) and not a.contains(hi) and not a.contains(lo - 1)


@given(places(st.integers(1, 7)), st.data())
def test_a_child_stands_in_its_parent_and_its_siblings_do_not_overlap(place: PlaceId, data: st.DataObject) -> None:
    most = 10 ** WIDTHS[place.level] - 1
    first, second = data.draw(st.lists(st.integers(1, most), min_size=2, max_size=2, unique=True))
    one, other = place.child(first), place.child(second)
    assert one.parent == place and one.level == place.level + 1 and place.contains(one)
    assert int(one.groups[place.level]) == first
    assert not one.contains(other) and (one < other) == (first < second)
    for ordinal in (0, -1, most + 1):
        with pytest.raises(ValueError, match="no room"):
            place.child(ordinal)


@given(places())
def test_the_ancestors_lead_from_the_province_down_to_the_parent(place: PlaceId) -> None:
    above = place.ancestors
    assert [a.level for a in above] == sorted({a.level for a in above})
    assert all(a.contains(place) and a != place for a in above)
    assert place.parent == (above[-1] if above else None)
    assert (above[0] if above else place).level == Level.PROVINCE
    for one, next_ in itertools.pairwise([*above, place]):
        assert next_.parent == one


@given(places(), st.sampled_from(list(Level)[1:]))
def test_the_place_at_a_level_is_the_ancestor_there_or_itself(place: PlaceId, level: Level) -> None:
    found = place.at(level)
    assert found.contains(place) and found.level <= level
    assert (found == place) == (level >= place.level or place.at(level) == place)
    assert found == place or found in place.ancestors
    assert int(found) == int(place) // level.width * level.width


def test_a_city_without_districts_leads_from_the_street_to_the_city() -> None:
    street = PlaceId.parse("441900003")
    community = PlaceId.parse("441900003005")
    assert (street.level, street.dotted) == (Level.STREET, "44.19.00.003")
    assert [a.code for a in community.ancestors] == ["44", "4419", "441900003"]
    assert street.parent == PlaceId.parse("4419") == street.at(Level.DISTRICT)
    assert PlaceId.parse("4419").contains(community)
    assert community.child(3).child(12).child(1).dotted == "44.19.00.003.005.03.012.01"


def test_the_code_of_the_national_list_is_a_place() -> None:
    community = PlaceId.parse("500108106002")
    assert int(community) == 5001081060020000000 and community.level == Level.COMMUNITY
    assert int(community.child(3).child(12).child(1)) == 5001081060020301201
    assert (BUILDING.level, BUILDING.parent) == (Level.BUILDING, community.child(3))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "5", "500", "50010810600", "5001081060021", "x", "50.1", "5.001", "50.01.08.106.2", "50..08", "50.01.",
        ".50", "5 00108", "-5001", "+50", "5001.08", "50-01-08", "５００１", "00", "0001", "92", "9900", "500008106002",
        "500108000002", "50.01.08.106.002.00.001", "5001081060020300001", "50010810600203012011",
    ],
)  # fmt: skip
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"place|skips"):
        PlaceId.parse(text)


@pytest.mark.parametrize("number", [0, -1, 1, 50, 10**19, 2**63, 10**17 - 1, 9200000000000000000, 5001081060020000100])
def test_a_number_that_is_no_place_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=r"place|skips"):
        PlaceId(number)
