"""Fixtures of the pages' tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from tests.web.town import COMMUNITY, DISTRICT, NOW, OTHER, OTHER_MARK, OWN_MARK, PASSWORD, Town, fill


@pytest.fixture(autouse=True)
def quick_passwords() -> Iterator[None]:
    """A password costs its time on purpose; ten users a test need not pay it."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def town(city: Any, cast: dict[str, Any]) -> Town:
    from tongxin.access import operations
    from tongxin.kit.audit import Because

    city.at(NOW)
    people = dict(cast)
    for name, role, scope in (
        ("admin", "administrator", DISTRICT),
        ("local_admin", "administrator", COMMUNITY),
        ("auditor", "auditor", COMMUNITY),
    ):
        people[name] = operations.create_user(name, name, role, [scope], PASSWORD, Because("test"))
    return Town(fill(OWN_MARK, COMMUNITY, 1), fill(OTHER_MARK, OTHER, 2), people)


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


@pytest.fixture
def signed_in(city: Any) -> Callable[..., Client]:
    """A browser in which a user has signed in."""

    def sign_in(user: Any, language: str = "en") -> Client:
        from django.conf import settings

        client = Client(headers={"host": "localhost"})
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        done = client.post("/login", {"username": user.username, "password": PASSWORD})
        assert done.status_code == 302, done.content
        return client

    return sign_in
