"""From the signature of an area to its lift, as an officer sees it in a browser; every page looked at and accessible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, person, place, sample
from tests.browser.conftest import axe_source, picture
from tests.browser.test_walk import signed_in
from tests.support import COMMUNITY, OTHER, ROOT, City

from tongxin.areas.models import Order
from tongxin.areas.operations import issue, turn, upkeep
from tongxin.areas.operations.issue import Photo, Piece
from tongxin.chase.models import Case
from tongxin.kit import clock, clocks
from tongxin.places.place_id import Level
from tongxin.restrictions.models import Restriction

pytestmark = pytest.mark.browser
PICTURES = ROOT / "build" / "pictures" / "areas"
# The smallest picture that every browser draws: one grey pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763b8bdbc1b0004ee0212d6a7a4c90000000049454e44"
    "ae426082"
)
SEEN = Photo(BASE, PNG, "image/png")
EVERYBODY = {f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)}


@pytest.fixture
def base(city: City, cast: dict[str, Any]) -> Iterator[str]:
    """The program serving a town of six buildings, on 20 November at three in the afternoon."""
    from tongxin.bench.serving import server

    at(BASE)
    town.settle(buildings=6)
    with server({**city.env, "TONGXIN_PORT": "0"}) as port:
        yield f"http://127.0.0.1:{port}"


def a_case(number: str, positive: Any, removed: Any = None) -> Case:
    who = person(number)
    return Case.objects.create(
        person_id=who.pk, place_id=who.place_id, positive_at=positive, removed_at=removed, cause_tube_id=1
    )


def test_an_area_is_signed_extended_blocked_by_one_door_sampled_and_lifted_without_a_reload(base: str, browser: Any) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    a_case("P1-101", on(19), BASE)
    page = signed_in(browser, base, "officer")
    page.goto(f"{base}/areas")
    page.get_by_role("link", name="Order an area").click()
    page.get_by_label("Name or address").fill("和苑1号楼")
    page.get_by_role("button", name="Search, and keep what is ticked").click()
    page.get_by_label("building 1").first.check()
    page.get_by_role("button", name="Go on: kind and reason").click()
    page.get_by_role("button", name="Go on: whom it limits").click()
    assert "5 people are limited from the signature on" in page.inner_text("main")
    picture(page, PICTURES / "1-preview.png")
    page.get_by_label("Photo of the exits").set_input_files({"name": "exit.png", "mimeType": "image/png", "buffer": PNG})
    page.get_by_role("button", name="Sign: limit 5 people").click()
    page.get_by_text("Signed. It limits 5 people.").wait_for()
    order = Order.objects.get()

    late = a_case("P1-202", on(22, 8), on(22, 12))  # whoever left as a case is no longer on the roll
    turn.run(at(on(22, 13)))
    page.get_by_role("link", name="4 people").wait_for()  # the page asked again by itself
    assert "2022-11-22 12:00" in page.inner_text("#conditions")
    page.get_by_text("Extend it, signed by me").click()
    page.get_by_label("New end").fill("2022-11-28T00:00")
    page.get_by_label("What it cites").select_option(f"case:{late.pk}")
    page.locator("#extend_reason").fill("A new case left on the 22nd; five days from then")
    page.get_by_role("button", name="Sign: 4 people stay limited").click()
    page.get_by_text("extended, signed by you").wait_for()
    order.refresh_from_db()
    assert (order.ends_at, order.last_day) == (on(28), on(27).date())
    picture(page, PICTURES / "2-extended.png")

    at(on(27, 9))
    page.reload()
    page.get_by_text("live", exact=True).first.wait_for()
    sample(27, *EVERYBODY - {"P1-302"}, reported=12)
    clocks.quick(at(on(27, 14)))
    page.get_by_text("1 of 4 without a result").wait_for()
    assert page.locator("#missing-doors li").count() == 1 and "302" in page.inner_text("#missing-doors")
    picture(page, PICTURES / "3-blocked.png")
    tasks = signed_in(browser, base, "officer")
    tasks.goto(f"{base}/tasks")
    assert "302" in tasks.inner_text("#worklist")

    sample(27, "P1-302", hour=15, reported=18)
    turn.run(at(on(27, 18.2)))
    page.get_by_role("heading", name="The conditions are met").wait_for()
    page.goto(f"{base}/areas")
    page.get_by_label("Lift 和苑1号楼").check()
    page.get_by_role("button", name="Lift the ticked areas").click()
    picture(page, PICTURES / "4-confirm.png")
    page.get_by_role("button", name="Lift 1 area").click()
    page.get_by_text("1 area is lifted; 4 people are free of it.").wait_for()
    assert not Restriction.objects.filter(cause_kind="order", released_at=None).exists()


def test_a_tick_outlives_what_comes_in_meanwhile(base: str, browser: Any, cast: Any) -> None:
    one, _blocked, two, *_others = _areas(cast)
    sample(25, *EVERYBODY)
    turn.run(at(on(25, 19)))
    page = signed_in(browser, base, "officer")
    page.goto(f"{base}/areas")
    page.get_by_text("live", exact=True).first.wait_for()
    page.locator(f"#tick-{one.pk}").check()
    assert page.locator(f"#tick-{two.pk}").count() == 0
    sample(25, *(n.replace("P1", "P3") for n in EVERYBODY), hour=10)
    turn.run(clock.now())
    page.locator(f"#tick-{two.pk}").wait_for()
    assert page.locator(f"#tick-{one.pk}").is_checked()


def _areas(cast: dict[str, Any]) -> list[Order]:
    """Four areas and a temporary control; a case in the second, an objection to the third, one across two communities."""
    officer = cast["officer"]
    found = [
        issue.issue(draft(Piece(place(Level.BUILDING, n)), name=f"和苑{n}号楼", anchor_at=BASE, exits=SEEN), officer, BASE, BECAUSE)
        for n in (1, 2, 3)
    ]
    a_case("P2-201", on(21, 8))
    found.append(issue.issue(draft(Piece(place(Level.UNIT, 4), floor=2), kind="temporary", name="和苑4号楼1单元"), officer, BASE, BECAUSE))
    both = [Piece(COMMUNITY), Piece(OTHER)]
    found.append(issue.issue(
        draft(*both, name="桃花桥社区、福民社区", justification="One market with two gates, one in each community", anchor_at=BASE),
        officer, BASE, BECAUSE,
    ))  # fmt: skip
    limit = Restriction.objects.get(cause_id=found[2].pk, subject_id=person("P3-101").pk)
    upkeep.object_to(limit.pk, "我上周就搬走了，不住在这里。", BASE, BECAUSE)
    upkeep.place_barrier(found[0].pk, "北门", "注水围挡", officer, BASE, BECAUSE)
    return found


LOOKS = [("zh-hans", "light", 1360), ("en", "dark", 1360), ("zh-hans", "light", 390)]


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_every_page_of_areas_is_accessible_and_fits(
    base: str, browser: Any, cast: Any, language: str, scheme: str, width: int
) -> None:
    source = axe_source()
    if source is None:
        pytest.skip("axe-core is not installed; `make setup` installs it")
    PICTURES.mkdir(parents=True, exist_ok=True)
    orders = _areas(cast)
    sample(25, *EVERYBODY - {"P1-302"})
    sample(25, *(n.replace("P1", "P3") for n in EVERYBODY))
    turn.run(at(on(25, 19.5)))
    one, third = orders[0].pk, orders[2].pk
    chosen = f"p={place(Level.BUILDING, 5)}&p={place(Level.UNIT, 6)}.f2"
    page = signed_in(browser, base, "officer", language, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    found, wide = {}, {}
    for name, path in {
        "home": "/", "list": "/areas?state=all", "grid": "/areas?view=grid&place=500108106", "lift": "/areas/lift",
        "area": f"/areas/{one}", "ready": f"/areas/{third}", "people": f"/areas/{one}/people", "missing": f"/areas/{one}/missing",
        "upkeep": f"/areas/{third}/upkeep", "narrow": f"/areas/{orders[4].pk}/narrow", "notice": f"/areas/{one}/notice",
        "new": f"/areas/new?{chosen}&at={place(Level.BUILDING, 5)}", "order": f"/areas/new/order?{chosen}",
        "larger": f"/areas/new/order?p={place(Level.COMPOUND)}", "objection": "/areas/objections/1",
    }.items():  # fmt: skip
        page.goto(base + path)
        page.wait_for_load_state("networkidle") if name == "area" else None
        page.evaluate(source.read_text(encoding="utf-8"))
        if violations := page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])"):
            found[name] = violations
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide[name] = page.evaluate("document.documentElement.scrollWidth")
        picture(page, PICTURES / f"{name}-{language[:2]}-{scheme}-{width}.png", full_page=True)
    assert (found, wide) == ({}, {})


def test_the_notice_for_the_door_fits_one_sheet(base: str, browser: Any, cast: Any) -> None:
    one = _areas(cast)[0]
    page = signed_in(browser, base, "officer")
    page.goto(f"{base}/areas/{one.pk}/notice")
    sheet = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "notice.pdf").write_bytes(sheet)
