"""What a row about a place or a facility must be. Pure."""

from __future__ import annotations

import math

FACILITIES: dict[str, tuple[str, ...]] = {
    "sampling_site": ("采样点",), "lab": ("实验室", "检测机构"), "hospital": ("医院",), "pharmacy": ("药店", "药房"),
    "hotel": ("隔离酒店", "酒店"), "depot": ("仓库", "物资站"), "market": ("市场", "菜市场"), "checkpoint": ("卡口", "检查点"),
    "school": ("学校",), "dormitory": ("宿舍",), "enterprise": ("企业", "工厂"),
}  # fmt: skip
"""Kinds of facilities, with the words that lists use for them."""
EARTH_M = 6_371_000
Point = tuple[float, float]
"""Degrees east and north, WGS 84."""


def read_kind(text: str) -> str:
    """Raises ValueError with the reason."""
    for kind, words in FACILITIES.items():
        if text in (kind, *words):
            return kind
    raise ValueError(f"the kind {text[:20]!r} is not one of {', '.join(FACILITIES)}")


def read_point(lon: str, lat: str) -> Point | None:
    """A point from its two columns, None where both are empty. Raises ValueError with the reason."""
    if not lon and not lat:
        return None
    try:
        east, north = float(lon), float(lat)
    except ValueError:
        raise ValueError(f"lon {lon[:20]!r} and lat {lat[:20]!r} are not degrees such as 106.5512 and 29.5630") from None
    if not -180 <= east <= 180:
        raise ValueError(f"lon {lon[:20]} is not between -180 and 180 degrees")
    if not -90 <= north <= 90:
        raise ValueError(f"lat {lat[:20]} is not between -90 and 90 degrees; are lon and lat exchanged?")
    if east == north == 0:
        raise ValueError("lon and lat are both 0: that is nowhere; leave them empty if they are not known")
    return east, north


def metres(a: Point, b: Point) -> float:
    """The way as the crow flies, on a sphere of the Earth's mean radius (haversine formula)."""
    east_a, north_a, east_b, north_b = map(math.radians, (*a, *b))
    half = math.sin((north_b - north_a) / 2) ** 2
    half += math.cos(north_a) * math.cos(north_b) * math.sin((east_b - east_a) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, half)))
