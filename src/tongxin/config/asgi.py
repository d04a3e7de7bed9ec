"""The ASGI application: pages through Django's whole middleware, ``/api/`` through a short one, static files beside.

A device has no session, no language and no forms; leaving those out of its requests is most of what the API's speed
costs. Both share settings, address table and process.
"""

from __future__ import annotations

import asyncio
import mimetypes
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import django
from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.core.handlers.asgi import ASGIHandler

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")
django.setup(set_prefix=False)

PAGE_THREADS = 6  # of a process; each holds a connection of the web role, and of the jobs role once it needed one
API_MIDDLEWARE = ["tongxin.web.middleware.DatabaseDownMiddleware"]


class PagesHandler(ASGIHandler):
    """Runs the pages in threads that stay, each with its database connection.

    Django gives each request a new thread, and connections belong to threads: every page would log in to the database
    anew and leave a connection behind. Event streams, which last for hours, give their connection back themselves and
    keep Django's way, so that they take no page's place.
    """

    def __init__(self) -> None:
        super().__init__()
        self.free: asyncio.LifoQueue[ThreadSensitiveContext] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/events":
            await super().__call__(scope, receive, send)
            return
        if self.free is None:
            self.free = asyncio.LifoQueue()  # the last used first: its connection is warm
            for _ in range(PAGE_THREADS):
                self.free.put_nowait(ThreadSensitiveContext())
        place = await self.free.get()
        mark = SyncToAsync.thread_sensitive_context.set(place)
        try:
            await self.handle(scope, receive, send)
        finally:
            SyncToAsync.thread_sensitive_context.reset(mark)
            self.free.put_nowait(place)


class ApiHandler(ASGIHandler):
    """Django's handler with a middleware list of its own."""

    def load_middleware(self, is_async: bool = False) -> None:
        whole = settings.MIDDLEWARE
        settings.MIDDLEWARE = API_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole


class StaticFiles:
    """The packages' static files, where no server in front takes them. Their addresses change with their content
    (``{% asset %}``), so a browser may keep them for ever."""

    def __init__(self) -> None:
        self.known: dict[str, Path] = {}

    def find(self, path: str) -> Path | None:
        known = self.known.get(path)
        if known is None or not known.is_file():
            try:
                found = finders.find(path.removeprefix(settings.STATIC_URL))
            except SuspiciousFileOperation:
                return None
            if not isinstance(found, str) or not Path(found).is_file():
                return None
            known = self.known[path] = Path(found)
        return known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self.find(scope["path"])
        body = file.read_bytes() if file else b"not found"
        kind = (mimetypes.guess_type(file.name)[0] if file else None) or "text/plain"
        text = "; charset=utf-8" if kind.startswith("text/") else ""
        kept = "max-age=31536000, immutable" if file and b"v=" in scope["query_string"] else "max-age=60"
        headers = {
            "content-type": kind + text,
            "content-length": str(len(body)),
            "cache-control": kept,
            "x-content-type-options": "nosniff",
        }
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200 if file else 404, "headers": encoded})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _lifespan(receive: Receive, send: Send) -> None:
    """A server's question whether the application has started, or has ended: there is nothing to wait for."""
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})


pages, api, static = PagesHandler(), ApiHandler(), StaticFiles()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(settings.STATIC_URL):
        await static(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/api/"):
        await api(scope, receive, send)
    else:
        await pages(scope, receive, send)
