"""A pack is compared, adopted and commented on in a browser, by keyboard; its pages are accessible."""

from __future__ import annotations

from typing import Any

import pytest
from tests.browser.conftest import Site, axe_source, picture
from tests.browser.test_walk import signed_in
from tests.support import DISTRICT, ROOT

from tongxin.policy.models import Comment, Period

pytestmark = pytest.mark.browser
PICTURES = ROOT / "build" / "pictures" / "policy"
TEN = "cn-2022-12-ten"
PAGES = (
    "/policy", "/policy?list=levels", f"/policy/{TEN}", f"/policy/{TEN}/area.temporary_longest", "/policy/adopt",
    f"/policy/compare?a=cn-2022-11-twenty&b={TEN}",
)  # fmt: skip


def _positive_tube(site: Site) -> None:
    for n in range(1, 4):
        site.scan("T1", n)
    site.report("L1", "T1", "阳性", "2022-11-26 07:50:00")


def test_a_pack_is_adopted_by_keyboard_after_it_was_shown_what_it_does(site: Site, browser: Any) -> None:
    _positive_tube(site)
    page = signed_in(browser, site.base, "officer")
    page.goto(f"{site.base}/policy/adopt?pack={TEN}")
    page.locator("select[name=pack]").focus()
    page.keyboard.press("Tab")
    for _ in range(10):  # the parts of the date, until the reason has the focus
        if page.evaluate("document.activeElement.name") == "reason":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("the circular of the day")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Stay in place until the retest: free earlier").first.wait_for()
    picture(page, PICTURES / "adopt.png", full_page=True)
    assert not Period.objects.exists()
    page.get_by_role("button", name="Adopt it, signed by me").focus()
    page.keyboard.press("Enter")
    page.get_by_text("is adopted").wait_for()
    picture(page, PICTURES / "adopted.png", full_page=True)
    assert Period.objects.get().place_id == DISTRICT


def test_a_worker_comments_and_reads_it_at_the_parameter(site: Site, browser: Any) -> None:
    page = signed_in(browser, site.base, "worker", "zh-hans")
    page.goto(f"{site.base}/policy/{TEN}/area.temporary_longest")
    page.locator("#comments summary").click()
    page.locator("textarea[name=text]").fill("居家五天难以看护")
    page.locator("#comments form button").click()
    page.locator("#comments li").get_by_text("居家五天难以看护").wait_for()
    assert Comment.objects.get().author == "user:worker"


@pytest.mark.parametrize(("language", "scheme"), [("zh-hans", "light"), ("en", "dark")])
def test_the_pages_of_the_packs_are_accessible(site: Site, browser: Any, language: str, scheme: str) -> None:
    source = axe_source()
    if source is None:
        pytest.skip("axe-core is not installed; `make setup` installs it")
    _positive_tube(site)
    page = signed_in(browser, site.base, "officer", language, color_scheme=scheme)
    found = {}
    for n, path in enumerate(PAGES):
        page.goto(site.base + path)
        page.evaluate("document.querySelectorAll('details.more').forEach(d => d.open = true)")
        picture(page, PICTURES / f"{language}-{n}.png", full_page=True)
        page.evaluate(source.read_text(encoding="utf-8"))
        violations = page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])")
        if violations:
            found[path] = violations
    assert found == {}
