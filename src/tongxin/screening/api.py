"""The API of stations, laboratories and couriers: batches of the rows that files hold, with a bearer token.

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
from ninja import Router, Schema

from tongxin.access import tokens
from tongxin.access.models import Token
from tongxin.kit import db
from tongxin.kit.tables import Column
from tongxin.places.place_id import PlaceId
from tongxin.places.queries import root
from tongxin.policy.queries import pack_at
from tongxin.screening import columns, rules
from tongxin.screening.operations import handovers, reports, scans
from tongxin.web.middleware import is_database_down

logger = logging.getLogger(__name__)
router = Router(tags=["screening"])
THREADS = 4
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="intake")


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


class Refused(Exception):
    """The whole batch is refused; nothing of it was written."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


@dataclass(frozen=True)
class Intake:
    """How one kind of batch is read and written. ``write`` gives back (accepted, repeated, {position: why not})."""

    capability: str
    limit_key: str
    columns: Sequence[Column]
    read: Callable[[Mapping[str, str], Any], Any]
    write: Callable[[list[Any]], tuple[int, int, dict[int, str]]]
    check: Callable[[Any, tuple[int, int]], str] = lambda row, scope: ""


def _write_scans(rows: list[scans.Scan]) -> tuple[int, int, dict[int, str]]:
    return *scans.record(rows), {}


def _write_reports(rows: list[Any]) -> tuple[int, int, dict[int, str]]:
    done = reports.record(rows)
    why = "this report number is on file with other content"
    return done.accepted, done.repeated, dict.fromkeys(done.conflicts, why)


def _write_handovers(rows: list[Any]) -> tuple[int, int, dict[int, str]]:
    return *handovers.record(rows), {}


def _own_site(scan: scans.Scan, scope: tuple[int, int]) -> str:
    inside = scope[0] <= scan.header.place_id < scope[1]
    return "" if inside else "this device may not register scans at that site"


SCANS = Intake("scan.write", "api.max_scans_per_batch", columns.SCANS, scans.read, _write_scans, _own_site)
REPORTS = Intake("report.write", "api.max_reports_per_batch", columns.REPORTS, reports.read, _write_reports)
HANDOVERS = Intake("handover.write", "api.max_scans_per_batch", columns.HANDOVERS, handovers.read, _write_handovers)


def _names(intake: Intake) -> dict[str, Any]:
    properties = {c.aliases[0] if c.aliases else c.name: {"type": "string"} for c in intake.columns}
    body = {"type": "array", "items": {"type": "object", "properties": properties}}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}}


_ANSWERS: Any = {200: Answer, 400: Problem, 401: Problem, 403: Problem, 413: Problem, 503: Problem}


@router.post("/scans:batch", response=_ANSWERS, openapi_extra=_names(SCANS), summary="Scans of people into tubes")
async def scans_batch(request: HttpRequest) -> HttpResponse:
    return await _answer(SCANS, request)


@router.post("/lab-reports:batch", response=_ANSWERS, openapi_extra=_names(REPORTS), summary="Laboratory reports")
async def reports_batch(request: HttpRequest) -> HttpResponse:
    return await _answer(REPORTS, request)


@router.post("/handovers:batch", response=_ANSWERS, openapi_extra=_names(HANDOVERS), summary="Hand-overs of tubes")
async def handovers_batch(request: HttpRequest) -> HttpResponse:
    return await _answer(HANDOVERS, request)


async def _answer(intake: Intake, request: HttpRequest) -> HttpResponse:
    try:
        body = request.body
        work = functools.partial(_take_in, intake, request.headers.get("Authorization", ""), body)
        answer, status = await asyncio.get_running_loop().run_in_executor(_pool, work), 200
    except RequestDataTooBig:
        answer, status = {"error": "the batch is too large; send smaller ones"}, 413
    except Refused as refused:
        answer, status = {"error": refused.error}, refused.status
    except DatabaseError as error:
        if is_database_down(error):
            raise
        logger.exception("a batch was not taken in")
        answer, status = {"error": "nothing of the batch was taken in; send it again"}, 503
    return HttpResponse(orjson.dumps(answer), status=status, content_type="application/json")


def _take_in(intake: Intake, authorization: str, body: bytes) -> dict[str, Any]:
    close_old_connections()
    with db.acting_as_jobs():
        token = tokens.authenticate(authorization)
        if token is None:
            raise Refused(401, "a valid bearer token is needed")
        if not token.may(intake.capability):
            raise Refused(403, f"this token may not do that (it lacks {intake.capability})")
        rows = _rows(intake, body)
        return _record(intake, token, rows)


def _rows(intake: Intake, body: bytes) -> list[Any]:
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
        from tongxin.kit import clock

        value = pack_at(root(), clock.now()).number(key)
        _limits[key] = (time.monotonic(), value)
    return value


def _record(intake: Intake, token: Token, rows: list[Any]) -> dict[str, Any]:
    zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
    scope = PlaceId(token.place_id).range
    good, index, rejected = [], [], {}
    for i, row in enumerate(rows):
        try:
            value = intake.read(_texts(row, intake.columns), zone)
        except rules.Unreadable as reason:
            rejected[i] = str(reason)
            continue
        if why := intake.check(value, scope):
            rejected[i] = why
        else:
            good.append(value)
            index.append(i)
    accepted, repeated, refused = db.retrying(lambda: intake.write(good)) if good else (0, 0, {})
    rejected |= {index[i]: why for i, why in refused.items()}
    listed = [{"index": i, "reason": why} for i, why in sorted(rejected.items())]
    return {"accepted": accepted, "repeated": repeated, "rejected": listed}


def _texts(row: Any, wanted: Sequence[Column]) -> dict[str, str]:
    """The columns of a row as text, whichever of their headings it uses. Raises Unreadable."""
    if not isinstance(row, dict):
        raise rules.Unreadable("the row is not a JSON object")
    texts = {}
    for column in wanted:
        value = row.get(column.name)
        if value is None:
            value = next((row[a] for a in column.aliases if a in row), None)
        if value is None:
            if column.required:
                raise rules.Unreadable(f"{column.aliases[0] if column.aliases else column.name} is missing")
            value = ""
        if type(value) is not str:
            value = _text(column.name, value)
        texts[column.name] = value.strip()
    return texts


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise rules.Unreadable(f"{name} is neither a text nor a number")
    return str(value)
