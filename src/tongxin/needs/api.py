"""The API of those who hand in needs: hotlines and the police desk in batches with a bearer token (``web.batches``), chat
groups and mini-programmes by signed messages.

A message carries ``X-Tongxin-Timestamp`` (Unix seconds, the machine's time) and ``X-Tongxin-Signature``, the HMAC-SHA256 of
``timestamp.body`` with the hook's secret in hexadecimal digits. Each message has an id of its own inside the body: one that
comes again counts as repeated, whoever sent it.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import zoneinfo
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.kit.tables import Column
from tongxin.needs.operations import arrivals, hooks, intake
from tongxin.needs.operations.arrivals import Source
from tongxin.needs.operations.intake import Raised
from tongxin.policy.decisions import Refused as NotAllowed
from tongxin.web.batches import ANSWERS, THREADS, Intake, Refused, Sender, Written, answer, answered, names, record

router = Router(tags=["needs"])
MAX_BODY = 64 * 1024
ON_FILE = "this id is on file with another text or number; give what is new an id of its own"
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="needs")


def _read(row: Mapping[str, str], sender: Sender) -> Raised:
    return arrivals.read(row, _source(sender.place_id))


def _source(place_id: int) -> Source:
    """The time and its limits, the same for the rows of a batch that are read within a second."""
    return _at(place_id, int(clock.now().timestamp()))


@functools.lru_cache(maxsize=64)
def _at(place_id: int, _second: int) -> Source:
    return Source.at(place_id)


def _write(rows: list[Raised], sender: Sender) -> Written:
    done = intake.record(rows, clock.now(), Because(sender.actor))
    return len(done.made), done.repeated(len(rows)), dict.fromkeys(done.conflicts, ON_FILE)


NEEDS = Intake(
    "need.write", "api.max_needs_per_batch", arrivals.COLUMNS, _read, _write, (NotAllowed,), pool=_pool
)  # fmt: skip
_MESSAGE = (
    Column("id"), Column("text", ("content",)), Column("at", ("time",), required=False),
    Column("phone", ("mobile",), required=False), Column("name", ("sender",), required=False),
    Column("address", required=False),
)  # fmt: skip


def _heard(row: Mapping[str, str], sender: Sender) -> Raised:
    source = _source(sender.place_id)
    hook = sender.actor.partition(":")[2]
    return arrivals.raised(row, source, "chat", f"{hook}:{arrivals.reference(row['id'])}", _when(row["at"], source))


def _when(text: str, source: Source) -> dt.datetime:
    """When a message was written, in whatever form the programme has it; without a usable time it is now."""
    try:
        if text.isascii() and text.isdigit():
            text = dt.datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), dt.UTC).isoformat()
        return arrivals.read_time(text, source)
    except (NotAllowed, ValueError, OverflowError, OSError):
        return source.now


MESSAGES = Intake("need.write", "api.max_needs_per_batch", _MESSAGE, _heard, _write, (NotAllowed,), pool=_pool)


@router.post("/needs:batch", response=ANSWERS, openapi_extra=names(NEEDS), summary="Needs of a hotline or of the police desk")
async def needs_batch(request: HttpRequest) -> HttpResponse:
    return await answer(NEEDS, request)


@router.post("/hooks/{name}", response=ANSWERS, openapi_extra=names(MESSAGES), summary="Messages of a chat group, signed")
async def hook(request: HttpRequest, name: str) -> HttpResponse:
    timestamp, signature = (request.headers.get(f"X-Tongxin-{what}", "") for what in ("Timestamp", "Signature"))
    return await answered(request, functools.partial(_hear, name, timestamp, signature), _pool)


def _hear(name: str, timestamp: str, signature: str, body: bytes) -> dict[str, Any]:
    if len(body) > MAX_BODY:
        raise Refused(413, f"a body has at most {MAX_BODY} bytes; send the messages in several")
    found = hooks.signed(name, timestamp, signature, body)
    if found is None:
        hooks.count_refused(name)
        raise Refused(401, "not accepted")
    if not hooks.is_timely(found, timestamp):
        hooks.count_refused(name)
        raise Refused(401, "the timestamp is not of now; set the clock, and sign each message when it is sent")
    sender = Sender(found.actor, found.place_id, zoneinfo.ZoneInfo(settings.TIME_ZONE))
    return record(MESSAGES, sender, _messages(body))


def _messages(body: bytes) -> list[Any]:
    """One message, a list of them, or an object with a list. Half an emoji, as chats cut them, breaks none. Raises Refused."""
    try:
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            said = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not valid JSON") from None
    if isinstance(said, dict) and isinstance(said.get("messages"), list):
        said = said["messages"]
    return said if isinstance(said, list) else [said]
