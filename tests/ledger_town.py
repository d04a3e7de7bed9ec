"""Two buildings of two communities with somebody on the ledger in each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.support import COMMUNITY, OTHER, PASSWORD

UNIT = "2"  # the other building of the community
DIALYSIS_UNIT = COMMUNITY + 100_000 + 100 + 2

PEOPLE: dict[str, dict[str, Any]] = {
    "old": {"name": "老", "building": "1", "unit": "1", "room": "1201", "birth": dt.date(1940, 5, 6), "category": "elderly_alone"},
    "ill": {"name": "病", "building": "1", "unit": "2", "room": "301", "birth": dt.date(1970, 1, 2),
            "category": "dialysis|severe_illness"},
    "well": {"name": "好", "building": "1", "unit": "2", "room": "201", "birth": dt.date(1990, 3, 4), "category": ""},
    "next": {"name": "邻", "building": "2", "unit": "1", "room": "101", "birth": dt.date(1991, 3, 4), "category": ""},
    "far": {"name": "远", "building": "1", "unit": "1", "room": "501", "birth": dt.date(1995, 7, 8), "category": "pregnant",
            "community": OTHER},
}  # fmt: skip


def write_people(**changes: str) -> dict[str, Any]:
    """The people through the register; ``old="…"`` gives them another category, ``old_at="2"`` another building."""
    from tongxin.people.models import Person
    from tongxin.people.register import record
    from tongxin.people.rules import Entry
    from tongxin.places.place_id import PlaceId

    rows = []
    for n, (key, one) in enumerate(PEOPLE.items()):
        rows.append(Entry(
            f"P{key}", f"99000{n}19{n}00101000{n}", one["name"], "F", one["birth"], f"1000000000{n}",
            PlaceId(one.get("community", COMMUNITY)).code.replace(".", "")[:12], "和苑", changes.get(f"{key}_at", one["building"]),
            one["unit"], one["room"], changes.get(key, one["category"]),
        ))  # fmt: skip
    # The register takes categories with bars from files that were joined; here they are written as they stand.
    record(rows)
    return {key: Person.objects.get(person_no=f"P{key}") for key in PEOPLE}


def user(name: str, role: str, *places: int) -> Any:
    from tongxin.access import operations
    from tongxin.kit.audit import Because

    return operations.create_user(name, name, role, places, PASSWORD, Because("test"))
