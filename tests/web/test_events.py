"""The event stream: who hears what, and that nobody stays in the dark when the database went away."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import AsyncRequestFactory
from tests.web.town import COMMUNITY, OTHER, Town


class Stream:
    """What a browser hears of one open stream."""

    def __init__(self, user: Any) -> None:
        self.user = user

    async def open(self) -> Stream:
        from tongxin.web import events

        request = AsyncRequestFactory().get("/events")
        request.user = self.user
        self.response = await events.stream(request)
        self.parts = aiter(self.response.streaming_content)
        return self

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next event; fails after some seconds of silence."""
        while True:
            part = (await asyncio.wait_for(anext(self.parts), 10)).decode()
            if part.startswith("event: "):
                name, data = part.split("\n")[:2]
                return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def close(self) -> None:
        """The browser goes: the server ends the work of its request where that stands."""
        reading = asyncio.ensure_future(anext(self.parts))
        await asyncio.sleep(0)
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading


def _publish(topic: str, *places: int) -> None:
    from tongxin.kit import events

    events.publish(topic, places)


async def _in_thread(work: Any, *args: Any) -> None:
    from asgiref.sync import sync_to_async

    def done() -> None:
        from django.db import connections

        from tongxin.kit import db

        with db.acting_as_jobs():
            try:
                work(*args)
            finally:
                connections.close_all()

    await sync_to_async(done, thread_sensitive=False)()


def test_a_board_hears_first_hello_and_then_only_of_its_own_places(town: Town) -> None:
    async def story() -> None:
        worker, officer = await Stream(town.people["worker"]).open(), await Stream(town.people["officer"]).open()
        assert (await worker.next())[0] == (await officer.next())[0] == "hello"
        await _in_thread(_publish, "tasks", OTHER)
        await _in_thread(_publish, "chase", COMMUNITY, OTHER)
        assert await worker.next() == ("change", {"topic": "chase", "places": [str(COMMUNITY)]})
        assert await officer.next() == ("change", {"topic": "tasks", "places": [str(OTHER)]})
        assert (await officer.next())[1]["places"] == [str(COMMUNITY), str(OTHER)]
        await worker.close()
        await officer.close()

    asyncio.run(story())


def test_a_user_who_answers_for_no_place_hears_nothing(town: Town) -> None:
    async def story() -> None:
        outsider = await Stream(town.people["outsider"]).open()
        assert (await outsider.next())[0] == "hello"
        await _in_thread(_publish, "chase", COMMUNITY)
        await _in_thread(_publish, "end", OTHER)
        assert (await outsider.next())[1]["topic"] == "end"
        await outsider.close()

    asyncio.run(story())


def test_without_a_session_there_is_no_stream(town: Town) -> None:
    async def story() -> None:
        assert (await Stream(AnonymousUser()).open_refused()).status_code == 401

    async def open_refused(self: Stream) -> Any:
        from tongxin.web import events

        request = AsyncRequestFactory().get("/events")
        request.user = self.user
        return await events.stream(request)

    Stream.open_refused = open_refused  # type: ignore[attr-defined]
    asyncio.run(story())


def test_after_the_database_went_away_every_board_is_told_to_ask_anew(town: Town, city: Any) -> None:
    import psycopg

    def cut() -> None:
        with psycopg.connect(city.owner_url, autocommit=True) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND datname = %s",
                [city.name],
            )

    async def story() -> None:
        worker = await Stream(town.people["worker"]).open()
        assert (await worker.next())[0] == "hello"
        await _in_thread(cut)
        assert (await worker.next())[0] == "away"
        assert (await worker.next())[0] == "hello"
        await _in_thread(_publish, "chase", COMMUNITY)
        assert (await worker.next())[1]["topic"] == "chase"
        await worker.close()

    asyncio.run(story())


def test_the_connection_is_given_up_when_the_last_board_goes(town: Town) -> None:
    from tongxin.web import events

    async def story() -> None:
        one, two = await Stream(town.people["worker"]).open(), await Stream(town.people["worker"]).open()
        await one.next()
        await two.next()
        await one.close()
        assert events.hub().task is not None
        await two.close()
        assert events.hub().task is None and not events.hub().listeners

    asyncio.run(story())


@pytest.mark.parametrize("many", [1000])
def test_a_board_that_is_too_slow_is_told_to_ask_anew_instead_of_filling_the_memory(many: int) -> None:
    from tongxin.web import events

    async def story() -> None:
        listener = events.Listener([(COMMUNITY, COMMUNITY + 10)])
        for _ in range(many):
            listener.hear("chase", [COMMUNITY])
        waiting = [listener.queue.get_nowait() for _ in range(listener.queue.qsize())]
        assert len(waiting) <= events.ROOM and ("hello", {}) in waiting

    asyncio.run(story())
