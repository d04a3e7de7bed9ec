"""A small town whose residents need things: what tests of needs share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.support import COMMUNITY, DISTRICT, NOW

from tongxin.kit.audit import Because
from tongxin.needs.models import Need
from tongxin.needs.operations import intake
from tongxin.needs.operations.intake import Raised
from tongxin.people import register, rules

BECAUSE = Because("test")
HOUR = dt.timedelta(hours=1)
ENTRY = {
    "id_number": "990101198001010014", "sex": "女", "birth_date": "1950-01-01", "community_code": "500108106002",
    "compound": "和苑", "building": "1", "unit": "1", "category": "",
}  # fmt: skip


def settle() -> None:
    """Twelve doors of one unit, one person each; in 301 lives an old woman alone; 401 and 402 share a phone; unit 2 has one
    household of two; one person lives in the next community."""
    rows = [
        {**ENTRY, "person_no": f"P{n}", "name": f"居民{n}", "phone": f"100000000{n:02d}", "room": f"{n}01",
         "category": "elderly_alone" if n == 3 else ""}
        for n in range(1, 13)
    ]  # fmt: skip
    rows[4]["phone"] = rows[3]["phone"]
    rows += [
        {**ENTRY, "person_no": f"Q{n}", "name": f"邻居{n}", "phone": "10000000021", "unit": "2", "room": "101"} for n in (1, 2)
    ]
    rows.append({
        **ENTRY, "person_no": "N1", "name": "隔壁1", "phone": "10000000031", "community_code": "500108106003", "compound": "福苑",
        "room": "101",
    })  # fmt: skip
    register.record([rules.read(row) for row in rows])


def raised(text: str, ref: str = "1", **more: Any) -> Raised:
    given: dict[str, Any] = {"channel": "web", "raised_at": NOW, "place_id": DISTRICT, **more}
    return Raised(source_ref=ref, text=text, **given)


def take(*needs: Raised, now: dt.datetime = NOW) -> list[Need]:
    """Take needs in; the new ones, in order."""
    made = intake.record(needs, now, BECAUSE).made
    return [Need.objects.get(pk=made[i]) for i in sorted(made)]


__all__ = ["BECAUSE", "COMMUNITY", "DISTRICT", "ENTRY", "HOUR", "NOW", "raised", "settle", "take"]
