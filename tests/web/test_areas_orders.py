"""Orders of areas as they are written and signed: what makes two of them the same, what one may cite, what is said of its end."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, person, place
from tests.support import COMMUNITY

from tongxin.areas.models import Order
from tongxin.areas.operations import deeds, issue
from tongxin.areas.operations.issue import Piece
from tongxin.chase.models import Case
from tongxin.places.place_id import Level

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def officer(cast: dict[str, Any], signed_in: Any) -> Any:
    at(BASE)
    town.settle()
    return signed_in(cast["officer"])


def plain(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def wish(**change: str) -> dict[str, str]:
    return {
        "kind": "high", "name": "和苑1号楼1单元", "cause": "order:0", "reference": "涂指〔2022〕12号", "reason_zh": "发现阳性感染者",
        "reason_en": "A case was found", "justification": "", "until": "", **change,
    }  # fmt: skip


def new(step: str, *codes: str) -> str:
    return f"/areas/new/{step}?" + urlencode([("p", code) for code in codes])


def sign(client: Any, code: str, **change: str) -> str:
    photo = SimpleUploadedFile("exit.jpg", town.PICTURE, "image/jpeg")
    return plain(client.post(new("sign", code), {**wish(**change), "photo": photo}, follow=True))


def case(number: str, positive: dt.datetime = BASE, removed: dt.datetime | None = None) -> Case:
    who = person(number)
    return Case.objects.create(person_id=who.pk, place_id=who.place_id, positive_at=positive, removed_at=removed, cause_tube_id=1)


def test_two_floors_of_a_unit_are_two_orders_though_their_name_is_one_and_so_are_two_decisions(officer: Any) -> None:
    unit = place(Level.UNIT)
    home = f"{unit}.h{person('P1-101').home_id}"
    for code in (f"{unit}.f2", f"{unit}.f3", home):
        assert "Signed. It limits" in sign(officer, code), code
        assert "You have signed this order already." in sign(officer, code), code
    assert "Signed. It limits 2 people." in sign(officer, f"{unit}.f2", reference="涂指〔2022〕13号")
    assert Order.objects.count() == 4


def test_all_that_can_be_lifted_holds_temporary_control_too(cast: Any, officer: Any) -> None:
    orders = [
        issue.issue(draft(Piece(place(Level.BUILDING, n)), kind=kind, name=f"和苑{n}号楼"), cast["officer"], BASE, BECAUSE)
        for n, kind in ((1, "temporary"), (2, "high"))
    ]
    page = officer.get("/areas/lift").content.decode()
    assert re.findall(r'name="area" value="(\d+)"', page) == [str(orders[0].pk)] and orders[1].name not in page
    done = officer.post("/areas/lift", {"area": orders[0].pk, "confirmed": "1"}, follow=True)
    assert "1 area is lifted; 6 people are free of it." in plain(done)


def test_an_order_may_cite_a_case_next_to_its_places_and_says_that_it_is_not_inside(officer: Any) -> None:
    unit = place(Level.UNIT)
    one, other = case("P1-101", on(19)), case("P2-101", on(19), BASE)
    page = officer.get(new("order", f"{unit}.f2")).content.decode()
    group = re.search(r'<optgroup label="A case nearby">(.*?)</optgroup>', page, re.DOTALL)
    assert group and set(re.findall(r'value="case:(\d+)"', group[1])) == {str(one.pk), str(other.pk)}
    assert "was found next to this place" in page and '<optgroup label="A case">' not in page
    assert "Signed. It limits 2 people." in sign(officer, f"{unit}.f2", cause=f"case:{one.pk}", reference="")
    order = Order.objects.get()
    assert (order.cause_kind, order.cause_id, order.anchor_at) == ("case", one.pk, None)
    page = officer.get(new("order", str(place(Level.COMPOUND)))).content.decode()
    assert "A case nearby" not in page and page.count('value="case:') == 2, "a case inside is not nearby as well"


def test_around_whole_compounds_the_cases_of_the_community_are_near(officer: Any) -> None:
    town.settle(1, compound="丽苑")
    compounds = [place(Level.COMPOUND, n) for n in (1, 2)]
    found = case("P1-101", on(19), BASE)
    away = next(c for c in compounds if not c <= found.place_id < c + Level.COMPOUND.width)
    page = officer.get(new("order", str(away))).content.decode()
    assert f'value="case:{found.pk}"' in page and "A case nearby" in page
    page = officer.get(new("order", *map(str, compounds))).content.decode()
    assert "A case nearby" not in page
    far = officer.post(new("order", str(away)), wish(name="丽苑", justification="one market for both", cause="case:987654"))
    assert far.status_code == 422


def test_the_page_of_an_area_that_was_split_leads_to_the_areas_that_go_on(cast: Any, officer: Any) -> None:
    told = draft(Piece(place(Level.COMPOUND)), name="和苑", justification="cases in both buildings of it")
    order = issue.issue(told, cast["officer"], BASE, BECAUSE)
    assert "Goes on as" not in plain(officer.get(f"/areas/{order.pk}"))
    shares = [deeds.Share(f"和苑{n}号楼", [Piece(place(Level.BUILDING, n))]) for n in (1, 2)]
    made = deeds.split(order.pk, shares, cast["officer"], BASE, BECAUSE)
    page = officer.get(f"/areas/{order.pk}").content.decode()
    links = re.search(r'id="followers">(.*?)</ul>', page, re.DOTALL)
    assert links and re.findall(r'href="/areas/(\d+)">([^<]+)', links[1]) == [(str(o.pk), o.name) for o in made]


def test_the_preview_of_an_order_that_ends_before_its_days_are_over_says_so(officer: Any) -> None:
    building = str(place(Level.BUILDING))
    usual = plain(officer.post(new("order", building), wish()))
    assert "if everybody present is negative on the last day, 2022-11-25" in usual
    early = plain(officer.post(new("order", building), wish(until="2022-11-22T00:00")))
    assert "Can be lifted not before its end Its days are over after its end only: 2022-11-25 00:00" in early
    assert "if everybody present is negative" not in early and "2022-11-22 00:00" in early


def test_an_end_later_than_the_policy_s_is_refused_not_replaced(officer: Any) -> None:
    building = str(place(Level.BUILDING))
    late = officer.post(new("order", building), wish(until="2022-11-26T00:01"))
    assert late.status_code == 422 and "The policy allows no end later than 2022-11-26 00:00." in plain(late)
    assert "no end later than" in sign(officer, building, until="2022-11-26T00:01") and not Order.objects.exists()
    assert officer.post(new("order", building), wish(until="2022-11-26T00:00")).status_code == 200


def test_a_justification_that_is_too_short_is_told_how_long_it_must_be(officer: Any) -> None:
    short = officer.post(new("order", str(place(Level.COMPOUND))), wish(name="和苑", justification="short"))
    assert short.status_code == 422 and "The justification has 5 characters; it needs at least 10" in plain(short)


def test_an_order_may_stand_on_an_address_that_nobody_has_settled(cast: Any, officer: Any) -> None:
    from tongxin.places.models import Address

    street = COMMUNITY // Level.STREET.width * Level.STREET.width
    address = Address.objects.create(place_id=street, text="白杨路199弄", key="白杨路199弄")
    code = f"{street}.a{address.pk}"
    page = plain(officer.get(f"/addresses/{address.pk}"))
    assert "Order an area here" in page and "白杨路199弄" in officer.get(new("order", code)).content.decode()
    assert "Signed. It limits 0 people." in sign(officer, code, name="白杨路199弄")
    order = Order.objects.get()
    assert [p.address_id for p in order.parts.all()] == [address.pk]
    assert "nobody is known to be on its roll" in plain(officer.get(f"/areas/{order.pk}"))


def test_more_places_than_an_order_has_are_said_and_never_cut_off(officer: Any) -> None:
    many = [f"{place(Level.UNIT)}.f{n}" for n in range(1, 202)]
    page = plain(officer.get(new("", *many).replace("new/?", "new?")))
    assert "An order has at most 200 places" in page and "Nothing yet." in page
    assert officer.get(new("order", *many), follow=True).status_code == 200 and not Order.objects.exists()
