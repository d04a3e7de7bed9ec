"""What is done at the needs desk: confirm, route, merge, promise, finish, close; the telephone; the glossary."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.needs_desk import BECAUSE, DISTRICT, HOUR, NOW, Desk, made, plain, raised, shown, take, text

from tongxin.kit.models import AuditEntry
from tongxin.needs import queries
from tongxin.needs.models import Caller, GlossaryWord, Likeness, Need
from tongxin.needs.operations import deeds
from tongxin.people.models import Person
from tongxin.tasks.models import Task


@pytest.fixture
def desk(city: Any, cast: dict[str, Any], signed_in: Callable[..., Any]) -> Desk:
    return made(city, cast, signed_in)


def fresh(need: Need) -> Need:
    return Need.objects.get(pk=need.pk)


def post(client: Any, need: Need, deed: str, **told: Any) -> Any:
    return client.post(f"/needs/{need.pk}/{deed}", {"version": fresh(need).version, **told})


def told(need: Need, **more: Any) -> dict[str, Any]:
    """What the form of a need says if nothing is changed in it."""
    spot = f"{need.place_id}:{need.home_id}" if need.home_id else str(need.place_id)
    return {"kind": need.kind, "urgency": need.urgency, "topic": need.topic, "spot": spot, "who": need.person_id or "",
            "version": need.version, **more}  # fmt: skip


def works(need: Need) -> list[str]:
    return list(Task.objects.filter(subject_kind="need", subject_id=need.pk, state="open").values_list("kind", flat=True))


def test_an_operator_confirms_what_a_need_is_and_it_is_with_its_team(desk: Desk) -> None:
    client, address = desk.as_("worker"), f"/needs/{desk.pills.pk}"
    part = text(client.post(f"{address}/questions", told(desk.pills, kind="ride", ask_what="两盒")))
    assert 'name="ask_where"' in part and 'name="ask_what"' not in part and "<html" not in part
    assert "required" in part and "Something is missing" not in part
    missing = client.post(f"{address}/confirm", told(desk.pills, urgency=2))
    assert missing.status_code == 422 and works(desk.pills) == ["need.confirm"]
    assert "This field is required" in text(missing) and re.search(r'name="urgency" value="2"[^>]* checked', text(missing))
    done = client.post(f"{address}/confirm", told(desk.pills, ask_what="硝苯地平两盒", ask_card="要"), follow=True)
    assert "It is with its team: medicine." in text(done) and "硝苯地平两盒" in text(done)
    need = fresh(desk.pills)
    assert (need.state, need.confirmed_by, works(need)) == ("open", "user:worker", ["need.medicine"])
    assert queries.details_of(need) == {"what": "硝苯地平两盒", "card": "要"}


def test_a_place_is_found_by_its_address_and_only_where_one_answers(desk: Desk) -> None:
    client = desk.as_("worker")
    part = text(client.post("/needs/places", {"q": "和苑1号楼1单元901"}))
    (spot,) = re.findall(r'value="(\d+:\d+)"', part)
    ninth = Person.objects.get(person_no="P9")
    assert "building 1 unit 1 901" in part and spot == f"{ninth.place_id}:{ninth.home_id}"
    assert "No place of yours" in text(client.post("/needs/places", {"q": "福苑1号楼"}))  # it is next door
    page = client.post(f"/needs/{desk.cold.pk}/confirm", told(desk.cold, find="1", q="和苑1号楼1单元901", ask_what="冷"))
    assert page.status_code == 200 and spot in text(page) and 'value="冷"' in text(page) and fresh(desk.cold).version == 0
    foreign = Person.objects.get(person_no="N1")
    for bad in ({"spot": str(foreign.place_id)}, {"spot": str(DISTRICT)}, {"who": foreign.pk}, {"spot": "x:y"}, {"who": "9" * 30}):
        answer = client.post(f"/needs/{desk.cold.pk}/confirm", told(desk.cold, ask_what="冷", **bad))
        assert answer.status_code == 422 and fresh(desk.cold).state == "new", bad
    client.post(f"/needs/{desk.cold.pk}/confirm", told(desk.cold, ask_what="冷", spot=spot, who=""))
    assert (fresh(desk.cold).home_id, fresh(desk.cold).person_id) == (ninth.home_id, None)


def test_a_number_of_two_households_lets_the_operator_choose_who_it_is(desk: Desk) -> None:
    (need,) = take(raised("买点菜", "n", phone="10000000004"))
    client = desk.as_("officer")
    page = text(client.get(f"/needs/{need.pk}"))
    people = [Person.objects.get(person_no=n) for n in ("P4", "P5")]
    assert all(f'name="who" value="{p.pk}"' in page for p in people) and need.person_id is None
    client.post(f"/needs/{need.pk}/confirm", told(need, who=people[1].pk, ask_what="菜"))
    assert (fresh(need).person_id, fresh(need).home_id, fresh(need).place_id) == (people[1].pk, people[1].home_id, people[1].place_id)


def test_what_somebody_else_changed_is_said_and_nothing_typed_is_lost(desk: Desk) -> None:
    client, seen = desk.as_("worker"), told(desk.cold, ask_what="暖气片漏水", urgency=1)
    post(desk.as_("officer"), desk.cold, "note", text="已电话联系热力公司")
    refused = client.post(f"/needs/{desk.cold.pk}/confirm", seen)
    page = text(refused)
    assert refused.status_code == 422 and "Somebody else has changed" in page and "已电话联系热力公司" in page
    assert 'value="暖气片漏水"' in page and fresh(desk.cold).state == "new"
    version = re.findall(r'name="version" value="(\d+)"', page[page.index('id="confirm"') :])[0]
    assert client.post(f"/needs/{desk.cold.pk}/confirm", {**seen, "version": version}).status_code == 302
    note = client.post(f"/needs/{desk.cold.pk}/note", {"version": 0, "text": "住户说冷"})
    assert note.status_code == 422 and "住户说冷" in text(note) and "read and sent to its team" in text(note)
    for deed in ("watch", "finish", "step", "withdraw", "district", "promise"):
        assert client.post(f"/needs/{desk.cold.pk}/{deed}", {}).status_code == 422, deed


def test_only_the_residents_word_closes_and_what_is_not_solved_is_opened_again(desk: Desk) -> None:
    team, worker = desk.as_("medicine"), desk.as_("worker")
    assert post(team, desk.pills, "step", step=0).status_code == 302 and post(team, desk.pills, "step", step=77).status_code == 422
    assert "consult</span>" in text(team.get(f"/needs/{desk.pills.pk}"))
    post(team, desk.pills, "finish", note="放在门口")
    assert works(desk.pills) == ["need.ask"]
    assert post(team, desk.pills, "close", way="deputy", reason="门口看到药了").status_code == 422  # who did the work
    assert post(worker, desk.pills, "close", way="deputy", reason="").status_code == 422
    post(worker, desk.pills, "reopen", reason="少了一盒")
    assert (fresh(desk.pills).state, works(desk.pills)) == ("open", ["need.medicine"])
    post(team, desk.pills, "finish", note="补送")
    page = text(worker.post(f"/needs/{desk.pills.pk}/close", {"version": fresh(desk.pills).version, "way": "call_back",
                                                             "satisfaction": 5, "reason": "收到了，谢谢"}, follow=True))  # fmt: skip
    assert (fresh(desk.pills).state, fresh(desk.pills).satisfaction) == ("closed", 5)
    assert "they said so when called back" in page and "very satisfied" in page and "收到了，谢谢" in page
    assert "It is not solved" in page and "Read it:" not in page
    reasons = "".join(AuditEntry.objects.values_list("reason", flat=True))
    assert "少了一盒" not in reasons and "收到了" not in reasons  # what was said stands in the need, encrypted


def test_a_promise_a_watch_a_withdrawal_and_the_call_to_the_district(desk: Desk) -> None:
    client = desk.as_("worker")
    past = post(client, desk.cold, "promise", at="2022-11-26T07:00", what="今天修好")
    assert past.status_code == 422 and "lies ahead" in text(past) and "今天修好" in text(past)
    post(client, desk.cold, "promise", at="2022-11-26T12:00", what="今天修好", watch="on")
    assert fresh(desk.cold).watched and "今天修好" in text(client.get(f"/needs/{desk.cold.pk}"))
    post(client, desk.cold, "watch", on="0")
    assert not fresh(desk.cold).watched
    post(client, desk.cold, "district", reason="两天没人来")
    task = Task.objects.get(subject_kind="need", subject_id=desk.cold.pk, state="open")
    assert task.escalation == 2 and fresh(desk.cold).watched
    assert "passed up to the district" in text(client.get(f"/needs/{desk.cold.pk}"))
    assert post(client, desk.cold, "withdraw", reason="").status_code == 422
    post(client, desk.cold, "withdraw", reason="供暖公司已修好")
    assert fresh(desk.cold).state == "withdrawn" and works(desk.cold) == []


def test_two_needs_are_made_one_or_kept_as_two(desk: Desk) -> None:
    client = desk.as_("worker")
    page = text(client.get(f"/needs/{desk.colder.pk}"))
    assert "the same trouble in one stairwell" in page and f"go on as #{desk.cold.pk}" in page  # the first that was raised
    address = re.findall(r'action="(/needs/\d+/merge/\d+)"', page)[0]
    assert address == f"/needs/{desk.colder.pk}/merge/{desk.cold.pk}"
    assert client.post(address, {"version": 99}).status_code == 422
    assert client.post(address, {"version": desk.colder.version}).status_code == 302
    assert (fresh(desk.colder).merged_into_id, Caller.objects.filter(need=desk.cold).count()) == (desk.cold.pk, 2)
    assert f"goes on as #{desk.cold.pk}" in text(client.get(f"/needs/{desk.colder.pk}"))
    (again,) = take(raised("还是没暖气", "again", phone="10000000005", place_id=desk.cold.place_id, home_id=None))
    again.refresh_from_db()
    Likeness.objects.get_or_create(need=again, other=desk.cold, defaults={"place_id": again.place_id, "reason": "x"})
    client.post(f"/needs/{again.pk}/two/{desk.cold.pk}")
    assert not queries.alike(again.pk) and fresh(again).state == "new"
    assert client.post(f"/needs/{again.pk}/merge/{desk.theirs.pk}", {"version": 0}).status_code == 404  # next door's
    assert client.post(f"/needs/{again.pk}/two/{desk.theirs.pk}").status_code == 404
    assert "different kinds" in text(client.post(f"/needs/{again.pk}/merge/{desk.pills.pk}", {"version": fresh(again).version}))


def test_whoever_names_violence_loses_sight_of_it_and_whoever_may_see_it_finds_it_at_the_district(desk: Desk) -> None:
    client = desk.as_("worker")
    answer = client.post(f"/needs/{desk.cold.pk}/confirm", told(desk.cold, kind="violence", urgency=0))
    assert answer["Location"] == "/needs" and client.get(f"/needs/{desk.cold.pk}").status_code == 404
    assert (fresh(desk.cold).silent, fresh(desk.cold).place_id) == (True, DISTRICT)
    seen = desk.as_("desk")
    again = seen.post(f"/needs/{desk.silent.pk}/confirm", told(desk.silent, spot="", ask_safe_way="上午"))
    assert again.status_code == 302 and fresh(desk.silent).home_id == desk.silent.home_id
    assert "101" in text(seen.get(f"/needs/{desk.silent.pk}"))


def test_the_telephone_finds_the_caller_and_what_is_needed_while_one_types(desk: Desk) -> None:
    client = desk.as_("worker")
    part = text(client.post("/needs/phone/caller", {"phone": "100 0000 0004"}))
    assert "belongs to 2 households" in part and "居民4" in part and "居民5" in part
    assert re.search(r'value="" checked', part) and "<html" not in part
    one = text(client.post("/needs/phone/caller", {"phone": "10000000003"}))
    third = Person.objects.get(person_no="P3")
    assert re.search(rf'value="p{third.pk}" checked', one) and "old and living alone" in one and f"Medicine #{desk.pills.pk}" in one
    assert "Nobody of your places" in text(client.post("/needs/phone/caller", {"phone": "10000000031"}))
    assert not text(client.post("/needs/phone/caller", {"phone": "100000"})).strip()  # not typed to its end
    lookups = AuditEntry.objects.filter(action="view.caller", actor="user:worker").values_list("subject_id", flat=True)
    assert str(third.pk) in lookups
    heard = text(client.post("/needs/phone/heard", {"text": "我妈胸闷，没有发烧", "kind": "", "name": "小李"}))
    assert "Emergency" in heard and "胸闷" in heard and "发烧" not in heard and 'name="ask_complaint"' in heard
    assert "insurance card" in text(client.post("/needs/phone/heard", {"text": "买菜", "kind": "medicine"}))


def test_what_is_told_on_the_telephone_is_confirmed_at_once_and_counts_once(desk: Desk) -> None:
    client = desk.as_("worker")
    page = text(client.get("/needs/phone"))
    (ref,) = re.findall(r'name="ref" value="(\w{32})"', page)
    third = Person.objects.get(person_no="P3")
    sent = {"ref": ref, "phone": "10000000003", "name": "刘老太", "text": "药没了，家里只有米", "kind": "", "urgency": "",
            "who": f"p{third.pk}", "q": "", "topic": ""}  # fmt: skip
    refused = client.post("/needs/phone", sent)
    assert refused.status_code == 422 and "Still to be asked: Medicine, strength, how much." in text(refused) and "家里只有米" in text(refused)
    sent["ask_what"] = "硝苯地平"
    first, second = client.post("/needs/phone", sent), client.post("/needs/phone", sent, follow=True)
    need = Need.objects.get(channel="phone")
    assert first["Location"] == f"/needs/{need.pk}" and "taken in before" in text(second)
    assert (need.state, need.kind, need.urgency, need.person_id, need.vulnerable) == ("open", "medicine", 1, third.pk, True)
    assert (need.confirmed_by, works(need)) == ("user:worker", ["need.medicine"])
    urgent = {**sent, "ref": "x" * 32, "text": "老人晕倒了，叫不醒", "ask_what": ""}
    client.post("/needs/phone", urgent)
    assert works(Need.objects.get(source_ref="x" * 32)) == ["need.emergency"]
    silent = client.post("/needs/phone", {**sent, "ref": "y" * 32, "text": "老公打我", "who": ""}, follow=True)
    assert "Do not call this number back" in text(silent) and Need.objects.get(source_ref="y" * 32).place_id == DISTRICT
    foreign = Person.objects.get(person_no="N1")
    assert client.post("/needs/phone", {**sent, "ref": "z" * 32, "who": f"p{foreign.pk}"}).status_code == 422
    assert client.post("/needs/phone", {**sent, "ref": "w" * 32, "text": "x" * 20_001}).status_code == 422


def test_an_address_that_is_said_places_a_need_and_a_letter_of_another_city_counts_by_its_number(desk: Desk) -> None:
    client = desk.as_("officer")
    door = {"ref": "d" * 32, "text": "药没了", "q": "和苑1号楼1单元901", "kind": "medicine", "urgency": "1", "ask_what": "胰岛素"}
    client.post("/needs/phone?channel=door", door)
    need, ninth = Need.objects.get(channel="door"), Person.objects.get(person_no="P9")
    assert (need.home_id, need.place_id) == (ninth.home_id, ninth.place_id)
    letter = {"sender": "兰州市", "number": "兰防协〔2022〕12号", "text": "请协助核实居民9的返程", "kind": "return", "urgency": "2",
              "ask_where": "兰州", "ask_people": "1", "phone": "09311234567"}  # fmt: skip
    for _ in range(2):
        page = client.post("/needs/phone?channel=letter", letter, follow=True)
    (one,) = Need.objects.filter(channel="letter")
    assert one.source_ref == "兰州市 兰防协〔2022〕12号" and "taken in before" in text(page)
    assert shown(text(client.get("/needs?q=兰州市 兰防协〔2022〕12号"))) == [one.pk]
    assert queries.details_of(one) == {"where": "兰州", "people": "1", "sender": "兰州市", "number": "兰防协〔2022〕12号"}
    assert client.post("/needs/phone?channel=letter", {**letter, "number": ""}).status_code == 422


def test_a_word_of_the_city_holds_at_once_and_only_for_whom_it_is_allowed_to_change(desk: Desk) -> None:
    officer, worker = desk.as_("officer"), desk.as_("worker")
    tried = text(worker.post("/needs/glossary", {"try": "1", "text": "家里的瓦斯灶打不着 <i>"}))
    assert "No word of the glossary" in tried and "&lt;i&gt;" in tried
    word = {"text": "瓦斯灶", "kind": "repair", "urgency": "1", "topic": "gas", "active": "on"}
    assert worker.post("/needs/glossary", word).status_code == 403 and 'name="active"' not in text(worker.get("/needs/glossary"))
    assert officer.post("/needs/glossary", {**word, "text": " "}).status_code == 422
    assert officer.post("/needs/glossary", {**word, "text": "字" * 40}).status_code == 422
    page = text(officer.post("/needs/glossary", word, follow=True))
    assert "“瓦斯灶” is kept" in page and "yes the city's own 2022-11-26 08:00 officer" in plain(page)
    (need,) = take(raised("瓦斯灶打不着", "w"))
    assert (need.kind, need.urgency, need.topic) == ("repair", 1, "gas")
    officer.post("/needs/glossary", {**word, "active": ""})  # the clock stands still: seen all the same
    assert take(raised("瓦斯灶打不着", "w2"))[0].kind == "other"
    officer.post("/needs/glossary", {"text": "买菜", "kind": "supplies", "urgency": "2", "topic": ""})
    assert take(raised("买菜", "w3"))[0].kind == "other" and GlossaryWord.objects.count() == 2
    assert "switched off" in text(officer.get("/needs/glossary?q=买菜"))
    assert len(AuditEntry.objects.filter(action="need.glossary", actor="user:officer")) == 3
    assert "antenatal" in text(worker.get("/needs/glossary?kind=ride")) and 'rel="next"' in text(worker.get("/needs/glossary"))


def test_a_need_that_ended_lies_still(desk: Desk) -> None:
    deeds.withdraw(None, desk.cold.pk, None, "不需要了", NOW + HOUR, BECAUSE)
    client = desk.as_("worker")
    for deed, more in (("finish", {"note": "x"}), ("step", {"step": 0}), ("withdraw", {"reason": "again"})):
        answer = post(client, desk.cold, deed, **more)
        assert answer.status_code == 422 and "This need was withdrawn." in text(answer), deed
    assert client.post(f"/needs/{desk.cold.pk}/confirm", told(fresh(desk.cold), ask_what="x")).status_code == 422
    assert post(client, desk.cold, "reopen", reason="又冷了").status_code == 302 and fresh(desk.cold).state == "open"


def test_a_caller_who_was_only_guessed_is_not_meant_where_another_home_is_chosen(desk: Desk) -> None:
    client = desk.as_("worker")
    caller, other = (Person.objects.get(person_no=n) for n in ("P3", "P1"))
    sent = {"phone": "10000000003", "name": "", "text": "替邻居打的，家里没菜了", "kind": "supplies", "urgency": "", "q": "", "topic": "",
            "who": f"p{caller.pk}", "spot": f"{other.place_id}:{other.home_id}", "ask_what": "菜"}  # fmt: skip
    for n, (guess, person) in enumerate(((f"p{caller.pk}", None), ("", caller.pk))):
        client.post("/needs/phone", {**sent, "ref": f"{n}" * 32, "guess": guess})
        need = Need.objects.get(source_ref=f"{n}" * 32)
        assert (need.home_id, need.person_id) == (other.home_id, person)
