"""Nobody sees a need, a name or a count outside their place, whatever address they try; a silent call nobody without the right;
and whoever opens a need stands in its resident's own list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from tests import needs_town
from tests.needs_town import BECAUSE, COMMUNITY, DISTRICT, ENTRY, HOUR, NOW, raised, take
from tests.support import OTHER, PASSWORD
from tests.web.help_town import text, visit, words
from tests.web.test_jurisdiction import _patterns

from tongxin.needs.models import Need
from tongxin.needs.operations import deeds
from tongxin.people import register, rules
from tongxin.people.models import Person
from tongxin.places.models import Place
from tongxin.places.place_id import Level, PlaceId
from tongxin.tasks.models import Task

MARK, LOUD, QUIET = "欧阳锋", "找诸葛家", "独孤家"
"""A caller's name, words of a need, words of a silent call: nobody outside may ever read them.
None is a word of the glossary, which would be marked and so cut in two."""
BUILDING = PlaceId(COMMUNITY).child(1).child(1)
STEWARD, INSIDE = "steward", ("worker", "officer", "desk")
FORMATS = ("format=csv", "format=xlsx", "format=json", "state=all", "team=all", f"place={COMMUNITY}", f"place={BUILDING}")


@pytest.fixture
def town(city: Any, cast: dict[str, Any]) -> dict[str, Any]:
    """The stairwell of needs_town and a second building, whose steward answers for it alone."""
    from tongxin.access import operations as access

    city.at(NOW)
    needs_town.settle()
    register.record([rules.read({**ENTRY, "person_no": "B1", "name": "二栋1", "phone": "10000000041", "building": "2", "room": "101"})])
    second = Person.objects.get(person_no="B1").place_id
    people = dict(cast)
    for name, role, place in (
        (STEWARD, "community", int(PlaceId(second).at(Level.BUILDING))), ("desk", "desk", DISTRICT),
        ("keeper", "steward", int(PlaceId(second).at(Level.BUILDING))),
        ("medicine", "team_medicine", OTHER), ("auditor", "auditor", OTHER),
    ):  # fmt: skip
        people[name] = access.create_user(name, name, role, [place], PASSWORD, BECAUSE)
    take(raised("二栋要买菜", "own", phone="10000000041"), raised("福苑要买菜", "other", phone="10000000031"))
    return people


def somebody_elses() -> list[Need]:
    """Needs of building 1: an emergency, two about one heating, one merged, one done and overdue, one that nobody has placed."""
    found = take(
        raised(f"我爸胸口疼，{LOUD}", "1", phone="10000000001", name=MARK),
        raised(f"暖气不热，{LOUD}", "2", phone="10000000002", name=MARK),
        raised(f"没暖气，{LOUD}", "3", phone="10000000003", name=MARK, channel="hotline"),
        raised(f"暖气坏了，{LOUD}", "4", phone="10000000006", name=MARK),
        raised(f"买菜，{LOUD}", "5", phone="10000000007", name=MARK),
        raised(f"买药，{LOUD}", "6", phone="10099999999", name=MARK, place_id=COMMUNITY),
    )  # fmt: skip
    deeds.merge(None, found[3].pk, None, found[1].pk, NOW, BECAUSE)
    deeds.promise(None, found[2].pk, None, NOW + HOUR, LOUD, True, NOW, BECAUSE)
    deeds.finish(None, found[4].pk, None, LOUD, NOW, BECAUSE)
    return found


def a_silent_one() -> Need:
    return take(raised(f"他掐我，{QUIET}，别打电话", "silent", phone="10000000001", name=MARK, place_id=COMMUNITY))[0]


class Anything(dict[str, Any]):
    """Arguments of addresses: rows of the need at hand, and for what is not about needs a row that may or may not exist."""

    def __missing__(self, name: str) -> str:
        return {"str": "1", "slug": "1"}.get(name, "1")


def addresses(need: Need | None, other: Need | None = None) -> list[str]:
    """Every page that there is, those under /needs with each of their filters; new ones join by themselves."""
    caller = need.callers.first() if need else None
    task = Task.objects.filter(subject_kind="need", subject_id=need.pk).order_by("-pk").first() if need else None
    values = Anything(
        need_id=need.pk if need else 1, other_id=other.pk if other else 2, caller_id=caller.pk if caller else 1,
        task_id=task.pk if task else 1, person_id=need.person_id or 1 if need else 1, code=str(int(BUILDING)), name="base",
        key="need.confirm_within", barcode="T1", kind="needs", level="unit",
    )  # fmt: skip
    found = []
    for route in _patterns(get_resolver()):
        if route.startswith(("me", "api/", "events", "log", "theme", "language", "help")):
            continue
        address = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(values[m[1]]), route)
        lists = route in ("", "needs", "tasks") or (route.startswith("needs/") and "<" not in route)
        more = [f"{address}?{f}" for f in FORMATS] if lists else []
        found += [address, *more]
    assert len([a for a in found if a.startswith("/needs")]) > 30
    return found


def seen(client: Client, address: str) -> str:
    """A page as somebody sees it: without what is different at every look, and without the looks themselves."""
    response = client.get(address)
    assert response.status_code in (200, 302, 400, 403, 404, 405), (address, response.status_code)
    if "spreadsheet" in response.get("Content-Type", ""):
        return ""
    page = re.sub(r'(name="csrfmiddlewaretoken" value|name="ref" value|name="form" value)="[^"]*"', "", text(response))
    page = re.sub(r"<li>(?:(?!</li>).)*opened the record</li>", "", page)
    return f"{response.status_code} {response.get('Location', '')} {page}"


def walk(client: Client, pages: Iterable[str]) -> dict[str, str]:
    """The pages that can be looked at: what is only for deeds is tried as a deed."""
    found = ((address, seen(client, address)) for address in pages)
    return {address: page for address, page in found if not page.startswith("405")}


@pytest.fixture
def there(town: dict[str, Any], signed_in: Callable[..., Client]) -> Iterator[dict[str, Client]]:
    yield {name: signed_in(user) for name, user in town.items()}


def test_whoever_answers_elsewhere_sees_the_same_pages_whether_there_are_needs_here_or_not(there: dict[str, Client]) -> None:
    """No name, no word, no count, no place on any page or export: not a character is different."""
    outsiders = (STEWARD, "keeper", "medicine", "outsider")
    plain = [a for a in addresses(None) if "/audit" not in a]
    before = {name: walk(there[name], plain) for name in outsiders}
    needs = somebody_elses()
    for name in outsiders:
        after = walk(there[name], before[name])
        assert [a for a in after if after[a] != before[name][a]] == [], name
    of_rows = [a for a in addresses(needs[0], needs[1]) if re.match(r"/(needs|tasks|people|buildings|places)/\d", a)]
    for name in (*outsiders, "auditor", "hospital"):  # the hospital's desk sees tasks of its district, not what was said
        for address, page in walk(there[name], of_rows).items():
            found = [m for m in (MARK, LOUD, "10000000001") if m in page]
            assert not found, (name, address, found)
            assert name == "hospital" or page.startswith(("403", "404")), (name, address, page[:40])


def test_whoever_answers_elsewhere_changes_nothing_here(there: dict[str, Client]) -> None:
    needs = somebody_elses()
    before = list(Need.objects.order_by("pk").values_list("pk", "version", "state"))
    sent = {
        "version": 0, "kind": "other", "urgency": 2, "text": "xyz", "reason": "xyz xyz", "note": "x", "way": "reply", "step": 0,
        "outcome": "done", "spot": str(int(BUILDING)), "what": "x", "at": "2022-11-27T08:00", "q": "和苑1号楼1单元101",
    }  # fmt: skip
    for name in (STEWARD, "medicine", "outsider", "auditor"):
        for need in needs[:2]:
            for address in addresses(need, needs[2]):
                if re.match(r"/(needs|tasks)/\d", address) and "?" not in address:
                    answer = there[name].post(address, sent)
                    assert answer.status_code in (403, 404, 405), (name, address, answer.status_code)
    assert list(Need.objects.order_by("pk").values_list("pk", "version", "state")) == before


def test_a_silent_call_is_there_for_nobody_without_the_right_to_see_it(there: dict[str, Client]) -> None:
    """The district's own officer, a worker and a steward see the same pages with it as without; the desk sees it."""
    without = ("officer", "worker", STEWARD)
    plain = [a for a in addresses(None) if "/audit" not in a]
    before = {name: walk(there[name], plain) for name in without}
    silent = a_silent_one()
    for name in without:
        after = walk(there[name], before[name])
        assert [a for a in after if after[a] != before[name][a]] == [], name
        for address in [a for a in addresses(silent) if re.match(r"/(needs|tasks)/\d", a)]:
            for page in (seen(there[name], address), f"{there[name].post(address, {'text': 'x'}).status_code}"):
                assert page[:3] in ("403", "404", "405") and QUIET not in page, (name, address)
    assert QUIET in seen(there["desk"], f"/needs/{silent.pk}") and "Silent call for help" in seen(there["desk"], "/tasks")
    deeds.confirm(None, silent.pk, None, deeds.Confirmed("violence", 0, silent.place_id, None, silent.person_id), NOW, BECAUSE)
    for name in without[:2]:
        lists = [(a, page) for a, page in before[name].items() if re.match(r"/(needs|tasks)?(\?|$)", a)]
        assert [a for a, page in lists if seen(there[name], a) != page] == [], name


