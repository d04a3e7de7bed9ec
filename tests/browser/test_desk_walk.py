"""A need by telephone, from the first word to the resident's, as an operator sees it in a browser; the desk's pages looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.browser.conftest import axe_source, picture
from tests.browser.test_walk import signed_in
from tests.needs_town import BECAUSE, DISTRICT, HOUR, NOW, raised, settle, take
from tests.support import PASSWORD, ROOT, City

from tongxin.needs.models import Need
from tongxin.needs.operations import deeds

pytestmark = pytest.mark.browser
PICTURES = ROOT / "build" / "pictures" / "needs"


@pytest.fixture
def base(city: City, cast: dict[str, Any]) -> Iterator[str]:
    """The program serving a town with a desk."""
    from tongxin.access import operations
    from tongxin.bench.serving import server

    city.at(NOW)
    settle()
    operations.create_user("desk", "desk", "desk", [DISTRICT], PASSWORD, BECAUSE)
    with server({**city.env, "TONGXIN_PORT": "0"}) as port:
        yield f"http://127.0.0.1:{port}"


def test_somebody_calls_and_is_helped_and_the_desk_sees_it_without_a_reload(base: str, browser: Any) -> None:
    board = signed_in(browser, base, "officer")
    board.goto(f"{base}/needs")
    board.get_by_text("live", exact=True).first.wait_for()
    page = signed_in(browser, base, "desk")
    page.goto(f"{base}/needs/phone")
    page.get_by_label("Number of the caller").fill("10000000004")
    page.get_by_text("This number belongs to 2 households").wait_for()
    page.get_by_label("What is needed, in the caller's words").fill("我妈的降压药只剩两天了")
    page.get_by_text("The words suggest:").wait_for()
    page.get_by_label("Medicine, strength, how much").fill("硝苯地平缓释片两盒")
    page.locator("label.choice", has_text="居民5").get_by_role("radio").check()
    picture(page, PICTURES / "1-phone.png", full_page=True)
    page.get_by_role("button", name="Take it in").click()
    page.get_by_text("Taken in.").wait_for()
    assert "硝苯地平缓释片两盒" in page.inner_text("main") and page.locator("mark").count() == 2
    need = Need.objects.get(channel="phone")
    board.locator(f"#need-{need.pk}").wait_for()  # the desk asked again by itself

    page.get_by_text("Another kind, team, place or person").click()
    page.get_by_label("Kind").select_option("special_drug")  # its questions come, and what was typed stays
    page.get_by_label("Where it is usually got").wait_for()
    assert page.get_by_label("Medicine, strength, how much").input_value() == "硝苯地平缓释片两盒"
    page.get_by_label("Address or name of a place").fill("和苑1号楼1单元901")
    page.get_by_label("桃花桥社区 和苑 building 1 unit 1 901").check()
    page.locator("#confirm").get_by_role("button", name="Route it anew").click()
    page.get_by_text("It is with its team: medicine.").wait_for()

    page.get_by_role("button", name="Show").first.click()
    page.locator("a[href='tel:10000000004']").wait_for()
    page.locator("#do-finish summary").click()
    page.get_by_label("What was done").fill("放在门口")
    page.get_by_role("button", name="Done: every caller is told and asked").click()
    page.get_by_label("How satisfied").select_option("5")
    page.get_by_role("button", name="It is solved: close").click()
    page.get_by_text("Closed by the resident's word.").wait_for()
    picture(page, PICTURES / "2-closed.png", full_page=True)
    need.refresh_from_db()
    assert (need.state, need.kind, need.satisfaction) == ("closed", "special_drug", 5)
    board.locator(f"#need-{need.pk}").wait_for(state="detached")


def test_every_page_of_the_desk_is_accessible_in_both_languages_light_and_dark_and_fits_a_phone(base: str, browser: Any) -> None:
    source = axe_source()
    if source is None:
        pytest.skip("axe-core is not installed; `make setup` installs it")
    needs = take(
        raised("我爸胸口疼喘不上气", "1", phone="10000000001"), raised("暖气不热", "2", phone="10000000002"),
        raised("没暖气，冷", "3", phone="10000000003"), raised("他打我", "4", phone="10000000004"),
        raised("x" * 300, "5", raised_at=NOW - 50 * HOUR), raised("买菜", "6", phone="10000000006", raised_at=NOW - 50 * HOUR),
    )  # fmt: skip
    deeds.promise(None, needs[1].pk, None, NOW + HOUR, "中午前修好", True, NOW, BECAUSE)
    deeds.finish(None, needs[5].pk, None, "", NOW, BECAUSE)
    addresses = ("/needs", *(f"/needs/{needs[n].pk}" for n in (0, 1, 3, 5)), "/needs/phone", "/needs/phone?channel=letter",
                 "/needs/handover", "/needs/asked", "/needs/glossary?word=药", "/needs?state=closed")  # fmt: skip
    for language, scheme, width in (("zh-hans", "light", 390), ("en", "dark", 1360)):
        page = signed_in(browser, base, "desk", language, color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        for address in addresses:
            page.goto(f"{base}{address}")
            page.evaluate(source.read_text())
            found = page.evaluate("axe.run(document).then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))")
            assert found == [], (address, found)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            name = address.strip("/").replace("/", "-").replace("?", "-")
            picture(page, PICTURES / f"{name}-{language}-{width}.png")
