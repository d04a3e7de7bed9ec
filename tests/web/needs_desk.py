"""What the tests of the needs desk share: a town with needs of every sort, and who works there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.needs_town import BECAUSE, COMMUNITY, DISTRICT, HOUR, NOW, raised, settle, take
from tests.support import PASSWORD

from tongxin.needs.models import Need

_ROWS = re.compile(r'<th scope="row">.*?<a href="/needs/(\d+)">', re.DOTALL)


@dataclass
class Desk:
    people: dict[str, Any]
    sign: Callable[..., Any]
    chest: Need
    cold: Need
    colder: Need
    pills: Need
    silent: Need
    theirs: Need

    def as_(self, who: str, language: str = "en") -> Any:
        return self.sign(self.people[who], language)


def made(city: Any, cast: dict[str, Any], sign: Callable[..., Any]) -> Desk:
    """An emergency, two about one heating, pills for an old woman, a silent call, something in the next community. Besides the
    cast of four: the desk, a team, a worker next door, and a reader who may only look."""
    from tongxin.access import operations
    from tongxin.access.models import Role, RoleCapability

    city.at(NOW)
    settle()
    Role.objects.create(key="reader")
    RoleCapability.objects.create(role_id="reader", capability="need.view")
    people = dict(cast)
    for name, role, place in (
        ("desk", "desk", DISTRICT), ("medicine", "team_medicine", COMMUNITY), ("reader", "reader", DISTRICT),
        ("neighbour", "community", 5001081060030000000),
    ):  # fmt: skip
        people[name] = operations.create_user(name, name, role, [place], PASSWORD, BECAUSE)
    needs = [
        take(raised(text, f"{n}", phone=phone, **more))[0]
        for n, (text, phone, more) in enumerate((
            ("我爸胸口疼喘不上气", "10000000001", {}), ("暖气不热", "10000000002", {}),
            ("没暖气，冷", "10000000003", {"channel": "hotline"}),
            ("降压药只剩两天了 <script>alert('x')</script> =1+1", "10000000003", {"name": "<b>刘</b>"}),
            ("他打我，别打电话", "10000000001", {}), ("买菜", "10000000031", {}),
        ), 1)
    ]  # fmt: skip
    return Desk(people, sign, *needs)


def text(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


def shown(page: str) -> list[int]:
    """The needs of a list, in its order."""
    return [int(n) for n in _ROWS.findall(page)]


def plain(page: str) -> str:
    """What is read on a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def keys(*needs: Need) -> list[int]:
    return [need.pk for need in needs]


__all__ = ["BECAUSE", "COMMUNITY", "DISTRICT", "HOUR", "NOW", "Desk", "keys", "made", "plain", "raised", "shown", "take", "text"]
