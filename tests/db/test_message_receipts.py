"""The API of gateways: receipts of messages, each row answered, safe to send again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from tests.support import COMMUNITY, DISTRICT, NOW, OTHER

from tongxin.access.operations import add_token
from tongxin.kit.audit import Because
from tongxin.messages import carriers, operations
from tongxin.messages.models import Message
from tongxin.messages.operations import NewMessage
from tongxin.policy.queries import pack_at

pytestmark = pytest.mark.usefixtures("places")
PATH = "/api/v1/message-receipts:batch"


@pytest.fixture
def sent(city: Any) -> Iterator[dict[str, str]]:
    """Three messages that went out: the token of each by its key."""
    city.at(NOW)
    before = carriers.use(lambda parcel: None)
    params = {"offer": "盐", "when": "x", "spot": "x"}
    operations.queue(
        [NewMessage(k, "offer.taken", COMMUNITY, phone=f"1000000000{i}", params=params) for i, k in enumerate("abc")],
        NOW, Because("test"),
    )  # fmt: skip
    operations.deliver(NOW)
    yield dict(Message.objects.values_list("key", "token"))
    carriers.use(before)


def post(body: Any, secret: str = "") -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"host": "localhost", **({"authorization": f"Bearer {secret}"} if secret else {})}
    return Client(headers=headers, raise_request_exception=False).post(PATH, raw, content_type="application/json")


def states() -> dict[str, str]:
    return dict(Message.objects.values_list("key", "state"))


def test_receipts_count_once_and_what_nobody_knows_is_rejected_by_its_position(sent: dict[str, str]) -> None:
    secret = add_token("gateway", DISTRICT, ["receipt.write"])
    rows = [
        {"message": sent["a"], "outcome": "delivered", "at": "2022-11-26T08:01:00"},
        {"message": "b", "outcome": "failed"},
        {"message": "nobody", "outcome": "failed"},
        {"message": sent["a"], "outcome": "failed"},
        "x", {"message": "c", "outcome": "eaten"}, {"outcome": "failed"}, {"message": "c", "outcome": "failed", "at": "soon"},
        {"message": ["c"], "outcome": {}}, {"message": "c\0", "outcome": "failed"}, {"message": "c", "outcome": "failed", "at": 7},
        {"message": "c", "outcome": "failed", "at": "0001-01-01T00:00:00"},
    ]  # fmt: skip
    answer = post(rows, secret).json()
    assert (answer["accepted"], answer["repeated"]) == (2, 1)
    assert [r["index"] for r in answer["rejected"]] == [2, 4, 5, 6, 7, 8, 9, 10, 11]
    assert answer["rejected"][0]["reason"] == "no message has this key"
    assert states() == {"a": "delivered", "b": "failed", "c": "sent"}
    again = post(rows[:2], secret).json()
    assert again == {"accepted": 0, "repeated": 2, "rejected": []}


def test_who_may_report_and_what_is_refused_as_a_whole(sent: dict[str, str]) -> None:
    row = [{"message": "a", "outcome": "failed"}]
    assert post(row).status_code == 401 and post(row, "txn_nonsense").status_code == 401
    assert post(row, add_token("lab", DISTRICT, ["report.write"])).status_code == 403
    secret = add_token("gateway", DISTRICT, ["receipt.write"])
    for body, status in ((b"{", 400), ({}, 400), (row * (pack_at(DISTRICT, NOW).number("api.max_receipts_per_batch") + 1), 413)):
        answer = post(body, secret)
        assert answer.status_code == status and list(answer.json()) == ["error"]
    elsewhere = post(row, add_token("other", OTHER, ["receipt.write"])).json()
    assert elsewhere["rejected"] == [{"index": 0, "reason": "no message has this key"}]
    assert states()["a"] == "sent" and post([], secret).json() == {"accepted": 0, "repeated": 0, "rejected": []}
