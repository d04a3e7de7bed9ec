"""The course of an area on its pages: what it becomes, test days, disinfection with evidence, studies of its cases."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, person, place, sample
from tests.support import DISTRICT

from tongxin.areas.models import Disinfection, Order, Study
from tongxin.areas.operations import issue, turn
from tongxin.areas.operations.issue import Piece
from tongxin.chase.models import Case
from tongxin.kit import clocks
from tongxin.places.place_id import Level
from tongxin.policy import operations

NINTH, TWENTY, TEN = "cn-2022-06-ninth", "cn-2022-11-twenty", "cn-2022-12-ten"
JPEG = b"\xff\xd8\xff\xe0 a photo"
EVERYBODY = [f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)]


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> None:
    at(BASE)
    town.settle()


def adopt(pack: str, cast: dict[str, Any]) -> None:
    operations.adopt(DISTRICT, pack, BASE, cast["officer"], "as the centre says", BASE)
    clocks.quick(BASE)


def ordered(cast: dict[str, Any], **other: Any) -> Order:
    told = {"anchor_at": BASE, **other}
    return issue.issue(draft(Piece(place(Level.BUILDING)), **told), cast["officer"], at(BASE), BECAUSE)


def case(number: str, removed: dt.datetime | None = None) -> Case:
    who = person(number)
    return Case.objects.create(person_id=who.pk, place_id=who.place_id, positive_at=BASE, removed_at=removed, cause_tube_id=1)


def plain(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_who_signs_and_who_lives_there_read_from_the_start_what_the_area_becomes(cast: dict[str, Any], signed_in: Any) -> None:
    adopt(NINTH, cast)
    order, officer = ordered(cast), signed_in(cast["officer"], "en")
    page = plain(officer.get(f"/areas/{order.pk}"))
    assert "medium-risk area until 2022-12-01 00:00 at the latest, without a new decision" in page
    assert "Then it is milder (medium-risk area) until 2022-12-01 00:00" in plain(officer.get(f"/areas/{order.pk}/notice"))
    sample(27, *EVERYBODY, reported=12)
    turn.run(at(on(27, 13)))
    assert "Confirm: medium-risk area from now on" in plain(officer.get(f"/areas/{order.pk}"))
    told = plain(officer.post(f"/areas/{order.pk}/lift", {"reason": ""}, follow=True))
    step = Order.objects.get(parent=order)
    assert "1 area goes on as a milder one" in told and "went on as a milder area" in told
    page = plain(officer.get(f"/areas/{step.pk}"))
    assert "stay in the compound" in page and "the area before" in page
    assert officer.get("/areas?state=stepped").status_code == 200


def test_a_study_is_signed_on_the_page_and_taken_back(cast: dict[str, Any], signed_in: Any) -> None:
    adopt(TEN, cast)
    order, one = ordered(cast), case("P1-302")
    officer, worker = signed_in(cast["officer"], "en"), signed_in(cast["worker"], "en")
    address = f"/areas/{order.pk}/cases/{one.pk}/study"
    assert worker.post(address, {"finding": "home", "reason": "x"}).status_code == 403
    wrong = officer.post(address, {"finding": "home", "reason": ""})
    assert wrong.status_code == 422 and "how that is known" in plain(wrong)
    assert officer.post(address, {"finding": "home", "reason": "alone in the flat"}).status_code == 302
    page = plain(officer.get(f"/areas/{order.pk}/course"))
    assert "in strict home isolation, no risk outside does not count for this area" in page and "alone in the flat" in page
    assert "none inside" in plain(officer.get(f"/areas/{order.pk}"))
    assert officer.post(address, {"finding": ""}).status_code == 302 and not Study.objects.exists()
    assert "1 still inside" in plain(officer.get(f"/areas/{order.pk}"))
    assert officer.post(f"/areas/{order.pk}/cases/99/study", {"finding": "home", "reason": "x"}).status_code == 422


def test_the_order_form_says_why_no_area_is_drawn(cast: dict[str, Any], signed_in: Any) -> None:
    adopt(TEN, cast)
    one = case("P1-302")
    Study.objects.create(case_id=one.pk, place_id=one.place_id, finding="home", reason="alone", by="user:x", at=BASE)
    officer = signed_in(cast["officer"], "en")
    told = {"kind": "high", "name": "和苑1号楼", "cause": f"case:{one.pk}", "reason_zh": "有", "reason_en": "a case"}
    page = plain(officer.post(f"/areas/new/order?p={place(Level.BUILDING)}", told))
    assert "draws no area around such a case: in strict home isolation, no risk outside" in page


def test_disinfection_is_put_on_record_with_its_evidence(cast: dict[str, Any], signed_in: Any) -> None:
    adopt(TWENTY, cast)
    one, order = case("P1-302", BASE), ordered(cast)
    Order.objects.filter(pk=order.pk).update(anchor_event="disinfected", anchor_at=None)
    officer, worker = signed_in(cast["officer"], "en"), signed_in(cast["worker"], "en")
    turn.run(at(on(20, 16)))
    page = plain(worker.get(f"/areas/{order.pk}"))
    assert "terminal disinfection" in page and "nobody has put it on record" in page
    address = f"/areas/{order.pk}/disinfected"
    at(on(20, 19))
    early = worker.post(address, {"done_by": "消杀队", "at": "2022-11-20T10:00"})
    assert early.status_code == 422 and "after the last case had left" in plain(early) and "消杀队" in early.content.decode()
    photo = SimpleUploadedFile("x.jpg", JPEG, "image/jpeg")
    given = {"done_by": "消杀队", "at": "2022-11-20T18:00", "photo": photo, "note": "the flat and the lift"}
    assert worker.post(address, given).status_code == 302
    made = Disinfection.objects.get()
    order.refresh_from_db()
    assert order.anchor_at == on(20, 18) and (made.by, bytes(made.photo or b"")) == ("user:worker", JPEG)
    page = plain(officer.get(f"/areas/{order.pk}/course"))
    assert "消杀队" in page and "the flat and the lift" in page
    picture = officer.get(f"/areas/{order.pk}/disinfected/{made.pk}/photo")
    assert picture["Content-Type"] == "image/jpeg" and picture.content == JPEG
    assert signed_in(cast["outsider"]).get(f"/areas/{order.pk}/disinfected/{made.pk}/photo").status_code in (403, 404)
    assert one.removed_at == BASE


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_next_test_day_and_who_is_missing_today_are_shown(cast: dict[str, Any], signed_in: Any, language: str) -> None:
    adopt(TWENTY, cast)
    order, worker = ordered(cast), signed_in(cast["worker"], language)
    turn.run(at(on(21, 10)))
    page = plain(worker.get(f"/areas/{order.pk}/course", headers={"HX-Target": "part-course"}))
    assert ("6 tests missing on day 1" if language == "en" else "第1天缺6人采样") in page and "302" in page
    at(on(22, 9))
    page = plain(worker.get(f"/areas/{order.pk}/course"))
    assert ("an antigen test is enough" if language == "en" else "抗原检测即可") in page
