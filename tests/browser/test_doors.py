"""Door by door in a browser: a tall building, an address that gets its place, the next knock, and the resident's own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests import areas_town as areas
from tests.areas_town import BASE, BECAUSE, at, draft, on, person
from tests.browser.conftest import axe_source, picture
from tests.browser.test_walk import signed_in
from tests.db.test_settle import STREET, address, on_list
from tests.support import COMMUNITY, PASSWORD, ROOT, City

pytest_plugins = ["tests.parity.fixtures"]
pytestmark = pytest.mark.browser
PICTURES = ROOT / "build" / "pictures" / "doors"
PHONE, IDENTITY = "13800000001", "990111195001310011"
FLOORS, UNITS = 60, 10
LOOKS = (("zh-hans", "light", False), ("en", "dark", False), ("zh-hans", "light", True))


@pytest.fixture(scope="module")
def base(module_city: City) -> Iterator[str]:
    """The last day of an area over a small building and over one of 60 floors and 10 units, served."""
    from tongxin.access import operations as access
    from tongxin.areas.operations import issue
    from tongxin.areas.operations.issue import Piece
    from tongxin.bench.serving import server
    from tongxin.chase.models import Case
    from tongxin.kit import clocks, crypto, db
    from tongxin.people import register
    from tongxin.people.models import Person
    from tongxin.people.rules import Entry
    from tongxin.places.models import Home, Place

    with db.acting_as_jobs():
        at(BASE)
        users = {
            name: access.create_user(name, name, role, [place], PASSWORD, BECAUSE)
            for name, role, place in (("officer", "operations", STREET), ("sampler", "sampling", COMMUNITY))
        }
        areas.settle()
        code = "500108106002"
        register.record([
            Entry(f"B{f}-{u}-{n}", "", f"楼民{f:02d}{u}{n}", "F", None, "", code, "高塔", "8号楼", f"{u}单元", f"{f}{u:02d}",
                  "dialysis" if (f * 7 + u) % 53 == 0 else "")
            for f in range(1, FLOORS + 1) for u in range(1, UNITS + 1) for n in (1, 2) if (f + u) % 17
        ])  # fmt: skip
        Person.objects.filter(person_no="P1-201").update(
            phone=crypto.encrypt(PHONE), phone_hash=crypto.lookup_hash(PHONE), id_number=crypto.encrypt(IDENTITY),
            id_hash=crypto.lookup_hash(IDENTITY), birth_date="1950-01-31", category="elderly_alone",
        )  # fmt: skip
        tower = Place.objects.get(name="8号楼")
        for unit in Place.objects.filter(parent_id=tower.pk).exclude(pk=tower.pk):
            Home.objects.get_or_create(place_id=unit.pk, number="6199", defaults={"floor": 60})
        for name, place in (("和苑1号楼", building("和苑", "1")), ("高塔8号楼", tower.pk)):
            issue.issue(draft(Piece(place), anchor_at=BASE, name=name), users["officer"], BASE, BECAUSE)
        who = person("B30-5-1")
        Case.objects.create(person_id=who.pk, place_id=who.place_id, positive_at=on(24), cause_tube_id=1)
        missing = {f"B{f}-{u}-1" for f in range(3, FLOORS, 11) for u in (2, 7)}
        swabbed = [p for p in Person.objects.exclude(person_no="P1-201").values_list("person_no", flat=True) if p not in missing]
        areas.sample(25, *swabbed, reported=12)
        areas.sample(25, "B3-2-1", hour=13, result="")
        ones = [address(text) for text in ("和苑2号楼1单元", "高塔9号楼", "朝天门码头", "桃花桥西里3号楼")]
        on_list(*ones)
        clocks.quick(at(on(25, 14)))
    with server({**module_city.env, "TONGXIN_PORT": "0", "TONGXIN_DEMO_LOGINS": '{"officer": "x"}'}) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(autouse=True)
def seeing_everything(base: str) -> Iterator[None]:
    from tongxin.kit import db

    with db.acting_as_jobs():
        yield


def building(compound: str, name: str) -> int:
    from tongxin.places.models import Place

    return Place.objects.get(name=name, parent_id=Place.objects.get(name=compound).pk).pk


def tower() -> int:
    return building("高塔", "8号楼")


def code_of(number: str) -> str:
    """The latest code, from the file that stands for a message."""
    from tongxin.messages import sending

    said = max(sending.folder().iterdir(), key=lambda file: file.stat().st_mtime_ns).read_text(encoding="utf-8")
    return re.search(r"\d{6}", said.replace(number, ""))[0]  # type: ignore[index]


def test_a_home_opens_beside_the_building_without_a_reload(base: str, browser: Any) -> None:
    page = signed_in(browser, base, "officer")
    page.goto(f"{base}/buildings/{tower()}")
    page.evaluate("window.same = true")
    picture(page, PICTURES / "tower.png")
    page.locator(".house .home-positive").click()
    page.locator("#home").get_by_text("positive, still here").wait_for()
    assert page.evaluate("window.same") and "home=" in page.url
    page.get_by_role("link", name="Close").click()
    page.locator(".opened").wait_for(state="detached")
    page.locator(".legend .home-missing").click()
    assert page.locator("tbody tr").count() == 12


def test_a_ticked_suggestion_is_settled_and_its_people_are_limited(base: str, browser: Any) -> None:
    page = signed_in(browser, base, "officer")
    page.goto(f"{base}/addresses?tick=sure")
    page.get_by_role("button", name="Accept the suggestion").click()
    assert "6 people are newly limited" in page.inner_text("main")
    picture(page, PICTURES / "settle.png", full_page=True)
    page.get_by_role("button", name="Settle this address").click()
    page.get_by_text("1 address is settled").wait_for()
    page.goto(f"{base}/addresses?state=settled")
    page.get_by_role("link", name="和苑2号楼1单元").first.click()
    page.get_by_label("What is wrong with it").fill("another 和苑")
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("Taken back").wait_for()


def test_a_resident_reads_what_limits_them_objects_and_leaves(base: str, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": "tongxin_language", "value": "en", "url": base}])
    page = context.new_page()
    page.goto(f"{base}/me")
    page.get_by_label("Identity number or mobile phone").fill(PHONE)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("The six digits").fill(code_of(PHONE))
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Date of birth").fill("19500131")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Yours is missing").wait_for()
    page.get_by_text("I object", exact=True).click()
    page.get_by_label("Why it is wrong").fill("I have lived elsewhere since Monday")
    page.get_by_role("button", name="Send my objection").click()
    page.get_by_text("An answer is due by").wait_for()
    picture(page, PICTURES / "me-objected.png", full_page=True)
    page.get_by_role("button", name="Leave").click()
    page.goto(f"{base}/me/status")
    assert page.url == f"{base}/me"


def test_the_door_list_prints_without_what_is_only_for_the_screen(base: str, browser: Any) -> None:
    page = signed_in(browser, base, "officer")
    page.goto(f"{base}/buildings/{tower()}/doors?state=missing")
    page.emulate_media(media="print")
    picture(page, PICTURES / "doors-print.png", full_page=True)
    assert page.get_by_text("Destroy it by 2022-11-26 14:00").is_visible()
    assert not page.locator(".chips, .head, .pager, .filters").filter(visible=True).count()


def _ready(page: Any, base: str) -> None:
    page.goto(f"{base}/me")
    page.fill("input[name=number]", IDENTITY)
    page.press("input[name=number]", "Enter")
    page.wait_for_url("**/me/code")
    picture(page, PICTURES / "me-code.png")
    page.fill("input[name=code]", code_of(PHONE))
    page.press("input[name=code]", "Enter")
    page.wait_for_url("**/me/status")


@pytest.mark.parametrize(("language", "scheme", "phone"), LOOKS)
def test_every_page_is_accessible_in_both_languages_light_and_dark_and_on_a_phone(
    base: str, browser: Any, language: str, scheme: str, phone: bool
) -> None:
    from tongxin.places.models import Address
    from tongxin.screening.models import Round
    from tongxin.tasks.models import Task

    source = axe_source()
    if source is None:
        pytest.skip("axe-core is not installed; `make setup` installs it")
    one = Address.objects.get(text="高塔9号楼")
    task = Task.objects.filter(kind="area.sample").order_by("-frees")[0]
    home = person("B30-5-1").home_id
    pages = {
        "building": f"/buildings/{building('和苑', '1')}", "tower": f"/buildings/{tower()}", "home": f"/buildings/{tower()}?home={home}#h{home}",
        "doors": f"/buildings/{tower()}/doors?state=missing", "addresses": "/addresses", "address": f"/addresses/{one.pk}",
        "address-chosen": f"/addresses/{one.pk}?to={tower()}", "worklist": "/tasks?order=frees", "task": f"/tasks/{task.pk}",
        "tubes": f"/screening/{Round.objects.get(name='R20221125').pk}/tubes?result=pending",
    }  # fmt: skip
    options = {"color_scheme": scheme}
    page = signed_in(browser, base, "officer", language, **options)
    if phone:
        page.set_viewport_size({"width": 390, "height": 844})
    kind, found = f"{language[:2]}-{scheme}{'-phone' if phone else ''}", {}

    def look(name: str) -> None:
        picture(page, PICTURES / f"{name}-{kind}.png", full_page=name in ("addresses", "address", "me-status"))
        page.evaluate(source.read_text(encoding="utf-8"))
        violations = page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])")
        if violations:
            found[name] = violations

    for name, path in pages.items():
        page.goto(base + path)
        page.wait_for_timeout(100)
        look(name)
    page.goto(f"{base}/me")
    look("me")
    _ready(page, base)
    look("me-status")
    page.goto(f"{base}/me/looks")
    look("me-looks")
    assert found == {}
