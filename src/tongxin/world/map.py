"""Where the places of a simulated city are. Pure: the points are drawn, they are nobody's real address."""

from __future__ import annotations

from collections.abc import Iterator

from tongxin.world.city import City
from tongxin.world.draws import drawer

COLUMNS = ("place", "compound", "lon", "lat")
CENTRE = 106.56, 29.52
DISTRICT, COMMUNITY = 0.05, 0.006
"""How far, in degrees, communities lie from the centre and compounds from their community's."""


def rows(city: City) -> Iterator[tuple[str, str, str, str]]:
    """The columns of ``tongxin load coordinates``: each street and community, and each compound in it."""
    rng = drawer(city.seed, "map")
    compounds: dict[str, dict[str, None]] = {code: {} for code in city.communities}
    for person in city.people:
        compounds[person.community][person.compound] = None
    streets: dict[str, None] = {}
    for code, names in compounds.items():
        centre = tuple(c + rng.uniform(-DISTRICT, DISTRICT) for c in CENTRE)
        if (street := code[:9]) not in streets:
            streets[street] = None
            yield street, "", *_degrees(*centre)
        yield code, "", *_degrees(*centre)
        for name in names:
            yield code, name, *_degrees(*(c + rng.uniform(-COMMUNITY, COMMUNITY) for c in centre))


def _degrees(lon: float, lat: float) -> tuple[str, str]:
    return f"{lon:.5f}", f"{lat:.5f}"
