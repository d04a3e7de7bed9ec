"""The pages of the outbox: what is shown to whom, what is on record, and notices to groups."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from tests.web.town import COMMUNITY, DISTRICT, NOW, Town

from tongxin.kit import crypto, db
from tongxin.kit.audit import Because
from tongxin.kit.models import AuditEntry
from tongxin.messages import carriers, operations
from tongxin.messages.models import Channel, Group, Message, Wording

EVENING = NOW.replace(hour=22)


def body(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def test_the_list_shows_state_and_place_and_neither_text_nor_number(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    page = body(worker.get("/messages"))
    assert "A need was received" in page and "waiting" in page and "a resident" in page
    assert "10000000001" not in page and "N1" not in page
    assert 'waiting <span class="num">1</span>' in body(worker.get("/messages?state=failed"))
    file = body(worker.get("/messages?format=csv"))
    assert file.count("\n") == 2 and "10000000001" not in file and "18:00" not in file
    for address, count in (
        ("?state=queued", 1), ("?state=failed", 0), ("?audience=group", 0), ("?template=need.received", 1), ("?day=2022-11-26", 1),
        ("?day=2022-11-25", 0), ("?day=nonsense&state=x&audience=x&template=x&after=x", 1), ("?day=9999-12-31", 1),
        (f"?place={town.own.unit}", 1),
    ):  # fmt: skip
        assert body(worker.get(f"/messages{address}")).count("/messages/" + str(town.own.message)) == count, address


def test_the_list_goes_on_by_key_and_asks_the_database_no_more_for_more_rows(town: Town, signed_in: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    officer = signed_in(town.people["officer"])
    params = {"number": "1", "need": "x", "until": "x", "link": "x"}
    operations.queue(
        [operations.NewMessage(f"more:{i}", "need.received", COMMUNITY, phone=f"1000000{i:04}", params=params) for i in range(120)],
        NOW, Because("test"),
    )  # fmt: skip
    with CaptureQueriesContext(connection) as asked:
        page = body(officer.get("/messages"))
    assert len(asked) <= 14, [q["sql"][:90] for q in asked]
    seen = set(re.findall(r"/messages/(\d+)", page))
    while following := re.search(r'rel="next" href="([^"]+)"', page):
        page = body(officer.get("/messages" + following[1].replace("&amp;", "&")))
        seen |= set(re.findall(r"/messages/(\d+)", page))
    assert len(seen) == 122


def test_whoever_opens_a_message_is_on_record_and_in_the_residents_own_list(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    page = body(worker.get(f"/messages/{town.own.message}"))
    assert f"编号 {town.own.mark}" in page and "100••••••01" in page and "10000000001" not in page
    entry = AuditEntry.objects.get(action="view.message")
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("user:worker", "person", str(town.own.person))
    assert worker.get(f"/messages/{town.other.message}").status_code == 404
    assert worker.get("/messages/99999999999999999999999").status_code == 404
    assert AuditEntry.objects.filter(action="view.message").count() == 1


def test_who_may_open_what(town: Town, signed_in: Any) -> None:
    pages = ("", "/notice", "/channels", "/templates")
    for who, may in (
        ("officer", (200, 200, 403, 403)), ("worker", (200, 200, 403, 403)), ("local_admin", (403, 403, 200, 200)),
        ("hospital", (403,) * 4), ("auditor", (403,) * 4), ("outsider", (403,) * 4),
    ):  # fmt: skip
        client = signed_in(town.people[who])
        assert tuple(client.get(f"/messages{page}").status_code for page in pages) == may, who


def test_a_message_that_waits_is_taken_back(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    assert worker.post(f"/messages/{town.other.message}/withdraw").status_code == 404
    assert worker.post(f"/messages/{town.own.message}/withdraw").status_code == 302
    assert dict(Message.objects.values_list("pk", "state")) == {town.own.message: "withdrawn", town.other.message: "queued"}
    again = worker.post(f"/messages/{town.own.message}/withdraw", follow=True)
    assert "no longer waiting" in body(again)


# -- notices --------------------------------------------------------------------------------------------


def test_a_notice_is_shown_as_it_will_be_read_before_it_goes_and_goes_once(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    page = body(worker.post("/messages/notice", {"text": "4点在楼下领菜 <b>"}))
    assert "It goes to 1 group" in page and "本处4点在楼下领菜 &lt;b&gt;" in page and "at once" in page
    assert Message.objects.filter(audience="group").count() == 0
    mark = re.search(r'name="send" value="(\w+)"', page)
    assert mark
    for _press in range(2):
        assert worker.post("/messages/notice", {"text": "4点在楼下领菜 <b>", "send": mark[1]}).status_code == 302
    one = Message.objects.get(audience="group")
    assert (one.group_id, one.state, one.urgent) == (town.own.group, "queued", False)
    got: list[Any] = []
    before = carriers.use(got.append)
    try:
        operations.deliver(NOW)
    finally:
        carriers.use(before)
    assert [p.text for p in got if p.audience == "group"] == ["本处4点在楼下领菜 <b>"]


def test_at_night_the_page_says_when_a_notice_goes_out(town: Town, signed_in: Any, city: Any) -> None:
    city.at(EVENING)
    worker = signed_in(town.people["worker"])
    assert "It is quiet now" in body(worker.get("/messages/notice"))
    page = body(worker.post("/messages/notice", {"text": "明早领菜"}))
    assert "when the quiet hours end" in page and "2022-11-27 07:00" in page
    page = body(worker.post("/messages/notice", {"text": "火警，请撤离", "urgent": "on"}))
    mark = re.search(r'name="send" value="(\w+)"', page)
    assert ", at once." in page and mark
    worker.post("/messages/notice", {"text": "火警，请撤离", "urgent": "on", "send": mark[1]})
    assert Message.objects.get(audience="group").not_before == EVENING


def test_a_notice_that_a_group_must_not_read_is_refused_and_what_was_typed_is_kept(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    for text in ("", "  \u200b ", "张三 100 0000 0001", "3单元确诊一例", "长" * 401):
        response = worker.post("/messages/notice", {"text": text, "send": "a" * 22})
        assert response.status_code == 422 and Message.objects.filter(audience="group").count() == 0
        assert 'class="wrong"' in body(response) and text.strip("\u200b ") in body(response)


# -- channels, groups, words ----------------------------------------------------------------------------


def test_the_address_of_a_channel_is_never_shown_again(town: Town, signed_in: Any) -> None:
    admin = signed_in(town.people["local_admin"])
    given = {"place": "500108106002", "audience": "group", "label": "街道群", "url": "wecombot://verysecretkey", "active": "on"}
    assert admin.post("/messages/channels/new", given).status_code == 302
    one = Channel.objects.get(label="街道群")
    assert crypto.decrypt(one.url) == "wecombot://verysecretkey"
    for page in ("/messages/channels", f"/messages/channels/{one.pk}", "/messages/channels?format=csv"):
        assert "verysecretkey" not in body(admin.get(page)), page
    assert admin.post(f"/messages/channels/{one.pk}", {**given, "url": "", "label": "新名"}).status_code == 302
    one.refresh_from_db()
    assert (one.label, crypto.decrypt(one.url)) == ("新名", "wecombot://verysecretkey")
    assert "verysecretkey" not in str(list(AuditEntry.objects.values()))


WRONG_CHANNELS = [
    ({"url": "nonsense"}, "Nothing can be sent"),
    ({"url": "syslog://"}, "Nothing can be sent"),
    ({"url": ""}, "This field is required"),
    ({"url": "json://gateway.example/", "audience": "person"}, "holds {phone}"),
    ({"url": "json://gateway.example/?:to={phone}", "audience": "person"}, "has a channel for them already"),
    ({"place": "500108106003"}, "not one of your places"),
    ({"place": "500108106003999"}, "is not the code of a place"),
    ({"place": "x"}, "is not the code of a place"),
    ({"place": "50010810600201001"}, "serves a city"),
]


def test_a_channel_that_cannot_work_is_refused_with_what_to_do(town: Town, signed_in: Any) -> None:
    admin = signed_in(town.people["local_admin"])
    for change, why in WRONG_CHANNELS:
        given = {"place": "500108106002", "audience": "group", "label": "x", "url": "wecombot://key", "active": "on", **change}
        response = admin.post("/messages/channels/new", given)
        assert response.status_code == 422 and why in body(response), change
    assert Channel.objects.count() == 2


def test_a_group_belongs_to_a_building_and_keeps_its_name_to_itself(town: Town, signed_in: Any) -> None:
    admin = signed_in(town.people["local_admin"])
    building = str(Group.objects.get(pk=town.own.group).place_id)
    given = {"place": building, "label": "新群", "language": "en", "url": "", "active": "on"}
    assert admin.post("/messages/groups/new", given).status_code == 302
    assert Group.objects.get(label="新群").url is None
    assert "already" in body(admin.post("/messages/groups/new", given))
    assert "building or a compound" in body(admin.post("/messages/groups/new", {**given, "place": "500108106002"}))
    assert admin.post(f"/messages/groups/{town.other.group}", given).status_code == 404
    page = body(admin.get("/messages/channels?q=新"))
    assert "新群" in page and "本处楼栋群" not in page
    assert admin.post(f"/messages/groups/{town.own.group}", {**given, "label": "关闭", "active": ""}).status_code == 302
    page = body(signed_in(town.people["worker"]).get("/messages/notice"))
    assert "新群" in page and "关闭" not in page


def test_a_place_words_a_template_in_both_languages_and_goes_back(town: Town, signed_in: Any) -> None:
    admin = signed_in(town.people["local_admin"])
    address = "/messages/templates/need.done"
    for wrong, why in (
        ({"zh": "办好了 {number}{need}{link}", "en": ""}, "required"),
        ({"zh": "办好了", "en": "done {number}{need}{link}"}, "is missing"),
        ({"zh": "{medicine}{number}{need}{link}", "en": "{number}{need}{link}"}, "cannot be used"),
    ):
        response = admin.post(address, wrong)
        assert response.status_code == 422 and why in body(response), wrong
    good = {"zh": "办好了 {number}{need}{link}", "en": "done {number}{need}{link}"}
    assert admin.post(address, good).status_code == 302
    made = Wording.objects.get(template="need.done")
    assert (made.place_id, made.text_en, made.changed_by) == (COMMUNITY, good["en"], "user:local_admin")
    assert "own words" in body(admin.get("/messages/templates"))
    assert admin.post("/messages/templates/notice.group", {"zh": "有阳性 {text}", "en": "{text}"}).status_code == 422
    assert admin.post("/messages/templates/nobody.knows", good).status_code == 404
    assert admin.post(address, {"restore": "1"}).status_code == 302
    assert not Wording.objects.filter(template="need.done").exists()
    assert AuditEntry.objects.filter(action="message.worded").count() == 2


def test_the_database_itself_keeps_messages_in_their_place(town: Town) -> None:
    from tongxin.access.middleware import acting_for

    with acting_for(town.people["worker"]):
        for model in (Message, Group, Channel, Wording):
            assert model.objects.count() == 1, model
        assert Message.objects.get().pk == town.own.message
    with acting_for(town.people["officer"]):
        assert Message.objects.count() == 2
    from django.db import ProgrammingError

    for statement in ("DELETE FROM outbox_message", "UPDATE outbox_message SET state = 'sent'", "SELECT * FROM outbox_recipient"):
        with pytest.raises(ProgrammingError, match="permission denied"), acting_for(town.people["officer"]):
            db.execute(statement)


def test_half_a_year_of_days_and_a_district_without_groups_are_pages_too(town: Town, signed_in: Any) -> None:
    Message.objects.all().delete()
    Group.objects.all().delete()
    officer = signed_in(town.people["officer"])
    assert "No message matches" in body(officer.get(f"/messages?day={NOW.date() - dt.timedelta(days=180)}&place={DISTRICT}"))
    page = body(officer.post("/messages/notice", {"text": "x", "send": "a" * 22}))
    assert "It goes to 0 groups" in page and 'name="send"' not in page
