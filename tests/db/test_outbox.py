"""The outbox: each message once, in order for each recipient, at the right hour; and what happens when gateways fail."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections, transaction
from tests.support import COMMUNITY, DISTRICT, NOW, OTHER

from tongxin.kit import clocks, crypto, db
from tongxin.kit.audit import Because
from tongxin.kit.models import AuditEntry
from tongxin.messages import carriers, operations, rules, sending, states, templates
from tongxin.messages.carriers import NotTaken, Parcel, Unclear
from tongxin.messages.models import Channel, Group, Message, Recipient, Wording
from tongxin.messages.operations import NewMessage, Receipt, failures
from tongxin.people.models import Person
from tongxin.policy.decisions import Refused
from tongxin.policy.queries import pack_at

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
BECAUSE = Because("user:wang", "a test")
EVENING = NOW.replace(hour=22)
MORNING = NOW.replace(hour=7) + DAY
PHONE = "10000000001"
PARAMS = {"number": "N1", "need": "水壶", "until": "18:00", "link": "https://example.org/me"}

pytestmark = pytest.mark.usefixtures("places")


class Gateway:
    """A gateway that notes what it is given, and says what it is told to say."""

    def __init__(self) -> None:
        self.got: list[Parcel] = []
        self.answer: Callable[[Parcel], BaseException | None] = lambda parcel: None
        self.asked = 0
        self._lock = threading.Lock()

    def __call__(self, parcel: Parcel) -> None:
        with self._lock:
            self.asked += 1
        if error := self.answer(parcel):
            raise error
        with self._lock:
            self.got.append(parcel)

    @property
    def keys(self) -> list[str]:
        return [p.key for p in self.got]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    one = Gateway()
    before = carriers.use(one)
    yield one
    carriers.use(before)


@pytest.fixture
def told() -> Iterator[list[failures.Failure]]:
    """Of which messages somebody is told that they failed."""
    heard: list[failures.Failure] = []

    def hear(failed: Any, now: dt.datetime) -> None:
        heard.extend(failed)

    operations.on_failure(hear)
    yield heard
    failures.forget(hear)


def person(number: int = 1, place: int = COMMUNITY, phone: str = PHONE) -> int:
    made = Person.objects.create(
        person_no=f"P{number}", name="欧阳", place_id=place + 301201, phone=crypto.encrypt(phone), phone_hash=crypto.lookup_hash(phone)
    )
    return made.pk


def to(who: int, key: str = "a", template: str = "need.received", **more: Any) -> NewMessage:
    params = {name: PARAMS.get(name, "x") for name in templates.get(template).placeholders}
    return NewMessage(key, template, person_id=who, params=params, **more)


def queued(*wanted: NewMessage, now: dt.datetime = NOW) -> int:
    return operations.queue(wanted, now, BECAUSE)


def state_of(key: str = "a") -> tuple[str, str]:
    return Message.objects.values_list("state", "reason").get(key=key)


def channel(audience: str = "person", place: int = DISTRICT, url: str = "json://gateway.example/sms?:to={phone}") -> Channel:
    return Channel.objects.create(place_id=place, audience=audience, label="网关", url=crypto.encrypt(url))


def together(work: Callable[[], Any], count: int = 2) -> list[Any]:
    start, answers = threading.Barrier(count), [None] * count

    def run(i: int) -> None:
        try:
            with db.acting_as_jobs():
                db.rows("SELECT 1")
                start.wait()
                answers[i] = work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


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


def group(place: int = COMMUNITY, label: str = "3栋群", url: str = "") -> Group:
    return Group.objects.create(place_id=place, label=label, url=crypto.encrypt(url))


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
