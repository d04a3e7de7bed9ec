"""From a positive report to a member who is free again, as an officer sees it in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from tests.browser.conftest import Site, axe_source, picture
from tests.support import PASSWORD, ROOT

from tongxin.restrictions.models import Restriction

pytestmark = pytest.mark.browser
PICTURES = ROOT / "build" / "pictures" / "walk"
PAGES = ("/", "/chase", "/chase/T1", "/screening", "/screening/R20221126", "/tasks", "/people", "/imports", "/places")


def signed_in(browser: Any, base: str, user: str, language: str = "en", **options: Any) -> Any:
    context = browser.new_context(viewport={"width": 1360, "height": 900}, **options)
    context.add_cookies(
        [{"name": "tongxin_language", "value": language, "url": base}]
    )
    page = context.new_page()
    page.goto(f"{base}/login")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def test_a_positive_tube_is_on_the_board_without_reload_and_its_member_is_called_retested_and_released(
    site: Site, browser: Any
) -> None:
    assert [site.scan("T1", n)["accepted"] for n in range(1, 11)] == [1] * 10
    page = signed_in(browser, site.base, "officer")
    page.goto(f"{site.base}/chase")
    page.get_by_text("live", exact=True).first.wait_for()
    assert page.get_by_role("link", name="T1").count() == 0

    site.report("L1", "T1", "阳性", "2022-11-26 07:50:00")
    page.get_by_role("link", name="T1").wait_for()  # the board asked again by itself
    picture(page, PICTURES / "1-board.png")

    page.get_by_role("link", name="T1").click()
    row = page.locator("tr", has_text="居民1").filter(has_text="101").first
    row.get_by_text("Log a call").click()
    form = row.locator("form[action*='call']")
    form.locator("input[name=channel]").first.check()
    form.locator("[name=outcome]").select_option("stays")
    form.get_by_role("button", name="Log it").click()
    row.get_by_text("stays in place").first.wait_for()
    picture(page, PICTURES / "2-called.png")

    retest = {"round": "", "purpose": "retest", "tube_kind": "single", "capacity": "1", "scanned_at": "2022-11-26 07:55:00"}
    site.scan("Q1", 1, **retest)
    row.get_by_text("pending").wait_for()
    site.report("L2", "Q1", "阴性", "2022-11-26 07:58:00")
    row.get_by_text("Judge", exact=True).wait_for()
    row.get_by_text("Judge", exact=True).click()
    row.get_by_role("button", name="No close contact: release").click()
    page.locator("tr.faded", has_text="居民1").first.wait_for()
    picture(page, PICTURES / "3-released.png")

    held = Restriction.objects.filter(released_at=None).count()
    free = Restriction.objects.exclude(released_at=None).get()
    assert (held, free.release_kind) == (9, "released")


@pytest.mark.parametrize(("language", "scheme"), [("zh-hans", "light"), ("en", "dark")])
def test_every_page_is_accessible_in_both_languages_light_and_dark(
    site: Site, browser: Any, language: str, scheme: str
) -> None:
    source = axe_source()
    if source is None:
        pytest.skip("axe-core is not installed; `make setup` installs it")
    for n in range(1, 4):
        site.scan("T1", n)
    site.report("L1", "T1", "阳性", "2022-11-26 07:50:00")
    page = signed_in(browser, site.base, "officer", language, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(site.base + path)
        page.evaluate(source.read_text(encoding="utf-8"))
        violations = page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])")
        if violations:
            found[path] = violations
    assert found == {}
