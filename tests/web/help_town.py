"""Residents in their visits, for the tests of help: who asks, and what stands on their pages."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import uuid
from typing import Any

from django.test import Client


def browser(language: str = "en") -> Client:
    from django.conf import settings

    client = Client(headers={"host": "localhost"})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def visit_of(number: str) -> str:
    """The cookie of a proven visit of the person with that number."""
    from tongxin.people.models import Person
    from tongxin.resident.models import Visit
    from tongxin.resident.queries.record import digest

    token, now = secrets.token_urlsafe(32), dt.datetime.now(dt.UTC)
    Visit.objects.create(
        token_hash=digest(token), number_hash=b"", by_identity=True, asked_at=now, proven_at=now, entered_at=now,
        person_id=Person.objects.get(person_no=number).pk,
    )  # fmt: skip
    return token


def visit(number: str, language: str = "en") -> Client:
    """A browser in which somebody has proven who they are."""
    client = browser(language)
    client.cookies["tongxin_me"] = visit_of(number)
    return client


def text(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def words(response: Any) -> str:
    page = re.sub(r"<style>.*?</style>", "", text(response), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def form(page: Any) -> str:
    """The number of the form on a page."""
    return re.search(r'name="form" value="([0-9a-f-]{36})"', text(page))[1]  # type: ignore[index]


def ask(client: Client, said: str = "", **more: str) -> Any:
    """Ask for help, for oneself, to be called on the number on file."""
    given = {"form": str(uuid.uuid4()), "text": said, "whom": "me", "reach": "file", **more}
    return client.post("/me/help", given)


def outside(client: Client, said: str, phone: str, **more: str) -> Any:
    return client.post("/help", {"form": str(uuid.uuid4()), "text": said, "phone": phone, **more})
