"""What gateways report: a batch of receipts, with a bearer token that may ``receipt.write``. A batch is one transaction;
a receipt that is not understood, or of a message that nobody knows, is answered with its position and the reason, and does
not hold up the others. Sending a batch again is safe."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from tongxin.access import tokens
from tongxin.access.models import Token
from tongxin.kit import clock, db
from tongxin.messages import operations
from tongxin.messages.operations import Receipt
from tongxin.messages.operations.receipts import OUTCOMES
from tongxin.places.place_id import PlaceId
from tongxin.places.queries import root
from tongxin.policy.queries import pack_at
from tongxin.web.middleware import is_database_down

logger = logging.getLogger(__name__)
router = Router(tags=["messages"])
CAPABILITY, LIMIT = "receipt.write", "api.max_receipts_per_batch"
LONGEST_KEY = 200


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


class Refusal(Exception):
    """The whole batch is refused; nothing of it was written."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


_BODY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["message", "outcome"],
        "properties": {
            "message": {"type": "string", "description": "the token that went out with the message, or its key"},
            "outcome": {"type": "string", "enum": sorted(OUTCOMES)},
            "at": {"type": "string", "format": "date-time", "description": "when; without an offset the city's time"},
        },
    },
}
_EXTRA: Any = {"requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}}}
_ANSWERS: Any = {200: Answer, 400: Problem, 401: Problem, 403: Problem, 413: Problem, 503: Problem}


@router.post("/message-receipts:batch", response=_ANSWERS, openapi_extra=_EXTRA, summary="Receipts of messages")
def receipts_batch(request: HttpRequest) -> HttpResponse:
    answer: dict[str, Any]
    try:
        answer, status = _take_in(request.headers.get("Authorization", ""), request.body), 200
    except RequestDataTooBig:
        answer, status = {"error": "the batch is too large; send smaller ones"}, 413
    except Refusal as refused:
        answer, status = {"error": refused.error}, refused.status
    except DatabaseError as error:
        if is_database_down(error):
            raise
        logger.exception("a batch of receipts was not taken in")
        answer, status = {"error": "nothing of the batch was taken in; send it again"}, 503
    return HttpResponse(orjson.dumps(answer), status=status, content_type="application/json")


def _take_in(authorization: str, body: bytes) -> dict[str, Any]:
    with db.acting_as_jobs():
        token = tokens.authenticate(authorization)
        if token is None:
            raise Refusal(401, "a valid bearer token is needed")
        if not token.may(CAPABILITY):
            raise Refusal(403, f"this token may not do that (it lacks {CAPABILITY})")
        return _record(token, _rows(body))


def _rows(body: bytes) -> list[Any]:
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"the body is not valid JSON ({error})") from None
    if not isinstance(rows, list):
        raise Refusal(400, "the body must be a JSON array of receipts")
    if len(rows) > (limit := pack_at(root(), clock.now()).number(LIMIT)):
        raise Refusal(413, f"{len(rows)} receipts are too many for one batch; send at most {limit}")
    return rows


def _record(token: Token, rows: list[Any]) -> dict[str, Any]:
    now, good, index, rejected = clock.now(), [], [], {}
    for i, row in enumerate(rows):
        try:
            good.append(_read(row, now))
            index.append(i)
        except ValueError as reason:
            rejected[i] = str(reason)
    scope = PlaceId(token.place_id).range
    accepted, repeated, refused = db.retrying(lambda: operations.record_receipts(good, scope, now)) if good else (0, 0, {})
    rejected |= {index[i]: why for i, why in refused.items()}
    listed = [{"index": i, "reason": why} for i, why in sorted(rejected.items())]
    return {"accepted": accepted, "repeated": repeated, "rejected": listed}


def _read(row: Any, now: dt.datetime) -> Receipt:
    """Raises ValueError with the reason."""
    if not isinstance(row, dict):
        raise ValueError("the receipt is not a JSON object")
    message, outcome, at = row.get("message"), row.get("outcome"), row.get("at")
    if not isinstance(message, str) or not 0 < len(message) <= LONGEST_KEY or "\0" in message:
        raise ValueError("message is not the token or the key of a message")
    if not isinstance(outcome, str) or outcome not in OUTCOMES:
        raise ValueError(f"outcome is neither {' nor '.join(sorted(OUTCOMES))}")
    return Receipt(message, outcome, now if at is None else _time(at))


def _time(text: Any) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=clock.city_zone())
        return at.astimezone(dt.UTC)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("at is not a time such as 2022-11-26T08:00:00+08:00") from None
