"""A list as a file: what is shown, all of it, streamed. UTF-8 with a byte-order mark, so that Excel reads it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.http import content_disposition_header

from tongxin.access.middleware import acting_for

Row = Sequence[Any]
# Reads the rows behind a key: the rows and the key of the last one, or None when there are no more.
Fetch = Callable[[Any], tuple[Sequence[Row], Any]]
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def wants_csv(request: HttpRequest) -> bool:
    return request.GET.get("format") == "csv"


def csv_response(request: HttpRequest, name: str, header: Row, fetch: Fetch) -> StreamingHttpResponse:
    """``NAME.csv`` from batches. Each batch is read in a transaction of its own, bound to the user's scope: the one of
    the request has ended when the file is sent."""

    def batch(key: Any) -> tuple[str, Any]:
        with acting_for(request.user):
            rows, following = fetch(key)
            return "".join(_line(row) for row in rows), following

    def stream() -> Iterator[str]:
        yield "\ufeff" + _line(header)
        key: Any = None
        while True:
            text, key = batch(key)
            yield text
            if key is None:
                return

    async def astream() -> AsyncIterator[str]:
        yield "\ufeff" + _line(header)
        key: Any = None
        while True:
            text, key = await sync_to_async(batch)(key)
            yield text
            if key is None:
                return

    content = astream() if isinstance(request, ASGIRequest) else stream()
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = iri_to_uri(content_disposition_header(True, f"{name}.csv"))
    return response


def _line(row: Row) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: Any) -> str:
    """A spreadsheet must not take a text from outside for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RISKY) and isinstance(value, str) else text


def clock_text(at: dt.datetime | None) -> str:
    """A moment of the city for a file, to the second, without an offset."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S") if at else ""
