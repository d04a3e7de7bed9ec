"""The needs desk: what its lists and pages show, and to whom."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.web.needs_desk import BECAUSE, COMMUNITY, HOUR, NOW, Desk, keys, made, plain, raised, shown, take, text
from tests.web.test_chase_day import queries_of

from tongxin.kit.models import AuditEntry
from tongxin.needs.models import Need
from tongxin.needs.operations import deeds
from tongxin.needs.operations.deeds import Confirmed


@pytest.fixture
def desk(city: Any, cast: dict[str, Any], signed_in: Callable[..., Any]) -> Desk:
    return made(city, cast, signed_in)


def confirm(need: Need, now: dt.datetime = NOW, **more: Any) -> None:
    given: dict[str, Any] = {
        "kind": need.kind, "urgency": need.urgency, "place_id": need.place_id, "home_id": need.home_id,
        "person_id": need.person_id, "topic": need.topic, "details": {"what": "硝苯地平两盒"}, **more,
    }  # fmt: skip
    deeds.confirm(None, need.pk, None, Confirmed(**given), now, BECAUSE)


def looks(action: str, **more: Any) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action, **more).order_by("pk"))


def test_everybody_sees_the_needs_where_they_answer_and_silent_ones_only_with_the_right_to(desk: Desk) -> None:
    mine = keys(desk.chest, desk.colder, desk.pills, desk.cold)  # by due time: the old woman waits half as long
    lists = {who: shown(text(desk.as_(who).get("/needs"))) for who in ("officer", "worker", "neighbour", "desk")}
    assert lists["officer"] == [*mine, desk.theirs.pk] and lists["worker"] == mine
    assert lists["neighbour"] == [desk.theirs.pk] and desk.silent.pk in lists["desk"]
    assert shown(text(desk.as_("medicine").get("/needs"))) == keys(desk.chest, desk.pills)  # begins with its own team
    assert shown(text(desk.as_("medicine").get("/needs?team=all"))) == mine
    for who in ("hospital", "outsider"):
        for address in ("/needs", f"/needs/{desk.pills.pk}", "/needs/phone", "/needs/asked", "/needs/handover", "/needs/glossary"):
            assert desk.as_(who).get(address).status_code == 403
    assert desk.as_("reader").get("/needs/phone").status_code == 403


def test_an_emergency_stands_above_everything_with_what_was_heard(desk: Desk) -> None:
    page = text(desk.as_("worker").get("/needs?kind=repair"))
    alarm = page[page.index('class="alarm"') : page.index("</section>")]
    assert "1 emergency" in alarm and "胸口疼" in alarm and f"/needs/{desk.chest.pk}" in alarm and "15 min left" in alarm
    assert shown(page) == keys(desk.colder, desk.cold)
    assert "Violence" not in page and "2 emergencies" in text(desk.as_("desk").get("/needs"))


def test_every_filter_stands_in_the_address_and_every_count_is_that_of_its_rows(desk: Desk, city: Any) -> None:
    confirm(desk.pills)
    deeds.watch(None, desk.cold.pk, None, True, NOW, BECAUSE)
    deeds.promise(None, desk.pills.pk, None, NOW + HOUR, "中午前", False, NOW, BECAUSE)
    deeds.finish(None, desk.theirs.pk, None, "", NOW, BECAUSE)
    city.at(NOW + HOUR)
    client = desk.as_("officer")
    found = {
        "kind=repair": (desk.colder, desk.cold), "urgency=0": (desk.chest,), "channel=hotline": (desk.colder,),
        "team=team_medicine": (desk.chest, desk.pills), "when=overdue": (desk.chest,), "when=soon": (desk.colder, desk.pills),
        "state=open": (desk.pills,), "state=done": (desk.theirs,), "watched=1": (desk.cold,), "promised=1": (desk.pills,),
        "alike=1": (desk.colder, desk.cold), f"place={COMMUNITY}&state=new": (desk.chest, desk.colder, desk.cold),
        "state=asked&done=in_time&lately=1": (desk.theirs,), "q=5&state=all": (), "since=2022-11-27": (),
        "state=all&suggested=medicine&read=2022-11-26": (desk.pills,), "kind=nonsense&urgency=9&when=x&state=open": (desk.pills,),
    }  # fmt: skip
    for query, needs in found.items():
        page = text(client.get(f"/needs?{query}"))
        assert shown(page) == keys(*needs), query
        for address, count in re.findall(r'href="(\?[^"]*)"[^>]*>[^<]*<span class="num">(\d+)</span>', page):
            assert len(shown(text(client.get(f"/needs{address.replace('&amp;', '&')}")))) == int(count), (query, address)
    assert client.get(f"/needs?q=%23{desk.pills.pk}")["Location"] == f"/needs/{desk.pills.pk}"
    assert shown(text(client.get(f"/needs?q={desk.pills.source_ref}x"))) == []
    oldest = text(client.get("/needs?state=waiting&sort=oldest"))
    assert "the oldest first" in oldest and len(shown(oldest)) == 4


def test_pages_by_key_show_every_need_once_and_a_tampered_address_the_beginning(desk: Desk) -> None:
    from tongxin.needs import queries
    from tongxin.needs.queries import Filter

    user, soon = desk.people["officer"], HOUR
    for state in ("live", "all"):
        wanted, seen, after = Filter(None, state), [], None
        while page := queries.inbox(user, wanted, NOW, soon, after, 2):
            seen += [need.pk for need in page]
            after = queries.key_of(page[-1], wanted)
        assert len(seen) == len(set(seen)) == 5
    client = desk.as_("officer")
    for after in ("x", "WzFd", "WyIyMDIyIiwxXQ"):
        assert len(shown(text(client.get(f"/needs?after={after}")))) == 5


def test_a_file_holds_exactly_the_rows_shown_and_what_was_said_only_for_those_who_act(desk: Desk, tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    client = desk.as_("desk")
    for query in ("", "kind=repair", "state=all"):
        rows = list(csv.reader(text(client.get(f"/needs?{query}&format=csv")).lstrip("\ufeff").splitlines()))
        assert [int(r[0]) for r in rows[1:]] == shown(text(client.get(f"/needs?{query}")))
        path = tmp_path / "needs.xlsx"
        path.write_bytes(b"".join(client.get(f"/needs?{query}&format=xlsx").streaming_content))
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        assert [int(r[0]) for r in sheet[1:]] == [int(r[0]) for r in rows[1:]] and list(sheet[0]) == rows[0]
        if query == "":
            (pills,) = [r for r in sheet if r[0] == desk.pills.pk]
            assert pills[-3:] == ["降压药只剩两天了 <script>alert('x')</script> =1+1", "<b>刘</b>", "10000000003"]
            (silent,) = [r for r in sheet if r[0] == desk.silent.pk]
            assert silent[-1] == ""  # nobody calls back by routine
    entry = looks("need.exported")[0]
    assert (entry.actor, entry.count, entry.details["texts"]) == ("user:desk", 6, True)
    for form in ("csv", "xlsx"):
        file = b"".join(desk.as_("reader").get(f"/needs?format={form}").streaming_content)
        assert b"10000000003" not in file and "两天了".encode() not in file
    assert looks("need.exported")[-1].details["texts"] is False
    assert "Violence" not in text(desk.as_("officer").get("/needs?state=all&format=csv"))


def test_a_need_shows_the_words_that_led_to_its_suggestion_and_nothing_of_a_text_is_taken_for_a_page(desk: Desk) -> None:
    page = text(desk.as_("officer").get(f"/needs/{desk.pills.pk}"))
    assert "<mark>降压药</mark>" in page and "<mark>只剩两天</mark>" in page and "&lt;script&gt;alert(&#x27;x&#x27;)" in page
    assert "<script>alert" not in page and "&lt;b&gt;刘&lt;/b&gt;" in page and f"<title>Need {desk.pills.pk} " in page
    assert "和苑 building 1 unit 1 301" in page and "old and living alone" in page and "居民3" in page
    team = text(desk.as_("medicine").get(f"/needs/{desk.pills.pk}"))
    assert "301" in team and "居民3" not in team and "your role does not show the name" in team
    assert desk.as_("neighbour").get(f"/needs/{desk.pills.pk}").status_code == 404
    for odd in ("a\u200b\u202e药", "😀" * 200, "药'; DROP TABLE needs_need; --", "x" * 20_000, "%s %(n)s {{ 7|add:7 }}"):
        from tongxin.needs.rules import check_text

        (need,) = take(raised(check_text(odd), odd[:20], phone="10000000007"))
        page = text(desk.as_("officer").get(f"/needs/{need.pk}"))
        assert "14" not in re.findall(r'class="said".*?</div>', page, re.DOTALL)[0] and desk.as_("officer").get("/needs").status_code == 200


def test_a_look_at_a_need_is_a_look_at_its_person_once_however_often_the_page_asks_again(desk: Desk) -> None:
    from tongxin.resident.queries import record as resident
    from tongxin.web import labels

    client = desk.as_("officer")
    client.get(f"/needs/{desk.pills.pk}")
    for _ in range(2):
        client.get(f"/needs/{desk.pills.pk}", headers={"HX-Request": "true"})
    (person,) = looks("view.need", subject_kind="person")
    assert (person.subject_id, person.actor) == (str(desk.pills.person_id), "user:officer")
    assert len(looks("view.need", subject_kind="need")) == 1
    me = resident.Resident(desk.pills.person_id or 0, "", desk.pills.place_id, desk.pills.home_id, NOW)
    (own,) = [one for one in resident.looks(me) if one.action == "view.need"]
    assert (own.role, str(labels.action(own.action))) == ("operations", "opened a need")
    desk.as_("desk").get(f"/needs/{desk.silent.pk}")  # leaves nothing where somebody looks over the shoulder
    assert not looks("view.need", subject_id=str(desk.silent.person_id), subject_kind="person")


def test_a_callers_number_is_masked_until_asked_for_and_each_look_is_recorded(desk: Desk) -> None:
    caller = desk.pills.callers.get()
    client, address = desk.as_("worker"), f"/needs/{desk.pills.pk}/callers/{caller.pk}/phone"
    page = text(client.get(f"/needs/{desk.pills.pk}"))
    assert "10000000003" not in page and "100••••••03" in page
    for _ in range(2):
        part = text(client.post(address, headers={"HX-Request": "true"}))
        assert "tel:10000000003" in part and "<html" not in part
    assert "tel:10000000003" in text(client.post(address))
    assert [e.subject_id for e in looks("view.phone")] == [str(desk.pills.person_id)] * 3
    assert desk.as_("neighbour").post(address).status_code == 404 and desk.as_("reader").post(address).status_code == 403
    assert client.post(f"/needs/{desk.cold.pk}/callers/{caller.pk}/phone").status_code == 404


def test_of_a_silent_need_others_learn_nothing_and_its_page_warns_not_to_call_back(desk: Desk) -> None:
    for who in ("officer", "worker", "medicine"):
        client = desk.as_(who)
        assert client.get(f"/needs/{desk.silent.pk}").status_code == 404
        for address in ("/needs?state=all&team=all", "/needs?kind=violence", "/needs/handover", "/needs/asked", "/"):
            page = text(client.get(address))
            assert "他打我" not in page and "打我" not in page and f"/needs/{desk.silent.pk}" not in page, address
    assert "Needs not done yet 5" in plain(text(desk.as_("officer").get("/")))
    page = text(desk.as_("desk").get(f"/needs/{desk.silent.pk}"))
    title = page[page.index("<title>") : page.index("</title>")]
    assert "Do not call the number back" in page and "iolence" not in title and "A call may put the person in danger" in page
    assert "building 1 unit 1 101" in page and "南岸区 101" not in page  # it stands at the district; its door is known here


def test_the_hand_over_says_what_is_late_what_was_promised_and_what_to_watch(desk: Desk, city: Any) -> None:
    confirm(desk.pills)
    deeds.promise(None, desk.pills.pk, None, NOW + HOUR, "十点前送到", True, NOW, BECAUSE)
    city.at(NOW + 5 * HOUR)
    page = text(desk.as_("officer").get("/needs/handover"))
    parts = re.split(r"<h2>", page)
    assert "十点前送到" in parts[1] and "overdue" in parts[1] and shown(parts[1]) == [desk.pills.pk]
    assert shown(parts[2]) == keys(desk.chest, desk.colder, desk.pills, desk.cold) and shown(parts[3]) == [desk.pills.pk]
    assert "5 not done yet" in page and "十点前送到" not in text(desk.as_("reader").get("/needs/handover"))


def test_what_was_asked_counts_kinds_days_buildings_and_corrections_and_every_number_opens_its_rows(desk: Desk) -> None:
    confirm(desk.pills, kind="question", details={})
    confirm(desk.cold)
    deeds.finish(None, desk.cold.pk, None, "", NOW + HOUR, BECAUSE)
    client = desk.as_("officer")
    page = text(client.get("/needs/asked"))
    assert "Of 2 that were read, the suggested kind was right 1 times: 50 %" in plain(page) and "100 %" in page
    numbers = re.findall(r'<a href="(/needs\?[^"]*)">(\d+)</a>', page)
    assert len(numbers) > 12
    for address, count in numbers:
        assert len(shown(text(client.get(address.replace("&amp;", "&"))))) == int(count), address
    assert "Nothing was asked" in text(client.get("/needs/asked?since=2022-11-01&until=2022-11-02"))
    for query in ("days=x", "since=2022-13-01", "since=2020-01-01&until=2022-11-26", "kind=x", "since=2022-11-27&until=2022-11-26"):
        assert client.get(f"/needs/asked?{query}").status_code == 200
    assert "Food and goods" not in text(desk.as_("worker").get("/needs/asked"))  # that was next door


def test_the_home_page_counts_what_the_lists_show_and_a_task_opens_its_need(desk: Desk, city: Any) -> None:
    city.at(NOW + HOUR)
    client = desk.as_("worker")
    page = text(client.get("/"))
    for label, count in (("Needs overdue", 1), ("Emergencies", 1), ("Needs not done yet", 4), ("Waiting for the resident's word", 0)):
        assert f"{label} {count}" in plain(page).replace("&#x27;", "'")
    parts = [re.match(r' href="(/needs[^"]*)".*?figure-value num">(\d+)<', p, re.DOTALL) for p in page.split('<a class="figure-body"')]
    figures = [p.groups() for p in parts if p and "sort=oldest" not in p[1]]
    assert len(figures) == 5, figures
    for address, count in figures:
        assert len(shown(text(client.get(address.replace("&amp;", "&"))))) == int(count), address
    tasks = text(client.get("/tasks"))
    assert f"/needs/{desk.pills.pk}" in tasks and f"Medicine, need {desk.pills.pk}" in tasks
    assert f"/needs/{desk.silent.pk}" not in text(desk.as_("officer").get("/tasks"))


def test_a_page_asks_the_database_at_most_twelve_times_and_its_live_part_asks_again_for_itself(desk: Desk) -> None:
    confirm(desk.cold)
    client = desk.as_("desk")
    pages = ("/needs", "/needs?state=all", "/needs/phone", "/needs/handover", "/needs/asked", "/needs/glossary",
             *(f"/needs/{n.pk}" for n in (desk.pills, desk.colder, desk.cold, desk.silent)))  # fmt: skip
    for address in pages:
        asked = queries_of(client, address)
        assert len(asked) <= 12, (address, asked)
    page = text(desk.as_("worker").get("/needs"))
    assert '<div id="desk" data-live="needs" data-countdown' in page
    one = text(desk.as_("worker").get(f"/needs/{desk.pills.pk}"))
    assert '<div id="need-now" data-live="needs" data-countdown' in one and f'hx-get="/needs/{desk.pills.pk}"' in one


def test_the_pages_speak_chinese(desk: Desk) -> None:
    for who, address in (("desk", "/needs"), ("desk", f"/needs/{desk.silent.pk}"), ("desk", "/needs/phone"), ("desk", "/needs/asked"),
                         ("desk", "/needs/handover"), ("desk", "/needs/glossary?kind=ride")):  # fmt: skip
        page = text(desk.as_(who, "zh-hans").get(address))
        main = plain(re.sub(r"<style>.*?</style>", "", page[page.index("<main") :], flags=re.DOTALL))
        left = set(re.findall(r"[A-Za-z]{4,}", main)) - {"Excel", "base", "need", "violence", "test", "desk"}
        assert not {w for w in left if w not in "script alert antenatal chemotherapy dialysis ride heating routine"}, (address, left)
