"""From a resident's phone to the desk, the team and back to the resident's word; the same for somebody without a phone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from tests import needs_town
from tests.browser.conftest import axe_source, picture
from tests.browser.test_walk import signed_in
from tests.needs_town import BECAUSE, COMMUNITY, DISTRICT, HOUR, NOW, raised, take
from tests.support import PASSWORD, ROOT, City
from tests.web.help_town import visit_of

from tongxin.needs.models import Need
from tongxin.needs.operations import deeds
from tongxin.places.models import Facility

pytestmark = pytest.mark.browser
PICTURES = ROOT / "build" / "pictures" / "needs"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def base(city: City, cast: dict[str, Any]) -> Iterator[str]:
    """The program serving a stairwell of twelve doors, at eight in the morning."""
    from tongxin.access import operations as access
    from tongxin.bench.serving import server

    city.at(NOW)
    needs_town.settle()
    for name, role, place in (("desk", "desk", DISTRICT), ("medicine", "team_medicine", COMMUNITY)):
        access.create_user(name, name, role, [place], PASSWORD, BECAUSE)
    Facility.objects.create(code="Y1", name="桃花药店", kind="pharmacy", place_id=COMMUNITY)
    with server({**city.env, "TONGXIN_PORT": "0"}) as port:
        yield f"http://127.0.0.1:{port}"


def resident(browser: Any, base: str, number: str, language: str = "en", **options: Any) -> Any:
    """The phone of a resident who has proven who they are."""
    context = browser.new_context(viewport=PHONE, **options)
    context.add_cookies([
        {"name": "tongxin_language", "value": language, "url": base},
        {"name": "tongxin_me", "value": visit_of(number), "url": f"{base}/me"},
    ])  # fmt: skip
    return context.new_page()


def faults(page: Any) -> list[Any]:
    """What axe finds, and a page that is wider than the phone."""
    source = axe_source()
    if source is None:
        return []
    page.evaluate(source.read_text(encoding="utf-8"))
    found: list[Any] = page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth && document.documentElement.scrollWidth")
    return [*found, *([wide] if wide else [])]


def seen(page: Any, name: str) -> None:
    picture(page, PICTURES / f"{name}.png", full_page=True)
    assert faults(page) == [], name


def worked(page: Any, base: str, task: str, outcome: str, note: str) -> None:
    """Somebody takes a task from the worklist and says what came of it."""
    from playwright.sync_api import Error

    job = page.locator("li.job", has_text=task).filter(has_not_text="Look at a medicine order")
    take, do = job.get_by_role("button", name="Take it"), job.get_by_role("link", name="Do it")
    for _ in range(3):  # a list that is live may be drawn anew under the finger: one looks, and takes it again
        page.goto(f"{base}/tasks")
        take.or_(do).first.wait_for()
        if do.count():
            break
        take.click()
        with contextlib.suppress(Error):
            do.wait_for(timeout=8_000)
            break
    do.click()
    page.get_by_label(outcome, exact=True).check()
    page.locator("#outcome textarea[name=note], #outcome input[name=note]").fill(note)
    page.get_by_role("button", name="Done").click()
    page.wait_for_load_state()


def bought(team: Any, base: str) -> None:
    """The medicine chain: a pharmacist looks, the card is collected, a tour planned, the receipt noted."""
    team.goto(f"{base}/needs/medicine")
    seen(team, "medicine-1-board")
    team.locator("tbody a").first.click()
    team.locator("#consult_items").fill("胰岛素, 300 单位, 2 支")
    team.locator("#consult_card").check()
    seen(team, "medicine-2-consult")
    team.get_by_role("button", name="It may be bought").click()
    team.locator("#card_holder").fill("楼栋管家")
    team.get_by_role("button", name="Note the hand-over").click()
    team.get_by_role("button", name="It is bought").wait_for()
    team.goto(f"{base}/needs/tours")
    team.get_by_label("medicine").check()
    team.get_by_role("button", name="Plan the tours").click()
    team.get_by_text("1 orders on 1 tours.").wait_for(timeout=60_000)
    seen(team, "medicine-3-tours")
    team.locator("tbody").get_by_role("link", name="medicine").click()
    seen(team, "medicine-4-tour")
    team.locator("ol a").first.click()
    team.locator("#buy_price").fill("45.60")
    team.locator("#buy_receipt").fill("R-1")
    team.get_by_role("button", name="It is bought").click()
    team.get_by_text("It goes to the door now").wait_for()
    seen(team, "medicine-5-bought")


def test_insulin_is_asked_for_on_a_phone_and_the_resident_closes(base: str, browser: Any) -> None:
    phone = resident(browser, base, "P3")
    phone.goto(f"{base}/me/status")
    seen(phone, "1-status")
    phone.get_by_role("link", name="Ask for help").click()
    seen(phone, "2-help")
    phone.get_by_role("link", name="Medicine", exact=True).click()
    phone.get_by_label("Medicine, strength, how much").fill("胰岛素 2 支")
    phone.get_by_label("Until when what is there is enough").fill("明天早上")
    seen(phone, "3-medicine")
    phone.get_by_role("button", name="Send").click()
    phone.get_by_text("We have it. Somebody is reading it.").wait_for()
    seen(phone, "4-sent")

    desk = signed_in(browser, base, "desk")
    desk.goto(f"{base}/needs")
    seen(desk, "5-desk")
    desk.locator("table").get_by_role("link", name="Medicine").first.click()
    assert "胰岛素 2 支" in desk.inner_text("main")
    desk.get_by_role("button", name="Confirm: to its team").click()
    desk.get_by_text("It is with its team").wait_for()
    seen(desk, "6-confirmed")
    phone.reload()
    assert "the team for medicine" in phone.inner_text("main")

    bought(signed_in(browser, base, "medicine"), base)
    worked(signed_in(browser, base, "worker"), base, "Bring medicine to the door", "at the door", "挂在门把手上")
    phone.reload()
    seen(phone, "7-done")
    phone.get_by_label("★★★★★ very satisfied").check()
    phone.get_by_role("button", name="Yes, it is solved").click()
    phone.get_by_text("Solved.", exact=True).wait_for()
    seen(phone, "8-solved")
    need = Need.objects.get()
    assert (need.state, need.closed_how, need.satisfaction, need.topic) == ("closed", "reply", 5, "insulin")


def test_somebody_without_a_phone_is_heard_through_a_neighbours(base: str, browser: Any) -> None:
    desk = signed_in(browser, base, "desk")
    desk.goto(f"{base}/needs/phone")
    desk.get_by_label("Telephone").or_(desk.locator("#take_phone")).first.fill("10000000001")
    desk.locator("#caller fieldset").first.wait_for()
    desk.locator("#take_q").fill("和苑1号楼1单元301")
    desk.locator("#places input").first.check()
    desk.locator("#take_text").fill("替301的老太太打的，她没有电话，胰岛素只剩一天")
    desk.locator("#heard", has_text="Medicine").get_by_label("Medicine, strength, how much").fill("胰岛素 2 支")
    seen(desk, "9-telephone")
    desk.get_by_role("button", name="Take it in").click()
    desk.wait_for_url(lambda url: not url.endswith("/phone"))
    need = Need.objects.get()
    assert (need.channel, need.state, need.topic, need.vulnerable) == ("phone", "open", "insulin", True)
    assert need.person_id is None, "the neighbour who calls was only guessed by the number"

    worked(signed_in(browser, base, "medicine"), base, "Medicine", "done", "交到本人手里")
    worked(signed_in(browser, base, "worker"), base, "Ask whether it is solved", "solved", "在门口问了本人")
    need.refresh_from_db()
    assert (need.state, need.closed_how) == ("closed", "call_back")


LOOKS = [("zh-hans", "light"), ("en", "dark")]


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_every_page_of_help_is_accessible_and_fits_a_phone(base: str, browser: Any, language: str, scheme: str) -> None:
    mine, fire, done = take(
        raised("家里没菜了，只有半棵白菜", "1", phone="10000000003"), raised("厨房着火了", "2", phone="10000000003"),
        raised("暖气不热", "3", phone="10000000003"),
    )  # fmt: skip
    deeds.promise(None, mine.pk, None, NOW + HOUR, "中午前送到", False, NOW, BECAUSE)
    deeds.finish(None, done.pk, None, "修好了", NOW, BECAUSE)
    page, wrong = resident(browser, base, "P3", language, color_scheme=scheme), {}
    for name, path in {
        "status": "/me/status", "help": "/me/help", "kind": "/me/help?kind=ride", "quiet": "/me/talk",
        "needs": "/me/needs", "need": f"/me/needs/{mine.pk}", "emergency": f"/me/needs/{fire.pk}", "done": f"/me/needs/{done.pk}",
        "outside": "/help",
    }.items():  # fmt: skip
        page.goto(base + path)
        page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        picture(page, PICTURES / f"{name}-{language[:2]}-{scheme}.png", full_page=True)
        if found := faults(page):
            wrong[name] = found
    page.fill("[name=text]", "人昏迷了，叫不醒")
    page.fill("[name=phone]", "10000000099")
    for name, press in (("sent", "button.primary"), ("refused", "button.primary"), ("heard", "button.primary")):
        if name == "refused":
            page.goto(f"{base}/me/help")
        elif name == "heard":
            page.goto(f"{base}/me/talk")
        page.locator(press).last.click()
        page.wait_for_load_state()
        picture(page, PICTURES / f"{name}-{language[:2]}-{scheme}.png", full_page=True)
        if found := faults(page):
            wrong[name] = found
    page.locator(".away button").click()  # out of here at once
    page.wait_for_url(f"{base}/me")
    picture(page, PICTURES / f"left-{language[:2]}-{scheme}.png", full_page=True)
    assert ({**wrong, "left": faults(page)}) == {"left": []}
