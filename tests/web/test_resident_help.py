"""A resident asks for help on a phone, follows it, and has the last word; nobody else's need is to be had."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from tests import needs_town
from tests.needs_town import BECAUSE, COMMUNITY, DISTRICT, HOUR, NOW, raised, take
from tests.web.help_town import ask, browser, form, outside, text, visit, words

from tongxin.kit import clock, crypto
from tongxin.kit.models import AuditEntry
from tongxin.needs import queries
from tongxin.needs.models import Caller, Need, NeedEvent
from tongxin.needs.operations import deeds
from tongxin.people.models import Person
from tongxin.tasks.models import Task

MOTHER, SON, NEIGHBOUR, OLD, ELSEWHERE = "Q1", "Q2", "P1", "P3", "N1"


@pytest.fixture
def town(cast: dict[str, Any]) -> dict[str, Any]:
    needs_town.settle()
    clock.set_time(NOW, speed=0)
    return cast


def person(number: str) -> Person:
    return Person.objects.get(person_no=number)


def latest() -> Need:
    found = Need.objects.order_by("-pk").first()
    assert found is not None
    return found


def do(need: Need, note: str = "") -> None:
    deeds.finish(None, need.pk, None, note, NOW + HOUR, BECAUSE)


# -- asking --------------------------------------------------------------------------------------------


def test_a_kind_its_questions_and_free_text_make_a_need_where_the_resident_lives(town: Any) -> None:
    client = visit(NEIGHBOUR)
    page = client.get("/me/help")
    assert 'href="tel:120"' in text(page) and "?kind=medicine" in text(page) and "?kind=violence" not in text(page)
    page = client.get("/me/help?kind=medicine")
    assert "Medicine, strength, how much" in words(page) and "Until when what is there is enough" in words(page)
    done = ask(client, "麻烦了", kind="medicine", ask_what="胰岛素两支", ask_enough_until="明天早上", form=form(page))
    need = latest()
    assert done["Location"] == f"/me/needs/{need.pk}"
    assert (need.channel, need.kind, need.person_id, need.place_id, need.home_id) == (
        "web", "medicine", person(NEIGHBOUR).pk, person(NEIGHBOUR).place_id, person(NEIGHBOUR).home_id,
    )  # fmt: skip
    assert queries.details_of(need) == {"what": "胰岛素两支", "enough_until": "明天早上"}
    assert queries.text_of(need) == "麻烦了\n胰岛素两支\n明天早上" and need.topic == "insulin"
    assert [crypto.decrypt(c.phone) for c in queries.callers(need.pk)] == ["10000000001"]
    followed = words(client.get(done["Location"]))
    for said in ("We have it. Somebody is reading it.", "胰岛素两支", "consult", "bring it to the door", "left"):
        assert said in followed, said


def test_words_alone_are_enough_and_the_need_counts_once_however_often_it_is_sent(town: Any) -> None:
    client, number = visit(NEIGHBOUR), str(uuid.uuid4())
    first, again = (ask(client, "暖气不热", form=number) for _ in range(2))
    assert first["Location"] == again["Location"] and Need.objects.count() == Caller.objects.count() == 1
    assert latest().kind == "repair"
    assert ask(client, "暖气不热，还停水了", form=number)["Location"] != first["Location"], "other words are heard again"
    assert ask(visit(SON), "暖气不热，还停水了", form=number)["Location"], "somebody else's form is somebody else's need"
    assert Need.objects.count() == 3


def test_an_emergency_is_answered_at_once_wherever_it_was_typed(town: Any) -> None:
    client = visit(NEIGHBOUR)
    for said in (ask(client, "我爸胸口疼，喘不上气"), ask(client, kind="supplies", ask_what="米", ask_amount="人昏迷了叫不醒")):
        need, page = latest(), client.get(said["Location"])
        assert need.urgency == 0 and Task.objects.filter(subject_id=need.pk, kind="need.emergency", state="open").exists()
        assert "Call 120 now (ambulance)" in words(page) and "Somebody has been told" in words(page)
    fire = client.get(ask(client, "厨房着火了")["Location"])
    assert 'href="tel:119"' in text(fire) and "Call 119 now (fire)" in words(fire)
    chinese = visit(NEIGHBOUR, "zh-hans").get(said["Location"])
    assert "120" in words(chinese) and "Somebody" not in words(chinese)


def test_a_son_asks_for_his_mother_and_both_follow_it_but_only_he_reads_his_words(town: Any) -> None:
    son, mother = visit(SON), visit(MOTHER)
    page = text(son.get("/me/help"))
    assert "*居1" in page and "邻居1" not in page, "the name is not shown whole"
    key = re.search(r'name="whom" value="([0-9a-f]{16})"', page)[1]  # type: ignore[index]
    done = ask(son, "我妈的降压药没了", whom=key)
    need = latest()
    assert (need.person_id, need.callers.get().person_id) == (person(MOTHER).pk, person(SON).pk)
    assert "我妈的降压药没了" in text(son.get(done["Location"]))
    hers = text(mother.get(done["Location"]))
    assert "Medicine" in hers and "我妈的" not in hers and "their words are not shown" in hers
    assert "we have it" in words(mother.get("/me/needs")).lower()
    assert ask(mother, "x", whom=key).status_code == 422, "the key of one resident means nothing to another"
    other = ask(visit(NEIGHBOUR), "x", whom=key)
    assert other.status_code == 422 and "\nx</textarea>" in text(other)


def test_what_cannot_be_sent_is_said_and_kept_and_whatever_can_is_taken_in_as_it_is(town: Any) -> None:
    client = visit(NEIGHBOUR)
    for given, says in (
        ({"text": ""}, "Write in a few words what you need."),
        ({"text": " \u200b "}, "There is no text."),
        ({"text": "药" * 20_001}, "The text has 20001 characters; at most 20000 are kept"),
        ({"text": "买菜", "reach": "other"}, "Write the number at which we can reach you"),
        ({"text": "买菜", "reach": "other", "phone": "12"}, "11 digits of a mobile phone"),
    ):  # fmt: skip
        refused = client.post("/me/help", {"form": str(uuid.uuid4()), "whom": "me", "reach": "file", **given})
        assert refused.status_code == 422 and Need.objects.count() == 0
        assert says in words(refused) and given["text"].strip(" \u200b")[:50] in text(refused)
    assert ask(client, "买菜", form="none").status_code == 302, "a form without its number is a form"
    for said in ("<script>alert(1)</script>", "'; DROP TABLE needs_need; --", "😷🆘 俺娘哩药冇了", "嗯那个就是那个啥" * 300):
        page = text(client.get(ask(client, said)["Location"]))
        assert queries.text_of(latest()) == said and "<script>alert" not in page


def test_what_is_sent_after_the_visit_has_ended_is_shown_and_not_lost(town: Any) -> None:
    from tongxin.resident.models import Visit

    client = visit(NEIGHBOUR)
    Visit.objects.update(entered_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=16))
    late = ask(client, "买菜", ask_what="两斤白菜")
    assert late.status_code == 422 and "两斤白菜" in text(late) and Need.objects.count() == 0
    onward = client.post("/help", {"text": "买菜"})
    assert onward.status_code == 422 and ">买菜</textarea>" in text(onward).replace("\n", "")
    assert outside(client, "买菜", "10000000001", form=form(onward)).status_code == 200
    assert client.post("/me/talk", {"form": str(uuid.uuid4()), "danger": "on"}).status_code == 422


# -- quietly -------------------------------------------------------------------------------------------


def test_a_quiet_call_reaches_the_district_and_leaves_no_trace_on_any_page(town: Any) -> None:
    client = visit(NEIGHBOUR)
    page = client.get("/me/talk")
    assert "<title>My page –" in text(page) and "Leave this page now" in words(page)
    answer = client.post("/me/talk", {"form": form(page), "safe_way": "白天，别打电话", "text": "他喝了酒，我在流血不止", "danger": "on"})
    need = latest()
    assert (answer.status_code, need.kind, need.silent, need.place_id, need.urgency) == (200, "violence", True, DISTRICT, 0)
    assert queries.details_of(need) == {"safe_way": "白天，别打电话"}
    assert need.callers.get().phone is None, "the number on file is not handed on"
    assert Task.objects.filter(subject_id=need.pk, kind="need.silent", person_id=None).exists()
    assert "We have heard you" in words(answer) and "他喝了酒" not in text(answer)
    for address in ("/me/status", "/me/needs", "/me/looks", "/me/help"):
        seen = words(client.get(address)).lower()
        assert "violence" not in seen and "他喝了酒" not in seen and "asked on" not in seen, address
    assert client.get(f"/me/needs/{need.pk}").status_code == 404
    for deed in ("word", "solved", "missing", "withdraw"):
        assert client.post(f"/me/needs/{need.pk}/{deed}", {"text": "x"}).status_code == 404
    AuditEntry.objects.create(at=NOW, actor="user:officer", action="view.need", subject_kind="need", subject_id=str(need.pk))
    assert "read what you asked for" not in words(client.get("/me/looks"))
    assert client.post("/me/leave")["Location"] == "/me" and client.get("/me/talk")["Location"] == "/me"


def test_an_empty_quiet_form_is_a_call_too_and_a_safe_number_is_kept(town: Any) -> None:
    client = visit(NEIGHBOUR)
    assert client.post("/me/talk", {"form": str(uuid.uuid4()), "phone": "100 0000 0099"}).status_code == 200
    assert (latest().silent, crypto.decrypt(latest().callers.get().phone)) == (True, "10000000099")
    wrong = client.post("/me/talk", {"form": str(uuid.uuid4()), "phone": "99", "text": "晚上来"})
    assert wrong.status_code == 422 and "晚上来" in text(wrong)


def test_violence_in_the_ordinary_form_or_in_a_later_word_is_heard_quietly(town: Any) -> None:
    client = visit(NEIGHBOUR)
    answer = ask(client, "他又打我")
    assert answer.status_code == 200 and "We have heard you" in words(answer) and latest().silent
    need = take(raised("买菜", "later", phone="10000000001"))[0]
    answer = client.post(f"/me/needs/{need.pk}/word", {"text": "其实是他打我"})
    assert answer.status_code == 200 and latest().silent and latest().person_id == person(NEIGHBOUR).pk
    assert not NeedEvent.objects.filter(need=need, event="noted").exists()
    assert "打我" not in text(client.get(f"/me/needs/{need.pk}"))
    assert words(client.get("/me/needs")).count("We have it") == 1


# -- without a visit -----------------------------------------------------------------------------------


def test_without_a_code_one_asks_by_phone_and_address_and_learns_nothing(town: Any) -> None:
    client = browser()
    page = client.get("/help")
    assert page.status_code == 200 and 'name="district"' in text(page) and page["Cache-Control"] == "no-store, private"
    known = outside(client, "给我妈买药", "10000000031", address="和苑1号楼1单元301室", form=form(page))
    need = latest()
    assert (need.person_id, need.home_id, need.channel) == (None, person(OLD).home_id, "web")
    strange = outside(browser(), "给我妈买药", "10099999999", address="没有这个小区9栋")
    assert latest().place_id == DISTRICT and latest().person_id is None
    plain = [re.sub(r'value="[^"]{30,}"', "", text(answer)) for answer in (known, strange)]
    assert plain[0] == plain[1] and known.status_code == 200
    assert "居民" not in plain[0] and "和苑" not in plain[0]
    assert "Call 120 now" in words(outside(browser(), "我胸痛", "10099999998"))


def test_a_number_sends_as_often_as_it_may_ask_for_codes_and_an_emergency_always(town: Any) -> None:
    for number in ("10000000001", "10099999999"):
        assert [outside(browser(), f"买菜{n}", number).status_code for n in range(6)] == [200] * 5 + [429]
        refused = outside(browser(), "买菜9", number)
        assert "Much was sent from this number lately" in words(refused) and "买菜9" in text(refused)
        assert outside(browser(), "人昏迷了", number).status_code == 200
    assert Need.objects.count() == 12
    same = str(uuid.uuid4())
    assert [outside(browser(), "没水", "10000000002", form=same).status_code for _ in range(8)] == [200] * 8
    assert Need.objects.count() == 13


def test_what_is_sent_without_a_token_of_the_page_is_refused(town: Any) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.cookies["tongxin_me"] = visit(NEIGHBOUR).cookies["tongxin_me"].value
    for address in ("/help", "/me/help", "/me/talk", "/me/needs/1/word"):
        assert strict.post(address, {"text": "x"}).status_code == 403, address
    assert Need.objects.count() == 0


def test_pleas_are_forgotten_after_a_day(town: Any) -> None:
    from tongxin.kit import clocks
    from tongxin.resident.models import Plea

    outside(browser(), "买菜", "10000000001")
    Plea.objects.update(sent_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=25))
    clocks.slow(NOW)
    assert not Plea.objects.exists()


# -- following -----------------------------------------------------------------------------------------


def test_a_need_is_followed_to_the_residents_word(town: Any) -> None:
    client = visit(NEIGHBOUR)
    address = ask(client, "家里没菜了")["Location"]
    need = latest()
    assert "Food and daily goods" in words(client.get("/me/status"))
    deeds.confirm(None, need.pk, None, deeds.Confirmed("supplies", 1, need.place_id, need.home_id, need.person_id), NOW, BECAUSE)
    deeds.promise(None, need.pk, None, NOW + 2 * HOUR, "中午前送到", False, NOW, BECAUSE)
    page = words(client.get(address))
    for said in ("It is being worked on.", "the team for supplies", "2022-11-26 10:00", "中午前送到", "passed to those who do it"):
        assert said in page, said
    assert client.post(f"{address}/word", {"text": "多要一袋盐"})["Location"] == address
    client.post(f"{address}/word", {"text": "多要一袋盐"})
    assert text(client.get(address)).count("多要一袋盐") == 1
    do(need, "放在门口，张三送的")
    page = words(client.get(address))
    assert "Is it solved?" in page and "张三" not in page
    assert client.post(f"{address}/missing", {"text": ""}).status_code == 422
    client.post(f"{address}/missing", {"text": "少了盐"})
    need.refresh_from_db()
    assert (need.state, need.reopened) == ("open", 1) and "少了盐" in text(client.get(address))
    do(need)
    client.post(f"{address}/solved", {"stars": "4", "text": "谢谢"})
    need.refresh_from_db()
    assert (need.state, need.closed_how, need.satisfaction) == ("closed", "reply", 4)
    assert "★★★★" in text(client.get(address)) and "Do you need something?" in words(client.get("/me/status"))
    assert "家里没菜了" not in text(client.get("/me/status")) and "家里没菜了" in text(client.get("/me/needs"))
    client.post(f"{address}/missing", {"text": "菜是坏的"})
    need.refresh_from_db()
    assert (need.state, need.reopened) == ("open", 2)


def test_a_deed_that_comes_too_late_is_said_with_what_was_typed(town: Any) -> None:
    client = visit(NEIGHBOUR)
    address = ask(client, "家里没菜了")["Location"]
    late = client.post(f"{address}/solved", {"stars": "5", "text": "好"})
    assert late.status_code == 422 and "Nobody has confirmed this need yet." in words(late)
    deeds.withdraw(None, latest().pk, None, "搬走了", NOW, BECAUSE)
    late = client.post(f"{address}/word", {"text": "我还在这里"})
    assert late.status_code == 422 and "我还在这里" in text(late) and "搬走了" not in text(late)
    assert client.post(f"{address}/solved", {"stars": "9"}).status_code == 422


def test_one_takes_back_the_own_but_neither_an_emergency_nor_what_others_asked_too(town: Any) -> None:
    client = visit(NEIGHBOUR)
    mine, emergency, shared = (ask(client, said)["Location"] for said in ("买菜", "我胸痛", "没暖气"))
    client.post(f"{mine}/withdraw", {})
    assert Need.objects.get(pk=mine.rsplit("/", 1)[1]).state == "withdrawn"
    assert "An emergency is not taken back here" in words(client.post(f"{emergency}/withdraw", {"text": "没事了"}))
    other = take(raised("也没暖气", "n", phone="10000000002"))[0]
    deeds.merge(None, other.pk, None, int(shared.rsplit("/", 1)[1]), NOW, BECAUSE)
    assert "Others have asked for this too" in words(client.post(f"{shared}/withdraw", {"text": "好了"}))
    assert "I do not need it any more" not in words(client.get(shared))


def test_of_a_merged_need_each_sees_only_the_own_words_and_what_becomes_of_it(town: Any) -> None:
    first, second, third = visit(NEIGHBOUR), visit("P2"), visit(OLD)
    mine = ask(first, "暖气不热，我是老王")["Location"]
    into = latest()
    yours = ask(second, "我家没暖气，孩子发抖")["Location"]
    merged = latest()
    deeds.merge(None, merged.pk, None, into.pk, NOW, BECAUSE)
    deeds.promise(None, into.pk, None, NOW + HOUR, "老王家十点来修", False, NOW, BECAUSE)
    first.post(f"{mine}/word", {"text": "楼道里也冷"})
    page = text(second.get(yours))
    assert "孩子发抖" in page and "joined with the same request" in page and "2022-11-26 09:00" in page
    assert not [word for word in ("老王", "楼道里也冷") if word in page]
    assert "孩子发抖" not in text(first.get(mine))
    assert second.get(mine).status_code == 404 and first.get(yours).status_code == 404
    for deed in ("word", "solved", "missing", "withdraw"):
        assert third.post(f"{yours}/{deed}", {"text": "xyz"}).status_code == 404
    do(into)
    assert "Is it solved?" in words(second.get(yours))
    second.post(f"{yours}/missing", {"text": "我家还是不热"})
    into.refresh_from_db()
    assert into.state == "open" and "我家还是不热" not in text(first.get(mine))


def test_nobody_reads_or_changes_somebody_elses_need_by_any_way_in(town: Any) -> None:
    from tests.needs_town import BECAUSE as because

    theirs = take(raised("我的药没了，我姓欧阳", "t", phone="10000000003"))[0]
    client, before = visit(NEIGHBOUR), (theirs.state, theirs.version)
    ways: list[object] = [theirs.pk, 0, -1, 2**63 - 1, 2**70, "1%20OR%201=1", f"{theirs.pk}/../{theirs.pk}", f"0{theirs.pk}"]
    for way in ways:
        for deed in ("", "/word", "/solved", "/missing", "/withdraw"):
            for send in (client.get, client.post):
                answer = send(f"/me/needs/{way}{deed}", {"text": "xyz", "stars": 5, "person_id": theirs.person_id})
                assert answer.status_code in (404, 405) and "欧阳" not in text(answer), (way, deed)
    for address in ("/me/needs", "/me/status", "/me/help", "/me/looks"):
        for query in (f"person={theirs.person_id}", f"need_id={theirs.pk}", f"id={theirs.pk}", f"after={theirs.pk}"):
            assert "欧阳" not in text(client.get(f"{address}?{query}"))
    done = ask(client, "买菜", person_id=str(theirs.person_id), home_id=str(theirs.home_id), channel="web", source_ref="t")
    assert latest().person_id == person(NEIGHBOUR).pk and done.status_code == 302 and because
    theirs.refresh_from_db()
    assert (theirs.state, theirs.version) == before and not theirs.events.exclude(event="raised").exists()


def test_a_phone_that_is_shared_opens_the_needs_of_neither(town: Any) -> None:
    """401 and 402 carry one number: what came by telephone under it is nobody's until an operator says whose."""
    need = take(raised("买药，我是402的", "s", phone="10000000004", channel="phone"))[0]
    for number in ("P4", "P5"):
        assert visit(number).get(f"/me/needs/{need.pk}").status_code == 404
    deeds.confirm(
        None, need.pk, None, deeds.Confirmed("medicine", 1, COMMUNITY, None, person("P5").pk, details={"what": "药"}), NOW, BECAUSE
    )
    hers = visit("P5").get(f"/me/needs/{need.pk}")
    assert hers.status_code == 200 and "402" not in text(hers), "whoever said it, it is not sure to be her"
    assert visit("P4").get(f"/me/needs/{need.pk}").status_code == 404


