"""Settling addresses on the pages: suggestions from the real tree, many at once, one by hand, and taking it back."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from tests import areas_town as areas
from tests.areas_town import BASE, BECAUSE, at
from tests.db.test_settle import STREET, address, limited, on_list
from tests.web.test_chase_day import queries_of
from tests.web.town import COMMUNITY, OTHER, PASSWORD


def text(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def words(response: Any) -> str:
    page = re.sub(r"<style>.*?</style>", "", text(response), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def street(city: Any, cast: dict[str, Any]) -> dict[str, Any]:
    """A street with the compounds 和苑 (buildings 1 and 2) and 桃花园小区 (building 28), five texts on a list, their orders."""
    from tongxin.access import operations as access
    from tongxin.people import register
    from tongxin.people.rules import Entry
    from tongxin.places.models import Place
    from tongxin.places.place_id import Level

    at(BASE)
    areas.settle()
    code = "500108106002"
    register.record([
        Entry(f"G-{door}01", "", f"园民{door}", "F", None, "", code, "桃花园小区", "28号楼", "1", f"{door}01", "") for door in range(1, 7)
    ])  # fmt: skip
    garden = Place.objects.get(name="桃花园小区")
    texts = {
        "sure": "和苑1号楼2层", "second": "桃花园28栋", "wider": "和苑9号楼", "half": "桃花桥西里", "nowhere": "朝天门码头",
    }  # fmt: skip
    rows = {name: address(said) for name, said in texts.items()}
    on_list(*rows.values())
    users = dict(cast)
    for name, role in (("clerk", "community"), ("sampler", "sampling"), ("auditor", "auditor")):
        users[name] = access.create_user(name, name, role, [STREET], PASSWORD, BECAUSE)
    return {**users, "rows": rows, "garden": garden.pk, "compound": areas.place(Level.COMPOUND)}


def row_of(page: str, one: Any) -> str:
    found = re.search(rf'<tr id="address-{one.pk}">.*?</tr>', page, re.S)
    assert found, one.text
    return found[0]


def order_of(street: dict[str, Any], name: str) -> Any:
    from tongxin.areas.models import Order

    return Order.objects.get(name=street["rows"][name].text)


# -- the list ------------------------------------------------------------------------------------------


def test_each_text_has_its_suggestions_from_the_real_tree(street: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(street["clerk"])
    page, rows = text(client.get("/addresses")), street["rows"]
    sure = row_of(page, rows["sure"])
    assert "桃花桥社区 和苑 building 1 floor 2" in sure and "sure</span>" in sure and "checkbox" in sure
    assert f'href="/areas/{order_of(street, "sure").pk}"' in sure and "building 1 · floor 2" in sure
    second = row_of(page, rows["second"])
    assert "桃花园小区 28号楼" in second and "checkbox" in second
    wider = row_of(page, rows["wider"])
    assert "more than the text says" in wider and "the tree lacks: building 9" in wider and "checkbox" not in wider
    assert "桃花桥社区" in row_of(page, rows["half"])
    assert "no place of that name" in row_of(page, rows["nowhere"]) and "涂山镇" in page


def test_what_is_sure_can_be_ticked_at_once(street: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(street["clerk"])
    assert "checked" not in text(client.get("/addresses")) and "that are sure" in text(client.get("/addresses"))
    page = text(client.get("/addresses?tick=sure"))
    assert page.count(" checked") == 2
    assert "checked" in row_of(page, street["rows"]["sure"]) and "checked" not in row_of(page, street["rows"]["half"])


def test_the_list_is_searched_filtered_sorted_and_goes_into_a_file(street: dict[str, Any], signed_in: Any) -> None:
    from tongxin.areas.operations import deeds

    client, rows = signed_in(street["clerk"]), street["rows"]
    found = text(client.get("/addresses?q=和苑"))
    assert rows["sure"].text in found and rows["nowhere"].text not in found
    deeds.lift([order_of(street, "nowhere").pk], "gone", street["officer"], BASE, BECAUSE)
    standing = text(client.get("/addresses?standing=1"))
    assert rows["sure"].text in standing and rows["nowhere"].text not in standing
    newest = words(client.get("/addresses?sort=new"))
    assert newest.index(rows["nowhere"].text) < newest.index(rows["sure"].text)
    lines = list(csv.reader(text(client.get("/addresses?format=csv&q=和苑")).lstrip("\ufeff").splitlines()))
    assert lines[1] == ["涂山镇", "和苑1号楼2层", "和苑 building 1 floor 2", "1", "桃花桥社区 和苑 building 1 floor 2", ""]
    assert len(lines) == 3 and lines[2][5] == "building 9"
    for odd in ("state=x", "sort=x", "after=x", "q=%00", "after=WzksOV0"):
        assert client.get(f"/addresses?{odd}").status_code == 200, odd


@pytest.mark.parametrize("sort", ["street", "new"])
def test_the_list_goes_on_by_key(
    street: dict[str, Any], signed_in: Any, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    from tongxin.web import paging

    monkeypatch.setattr(paging.paged, "__defaults__", (2,))
    client, seen, page_of = signed_in(street["clerk"]), [], f"/addresses?sort={sort}"
    while page_of:
        page = text(client.get(page_of))
        seen += re.findall(r'<tr id="address-(\d+)">', page)
        more = re.search(r'rel="next" href="\?([^"]+)"', page)
        page_of = f"/addresses?{more[1].replace('&amp;', '&')}" if more else ""
    keys = [str(one.pk) for one in street["rows"].values()]
    assert seen == (keys if sort == "street" else keys[::-1])


def test_a_page_of_fifty_asks_no_more_than_a_page_of_five(street: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(street["clerk"])
    few = queries_of(client, "/addresses")
    for number in range(3, 40):
        address(f"和苑{number}号楼2单元")
    many = queries_of(client, "/addresses")
    assert len(many) <= len(few) <= 13, "\n".join(many)


# -- many at once --------------------------------------------------------------------------------------


def ticked(street: dict[str, Any], *names: str) -> list[str]:
    places = {"sure": street["compound"], "second": street["garden"], "wider": street["compound"]}
    return [f"{street['rows'][name].pk}:{places[name]}" for name in names]


def test_many_are_settled_after_it_was_said_how_many_it_concerns(street: dict[str, Any], signed_in: Any) -> None:
    client, choice = signed_in(street["clerk"]), ticked(street, "sure", "second")
    page = words(client.post("/addresses/settle", {"choice": choice}))
    assert "2 addresses get their places; 2 orders stand on them. 8 people are newly limited" in page
    assert "和苑 building 1 floor 2" in page and "Settle these 2 addresses" in page
    assert limited(order_of(street, "sure")) == set(), "nothing is done before it is confirmed"
    done = client.post("/addresses/settle", {"choice": choice, "confirmed": "1"}, follow=True)
    assert "2 addresses are settled. 2 orders stand on real places now. 8 people are newly limited." in words(done)
    assert limited(order_of(street, "sure")) == {"P1-201", "P1-202"}
    again = client.post("/addresses/settle", {"choice": choice, "confirmed": "1"}, follow=True)
    assert "2 addresses had been settled by somebody else already" in words(again)


def test_what_means_more_than_its_text_is_never_settled_among_many(street: dict[str, Any], signed_in: Any) -> None:
    client, choice = signed_in(street["clerk"]), ticked(street, "sure", "wider")
    page = words(client.post("/addresses/settle", {"choice": choice}))
    assert "is settled by itself" in page and "Settle these" not in page
    refused = client.post("/addresses/settle", {"choice": choice, "confirmed": "1"}, follow=True)
    assert "says less than the place that you chose" in words(refused)
    assert limited(order_of(street, "sure")) == set()


@pytest.mark.parametrize("choice", [[], ["x"], ["1:2:3"], ["1:99"], ["987654321:5001081060020100000"], ["9" * 30 + ":1"]])
def test_what_was_tampered_with_settles_nothing(street: dict[str, Any], signed_in: Any, choice: list[str]) -> None:
    client = signed_in(street["clerk"])
    for confirmed in ("", "1"):
        done = client.post("/addresses/settle", {"choice": choice, "confirmed": confirmed}, follow=True)
        assert done.status_code == 200
    from tongxin.places.models import Address

    assert not Address.objects.exclude(settled_at=None).exists()


# -- one by hand ---------------------------------------------------------------------------------------


def test_one_is_settled_with_two_clicks(street: dict[str, Any], signed_in: Any) -> None:
    client, one = signed_in(street["clerk"]), street["rows"]["sure"]
    page = words(client.get(f"/addresses/{one.pk}?to={street['compound']}"))
    assert "和苑 building 1 floor 2" in page and "2 people are newly limited" in page
    done = client.post(f"/addresses/{one.pk}", {"to": street["compound"]}, follow=True)
    assert "1 address is settled" in words(done) and limited(order_of(street, "sure")) == {"P1-201", "P1-202"}


def test_the_tree_of_the_street_is_searched_and_walked(street: dict[str, Any], signed_in: Any) -> None:
    client, one = signed_in(street["clerk"]), street["rows"]["nowhere"]
    assert "桃花桥社区" in words(client.get(f"/addresses/{one.pk}"))
    found = words(client.get(f"/addresses/{one.pk}?q=桃花园"))
    assert "桃花桥社区 桃花园小区" in found
    walked = words(client.get(f"/addresses/{one.pk}?at={street['garden']}"))
    assert "28号楼" in walked
    both = client.get(f"/addresses/{one.pk}?to={street['garden']}&to={street['compound']}")
    assert "18 people are newly limited" in words(both)
    done = client.post(f"/addresses/{one.pk}", {"to": [street["garden"], street["compound"]]}, follow=True)
    assert "18 people are newly limited" in words(done)


def test_more_than_the_text_says_asks_for_a_tick(street: dict[str, Any], signed_in: Any) -> None:
    client, one = signed_in(street["clerk"]), street["rows"]["wider"]
    page = words(client.get(f"/addresses/{one.pk}?to={street['compound']}"))
    assert "more, or other, than the text says. Not found there: building 9" in page and "all of this is meant" in page
    client.post(f"/addresses/{one.pk}", {"to": street["compound"]})
    assert limited(order_of(street, "wider")) == set()
    client.post(f"/addresses/{one.pk}", {"to": street["compound"], "wider": "1"})
    assert len(limited(order_of(street, "wider"))) == 12


def test_a_place_of_another_street_cannot_be_chosen(street: dict[str, Any], signed_in: Any) -> None:
    client, one = signed_in(street["clerk"]), street["rows"]["sure"]
    for place in (STREET, 5001080000000000000, 5001081070020000000, "x"):
        client.get(f"/addresses/{one.pk}?to={place}&at={place}")
        client.post(f"/addresses/{one.pk}", {"to": str(place)})
    assert limited(order_of(street, "sure")) == set()


def test_what_was_settled_is_listed_and_taken_back_with_a_reason(street: dict[str, Any], signed_in: Any) -> None:
    client, one = signed_in(street["clerk"]), street["rows"]["sure"]
    client.post(f"/addresses/{one.pk}", {"to": street["compound"]})
    page = words(client.get("/addresses?state=settled"))
    assert one.text in page and "桃花桥社区 和苑" in page and "clerk" in page
    assert client.get("/addresses?state=settled&format=csv").status_code == 200
    assert client.post(f"/addresses/{one.pk}/take-back", {"reason": ""}).status_code == 422
    done = client.post(f"/addresses/{one.pk}/take-back", {"reason": "另一个和苑"}, follow=True)
    assert "Taken back. 1 order stands on the address again. 2 people are free." in words(done)
    assert limited(order_of(street, "sure")) == set()
    assert "another place" not in words(done) and "What it may mean" in words(done)


# -- who may -------------------------------------------------------------------------------------------


def test_who_may_not_settle_finds_no_page(street: dict[str, Any], signed_in: Any) -> None:
    one = street["rows"]["sure"]
    for who in ("sampler", "auditor", "hospital", "outsider"):
        client = signed_in(street[who])
        for get in ("/addresses", f"/addresses/{one.pk}"):
            assert client.get(get).status_code == 403, (who, get)
        for post in ("/addresses/settle", f"/addresses/{one.pk}", f"/addresses/{one.pk}/take-back"):
            assert client.post(post, {"choice": ticked(street, "sure"), "confirmed": "1", "to": street["compound"]}).status_code == 403
        assert 'href="/addresses"' not in text(client.get("/"))


def test_addresses_of_a_street_are_not_found_by_who_does_not_answer_for_it(street: dict[str, Any], signed_in: Any) -> None:
    """A worker of one community does not decide which community a text of the street means."""
    worker, one = signed_in(street["worker"]), street["rows"]["sure"]
    assert one.text not in text(worker.get("/addresses")) and worker.get(f"/addresses/{one.pk}").status_code == 404
    assert worker.post(f"/addresses/{one.pk}/take-back", {"reason": "x"}).status_code == 404
    worker.post("/addresses/settle", {"choice": ticked(street, "sure"), "confirmed": "1"})
    assert limited(order_of(street, "sure")) == set()
    assert COMMUNITY != OTHER


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_there_in_both_languages(street: dict[str, Any], signed_in: Any, language: str) -> None:
    client, one = signed_in(street["officer"], language), street["rows"]["sure"]
    for page in ("/addresses", "/addresses?state=settled", f"/addresses/{one.pk}?to={street['compound']}"):
        assert client.get(page).status_code == 200
