"""Batches of rows that devices and channels send with a bearer token: what all such addresses of the API share.

A batch is one transaction: what is answered as accepted is on disk. A bad row does not hold up the others; it is
answered with its position and the reason. Sending a batch again is safe: everything in it counts as repeated.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponse
from ninja import Schema

from tongxin.access import tokens
from tongxin.kit import clock, db
from tongxin.kit.tables import Column
from tongxin.places.place_id import PlaceId
from tongxin.places.queries import root
from tongxin.policy.queries import pack_at
from tongxin.web.middleware import is_database_down

logger = logging.getLogger(__name__)
THREADS = 4
Written = tuple[int, int, dict[int, str]]
"""How many rows were accepted and repeated, and of others by their position why not."""


class Rejected(Schema):
    index: int
    reason: str


class Answer(Schema):
    """What became of a batch."""

    accepted: int
    repeated: int
    rejected: list[Rejected]


class Problem(Schema):
    error: str


ANSWERS: Any = {200: Answer, 400: Problem, 401: Problem, 403: Problem, 413: Problem, 503: Problem}


class Refused(Exception):
    """The whole batch is refused; nothing of it was written."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


class Unreadable(ValueError):
    """A row that is not one; the message is the reason."""


@dataclass(frozen=True)
class Sender:
    """Who sends, for which place, and in which zone times without an offset are."""

    actor: str
    place_id: int
    zone: zoneinfo.ZoneInfo

    @functools.cached_property
    def scope(self) -> tuple[int, int]:
        return PlaceId(self.place_id).range


@dataclass(frozen=True)
class Intake:
    """How one kind of batch is read and written. ``read`` raises one of ``unreadable`` for a bad row; ``check`` says why the
    sender may not send it, or nothing. Each intake that waits for others has threads of its own."""

    capability: str
    limit_key: str
    columns: Sequence[Column]
    read: Callable[[Mapping[str, str], Sender], Any]
    write: Callable[[list[Any], Sender], Written]
    unreadable: tuple[type[Exception], ...]
    check: Callable[[Any, Sender], str] = lambda row, sender: ""
    pool: ThreadPoolExecutor | None = None


_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="intake")


def names(intake: Intake) -> dict[str, Any]:
    """The columns of a batch for the description of the API."""
    properties = {c.aliases[0] if c.aliases else c.name: {"type": "string"} for c in intake.columns}
    body = {"type": "array", "items": {"type": "object", "properties": properties}}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}}


async def answer(intake: Intake, request: HttpRequest) -> HttpResponse:
    """Take in the batch of a request."""
    authorization = request.headers.get("Authorization", "")
    return await answered(request, functools.partial(_take_in, intake, authorization), intake.pool)


async def answered(
    request: HttpRequest, work: Callable[[bytes], dict[str, Any]], pool: ThreadPoolExecutor | None = None
) -> HttpResponse:
    """Do the work of a request on its body in a thread, as the jobs role; refusals and errors as one sentence each."""
    try:
        body = request.body
        said, status = await asyncio.get_running_loop().run_in_executor(pool or _pool, _as_jobs, work, body), 200
    except RequestDataTooBig:
        said, status = {"error": "the batch is too large; send smaller ones"}, 413
    except Refused as refused:
        said, status = {"error": refused.error}, refused.status
    except DatabaseError as error:
        if is_database_down(error):
            raise
        logger.exception("a batch was not taken in")
        said, status = {"error": "nothing of the batch was taken in; send it again"}, 503
    return HttpResponse(orjson.dumps(said), status=status, content_type="application/json")


def _as_jobs(work: Callable[[bytes], dict[str, Any]], body: bytes) -> dict[str, Any]:
    close_old_connections()
    with db.acting_as_jobs():
        return work(body)


def _take_in(intake: Intake, authorization: str, body: bytes) -> dict[str, Any]:
    token = tokens.authenticate(authorization)
    if token is None:
        raise Refused(401, "a valid bearer token is needed")
    if not token.may(intake.capability):
        raise Refused(403, f"this token may not do that (it lacks {intake.capability})")
    sender = Sender(token.actor, token.place_id, zoneinfo.ZoneInfo(settings.TIME_ZONE))
    return record(intake, sender, rows_of(intake, body))


def rows_of(intake: Intake, body: bytes) -> list[Any]:
    """The rows of a body. Raises Refused."""
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"the body is not valid JSON ({error})") from None
    if not isinstance(rows, list):
        raise Refused(400, "the body must be a JSON array of rows")
    if len(rows) > (limit := _limit(intake.limit_key)):
        raise Refused(413, f"{len(rows)} rows are too many for one batch; send at most {limit}")
    return rows


_limits: dict[str, tuple[float, int]] = {}


def _limit(key: str) -> int:
    """The pack's limit, asked for again every ten seconds."""
    at, value = _limits.get(key, (float("-inf"), 0))
    if time.monotonic() - at > 10:
        value = pack_at(root(), clock.now()).number(key)
        _limits[key] = (time.monotonic(), value)
    return value


def record(intake: Intake, sender: Sender, rows: Sequence[Any]) -> dict[str, Any]:
    """Read and write rows; what became of them, as it is answered."""
    good, index, rejected = [], [], {}
    for i, row in enumerate(rows):
        try:
            value = intake.read(_texts(row, intake.columns), sender)
        except (Unreadable, *intake.unreadable) as reason:
            rejected[i] = str(reason)
            continue
        if why := intake.check(value, sender):
            rejected[i] = why
        else:
            good.append(value)
            index.append(i)
    accepted, repeated, refused = db.retrying(lambda: intake.write(good, sender)) if good else (0, 0, {})
    rejected |= {index[i]: why for i, why in refused.items()}
    listed = [{"index": i, "reason": why} for i, why in sorted(rejected.items())]
    return {"accepted": accepted, "repeated": repeated, "rejected": listed}


def _texts(row: Any, wanted: Sequence[Column]) -> dict[str, str]:
    """The columns of a row as text, whichever of their headings it uses. Raises Unreadable."""
    if not isinstance(row, dict):
        raise Unreadable("the row is not a JSON object")
    texts = {}
    for column in wanted:
        value = row.get(column.name)
        if value is None:
            value = next((row[a] for a in column.aliases if a in row), None)
        if value is None:
            if column.required:
                raise Unreadable(f"{column.aliases[0] if column.aliases else column.name} is missing")
            value = ""
        if type(value) is not str:
            value = _text(column.name, value)
        texts[column.name] = value.strip()
    return texts


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"{name} is neither a text nor a number")
    return str(value)
