"""What the tests of the outbox share: a gateway that does as it is told, and people who are written to."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

from django.db import connections
from tests.support import COMMUNITY, DISTRICT, NOW

from tongxin.kit import crypto, db
from tongxin.kit.audit import Because
from tongxin.messages import operations, templates
from tongxin.messages.carriers import Parcel
from tongxin.messages.models import Channel, Group, Message
from tongxin.messages.operations import NewMessage
from tongxin.people.models import Person

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
BECAUSE = Because("user:wang", "a test")
PHONE = "10000000001"
PARAMS = {"number": "N1", "need": "水壶", "until": "18:00", "link": "https://example.org/me"}


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


def group(place: int = COMMUNITY, label: str = "3栋群", url: str = "") -> Group:
    return Group.objects.create(place_id=place, label=label, url=crypto.encrypt(url))
