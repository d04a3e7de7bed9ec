"""Needs that other systems hand in: batches with a token, signed messages of chat groups, and everything that goes wrong."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

import pytest
from django.test import Client
from tests.needs_town import COMMUNITY, DISTRICT, NOW, settle
from tests.support import OTHER

from tongxin.kit import crypto
from tongxin.kit.audit import Because
from tongxin.kit.models import AuditEntry
from tongxin.needs import queries, rules
from tongxin.needs.models import Caller, Likeness, Need
from tongxin.needs.operations import hooks
from tongxin.people.models import Person
from tongxin.tasks.models import Task

NEEDS = "needs:batch"
_numbers = itertools.count(1)


@pytest.fixture
def town(city: Any, places: None) -> Any:
    from tongxin.access import tokens

    city.at(NOW)
    settle()
    tokens.forget()
    hooks.forget()
    return city


def token(place: int = DISTRICT, capability: str = "need.write") -> str:
    from tongxin.access.operations import add_token

    return add_token(f"hotline {next(_numbers)}", place, [capability])


def post(path: str, body: Any, **headers: str) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(headers={"host": "localhost", **headers}, raise_request_exception=False)
    return client.post(f"/api/v1/{path}", sent, content_type="application/json")


def batch(rows: Any, secret: str = "") -> Any:
    answer = post(NEEDS, rows, authorization=f"Bearer {secret or token()}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def row(text: str, **more: Any) -> dict[str, Any]:
    return {"id": f"GD{next(_numbers)}", "text": text, "raised_at": "2022-11-26 07:30:00", "channel": "hotline", **more}


def sign(secret: str, body: bytes, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    return {"x-tongxin-timestamp": stamp, "x-tongxin-signature": rules.signature(secret, stamp, body)}


def say(name: str, secret: str, message: Any, at: float | None = None) -> Any:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return post(f"hooks/{name}", body, **sign(secret, body, at))


@pytest.fixture
def chat(town: Any) -> str:
    return hooks.add("heyuan", COMMUNITY, Because("test"))


# -- batches --------------------------------------------------------------------------------------------


def test_a_batch_is_taken_in_row_by_row_and_counts_once(town: Any) -> None:
    rows = [
        row("降压药没了", phone="100 0000 0003", name="居民3"), row(""), row("没有菜", kind="supplies", urgency="urgent"),
        row("买菜", channel="web"), row("买菜", kind="magic"), row("买菜", urgency="3"), row("买菜", raised_at="昨天"),
        row("买菜", raised_at="2022-11-27 08:00:00"), row("买菜", raised_at="2021-11-27 08:00:00"), row("买菜", id=""),
        "买菜", {"id": "1"}, row("胸口疼", channel="police"), row("药" * 30_000), row("买菜", raised_at="0001-01-01T00:00:00+14:00"),
    ]  # fmt: skip
    secret = token()
    first = batch(rows, secret)
    assert (first["accepted"], first["repeated"]) == (3, 0)
    assert [r["index"] for r in first["rejected"]] == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14]
    assert all(10 < len(r["reason"]) < 300 for r in first["rejected"])
    again = batch(rows, secret)
    assert (again["accepted"], again["repeated"], again["rejected"]) == (0, 3, first["rejected"])
    need = Need.objects.get(source_ref=rows[0]["id"])
    assert (need.channel, need.person_id, need.received_at) == ("hotline", Person.objects.get(person_no="P3").pk, NOW)
    assert Need.objects.get(kind="supplies").urgency == 1
    assert Task.objects.filter(kind="need.emergency").count() == 1
    assert set(AuditEntry.objects.filter(action="need.raised").values_list("count", flat=True)) == {3}


def test_who_may_not_send_needs_learns_nothing(town: Any) -> None:
    for headers, status in (({}, 401), ({"authorization": "Bearer x"}, 401)):
        assert post(NEEDS, b"[{", **headers).status_code == status
    assert post(NEEDS, b"[{", authorization=f"Bearer {token(capability='scan.write')}").status_code == 403
    assert post(NEEDS, b"[{", authorization=f"Bearer {token()}").status_code == 400
    many = post(NEEDS, b"[" + b"0," * 1_000 + b"0]", authorization=f"Bearer {token()}")
    assert many.status_code == 413 and "1000" in many.json()["error"]


def test_a_token_raises_needs_in_its_own_place_only(town: Any) -> None:
    batch([row("买菜", phone="10000000031", address="福苑1号楼1单元101室")], token(COMMUNITY))
    (need,) = Need.objects.all()
    assert (need.place_id, need.home_id, need.person_id) == (COMMUNITY, None, None)
    batch([row("买药", phone="10000000031")], token(OTHER))
    assert Need.objects.get(kind="medicine").person_id == Person.objects.get(person_no="N1").pk


def test_a_number_that_two_systems_gave_loses_neither_need(town: Any) -> None:
    one, other = row("没有菜", id="1", phone="10000000001"), row("买药", id="1", phone="10000000002")
    twice = batch([one, other, one])
    assert (twice["accepted"], twice["repeated"], [r["index"] for r in twice["rejected"]]) == (1, 1, [1])
    assert "on file with another text" in twice["rejected"][0]["reason"]
    same_words = batch([{**one, "phone": "10000000002"}])
    assert [r["index"] for r in same_words["rejected"]] == [0]
    assert Need.objects.count() == Caller.objects.count() == Task.objects.count() == 1


def test_a_need_goes_in_whatever_stands_in_the_fields_that_help_to_find_the_person(town: Any) -> None:
    long = "和苑1号楼" * 200
    done = batch([
        row("买菜", phone="打我儿子的"), row("买菜", phone="10000000004"), row("买药", address="不知道哪里"),
        row("买水", address=long), row("取快递", name="\0\u202e王"), row("倒垃圾", phone=10000000001),
    ])  # fmt: skip
    assert (done["accepted"], done["rejected"]) == (6, [])
    needs = {n.kind if n.kind != "supplies" else n.source_ref: n for n in Need.objects.order_by("pk")}
    assert needs["medicine"].place_id == DISTRICT
    assert needs["waste"].person_id == Person.objects.get(person_no="P1").pk
    kept = [d for n in Need.objects.order_by("pk") if (d := queries.details_of(n))]
    assert kept == [{"phone": "打我儿子的"}, {"address": long}]
    assert not any(n.silent for n in needs.values())
    shared = Caller.objects.get(phone_hash=crypto.lookup_hash("10000000004"))
    assert (shared.need.place_id, shared.need.home_id) == (DISTRICT, None)  # the number of two households


HOSTILE = [
    "<script>alert(document.cookie)</script> 买菜", "'; DROP TABLE needs_need; --", "{{ 7*7 }} {% load x %} 买药", "%s %(x)s %% \\",
    "👵没有💊了😭👨‍👩‍👧‍👦", "俺娘个药莫得咯 快点儿噻", "那个那个嗯药药药药药没没没了了了 下划线 句号", "买菜　买药\u200f\u202e乱\0\x07", "=cmd|' /C calc'!A1",
    "a" * 19_999, "。", "🧂" * 5_000, "\ud83d\ude2d",
]  # fmt: skip


def test_hostile_text_is_kept_as_text(town: Any) -> None:
    done = batch([row(text) for text in HOSTILE])
    assert (done["accepted"], done["rejected"]) == (len(HOSTILE), [])
    kept = [queries.text_of(n) for n in Need.objects.order_by("pk")]
    wanted = [rules.check_text(t.encode("utf-16", "surrogatepass").decode("utf-16")) for t in HOSTILE]
    assert sorted(kept) == sorted(wanted)
    assert "买菜　买药乱" in kept and "👵没有💊了😭👨‍👩‍👧‍👦" in kept
    assert Need.objects.get(source_ref=Need.objects.order_by("pk").first().source_ref).kind == "supplies"


def test_a_megabyte_of_text_comes_back_with_the_reason_and_holds_up_nobody(town: Any) -> None:
    done = batch([row("救命" * 250_000), row("买菜"), row(" \n\t\u200b ")])
    assert (done["accepted"], [r["index"] for r in done["rejected"]]) == (1, [0, 2])
    assert "500000" in done["rejected"][0]["reason"] and "no text" in done["rejected"][1]["reason"]


def test_the_same_trouble_from_several_channels_is_marked_as_one(town: Any, chat: str) -> None:
    batch([row("我家没暖气", phone="10000000001"), row("暖气不热", phone="10000000002", channel="police")])
    assert say("heyuan", chat, {"id": "m1", "text": "1单元没有暖气啊", "phone": "10000000003"}).json()["accepted"] == 1
    assert Likeness.objects.filter(reason="the same trouble in one stairwell").count() == 3


# -- signed messages ------------------------------------------------------------------------------------


def test_a_signed_message_raises_a_need_and_comes_again_without_counting(chat: str) -> None:
    message = {"id": "m1", "content": "我家没有奶粉了", "mobile": "10000000001", "sender": "居民1", "time": 1669419000}
    first, again = say("heyuan", chat, message), say("heyuan", chat, message, time.time() + 60)
    assert (first.status_code, first.json()) == (200, {"accepted": 1, "repeated": 0, "rejected": []})
    assert again.json() == {"accepted": 0, "repeated": 1, "rejected": []}
    (need,) = Need.objects.all()
    assert (need.channel, need.source_ref, need.kind) == ("chat", "heyuan:m1", "supplies")
    assert need.person_id == Person.objects.get(person_no="P1").pk
    assert need.raised_at.timestamp() == 1669419000


def test_several_messages_in_one_body_each_stand_for_themselves(chat: str) -> None:
    several = [{"id": "a", "text": "买菜"}, {"id": "b", "text": ""}, 17, {"text": "买药"}, {"id": "c", "text": "😭救命", "time": "刚才"}]
    for body in ({"messages": several}, several):
        answer = say("heyuan", chat, body).json()
        assert [r["index"] for r in answer["rejected"]] == [1, 2, 3]
    assert answer["repeated"] == 2
    assert Need.objects.get(source_ref="heyuan:c").raised_at == NOW


def test_half_an_emoji_and_bytes_of_no_text_break_nothing(chat: str) -> None:
    assert say("heyuan", chat, b'{"id": "x", "text": "\\ud83d \xe4\xb9\xb0\xe8\x8d\xaf \xff"}').json()["accepted"] == 1
    assert queries.text_of(Need.objects.get()).startswith("买药")
    for body in (b"", b"[[[", b"[" * 60_000, b"\xff\xfe", b'"'):
        assert say("heyuan", chat, body).status_code == 400
    for body in (b"[]", b"17", b'"text"', b"null", b"{}"):
        assert say("heyuan", chat, body).status_code == 200
    assert Need.objects.count() == 1


def test_a_message_that_is_not_the_hooks_own_is_refused_with_nothing_said(chat: str) -> None:
    body = b'{"id": "m1", "text": "x"}'
    good, other = sign(chat, body), sign("guess", body)
    stamp, signature = good["x-tongxin-timestamp"], good["x-tongxin-signature"]
    tries = [
        ("heyuan", {}), ("heyuan", other), ("nobody", good), ("nobody", {}), ("heyuan", {"x-tongxin-timestamp": stamp}),
        ("heyuan", {**good, "x-tongxin-signature": signature[:-1]}), ("heyuan", {**good, "x-tongxin-signature": "é" * 64}),
        ("heyuan", {**good, "x-tongxin-timestamp": str(int(stamp) + 1)}), ("heyuan", {**good, "x-tongxin-timestamp": f" {stamp}"}),
        ("heyuan", {**good, "x-tongxin-timestamp": "now"}), ("heyuan", {**good, "x-tongxin-timestamp": "9" * 400}),
        ("x' OR 1=1", good), ("%00", good),
    ]  # fmt: skip
    answers = [post(f"hooks/{name}", body, **headers) for name, headers in tries]
    answers.append(post("hooks/heyuan", body.replace(b"m1", b"m2"), **good))  # another id under an old signature
    assert {(a.status_code, a.content) for a in answers} == {(401, b'{"error":"not accepted"}')}
    assert post("hooks/heyuan", body, **{**good, "x-tongxin-signature": f"sha256={signature.upper()}"}).status_code == 200
    assert Need.objects.count() == 1


def test_a_signed_message_is_of_now_by_the_machines_clock(chat: str) -> None:
    for off in (-400, 400, -10**9):
        answer = say("heyuan", chat, {"id": "m1", "text": "x"}, time.time() + off)
        assert answer.status_code == 401 and "clock" in answer.json()["error"]
    assert say("heyuan", chat, {"id": "m1", "text": "x"}, time.time() - 200).status_code == 200


def test_many_refused_messages_do_not_fill_the_audit_trail(chat: str) -> None:
    hooks._refused.clear()
    for n in range(30):
        post("hooks/heyuan", b"{}", **sign("guess", b"{}"))
        post(f"hooks/guess-{n}", b"{}", **sign("guess", b"{}"))
    assert sorted(AuditEntry.objects.filter(action="hook.refused").values_list("subject_id", flat=True)) == ["", "heyuan"]


def test_a_body_has_at_most_64_kb(chat: str) -> None:
    text = "药" * 20_000
    assert say("heyuan", chat, json.dumps({"id": "1", "text": text}, ensure_ascii=False).encode()).json()["accepted"] == 1
    assert say("heyuan", chat, {"id": "2", "text": text}).status_code == 413
    assert Need.objects.count() == 1


def test_a_hook_is_made_once_and_ended(town: Any) -> None:
    made = json.loads(town.run("token", "add-hook", "mini-1", "--place", "500108106002", "--json").stdout)
    assert town.run("token", "add-hook", "mini-1", check=False).returncode == 2
    assert town.run("token", "add-hook", "Mini 1", check=False).returncode == 2
    hooks.forget()
    assert say("mini-1", made["secret"], {"id": "1", "text": "买菜"}).json()["accepted"] == 1
    assert Need.objects.get().place_id == COMMUNITY
    town.run("token", "end-hook", "mini-1")
    assert town.run("token", "end-hook", "mini-1", check=False).returncode == 2
    hooks.forget()
    assert say("mini-1", made["secret"], {"id": "2", "text": "买菜"}).status_code == 401
