"""The way of a message, what gateways report of it, and its end."""

from typing import Any

import pytest
from django.db import connections
from tests.outbox_town import BECAUSE, DAY, HOUR, PHONE, Gateway, channel, group, person, queued, state_of, to
from tests.support import DISTRICT, NOW, OTHER

from tongxin.kit import clocks, db
from tongxin.kit.models import AuditEntry
from tongxin.messages import operations, sending
from tongxin.messages.carriers import NotTaken, Parcel
from tongxin.messages.models import Message, Recipient
from tongxin.messages.operations import NewMessage, Receipt
from tongxin.policy.decisions import Refused
from tongxin.policy.queries import pack_at

pytest_plugins = ["tests.outbox_fixtures"]
pytestmark = pytest.mark.usefixtures("places")


# -- the way --------------------------------------------------------------------------------------------


def test_the_nearest_channel_carries_and_a_number_cannot_leave_its_place_in_the_url(gateway: Gateway) -> None:
    channel(url="json://far.example/?:to={phone}&:ref={token}")
    channel(place=OTHER, url="json://near.example/?:to={phone}")
    queued(to(person(1, phone="1/../?x=2&y#{token}"), "a"), to(person(2, OTHER), "b"))
    operations.deliver(NOW)
    urls = {p.key: p.url for p in gateway.got}
    token = Message.objects.get(key="a").token
    assert urls["a"] == f"json://far.example/?:to=1%2F..%2F%3Fx%3D2%26y%23%7Btoken%7D&:ref={token}"
    assert urls["b"] == f"json://near.example/?:to={PHONE}"


def test_where_there_are_channels_but_none_for_a_place_somebody_phones(gateway: Gateway, told: list[Any]) -> None:
    channel(place=OTHER)
    queued(to(person()))
    operations.deliver(NOW)
    assert gateway.got == [] and state_of() == ("failed", "no_channel") and len(told) == 1


def test_a_group_has_its_own_robot_or_the_channel_of_its_street(gateway: Gateway) -> None:
    channel("group", url="dingtalk://street")
    own, shared = group(url="wecombot://own"), group(label="4栋群")
    queued(*(NewMessage(g.label, "notice.group", group_id=g.pk, params={"text": "领菜"}) for g in (own, shared)))
    operations.deliver(NOW)
    assert {p.key: p.url for p in gateway.got} == {"3栋群": "wecombot://own", "4栋群": "dingtalk://street"}


def test_until_a_city_has_a_channel_each_message_is_a_file() -> None:
    for old in sending.folder().glob("*"):
        old.unlink()
    queued(to(person()))
    assert operations.deliver(NOW) == 1
    (file,) = sending.folder().glob("*.txt")
    assert file.read_text(encoding="utf-8").startswith(f"{PHONE}\n\n【同心】") and file.stat().st_mode & 0o777 == 0o600


# -- receipts -------------------------------------------------------------------------------------------


def sent(*keys: str) -> None:
    queued(*(to(person(i), key) for i, key in enumerate(keys)))
    operations.deliver(NOW)


def test_receipts_may_come_twice_and_in_any_order(gateway: Gateway, told: list[Any]) -> None:
    sent("a", "b", "c")
    tokens = dict(Message.objects.values_list("key", "token"))
    later = NOW + HOUR
    assert operations.receipt(tokens["a"], "delivered", NOW, later) is True
    assert operations.receipt("a", "delivered", NOW, later) is False
    assert operations.receipt("a", "failed", NOW, later) is False
    assert state_of("a")[0] == "delivered"
    found = operations.record_receipts(
        [Receipt(tokens["b"], "failed", NOW), Receipt("b", "failed", NOW), Receipt("b", "delivered", NOW), Receipt("x", "failed", NOW)],
        None, later,
    )  # fmt: skip
    assert found == (2, 1, {3: "no message has this key"})
    assert state_of("b")[0] == "delivered" and told == []
    assert operations.receipt("c", "failed", NOW, later) is True
    assert state_of("c") == ("failed", "denied") and [f.key for f in told] == ["c"]
    assert operations.receipt("c", "delivered", NOW, later) is True and state_of("c")[0] == "delivered"


def test_a_receipt_that_is_faster_than_the_gateways_answer_counts(gateway: Gateway) -> None:
    queued(to(person()))

    def fast(parcel: Parcel) -> None:
        with db.acting_as_jobs():
            operations.receipt(parcel.token, "delivered", NOW, NOW)
        connections.close_all()

    gateway.answer = fast
    operations.deliver(NOW)
    assert state_of()[0] == "delivered"


def test_whoever_reports_knows_the_messages_of_their_place_only(gateway: Gateway) -> None:
    sent("a")
    elsewhere = (OTHER, OTHER + 10**7)
    assert operations.record_receipts([Receipt("a", "failed", NOW)], elsewhere, NOW)[2] == {0: "no message has this key"}
    assert state_of("a")[0] == "sent"


# -- taking back, deleting ------------------------------------------------------------------------------


def test_a_message_is_taken_back_while_it_waits_and_not_after(gateway: Gateway) -> None:
    one = person()
    queued(to(one, "a"), to(one, "b"))
    operations.withdraw(Message.objects.get(key="a").pk, NOW, BECAUSE)
    assert operations.deliver(NOW) == 1 and gateway.keys == ["b"]
    with pytest.raises(Refused):
        operations.withdraw(Message.objects.get(key="b").pk, NOW, BECAUSE)


def test_old_messages_are_deleted_and_those_that_wait_are_not(gateway: Gateway) -> None:
    sent("a", "b")
    one = Message.objects.get(key="b").person_id
    days = pack_at(DISTRICT, NOW).days("retention.messages")
    gateway.answer = lambda parcel: NotTaken()
    queued(to(one, "c"), now=NOW + DAY)
    assert clocks.slow(NOW + days)["messages deleted"] == 0
    assert clocks.slow(NOW + days + HOUR)["messages deleted"] == 2
    assert list(Message.objects.values_list("key", flat=True)) == ["c"]
    assert AuditEntry.objects.get(action="retention.messages").count == 2
    operations.drop_old(NOW + days + 2 * DAY)
    assert list(Recipient.objects.values_list("key", flat=True)) == [f"person:{one}"]


def test_a_sweep_sends_what_is_due(gateway: Gateway) -> None:
    queued(to(person()))
    assert clocks.sweep(NOW)["messages sent"] == 1
    assert clocks.sweep(NOW)["messages sent"] == 0
    assert "messages sent" not in clocks.quick(NOW), "a slow gateway must not hold up the minute"
