"""The outbox: each message once, in order for each recipient, at the right hour; and what happens when gateways fail."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from tests.outbox_town import (
    BECAUSE,
    DAY,
    HOUR,
    MINUTE,
    PARAMS,
    PHONE,
    Gateway,
    channel,
    group,
    person,
    queued,
    state_of,
    to,
    together,
)  # fmt: skip
from tests.support import COMMUNITY, NOW, OTHER

from tongxin.kit import db
from tongxin.kit.models import AuditEntry
from tongxin.messages import operations, rules, states, templates
from tongxin.messages.carriers import NotTaken, Parcel, Unclear
from tongxin.messages.models import Message, Wording
from tongxin.messages.operations import NewMessage, failures
from tongxin.policy.decisions import Refused
from tongxin.policy.queries import pack_at

pytest_plugins = ["tests.outbox_fixtures"]
pytestmark = pytest.mark.usefixtures("places")
EVENING = NOW.replace(hour=22)
MORNING = NOW.replace(hour=7) + DAY


# -- into the outbox ------------------------------------------------------------------------------------


def test_a_message_for_one_cause_exists_once_however_often_it_is_asked_for(gateway: Gateway) -> None:
    one = person()
    assert queued(to(one, "a"), to(one, "b"), to(one, "a")) == 2
    assert queued(to(one, "b"), to(one, "c")) == 1
    assert operations.deliver(NOW) == 3
    assert operations.deliver(NOW + HOUR) == 0
    assert gateway.keys == ["a", "b", "c"]
    assert sum(AuditEntry.objects.filter(action="message.queued").values_list("count", flat=True)) == 3


def test_phone_and_text_are_not_readable_in_the_database(gateway: Gateway) -> None:
    queued(to(person()))
    stored = str(db.rows("SELECT m.*, encode(m.phone, 'escape'), encode(m.params, 'escape') FROM outbox_message m"))
    assert PHONE not in stored and "水壶" not in stored
    operations.deliver(NOW)
    assert gateway.got[0].to == PHONE and "水壶" in gateway.got[0].text and "N1" in gateway.got[0].text


def test_many_who_queue_the_same_at_one_instant_queue_it_once(gateway: Gateway) -> None:
    people = [person(i) for i in range(5)]

    def work() -> int:
        forth = [to(p, f"{p}:{i}") for p in people for i in range(4)]
        return db.retrying(lambda: operations.queue(forth, NOW, BECAUSE))

    assert sum(together(work, 3)) == 20
    numbers = [list(Message.objects.filter(person_id=p).order_by("number").values_list("key", flat=True)) for p in people]
    assert numbers == [[f"{p}:{i}" for i in range(4)] for p in people]


def test_whoever_has_no_phone_has_failed_at_once_and_somebody_is_told(told: list[Any], gateway: Gateway) -> None:
    assert queued(to(person(phone=""))) == 1
    assert state_of() == ("failed", "no_phone")
    assert [(f.key, f.state, f.reason) for f in told] == [("a", "failed", "no_phone")]
    assert operations.deliver(NOW) == 0


def test_a_message_goes_to_one_recipient_and_holds_what_its_template_asks_for() -> None:
    one = person()
    with pytest.raises(ValueError, match="one of them"):
        queued(NewMessage("a", "need.received", COMMUNITY, person_id=one, phone=PHONE, params=PARAMS))
    with pytest.raises(ValueError, match="needs"):
        queued(NewMessage("a", "need.received", person_id=one, params={"number": "1"}))
    with pytest.raises(ValueError, match="not for a person"):
        queued(NewMessage("a", "notice.group", person_id=one, params={"text": "x"}))
    with pytest.raises(KeyError):
        queued(NewMessage("a", "nobody.declared", person_id=one))
    with pytest.raises(ValueError, match="no place"):
        queued(NewMessage("a", "need.received", phone=PHONE, params=PARAMS))
    assert not Message.objects.exists()


def test_hostile_text_goes_out_as_it_is_and_is_never_read_as_a_placeholder(gateway: Gateway) -> None:
    nasty = "<script>{link}</script>'; DROP TABLE outbox_message;-- {0.__class__} %s \x00\u202e😀" + "长" * 2000
    queued(NewMessage("a", "need.received", person_id=person(), params={**PARAMS, "need": nasty}))
    assert operations.deliver(NOW) == 1
    text = gateway.got[0].text
    assert "<script>{link}</script>'; DROP TABLE" in text and "{0.__class__}" in text and "😀" in text
    assert "\x00" not in text and "\u202e" not in text and len(text) < 600


# -- what may be said to whom ---------------------------------------------------------------------------


def test_nothing_about_anybodys_health_goes_to_a_group_or_to_a_neighbour() -> None:
    one, many = person(), group()
    params = {"medicine": "胰岛素", "when": "下午"}
    with pytest.raises(Refused, match="cannot go to a group"):
        queued(NewMessage("a", "medicine.on_the_way", group_id=many.pk, params=params))
    with pytest.raises(Refused, match="neighbour"):
        queued(NewMessage("a", "medicine.on_the_way", person_id=one, params=params, helper=True))
    with pytest.raises(Refused, match="health"):
        queued(NewMessage("a", "offer.taken", person_id=one, helper=True, params={"offer": "胰岛素", "when": "x", "spot": "x"}))
    with pytest.raises(Refused, match="phone number"):
        queued(NewMessage("a", "notice.group", group_id=many.pk, params={"text": "请联系张三 100 0000 0001"}))
    assert queued(NewMessage("a", "medicine.on_the_way", person_id=one, params=params)) == 1
    assert queued(NewMessage("b", "notice.group", group_id=many.pk, params={"text": "4点在楼下领菜"})) == 1


def test_a_template_about_health_cannot_be_declared_for_groups_or_without_saying_so() -> None:
    with pytest.raises(ValueError, match="marked so"):
        templates.declare(templates.Template("x.y", "x", "{medicine}", "{medicine}"))
    with pytest.raises(ValueError, match="group"):
        templates.declare(templates.Template("x.y", "x", "药", "medicine", audiences=("group",), health=True))
    with pytest.raises(ValueError, match="same placeholders"):
        templates.declare(templates.Template("x.y", "x", "{need}", "need"))


def test_a_place_has_its_own_words_and_what_stands_in_it_too(gateway: Gateway) -> None:
    Wording.objects.create(
        place_id=COMMUNITY, template="need.merged", text_zh="合并 {number}{other}{link}", text_en="joined {number}{other}{link}",
        changed_at=NOW, changed_by="x",
    )  # fmt: skip
    queued(to(person(1), "a", "need.merged"), to(person(2, OTHER), "b", "need.merged"), to(person(3), "c", "need.merged", language="en"))
    operations.deliver(NOW)
    texts = {p.key: p.text for p in gateway.got}
    assert texts["a"].startswith("合并 N1") and texts["b"].startswith("【同心】") and texts["c"].startswith("joined N1")


# -- when -----------------------------------------------------------------------------------------------


def test_what_is_not_urgent_waits_for_the_morning_and_what_is_urgent_goes_and_passes_it(gateway: Gateway) -> None:
    one = person()
    queued(to(one, "a"), to(one, "b", "medicine.at_door"), now=EVENING)
    assert operations.deliver(EVENING) == 1 and gateway.keys == ["b"]
    assert operations.deliver(MORNING - MINUTE) == 0
    assert operations.deliver(MORNING) == 1 and gateway.keys == ["b", "a"]


def test_what_was_late_for_the_quiet_hours_waits_too(gateway: Gateway) -> None:
    queued(to(person()), now=EVENING - 2 * HOUR)
    assert operations.deliver(EVENING) == 0
    assert Message.objects.get().state == states.QUEUED
    assert operations.deliver(MORNING) == 1


# -- gateways that fail ---------------------------------------------------------------------------------


def test_a_gateway_that_is_down_for_an_hour_gets_each_message_once_and_in_order(gateway: Gateway, told: list[Any]) -> None:
    channel()
    people = [person(i) for i in range(30)]
    queued(*(to(p, f"{p}:{i}") for i in range(3) for p in people))
    gateway.answer = lambda parcel: NotTaken(rules.DOWN)
    for minute in range(60):
        assert operations.deliver(NOW + minute * MINUTE) == 0
    assert gateway.asked < 60 * operations.delivery.AT_ONCE, "a machine that is down is not asked for every message"
    gateway.answer = lambda parcel: None
    for minute in range(60, 90):
        operations.deliver(NOW + minute * MINUTE)
    assert sorted(gateway.keys) == sorted(f"{p}:{i}" for i in range(3) for p in people)
    for p in people:
        assert [k for k in gateway.keys if k.startswith(f"{p}:")] == [f"{p}:{i}" for i in range(3)]
    assert told == []


def test_a_later_message_never_overtakes_one_that_is_tried_again(gateway: Gateway) -> None:
    one = person()
    queued(to(one, "a"), to(one, "b"))
    gateway.answer = lambda parcel: NotTaken() if parcel.key == "a" else None
    assert operations.deliver(NOW) == 0
    queued(to(one, "c", "medicine.at_door"), now=NOW)
    gateway.answer = lambda parcel: None
    assert operations.deliver(NOW + MINUTE) == 3 and gateway.keys == ["a", "b", "c"]


def test_after_so_many_failures_somebody_phones_and_the_next_message_goes(gateway: Gateway, told: list[Any]) -> None:
    one, now = person(), NOW
    queued(to(one, "a"), to(one, "b"))
    gateway.answer = lambda parcel: NotTaken() if parcel.key == "a" else None
    most, tries = pack_at(COMMUNITY, NOW).number("messages.attempts"), 0
    while state_of("a")[0] != "failed":
        operations.deliver(now)
        now += MINUTE
        tries += 1
        assert tries < 200
    assert gateway.asked - len(gateway.got) == most
    assert [(f.key, f.reason, f.person_id) for f in told] == [("a", "refused", one)]
    assert state_of("b")[0] == "sent"


def test_of_which_nobody_knows_whether_it_was_sent_is_not_sent_again_and_somebody_phones(gateway: Gateway, told: list[Any]) -> None:
    queued(to(person(1), "a"), to(person(2), "b"))
    gateway.answer = lambda parcel: Unclear() if parcel.key == "a" else RuntimeError("a fault of the carrier")
    operations.deliver(NOW)
    gateway.answer = lambda parcel: None
    operations.deliver(NOW + DAY)
    assert gateway.got == [] and state_of("a") == state_of("b") == ("unknown", "lost")
    assert sorted(f.key for f in told) == ["a", "b"]


def test_a_process_that_is_stopped_while_it_sends_sends_nothing_twice(gateway: Gateway, told: list[Any]) -> None:
    one = person()
    queued(to(one, "a"), to(one, "b"))

    def stopped(parcel: Parcel) -> BaseException | None:
        gateway.got.append(parcel)  # the gateway has it, and the program dies before it hears so
        return KeyboardInterrupt()

    gateway.answer = stopped
    with pytest.raises(KeyboardInterrupt):
        operations.deliver(NOW)
    gateway.answer = lambda parcel: None
    assert state_of("a")[0] == "sending"
    assert operations.deliver(NOW + MINUTE) == 0
    assert operations.deliver(NOW + 10 * MINUTE) == 1
    assert gateway.keys == ["a", "b"] and state_of("a") == ("unknown", "lost")
    assert [f.key for f in told] == ["a"]


def test_two_workers_never_send_twice(gateway: Gateway) -> None:
    people = [person(i) for i in range(40)]
    queued(*(to(p, f"{p}:{i}") for i in range(3) for p in people))
    for minute in range(3):  # what one of them had just locked, the other leaves for the next minute
        together(lambda at=NOW + minute * MINUTE: operations.deliver(at), 3)
    assert sorted(gateway.keys) == sorted(f"{p}:{i}" for i in range(3) for p in people)
    for p in people:
        assert [k for k in gateway.keys if k.startswith(f"{p}:")] == [f"{p}:{i}" for i in range(3)]


def test_a_handler_that_fails_leaves_the_message_to_be_told_again(gateway: Gateway, told: list[Any]) -> None:
    queued(to(person()))
    gateway.answer = lambda parcel: Unclear()
    broken = [True]

    def fail(failed: Any, now: dt.datetime) -> None:
        if broken[0]:
            raise LookupError("no task can be opened")

    operations.on_failure(fail)
    try:
        operations.deliver(NOW)
        assert state_of()[0] == "sending"
        broken[0] = False
        told.clear()
        operations.deliver(NOW + HOUR)
    finally:
        failures.forget(fail)
    assert state_of()[0] == "unknown" and [f.key for f in told] == ["a"]


def test_no_gateway_is_called_in_a_transaction(gateway: Gateway) -> None:
    queued(to(person()))
    with pytest.raises(RuntimeError), transaction.atomic(using=db.alias()):
        operations.deliver(NOW)
    assert gateway.got == []
