"""The event stream of live boards: server-sent events fed by PostgreSQL's notifications (``kit.events``).

Each process listens with one connection of the web role and fans out to the streams that are open. An event carries a
topic and those of its places that lie in the user's scope, no data: the board asks again for what it shows. ``hello``
comes first and whenever something may have been missed (the database was away, a stream was too slow): the board then
asks again for everything. ``away`` says that the database cannot be reached at the moment.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import weakref
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from tongxin.kit import db
from tongxin.kit.events import CHANNEL

logger = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 15.0
RETRY_SECONDS = 1.0
# A stream ends by itself after this time; the browser comes back, and whether the user may is asked anew.
LONGEST_SECONDS = 30 * 60.0
ROOM = 256  # events that a slow stream may lag behind

HELLO, AWAY, CHANGE = "hello", "away", "change"
Event = tuple[str, dict[str, Any]]


@dataclass(eq=False)
class Listener:
    """One open stream: the user's ranges and what is still to be sent."""

    ranges: Sequence[tuple[int, int]]
    queue: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(ROOM))

    def tell(self, name: str, data: dict[str, Any]) -> None:
        try:
            self.queue.put_nowait((name, data))
        except asyncio.QueueFull:  # better all anew than an old story
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait((HELLO, {}))

    def hear(self, topic: str, places: Sequence[int]) -> None:
        """Pass on an event as far as it concerns the user."""
        mine = [p for p in places if any(lo <= p < hi for lo, hi in self.ranges)]
        if mine:
            self.tell(CHANGE, {"topic": topic, "places": [str(p) for p in mine]})


class Hub:
    """The streams of one event loop and the connection that feeds them; it listens while there is a stream."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.task: asyncio.Task[None] | None = None
        self.connected = False

    def join(self, listener: Listener) -> None:
        self.listeners.add(listener)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._listen())
        elif self.connected:
            listener.tell(HELLO, {})

    def leave(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        if not self.listeners and self.task:
            self.task.cancel()
            self.task, self.connected = None, False

    async def _listen(self) -> None:
        while True:
            try:
                await self._follow()
            except (psycopg.Error, OSError) as error:
                logger.warning("the event stream lost the database and tries again: %s", type(error).__name__)
            self.connected = False
            self._all(AWAY)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        params = connections[db.WEB].get_connection_params()
        wanted = {k: v for k, v in params.items() if k not in ("cursor_factory", "context", "prepare_threshold")}
        connection = await psycopg.AsyncConnection.connect(**wanted, autocommit=True)
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
            self.connected = True
            self._all(HELLO)
            async for notice in connection.notifies():
                self._fan_out(notice.payload)
        finally:
            await connection.close()

    def _all(self, name: str) -> None:
        for listener in self.listeners:
            listener.tell(name, {})

    def _fan_out(self, payload: str) -> None:
        try:
            event = json.loads(payload)
            topic, places = str(event["topic"]), [int(p) for p in event["places"]]
        except (ValueError, KeyError, TypeError):
            logger.warning("a notification that is no event was passed over")
            return
        for listener in self.listeners:
            listener.hear(topic, places)


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the loop that is running."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


@transaction.non_atomic_requests(using=db.WEB)
@transaction.non_atomic_requests(using=db.JOBS)
@transaction.non_atomic_requests(using=db.OWNER)
async def stream(request: HttpRequest) -> HttpResponseBase:
    """``/events`` for whoever is signed in; 401 for others, so that a page knows that its session has ended."""
    ranges = await sync_to_async(_ranges)(request)
    if ranges is None:
        return HttpResponse(status=401)
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    response = StreamingHttpResponse(_sent(Listener(ranges)), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _ranges(request: HttpRequest) -> list[tuple[int, int]] | None:
    """The user's ranges; gives the connection back, which else would be held for as long as the stream lasts."""
    try:
        return request.user.ranges() if request.user.is_authenticated else None
    finally:
        close_old_connections()
        if not connections[db.WEB].in_atomic_block:
            connections[db.WEB].close()


async def _sent(listener: Listener) -> AsyncIterator[bytes]:
    centre, end = hub(), time.monotonic() + LONGEST_SECONDS
    centre.join(listener)
    try:
        yield b"retry: 2000\n\n"
        while time.monotonic() < end:
            try:
                name, data = await asyncio.wait_for(listener.queue.get(), HEARTBEAT_SECONDS)
                yield f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
            except TimeoutError:
                yield b"event: beat\ndata: {}\n\n"
    finally:
        centre.leave(listener)
