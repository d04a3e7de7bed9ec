"""What the result of a tube would set free: it holds somebody who is missing for the lift of an area on its last day."""

from __future__ import annotations

from collections.abc import Sequence

from tongxin.areas import rules
from tongxin.kit import clock, db


def freed_by_tubes(tube_ids: Sequence[int]) -> dict[int, int]:
    """Person-hours of restriction that the results of tubes would end, by tube: for each member who is missing for the lift
    of an area, that swab's share of the area (``rules.freed_by_one``). Tubes that free nobody are not in the answer."""
    now = clock.now()
    params = {"tubes": list(tube_ids), "now": now, "zone": str(clock.city_zone())}
    found: dict[int, int] = {}
    for tube, members, persons, missing, ends_at in db.rows(db.sql("areas/freed_by_tubes"), params):
        found[tube] = found.get(tube, 0) + members * rules.freed_by_one(persons, missing, ends_at, now)
    return {tube: hours for tube, hours in found.items() if hours}
