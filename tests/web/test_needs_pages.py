"""The needs desk: what it shows to whom, how a need is confirmed, routed, done and closed there, the telephone, the hand-over."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.needs_town import BECAUSE, COMMUNITY, DISTRICT, HOUR, NOW, raised, settle, take
from tests.support import PASSWORD

from tongxin.needs.models import Need

LABELS = re.compile(r'<th scope="row">.*?<a href="/needs/(\d+)">', re.DOTALL)


def text(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


def shown(page: str) -> list[int]:
    """The needs of a list, in its order."""
    return [int(n) for n in LABELS.findall(page)]


@pytest.fixture
def town(city: Any, cast: dict[str, Any]) -> dict[str, Any]:
    from tongxin.access import operations

    city.at(NOW + HOUR / 60)
    settle()
    people = dict(cast)
    for name, role, place in (("desk", "desk", DISTRICT), ("medicine", "team_medicine", COMMUNITY)):
        people[name] = operations.create_user(name, name, role, [place], PASSWORD, BECAUSE)
    return people


def a_few() -> list[Need]:
    """An emergency, two about one heating, medicine for an old woman, a silent call, something in the next community."""
    return take(
        raised("我爸胸口疼喘不上气", "1", phone="10000000001"), raised("暖气不热", "2", phone="10000000002"),
        raised("没暖气，冷", "3", phone="10000000003", channel="hotline"), raised("降压药只剩两天了", "4", phone="10000000003"),
        raised("他打我，别打电话", "5", phone="10000000004"), raised("买菜", "6", phone="10000000031"),
    )  # fmt: skip


def test_smoke(town: Any, signed_in: Callable[..., Any]) -> None:
    needs = a_few()
    for who in ("officer", "desk", "medicine", "worker"):
        client = signed_in(town[who])
        for address in ("/needs", "/needs?state=all", "/needs?format=csv", "/needs?format=xlsx", "/needs/phone", "/needs/phone?channel=letter", "/needs/handover", "/needs/asked", "/needs/glossary", "/", "/tasks", f"/needs/{needs[0].pk}", f"/needs/{needs[1].pk}", f"/needs/{needs[3].pk}", f"/needs/{needs[4].pk}"):
            r = client.get(address)
            print(who, address, r.status_code, len(text(r)))
