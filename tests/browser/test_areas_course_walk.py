"""The course of an area in a browser: the disinfection is put on record, a case is studied; the page is accessible."""

from __future__ import annotations

from typing import Any

import pytest
from tests.areas_town import BASE, BECAUSE, at, draft, on, place
from tests.browser.conftest import axe_source, picture
from tests.browser.test_areas_walk import PICTURES, a_case, base  # noqa: F401 - the fixture
from tests.browser.test_walk import signed_in
from tests.support import DISTRICT

from tongxin.areas.models import Disinfection, Order, Study
from tongxin.areas.operations import issue, turn
from tongxin.areas.operations.issue import Piece
from tongxin.kit import clocks
from tongxin.places.place_id import Level
from tongxin.policy import operations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-hans", "light", 390), ("en", "dark", 1280)])
def test_a_disinfection_and_a_study_are_put_on_record(
    base: str, browser: Any, cast: dict[str, Any], language: str, scheme: str, width: int  # noqa: F811
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    operations.adopt(DISTRICT, "cn-2022-06-ninth", BASE, cast["officer"], "as the centre says", BASE)
    clocks.quick(BASE)
    one = a_case("P1-101", on(19), BASE)
    order = issue.issue(draft(Piece(place(Level.BUILDING)), anchor_at=BASE), cast["officer"], at(BASE), BECAUSE)
    Order.objects.filter(pk=order.pk).update(anchor_event="disinfected", anchor_at=None)
    turn.run(at(on(21, 10)))
    page = signed_in(browser, base, "officer", language, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{base}/areas/{order.pk}")
    page.locator("#course").wait_for()
    picture(page, PICTURES / f"course-{language}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.locator("#do-disinfected-0 summary").click()
    page.locator("#do-disinfected-0 [name=done_by]").fill("消杀队")
    page.locator("#do-disinfected-0 [name=at]").fill("2022-11-21T09:00")
    page.locator("#do-disinfected-0 button").click()
    page.locator("#course").get_by_text("消杀队").wait_for()
    assert Disinfection.objects.get().at == on(21, 9)
    page.locator(f"details[id^=do-study-{one.pk}] summary").click()
    page.locator(f"details[id^=do-study-{one.pk}] [name=finding]").select_option("repositive")
    page.locator(f"details[id^=do-study-{one.pk}] [name=reason]").fill("discharged in October")
    picture(page, PICTURES / f"study-{language}.png", full_page=True)
    page.locator(f"details[id^=do-study-{one.pk}] button").click()
    page.locator("#course").get_by_text("discharged in October").wait_for()
    assert Study.objects.get().finding == "repositive"
    source = axe_source()
    if source is not None:
        page.evaluate(source.read_text(encoding="utf-8"))
        found = page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])")
        assert found == []
