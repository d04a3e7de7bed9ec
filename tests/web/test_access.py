"""Accounts, tokens and the transaction around each request."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.town import COMMUNITY, DISTRICT, PASSWORD, Town


def _because() -> Any:
    from tongxin.kit.audit import Because

    return Because("test")


def test_a_token_is_known_until_it_is_revoked_and_its_secret_is_not_kept(town: Town) -> None:
    from tongxin.access import operations, tokens
    from tongxin.access.models import Token

    tokens.forget()
    secret = operations.add_token("table 7", COMMUNITY, ["scan.write"], _because())
    found = tokens.authenticate(f"Bearer {secret}")
    assert found is not None and found.may("scan.write") and not found.may("report.write")
    assert secret not in str(Token.objects.values_list().get())
    assert operations.revoke_token("table 7", _because()) is True
    assert tokens.authenticate(f"Bearer {secret}") is None
    assert operations.revoke_token("table 7", _because()) is False


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer wrong", "wrong"])
def test_what_is_no_token_opens_nothing(town: Town, header: str) -> None:
    from tongxin.access import tokens

    assert tokens.authenticate(header) is None


def test_a_known_token_costs_no_query(town: Town) -> None:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    from tongxin.access import operations, tokens

    secret = operations.add_token("table 8", COMMUNITY, ["scan.write"], _because())
    tokens.authenticate(f"Bearer {secret}")
    with CaptureQueriesContext(connections["jobs"]) as asked:
        assert tokens.authenticate(f"Bearer {secret}")
    assert len(asked) == 0


@pytest.mark.parametrize(
    ("name", "place", "capabilities"),
    [("twice", COMMUNITY, ["scan.write"]), ("a", COMMUNITY, ["fly"]), ("b", COMMUNITY, []), ("c", 1, ["scan.write"])],
)
def test_a_token_without_sense_is_refused(town: Town, name: str, place: int, capabilities: list[str]) -> None:
    from tongxin.access import operations
    from tongxin.access.rules import NotAllowed

    operations.add_token("twice", COMMUNITY, ["scan.write"], _because())
    with pytest.raises(NotAllowed):
        operations.add_token(name, place, capabilities, _because())


def test_a_place_inside_another_of_the_scope_is_not_kept_twice(town: Town) -> None:
    from tongxin.access import operations

    user = operations.create_user("nested", "n", "tracer", [COMMUNITY, DISTRICT], PASSWORD, _because())
    assert user.places() == [DISTRICT]


@pytest.mark.parametrize(
    ("username", "role", "place"), [("worker", "tracer", DISTRICT), ("x", "king", DISTRICT), ("y", "tracer", 11)]
)
def test_an_account_without_sense_is_refused_and_leaves_nothing(town: Town, username: str, role: str, place: int) -> None:
    from tongxin.access import operations
    from tongxin.access.models import User
    from tongxin.access.rules import NotAllowed

    before = User.objects.count()
    with pytest.raises(NotAllowed):
        operations.create_user(username, "n", role, [place], PASSWORD, _because())
    assert User.objects.count() == before


def test_what_a_view_wrote_before_it_failed_is_not_kept(town: Town, signed_in: Any, monkeypatch: Any) -> None:
    from tongxin.kit.models import AuditEntry
    from tongxin.people.views import record

    def fail(*_: Any) -> None:
        raise RuntimeError("the view fails after the look was written down")

    monkeypatch.setattr(record, "swabs", fail)
    worker = signed_in(town.people["worker"])
    worker.raise_request_exception = False
    before = AuditEntry.objects.count()
    response = worker.get(f"/people/{town.own.person}")
    assert response.status_code == 500 and "RuntimeError" not in response.content.decode()
    assert AuditEntry.objects.count() == before


def test_the_scope_ends_with_the_request(town: Town, signed_in: Any) -> None:
    from tongxin.kit import db
    from tongxin.people.models import Person

    assert signed_in(town.people["officer"]).get("/").status_code == 200
    with db.acting_as(db.WEB):
        assert Person.objects.count() == 0
