"""The cast against every address: nobody sees a row, a name or a count outside their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from tests.web.town import Community, Town

# Addresses that belong to nobody's place. The stream is tried in test_events, help without a code in test_resident_help.
WITHOUT_ROWS = {"events", "language", "theme", "login", "logout", "help"}
OF_RESIDENTS = ("me", "me/")
"""Where nobody signs in: a resident's own page, tried in test_resident and test_resident_help."""


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, route)
        elif isinstance(entry, URLPattern):
            yield route


def _addresses(rows: Community) -> list[str]:
    """Every page, its arguments filled with the rows of one community. A new kind of argument fails here until it is
    given a value."""
    values = {
        "person_id": rows.person, "task_id": rows.task, "restriction_id": rows.restriction, "run_id": rows.run,
        "user_id": rows.user, "code": rows.place, "message_id": rows.message, "group_id": rows.group,
        "channel_id": rows.channel, "template_key": "need.done", "need_id": rows.need, "caller_id": rows.caller, **EXTRA(rows),
    }  # fmt: skip
    routes = [r for r in _patterns(get_resolver()) if r not in WITHOUT_ROWS and not r.startswith("api/")]
    routes = [r for r in routes if r != OF_RESIDENTS[0] and not r.startswith(OF_RESIDENTS[1])]
    assert len(routes) > 15

    def fill(found: re.Match[str]) -> str:
        return str(values[found[1]])

    return ["/" + re.sub(r"<(?:\w+:)?(\w+)>", fill, route) for route in routes]


def EXTRA(rows: Community) -> dict[str, Any]:
    """Arguments of pages that other stages add: rows that do not exist serve to see that nothing breaks."""
    areas = dict.fromkeys(("order_id", "check_id", "barrier_id", "objection_id", "address_id", "case_id"), 987654321)
    ledger = dict.fromkeys(("entry_id", "post_id", "head_id", "row_id", "knock_id", "offer_id", "mapping_id"), 987654321)
    medicine = dict.fromkeys(("other_id", "purchase_id", "tour_id"), 987654321)
    return {**areas, **ledger, **medicine, "event": "claim", "tube_id": 987654321, "member_id": 987654321, "round_id": 987654,
            "barcode": f"T{rows.mark}",
            "name": "base", "key": "chase.reach_within"}  # fmt: skip


def _body(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def _leaks(response: Any, rows: Community) -> set[str]:
    text = _body(response)
    return {secret for secret in rows.secrets if secret in text}


@pytest.mark.parametrize("who", ["officer", "worker", "hospital", "outsider", "local_admin", "auditor"])
@pytest.mark.parametrize("suffix", ["", "?format=csv"])
def test_nobody_reads_anything_of_a_place_that_is_not_theirs(
    town: Town, signed_in: Any, who: str, suffix: str
) -> None:  # fmt: skip
    client = signed_in(town.people[who])
    foreign = {"officer": None, "hospital": None, "outsider": town.own}.get(who, town.other)
    for rows in (town.own, town.other):
        for address in _addresses(rows):
            response = client.get(address + suffix)
            assert response.status_code in (200, 302, 403, 404, 405), (address, response.status_code)
            if foreign is not None:
                assert _leaks(response, foreign) == set(), (who, address)
            if foreign is rows and rows.mark not in address and re.search(r"\d{2,}|people/|(tasks|needs)/\d", address):
                assert response.status_code in (403, 404, 405), (who, address)


@pytest.mark.parametrize("who", ["worker", "hospital", "outsider", "local_admin", "auditor"])
def test_nobody_changes_anything_of_a_place_that_is_not_theirs(town: Town, signed_in: Any, who: str) -> None:
    client = signed_in(town.people[who])
    foreign = {"hospital": None, "outsider": town.own}.get(who, town.other)
    before = _state(foreign) if foreign else None
    for rows in (town.own, town.other):
        if foreign is not None and rows is not foreign:
            continue
        for address in _addresses(rows):
            response = client.post(address, {"outcome": "settled", "reason": "x", "to": "桃花桥社区", "active": "0"})
            assert response.status_code in (200, 302, 403, 404, 405, 422), (address, response.status_code)
            if foreign is not None:
                assert _leaks(response, foreign) == set(), (who, address)
    if foreign:
        assert _state(foreign) == before


def _state(rows: Community) -> tuple[Any, ...]:
    from tongxin.access.models import User
    from tongxin.messages.models import Channel, Group, Message, Wording
    from tongxin.needs.models import Need
    from tongxin.restrictions.models import Restriction
    from tongxin.tasks.models import Task

    return (
        Message.objects.filter(pk=rows.message).values_list("state").get(),
        Group.objects.filter(pk=rows.group).values_list("label", "active").get(),
        Channel.objects.filter(pk=rows.channel).values_list("label", "active").get(),
        Wording.objects.filter(place_id=rows.place).count(),
        Need.objects.filter(pk=rows.need).values_list("state", "version", "place_id", "watched").get(),
        Task.objects.filter(pk=rows.task).values_list("state", "place_id", "owner_id").get(),
        Restriction.objects.filter(pk=rows.restriction).values_list("released_at", "ends_at").get(),
        User.objects.filter(pk=rows.user).values_list("is_active", "role_id", "password").get(),
    )


def test_whoever_is_not_signed_in_is_led_to_the_sign_in(town: Town, client: Any) -> None:
    for address in _addresses(town.own):
        for send in (client.get, client.post):
            response = send(address)
            if response.status_code == 405:
                continue
            assert response.status_code == 302, address
            assert response["Location"].startswith("/login?next="), address


def test_the_officer_sees_both_communities_and_the_worker_counts_only_the_own(town: Town, signed_in: Any) -> None:
    officer, worker = signed_in(town.people["officer"]), signed_in(town.people["worker"])
    both = _body(officer.get("/tasks"))
    assert town.own.mark in both and town.other.mark in both
    assert _body(worker.get("/tasks?format=csv")).count("\n") == 2  # heading and one task
    assert _body(officer.get("/tasks?format=csv")).count("\n") == 3
    assert ">2<" in _body(officer.get("/")).replace("</span>", "<") and town.other.mark not in _body(worker.get("/"))


def test_a_search_finds_nobody_in_another_community(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    own, other = sorted(town.own.secrets - {town.own.mark}), sorted(town.other.secrets - {town.other.mark})
    for text in (*own, town.own.mark):
        assert f"/people/{town.own.person}" in _body(worker.post("/people", {"q": text})), text
    for text in (*other, town.other.mark):
        assert f"/people/{town.other.person}" not in _body(worker.post("/people", {"q": text})), text


def test_a_place_outside_the_scope_is_not_found_whether_it_exists_or_not(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    for code in (town.other.place, town.other.unit, 5001080000000000000, 5001081069990000000, "11", "nonsense"):
        for address in (f"/?place={code}", f"/tasks?place={code}", f"/places/{code}", f"/restrictions?place={code}"):
            assert worker.get(address).status_code == 404, address
    assert worker.get(f"/?place={town.own.unit}").status_code == 200
