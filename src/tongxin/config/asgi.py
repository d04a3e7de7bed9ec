"""The ASGI application: pages through Django's whole middleware, ``/api/`` through a short one, static files beside.

A device has no session, no language and no forms; leaving those out of its requests is most of what the API's speed
costs. Both share settings, address table and process.
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")
django.setup(set_prefix=False)

API_MIDDLEWARE = ["tongxin.web.middleware.DatabaseDownMiddleware"]
Send = Callable[[dict[str, Any]], Awaitable[None]]


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
    """The installed packages' static files, where no server in front takes them. Their addresses change with their
    content (``{% asset %}``), so a browser may keep them for ever."""

    def __init__(self) -> None:
        self.known: dict[str, Path | None] = {}

    def find(self, path: str) -> Path | None:
        from django.contrib.staticfiles import finders

        if path not in self.known or not settings.STATICFILES_KEEP:
            found = finders.find(path.removeprefix(settings.STATIC_URL)) if ".." not in path else None
            self.known[path] = Path(found) if isinstance(found, str) else None
        return self.known[path]

    async def __call__(self, scope: dict[str, Any], send: Send) -> None:
        file = self.find(scope["path"])
        kept = b"max-age=31536000, immutable" if b"v=" in scope["query_string"] else b"max-age=60"
        kind = mimetypes.guess_type(file.name)[0] if file else None
        body = file.read_bytes() if file else b""
        headers = [
            (b"content-type", (kind or "text/plain").encode() + b"; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", kept),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200 if file else 404, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