def test_the_interface_for_programs_tells_nothing_to_a_browser(there: dict[str, Client]) -> None:
    somebody_elses()
    a_silent_one()
    routes = [r for r in _patterns(get_resolver()) if r.startswith("api/") and "<" not in r]
    assert len(routes) > 3
    for name in ("officer", STEWARD):
        for route in routes:
            for send in (there[name].get, there[name].post):
                answer = send(f"/{route}")
                assert answer.status_code >= 400 or not [m for m in (MARK, LOUD, QUIET) if m in text(answer)], route


def test_whoever_opens_a_need_stands_in_the_residents_own_list_and_a_silent_one_leaves_no_trace_there(
    there: dict[str, Client],
) -> None:
    from tongxin.kit.models import AuditEntry

    need, silent = somebody_elses()[0], a_silent_one()
    for name in INSIDE:
        assert there[name].get(f"/needs/{need.pk}").status_code == 200, name
    assert there[STEWARD].get(f"/needs/{need.pk}").status_code == 404
    assert there["desk"].get(f"/needs/{silent.pk}").status_code == 200
    page = words(visit("P1").get("/me/looks"))
    for role in ("community worker", "operations centre", "needs desk"):
        assert page.count(f"{role} read what you asked for") == 1, role
    assert "worker read" not in page.replace("community worker read", "")
    assert AuditEntry.objects.filter(action="view.need", subject_kind="need", subject_id=str(silent.pk)).exists()
    assert "read what you asked for" not in words(visit("P2").get("/me/looks"))
    assert Place.objects.filter(pk=BUILDING).exists()
