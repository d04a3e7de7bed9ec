"""A town in two communities, each with one of everything, named so that a leak shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

# Those of tests/conftest.py, which cannot be imported a second time.
PASSWORD = "a long enough password"
NOW = dt.datetime(2022, 11, 26, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DISTRICT, COMMUNITY, OTHER = 5001080000000000000, 5001081060020000000, 5001081060030000000

OWN_MARK, OTHER_MARK = "本处", "别处"


@dataclass
class Community:
    """The rows of one community. Whatever of it can be read on a page carries its ``mark``."""

    mark: str
    place: int
    unit: int = 0
    person: int = 0
    task: int = 0
    restriction: int = 0
    run: int = 0
    user: int = 0
    message: int = 0
    group: int = 0
    channel: int = 0
    need: int = 0
    caller: int = 0
    number: str = ""
    secrets: set[str] = field(default_factory=set)


@dataclass
class Town:
    own: Community
    other: Community
    people: dict[str, Any]


def fill(mark: str, place: int, number: int) -> Community:
    from tongxin.access import operations as access
    from tongxin.kit import audit, crypto
    from tongxin.kit.models import Import, ImportReject
    from tongxin.people.models import Person
    from tongxin.places.models import Facility, Home, Place
    from tongxin.places.place_id import Level, PlaceId

    town = Community(mark, place, number=f"P7654321{number}")
    at = PlaceId(place)
    for level in (Level.COMPOUND, Level.BUILDING, Level.UNIT):
        child = at.child(1)
        Place.objects.create(id=child, parent_id=at, name=f"{mark}{level.name}", level=level)
        at = child
    town.unit = int(at)
    home = Home.objects.create(place_id=at, number=f"{mark}901", floor=9)
    phone, identity = f"1000000000{number}", f"99011119900101000{number}"
    one = Person.objects.create(
        person_no=town.number, name=f"{mark}欧阳", sex="F", birth_date=dt.date(1990, 1, 1), place_id=at, home=home,
        category="dialysis", phone=crypto.encrypt(phone), phone_hash=crypto.lookup_hash(phone),
        id_number=crypto.encrypt(identity), id_hash=crypto.lookup_hash(identity),
    )  # fmt: skip
    town.person = one.pk
    Facility.objects.create(code=f"S{mark}", name=f"{mark}采样点", kind="sampling_site", place_id=place)
    town.task, town.restriction = _work(town, one.pk)
    run = Import.objects.create(
        kind="people", file_name=f"{mark}.csv", file_size=1, block_bytes=1, started_at=NOW, finished_at=NOW,
        actor="cli", place_id=place, accepted=1, rejected=1,
    )  # fmt: skip
    ImportReject.objects.create(run=run, line=2, reason=f"{mark} reason", raw=f"=raw {mark}")
    town.run = run.pk
    audit.record(audit.Because(f"user:{mark}"), "view.person", "person", one.pk, int(at))
    town.user = access.create_user(f"{mark}user", mark, "community", [place], PASSWORD, audit.Because("test")).pk
    _messages(town, one.pk)
    town.need, town.caller = _asked(town, one, home.pk)
    town.secrets = {mark, phone, identity, town.number}
    return town


def _messages(town: Community, person: int) -> None:
    from tongxin.kit import crypto
    from tongxin.kit.audit import Because
    from tongxin.messages import operations
    from tongxin.messages.models import Channel, Group, Message, Wording
    from tongxin.messages.operations import NewMessage

    building = town.unit - town.unit % 100
    url = crypto.encrypt(f"wecombot://{town.mark}")
    town.group = Group.objects.create(place_id=building, label=f"{town.mark}楼栋群", url=url).pk
    town.channel = Channel.objects.create(
        place_id=town.place, audience="person", label=f"{town.mark}网关", url=crypto.encrypt(f"json://{town.mark}/{{phone}}")
    ).pk
    Wording.objects.create(
        place_id=town.place, template="notice.group", text_zh=f"{town.mark}{{text}}", text_en=f"{town.mark} {{text}}",
        changed_at=NOW, changed_by="cli",
    )  # fmt: skip
    params = {"number": town.mark, "need": town.mark, "until": "18:00", "link": "x"}
    new = NewMessage(f"m:{town.mark}", "need.received", person_id=person, params=params)
    operations.queue([new], NOW, Because("clock"))
    town.message = Message.objects.get(key=new.key).pk


def _asked(town: Community, person: Any, home: int) -> tuple[int, int]:
    """A need of the person, and who asked."""
    from tongxin.kit import crypto
    from tongxin.needs.models import Caller, Need, NeedEvent

    need = Need.objects.create(
        channel="hotline", source_ref=f"工单{town.mark}", raised_at=NOW, received_at=NOW, place_id=town.unit, home_id=home,
        person_id=person.pk, text=crypto.encrypt(f"{town.mark}要买药"), kind="medicine", urgency=2, suggested_kind="medicine",
        suggested_urgency=2, words=["买药"], due_at=NOW + dt.timedelta(hours=9), rule="base/need.medicine_routine", watched=True,
        promised_at=NOW + dt.timedelta(hours=3), promise=crypto.encrypt(f"{town.mark}今天送到"),
    )  # fmt: skip
    NeedEvent.objects.create(
        need=need, place_id=town.unit, at=NOW, event="noted", actor=f"user:{town.mark}", note=crypto.encrypt(f"{town.mark}说")
    )
    caller = Caller.objects.create(
        need=need, place_id=town.unit, channel="hotline", source_ref=f"工单{town.mark}", raised_at=NOW, person_id=person.pk,
        name=crypto.encrypt(f"{town.mark}子女"), phone=person.phone, phone_hash=person.phone_hash,
    )  # fmt: skip
    return need.pk, caller.pk


def _work(town: Community, person: int) -> tuple[int, int]:
    from tongxin.restrictions.models import Restriction
    from tongxin.tasks.models import Task, TaskEvent

    hour = dt.timedelta(hours=1)
    task = Task.objects.create(
        kind="screening.unknown_person", place_id=town.place, subject_kind="tube", subject_id=town.unit % 10**9,
        person_id=person, params={"barcode": f"T{town.mark}"}, team="sampling", created_at=NOW, due_at=NOW - hour,
        rule="base/test",
    )  # fmt: skip
    TaskEvent.objects.create(task=task, place_id=town.place, at=NOW, event="opened", actor="system", note=town.mark)
    limit = Restriction.objects.create(
        kind="mixed_positive_hold", subject_kind="person", subject_id=person, place_id=town.unit, basis="base/test",
        cause_kind="result", cause_id=1, reason_zh=f"{town.mark}理由", reason_en=f"{town.mark} reason",
        starts_at=NOW - 3 * hour, due_at=NOW - 2 * hour, conditions_met_at=NOW - 2 * hour, ends_at=NOW + 9 * hour,
    )  # fmt: skip
    return task.pk, limit.pk
