"""When the database cannot be reached, a page says so in one sentence and tries again by itself."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import PermissionDenied
from django.db import Error, InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from psycopg import Error as PsycopgError

RETRY_SECONDS = 5
# Without an SQLSTATE the connection was never made or broke; 08: connection, 57P: shutting down or starting up,
# 53300: no connection left.
_DOWN = ("08", "57P", "53300")
CONTENT_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def is_database_down(error: BaseException | None) -> bool:
    """Whether an error means that the database cannot be reached, rather than that it refused a statement."""
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, InterfaceError):
            return True
        if isinstance(error, OperationalError):
            state = error.__cause__.sqlstate if isinstance(error.__cause__, PsycopgError) else None
            return state is None or state.startswith(_DOWN)
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def database_down(request: HttpRequest) -> HttpResponse:
    """The 503 answer; renders without session, user or any other row."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
    if request.path.startswith("/api/"):
        answer: HttpResponse = JsonResponse(
            {"error": "the database cannot be reached; nothing was taken in, send it again"}, status=503
        )
    else:
        with translation.override(translation.get_language_from_request(request)):
            text = render_to_string("web/database_down.html", {"retry": RETRY_SECONDS, "sent": request.method != "GET"})
        answer = HttpResponse(text, status=503)
    answer["Retry-After"] = str(RETRY_SECONDS)
    answer["Cache-Control"] = "no-store"
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``: errors outside the views (session, user, commit) come here."""
    if is_database_down(sys.exc_info()[1]):
        return database_down(request)
    with translation.override(translation.get_language_from_request(request)):
        return HttpResponse(render_to_string("500.html"), status=500)


class _OneLine(logging.Filter):
    """The log says in one line that the database is away, or that something was not allowed; a trace adds nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, PermissionDenied):
            record.exc_info = record.exc_text = None
        elif error is not None and is_database_down(error):
            record.msg, record.args = "%s (the database cannot be reached)", (record.getMessage(),)
            record.exc_info = record.exc_text = None
        return True


class DatabaseDownMiddleware:
    """Outermost: turns a lost database into the 503 page, and sets the headers every answer has.

    It works in both of Django's modes, so that the API's requests are not sent through a thread for its sake.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)
        logger = logging.getLogger("django.request")
        if not any(isinstance(f, _OneLine) for f in logger.filters):
            logger.addFilter(_OneLine())

    def __call__(self, request: HttpRequest) -> Any:
        return self._later(request) if self.is_async else _dressed(request, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        return _dressed(request, await self.get_response(request))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return database_down(request) if isinstance(error, Error) and is_database_down(error) else None


def _dressed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    if hasattr(request, "session"):
        # What a person saw stays neither in a shared cache nor, after signing out, behind the back button.
        response.headers.setdefault("Cache-Control", "no-store, private")
    return response