def test_who_looked_tells_of_looks_at_needs_by_role(town: Any) -> None:
    son = visit(SON)
    key = re.search(r'name="whom" value="([0-9a-f]{16})"', text(son.get("/me/help")))[1]  # type: ignore[index]
    ask(son, "我妈没药了", whom=key)
    need = latest()
    for kind, subject in (("need", need.pk), ("person", need.person_id)):
        AuditEntry.objects.create(
            at=NOW, actor="user:worker", action="view.need", subject_kind=kind, subject_id=str(subject), place_id=need.place_id
        )
    for number in (SON, MOTHER):
        seen = words(visit(number).get("/me/looks"))
        assert seen.count("community worker read what you asked for") == 1, number
    assert "read what you asked for" not in words(visit(NEIGHBOUR).get("/me/looks"))


def test_the_pages_are_there_in_both_languages(town: Any) -> None:
    for language in ("zh-hans", "en"):
        client = visit(NEIGHBOUR, language)
        address = ask(client, "家里没菜了")["Location"]
        do(latest())
        pages = ["/help", "/me/help", "/me/help?kind=ride", "/me/help?kind=nonsense", "/me/talk", "/me/needs", address, "/me/status"]
        for page in pages:
            shown = client.get(page)
            assert shown.status_code == 200 and shown["Cache-Control"] == "no-store, private"
            plain = re.sub(r"<[^>]*>", " ", re.sub(r"<(style|script).*?</\1>", "", text(shown), flags=re.S)).replace("English", "")
            assert language == "en" or not (found := re.findall(r"[A-Za-z]{4,}", plain)), (page, found)
