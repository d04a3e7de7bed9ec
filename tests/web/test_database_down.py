"""A database that is away gives one clear sentence, no trace, and the page comes back by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.web.town import Town


@pytest.fixture
def away(town: Town, signed_in: Any) -> Iterator[Any]:
    """A browser that is signed in, and a database that cannot be reached; ``back()`` starts it again."""
    from django.db import connections

    client = signed_in(town.people["worker"])
    client.raise_request_exception = False
    before = {alias: connections[alias].settings_dict["HOST"] for alias in connections}

    def point_to(hosts: dict[str, str]) -> None:
        for alias in connections:
            connections[alias].close()
            connections[alias].settings_dict["HOST"] = hosts[alias]

    client.back = lambda: point_to(before)
    point_to(dict.fromkeys(before, "/nowhere"))
    yield client
    point_to(before)


def test_the_page_says_so_tries_again_and_recovers(away: Any, caplog: pytest.LogCaptureFixture) -> None:
    response = away.get("/tasks")
    text = response.content.decode()
    assert response.status_code == 503 and response["Retry-After"] == "5"
    assert "The database cannot be reached" in text and 'http-equiv="refresh"' in text
    assert "Traceback" not in text and "psycopg" not in text
    assert all(record.exc_info is None for record in caplog.records if record.name == "django.request")
    away.back()
    assert away.get("/tasks").status_code == 200


def test_a_form_that_was_sent_is_not_sent_again_by_itself(away: Any) -> None:
    response = away.post("/people", {"q": "x"})
    text = response.content.decode()
    assert response.status_code == 503 and "was not taken in" in text and 'http-equiv="refresh"' not in text


def test_a_device_gets_the_sentence_as_json(away: Any) -> None:
    response = away.post("/api/v1/scans:batch", "[]", "application/json", headers={"authorization": "Bearer x"})
    assert response.status_code == 503 and "nothing was taken in" in response.json()["error"]


def test_a_statement_that_the_database_refuses_is_no_lost_database(town: Town) -> None:
    from django.db import DataError, OperationalError, connections

    from tongxin.web.middleware import is_database_down

    for statement in ("SELECT 1/0", "SELECT pg_sleep(1)"):
        with pytest.raises((DataError, OperationalError)) as caught, connections["default"].cursor() as cursor:
            cursor.execute("SET statement_timeout = 10")
            cursor.execute(statement)
        assert not is_database_down(caught.value)
    assert is_database_down(OperationalError("no connection"))
