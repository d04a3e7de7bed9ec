"""The pages of areas: who sees and does what, what is said before it is done, and what is told when it could not be."""

from __future__ import annotations

import csv
import datetime as dt
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests import areas_town as town
from tests.areas_town import BASE, BECAUSE, at, draft, on, person, place, sample
from tests.support import COMMUNITY, DISTRICT, OTHER

from tongxin.areas.models import Barrier, ExitsCheck, Objection, Order, RollMark
from tongxin.areas.operations import deeds, issue, turn, upkeep
from tongxin.areas.operations.issue import Photo, Piece
from tongxin.chase.models import Case
from tongxin.kit import clock
from tongxin.kit.models import AuditEntry
from tongxin.places.place_id import Level
from tongxin.restrictions.models import Restriction

HOUR = dt.timedelta(hours=1)
JPEG, PNG = b"\xff\xd8\xff\xe0 a photo", b"\x89PNG\r\n\x1a\n a photo"
EVERYBODY = [f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)]


@pytest.fixture(autouse=True)
def here(cast: dict[str, Any]) -> None:
    at(BASE)
    town.settle()


@pytest.fixture
def officer(cast: dict[str, Any], signed_in: Any) -> Any:
    return signed_in(cast["officer"])


@pytest.fixture
def worker(cast: dict[str, Any], signed_in: Any) -> Any:
    return signed_in(cast["worker"])


def text(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def plain(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(response)))


def ordered(cast: dict[str, Any], number: int = 1, now: dt.datetime = BASE, **other: Any) -> Order:
    told = {"name": f"和苑{number}号楼", "anchor_at": BASE, **other}
    pieces = told.pop("pieces", [Piece(place(Level.BUILDING, number))])
    return issue.issue(draft(*pieces, at=now, **told), cast["officer"], at(now), BECAUSE)


def negatives(order: Order, *but: str, building: int = 1) -> None:
    """The last day: everybody negative, but some."""
    sample(25, *(n.replace("P1", f"P{building}") for n in EVERYBODY if n not in but))
    turn.run(at(on(25, 19)))


def case(number: str, positive: dt.datetime = BASE, removed: dt.datetime | None = None) -> Case:
    who = person(number)
    return Case.objects.create(person_id=who.pk, place_id=who.place_id, positive_at=positive, removed_at=removed, cause_tube_id=1)


def limited(order: Order) -> int:
    return Restriction.objects.filter(cause_kind="order", cause_id=order.pk, released_at=None).count()


def photo(content: bytes = JPEG, name: str = "exit.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


# -- the list ------------------------------------------------------------------------------------------


def test_the_list_says_of_each_area_what_it_waits_for_and_whose_move_it_is(cast: Any, officer: Any) -> None:
    order = ordered(cast)
    case("P1-101")
    ordered(cast, 2)
    negatives(order, "P1-302")
    page = plain(officer.get("/areas"))
    assert "2 in force · 12 people limited" in page
    assert "1 still inside → operations centre" in page and "1 of 6 without a result → site manager" in page
    assert "due, but blocked 2" in page and "lift overdue 0" in page


def test_filters_stand_in_the_address_and_the_file_holds_exactly_what_is_shown(cast: Any, officer: Any) -> None:
    first, second = ordered(cast), ordered(cast, 2, kind="temporary")
    deeds.lift([second.pk], "no longer needed", cast["officer"], clock.now(), BECAUSE)
    for query, wanted in (
        ("", [first]), ("state=all", [first, second]), ("state=lifted", [second]), ("kind=temporary", []),
        ("kind=temporary&state=all", [second]), ("q=1号楼", [first]), ("q=nowhere", []), ("source=list", []),
        (f"place={COMMUNITY}", [first]), (f"place={OTHER}", []), ("only=soon", []), ("state=nonsense&kind=x&sort=y", [first]),
    ):  # fmt: skip
        page = text(officer.get(f"/areas?{query}"))
        assert {int(n) for n in re.findall(r'id="area-(\d+)"', page)} == {o.pk for o in wanted}, query
        rows = list(csv.reader(text(officer.get(f"/areas?{query}&format=csv")).lstrip("\ufeff").splitlines()))
        assert sorted(r[0] for r in rows[1:]) == sorted(o.name for o in wanted), query


def test_pages_by_key_show_every_area_once_in_every_order(cast: Any, officer: Any) -> None:
    template = ordered(cast)
    rows = [
        Order(**{**_columns(template), "name": f"area {n}", "persons": n % 7, "ends_at": template.ends_at + n % 5 * HOUR})
        for n in range(200)
    ]
    Order.objects.bulk_create(rows)
    for sort in ("ends", "since", "persons"):
        seen, after = [], ""
        while True:
            page = text(officer.get(f"/areas?sort={sort}{after}"))
            seen += re.findall(r'id="area-(\d+)"', page)
            following = re.search(r'rel="next" href="[^"]*after=([^"&]+)"', page)
            if not following:
                break
            after = f"&after={following[1]}"
        assert len(seen) == len(set(seen)) == 201, sort
    assert text(officer.get("/areas?after=nonsense")).count('<tr id="area-') == 50


def test_no_page_of_areas_asks_the_database_more_than_twelve_times(cast: Any, officer: Any) -> None:
    homes = [Piece(place(Level.UNIT, 1), home_id=person("P1-301").home_id), Piece(place(Level.UNIT, 1), home_id=person("P1-302").home_id)]
    order = ordered(cast, pieces=homes, name="和苑1号楼1单元")
    case("P1-301", on(19), BASE)
    turn.run(at(on(25, 19)))
    Order.objects.bulk_create([Order(**{**_columns(order), "name": f"area {n}"}) for n in range(200)])
    pages = [f"/areas/{order.pk}{path}" for path in ("", "/people", "/missing", "/upkeep", "/notice", "/narrow")]
    for address in ["/", "/areas", "/areas?sort=persons", "/areas?view=grid", "/areas/lift", "/areas/new", *pages]:
        asked = asks(officer, address)
        assert len(asked) <= 12, (address, len(asked), asked)


def _columns(order: Order) -> dict[str, Any]:
    return {f.attname: getattr(order, f.attname) for f in Order._meta.concrete_fields if f.attname != "id"}


def asks(client: Any, address: str) -> list[str]:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    with CaptureQueriesContext(connections["default"]) as asked:
        assert client.get(address).status_code == 200, address
    return [q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


def test_the_grid_has_a_cell_for_every_street_or_community_below_and_each_opens_its_rows(cast: Any, officer: Any, worker: Any) -> None:
    ordered(cast)
    page = text(officer.get("/areas?view=grid"))
    assert "涂山镇" in page and re.search(r'class="cell cell-some" href="[^"]*place=500108106\d+', page)
    below = plain(officer.get("/areas?view=grid&place=500108106"))
    assert "桃花桥社区 1 area" in below and "福民社区 no area" in below and "6 people limited" in below
    assert "和苑" in text(worker.get("/areas?view=grid"))


def test_an_area_that_spans_several_places_below_has_its_own_cell(cast: Any, officer: Any) -> None:
    ordered(cast, name="两个社区", pieces=[Piece(COMMUNITY), Piece(OTHER)], justification="one market joins both communities")
    page = text(officer.get("/areas?view=grid&place=500108106"))
    assert "spanning several of them" in page
    address = re.search(r'href="([^"]*wide=1[^"]*)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
    assert "两个社区" in text(officer.get(f"/areas{address}"))


def test_temporary_control_may_be_lifted_at_any_time_and_is_never_overdue(cast: Any, officer: Any) -> None:
    order = ordered(cast, kind="temporary")
    turn.run(at(BASE + HOUR))
    page = plain(officer.get("/areas"))
    assert "lift overdue 0" in page and "Can be lifted now" in page
    done = officer.post("/areas/lift", {"area": order.pk, "confirmed": "1"}, follow=True)
    assert "1 area is lifted; 6 people are free of it." in plain(done)


# -- lifting many --------------------------------------------------------------------------------------


def test_many_areas_are_lifted_in_one_action_after_it_was_said_how_many_people_are_free(cast: Any, officer: Any) -> None:
    one, two = ordered(cast), ordered(cast, 2)
    negatives(one)
    negatives(two, building=2)
    confirm = officer.post("/areas/lift", {"area": [one.pk, two.pk]})
    assert "2 areas are lifted. 12 people are free of it at once." in plain(confirm)
    assert limited(one) == 6, "nothing is done before it is confirmed"
    done = officer.post("/areas/lift", {"area": [one.pk, two.pk], "confirmed": "1"}, follow=True)
    assert "2 areas are lifted; 12 people are free of it." in plain(done)
    assert {o.state for o in Order.objects.all()} == {"lifted"} and limited(one) == limited(two) == 0


def test_all_that_can_be_lifted_are_offered_at_once_and_no_others(cast: Any, officer: Any) -> None:
    one = ordered(cast)
    ordered(cast, 2)
    negatives(one)
    page = text(officer.get("/areas/lift"))
    assert re.findall(r'name="area" value="(\d+)"', page) == [str(one.pk)]
    assert "No area here has its conditions met." in text(officer.get(f"/areas/lift?place={OTHER}"))
    assert re.findall(r'name="area" value="(\d+)"', text(officer.get("/areas"))) == [str(one.pk)]


def test_two_officers_lift_the_same_area_and_the_second_is_told(cast: Any, officer: Any) -> None:
    one, two = ordered(cast), ordered(cast, 2)
    negatives(one)
    negatives(two, building=2)
    officer.post("/areas/lift", {"area": [one.pk, two.pk]})
    deeds.lift([one.pk], "", cast["officer"], clock.now(), BECAUSE)
    done = plain(officer.post("/areas/lift", {"area": [one.pk, two.pk], "confirmed": "1"}, follow=True))
    assert "1 area is lifted; 6 people are free of it." in done
    assert "1 area had ended already: somebody else was faster." in done
    again = plain(officer.post(f"/areas/{one.pk}/lift", {"reason": ""}, follow=True))
    assert "somebody else was faster" in again


def test_an_area_that_is_not_met_is_never_lifted_among_many(cast: Any, officer: Any) -> None:
    one, two = ordered(cast), ordered(cast, 2)
    negatives(one)
    confirm = officer.post("/areas/lift", {"area": [one.pk, two.pk]})
    assert re.findall(r'name="area" value="(\d+)"', text(confirm)) == [str(one.pk)] and "Not among them" in text(confirm)
    refused = officer.post("/areas/lift", {"area": [one.pk, two.pk], "confirmed": "1"})
    assert refused.status_code == 422 and "lift it by itself, with the reason" in text(refused)
    assert Order.objects.filter(state="in_force").count() == 2
    for wrong in ([], ["987654321"], ["x"], [str(10**30)]):
        assert officer.post("/areas/lift", {"area": wrong, "confirmed": "1"}).status_code in (302, 404)


# -- one area ------------------------------------------------------------------------------------------


def test_the_page_says_what_why_until_when_and_behind_which_door_a_result_is_missing(cast: Any, officer: Any) -> None:
    order = ordered(cast)
    case("P1-101", on(19), BASE)
    before = plain(officer.get(f"/areas/{order.pk}"))
    assert "the results of 2022-11-25 decide" in before and "Doors to knock on" not in before
    negatives(order, "P1-302")
    page = plain(officer.get(f"/areas/{order.pk}"))
    for shown in ("和苑1号楼", "high-risk area", "A case lives in this building", "楼内有阳性感染者", "5 days", "base/area.high_clear_days",
                  "Neutral default", "last day 2022-11-25", "2022-11-26 00:00", "1 of 6 without a result", "site manager",
                  "302 · not sampled on the last day", "positive since 2022-11-19 00:00", "signed · 6 people"):  # fmt: skip
        assert shown in page, shown
    assert f'href="/people/{person("P1-302").pk}"' in text(officer.get(f"/areas/{order.pk}"))


def test_names_are_for_those_who_may_open_a_record_and_a_look_is_noted(cast: Any, officer: Any, signed_in: Any) -> None:
    from tests.support import PASSWORD

    from tongxin.access import operations as access

    order = ordered(cast)
    negatives(order, "P1-302")
    sampler = signed_in(access.create_user("sampler", "s", "sampling", [COMMUNITY], PASSWORD, BECAUSE))
    for address in ("people", "missing", "people?format=csv", "missing?format=csv", "people?q=居民"):
        assert "居民132" not in text(sampler.get(f"/areas/{order.pk}/{address}")), address
    assert "302" in text(sampler.get(f"/areas/{order.pk}/missing"))
    assert not AuditEntry.objects.filter(action="view.area").exists()
    assert "居民132" in text(officer.get(f"/areas/{order.pk}/missing")) and "居民132" in text(officer.get(f"/areas/{order.pk}/people"))
    assert AuditEntry.objects.filter(action="view.area", subject_id=str(order.pk)).count() == 2
    for _ in range(3):
        officer.get(f"/areas/{order.pk}/missing", headers={"HX-Request": "true"})
    assert AuditEntry.objects.filter(action="view.area").count() == 2


def test_lifting_early_needs_a_reason_and_withdrawing_always_does(cast: Any, officer: Any) -> None:
    one, two = ordered(cast), ordered(cast, 2)
    refused = officer.post(f"/areas/{one.pk}/lift", {"reason": " "})
    assert refused.status_code == 422 and limited(one) == 6
    assert "6 people are free" in plain(officer.post(f"/areas/{one.pk}/lift", {"reason": "the wrong building"}, follow=True))
    assert officer.post(f"/areas/{two.pk}/withdraw", {"reason": ""}).status_code == 422
    assert "withdrawn" in plain(officer.post(f"/areas/{two.pk}/withdraw", {"reason": "the tube was another's"}, follow=True))
    assert Order.objects.get(pk=two.pk).state == "withdrawn" and limited(two) == 0
    late = officer.post(f"/areas/{two.pk}/withdraw", {"reason": "again"}, follow=True)
    assert "somebody else was faster" in plain(late)


def extension(**change: str) -> dict[str, str]:
    return {"until": "2022-11-27T00:00", "cause": "", "reason": "left a day later", **change}


def test_an_extension_cites_a_case_or_a_missing_result_of_this_area(cast: Any, officer: Any) -> None:
    order, other = ordered(cast), ordered(cast, 2)
    own, foreign = case("P1-101", on(19), BASE), case("P2-101", on(19), BASE)
    page = text(officer.get(f"/areas/{order.pk}"))
    assert f"case:{own.pk}" in page and f"case:{foreign.pk}" not in page
    done = officer.post(f"/areas/{order.pk}/extend", extension(cause=f"case:{own.pk}"), follow=True)
    assert "extended, signed by you" in plain(done) and "until 2022-11-27 00:00" in plain(done)
    assert Order.objects.get(pk=order.pk).ends_at == on(27)
    negatives(order, "P1-302")
    missing = f"missing:{person('P1-302').pk}"
    page = text(officer.get(f"/areas/{order.pk}"))
    assert missing in page
    assert other.pk and officer.get(f"/areas/{other.pk}").status_code == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"until": "tomorrow"}, "Write a date and time"),
        ({"until": "2022-11-20T00:00"}, "The new end must be later than the present one, 2022-11-26 00:00."),
        ({"until": "2023-11-20T00:00"}, "The policy allows no end later than 2022-12-01 00:00."),
        ({"cause": ""}, "This field is required"),
        ({"cause": "case:987654"}, "not one of the available choices"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_an_extension_that_is_refused_says_why_and_keeps_what_was_typed(cast: Any, officer: Any, change: Any, said: str) -> None:
    order, own = ordered(cast), case("P1-101", BASE, on(21))
    answer = officer.post(f"/areas/{order.pk}/extend", {**extension(cause=f"case:{own.pk}"), **change})
    assert answer.status_code == 422 and said in plain(answer)
    if "reason" not in change:
        assert "left a day later" in text(answer)
    assert Order.objects.get(pk=order.pk).ends_at == on(26)


def test_an_area_without_case_or_missing_result_cannot_be_extended_and_temporary_control_never(cast: Any, officer: Any) -> None:
    order = ordered(cast)
    assert "nothing that an extension could cite" in plain(officer.get(f"/areas/{order.pk}"))
    brief = ordered(cast, 2, kind="temporary")
    assert "Extend it" not in plain(officer.get(f"/areas/{brief.pk}"))
    answer = officer.post(f"/areas/{brief.pk}/extend", extension(cause=f"case:{case('P2-101').pk}"))
    assert answer.status_code == 422 and "Temporary control is not extended" in text(answer)


# -- the roll ------------------------------------------------------------------------------------------


def test_who_is_away_is_noted_on_the_roll_and_no_longer_limited_nor_in_the_way(cast: Any, worker: Any) -> None:
    order = ordered(cast)
    negatives(order, "P1-302")
    who = person("P1-302")
    assert worker.post(f"/areas/{order.pk}/people/{who.pk}/mark", {"status": "away", "reason": ""}).status_code == 422
    wrong = worker.post(f"/areas/{order.pk}/people/{who.pk}/mark", {"status": "unregistered", "reason": "because I say so"})
    assert wrong.status_code == 422 and "because I say so" in text(wrong)
    worker.post(f"/areas/{order.pk}/people/{who.pk}/mark", {"status": "away", "reason": "since Monday, at work"})
    order.refresh_from_db()
    assert limited(order) == 5 and order.conditions_met_at is not None
    page = plain(worker.get(f"/areas/{order.pk}/people?status=away"))
    assert "since Monday, at work" in page and "away 1" in page
    worker.post(f"/areas/{order.pk}/people/{who.pk}/unmark")
    assert limited(order) == 6 and not RollMark.objects.exists()


def test_somebody_who_is_here_unregistered_is_limited_too(cast: Any, worker: Any) -> None:
    order = ordered(cast)
    address = f"/areas/{order.pk}/people/unregistered"

    def told(number: str, who: str = "", **other: str) -> dict[str, str]:
        return {"number": number, "person": who, "place": str(place(Level.UNIT, 1)), "door": "302", "reason": "visits", **other}

    known = {n: str(person(n).pk) for n in ("P1-101", "P2-101")}
    assert "The register knows nobody by this" in text(worker.post(address, told("P9-999")))
    assert "on the roll already" in text(worker.post(address, told("P1-101", known["P1-101"])))
    assert "no door 909 there" in text(worker.post(address, told("P2-101", door="909")))
    found = worker.post(address, told("P2-101"))
    assert found.status_code == 200
    assert f'value="{known["P2-101"]}" required checked' in text(found) and limited(order) == 6
    assert worker.post(address, told("P2-101", known["P2-101"], reason="sleeps in 302")).status_code == 302
    page = plain(worker.get(f"/areas/{order.pk}/people?status=unregistered"))
    assert limited(order) == 7 and "sleeps in 302" in page and "unit 1 302" in page


def test_the_roll_is_searched_by_door_and_paged_and_its_file_is_what_is_shown(cast: Any, worker: Any) -> None:
    order = ordered(cast)
    rows = list(csv.reader(text(worker.get(f"/areas/{order.pk}/people?q=30&format=csv")).lstrip("\ufeff").splitlines()))
    assert [r[1] for r in rows[1:]] == ["301", "302"]
    page = text(worker.get(f"/areas/{order.pk}/people?q=30"))
    assert page.count('id="person-') == 2
    deeds.lift([order.pk], "over", cast["officer"], BASE + HOUR, BECAUSE)
    assert text(worker.get(f"/areas/{order.pk}/people")).count('id="person-') == 6, "who was limited when it ended"


# -- exits, barriers, objections -----------------------------------------------------------------------


def test_a_look_at_the_exits_needs_a_picture_and_a_blocked_one_is_an_emergency(cast: Any, worker: Any) -> None:
    from tongxin.tasks.models import Task

    order = ordered(cast)
    address = f"/areas/{order.pk}/exits"
    for told, said in (
        ({"is_open": "yes"}, "This field is required"),
        ({"is_open": "yes", "photo": photo(b"GIF89a not one")}, "neither a JPEG nor a PNG"),
        ({"is_open": "yes", "photo": photo(JPEG + b"x" * 5 * 1024 * 1024)}, "larger than 5 MB"),
        ({"photo": photo()}, "This field is required"),
        ({"is_open": "no", "photo": photo()}, "Say which exit is blocked"),
    ):  # fmt: skip
        answer = worker.post(address, told)
        assert answer.status_code == 422 and said in text(answer), said
    assert ExitsCheck.objects.count() == 1  # that of the signature
    worker.post(address, {"is_open": "no", "photo": photo(PNG), "note": "a lorry before the north door"})
    assert Task.objects.get(kind="area.unblock_exit").state == "open"
    assert "a lorry before the north door" in text(worker.get(f"/areas/{order.pk}/upkeep"))
    worker.post(address, {"is_open": "yes", "photo": photo()})
    assert Task.objects.get(kind="area.unblock_exit").state == "done"


def test_a_photo_is_a_picture_for_those_in_scope_and_nothing_for_others(cast: Any, worker: Any, signed_in: Any) -> None:
    order = ordered(cast)
    check = ExitsCheck.objects.get(order=order)
    address = f"/areas/{order.pk}/exits/{check.pk}/photo"
    seen = worker.get(address)
    assert (seen["Content-Type"], seen["X-Content-Type-Options"], seen.content) == ("image/jpeg", "nosniff", town.PICTURE)
    assert "sandbox" in seen["Content-Security-Policy"] and "private" in seen["Cache-Control"]
    assert signed_in(cast["hospital"]).get(address).status_code == 403
    assert worker.get(f"/areas/{order.pk + 1}/exits/{check.pk}/photo").status_code == 404
    ExitsCheck.objects.filter(pk=check.pk).update(photo_kind="text/html")
    assert worker.get(address).status_code == 404


def test_barriers_stand_on_a_register_until_they_are_taken_away(cast: Any, worker: Any) -> None:
    order = ordered(cast)
    assert worker.post(f"/areas/{order.pk}/barriers", {"where": "north gate", "made_of": ""}).status_code == 422
    worker.post(f"/areas/{order.pk}/barriers", {"where": "north gate", "made_of": "water-filled blocks"})
    one = Barrier.objects.get()
    assert "north gate · water-filled blocks" in plain(worker.get(f"/areas/{order.pk}/upkeep"))
    worker.post(f"/areas/barriers/{one.pk}/remove")
    one.refresh_from_db()
    assert one.removed_at == BASE and "taken away" in text(worker.get(f"/areas/{order.pk}/upkeep"))
    assert worker.post("/areas/barriers/987654/remove").status_code == 404


def test_an_objection_is_answered_by_another_than_who_signed_who_is_told_why(cast: Any, officer: Any, signed_in: Any) -> None:
    from tests.support import PASSWORD

    from tongxin.access import operations as access

    order = ordered(cast)
    limit = Restriction.objects.get(cause_id=order.pk, subject_id=person("P1-101").pk)
    one = upkeep.object_to(limit.pk, "我不住这里", BASE, BECAUSE)
    assert "answered by somebody other than the one who signed the order" in text(officer.get(f"/areas/{order.pk}/upkeep"))
    refused = officer.post(f"/areas/objections/{one.pk}", {"upheld": "no", "words": "it stays"})
    assert refused.status_code == 422 and "somebody other than the one who signed" in text(refused)
    second = signed_in(access.create_user("second", "Second", "operations", [DISTRICT], PASSWORD, BECAUSE))
    assert second.post(f"/areas/objections/{one.pk}", {"upheld": "yes", "words": ""}).status_code == 422
    assert second.post(f"/areas/objections/{one.pk}", {"words": "why?"}).status_code == 422
    done = second.post(f"/areas/objections/{one.pk}", {"upheld": "yes", "words": "您确实不住在这里"}, follow=True)
    assert "Answered" in plain(done) and limited(order) == 5
    again = second.post(f"/areas/objections/{one.pk}", {"upheld": "no", "words": "after all not"}, follow=True)
    assert "has been answered" in text(again) and Objection.objects.get(pk=one.pk).answer == "您确实不住在这里"
    tasks = text(second.get("/tasks"))
    assert f'href="/areas/{order.pk}"' in tasks


# -- narrowing -----------------------------------------------------------------------------------------


def test_an_area_is_narrowed_after_it_was_said_who_is_free(cast: Any, officer: Any) -> None:
    order = ordered(cast, name="和苑", pieces=[Piece(place(Level.COMPOUND))], justification="cases in both buildings of it")
    one, two = place(Level.UNIT, 1), place(Level.UNIT, 2)
    page = text(officer.get(f"/areas/{order.pk}/narrow"))
    assert f'value="{one}"' in page and f'value="{two}.f2"' in page
    address, told = f"/areas/{order.pk}/narrow", {"p": [f"{one}.f1", str(two)], "how": "one", "name": ""}
    said = plain(officer.post(address, told))
    assert "4 people are free at once; 8 stay limited." in said and Order.objects.count() == 1
    back = text(officer.post(address, {**told, "back": "1"}))
    assert re.search(rf'value="{one}.f1" checked', back)
    done = officer.post(address, {**told, "confirmed": "1"}, follow=True)
    assert "Narrowed: 1 area goes on." in plain(done)
    made = Order.objects.get(parent=order)
    assert limited(made) == 8 and limited(order) == 0 and made.name == "和苑1号楼1单元、和苑2号楼1单元"


def test_an_area_is_split_into_one_for_each_ticked_place(cast: Any, officer: Any) -> None:
    order = ordered(cast, name="和苑", pieces=[Piece(place(Level.COMPOUND))], justification="cases in both buildings of it")
    told = {"p": [str(place(Level.BUILDING, 1)), f"{place(Level.UNIT, 2)}.f3"], "how": "each", "name": "", "confirmed": "1"}
    officer.post(f"/areas/{order.pk}/narrow", told)
    assert sorted((o.name, limited(o)) for o in Order.objects.filter(parent=order)) == [("和苑1号楼", 6), ("和苑2号楼1单元", 2)]


def test_narrowing_refuses_what_lies_outside_what_changes_nothing_and_what_names_a_door(cast: Any, officer: Any) -> None:
    order = ordered(cast)
    address = f"/areas/{order.pk}/narrow"
    for told, said in (
        ({"p": [], "how": "one"}, "Tick at least one place"),
        ({"p": [str(place(Level.BUILDING, 2))], "how": "one"}, "Tick at least one place"),
        ({"p": ["nonsense", "1.f1"], "how": "one"}, "Tick at least one place"),
        ({"p": [str(place(Level.BUILDING, 1))], "how": "one"}, "nobody would be free"),
        ({"p": [str(place(Level.UNIT, 1))], "how": ""}, "This field is required"),
        ({"p": [f"{place(Level.UNIT, 1)}.f1"], "how": "one", "name": "和苑1号楼1单元101室"}, "never to a door"),
    ):  # fmt: skip
        answer = officer.post(address, {"name": "", **told})
        assert answer.status_code == 422 and said in plain(answer), said
    deeds.lift([order.pk], "over", cast["officer"], BASE, BECAUSE)
    assert officer.post(address, {"p": [f"{place(Level.UNIT, 1)}.f1"], "how": "one", "confirmed": "1"}).status_code == 302
    assert Order.objects.count() == 1


# -- signing -------------------------------------------------------------------------------------------


def wish(**change: str) -> dict[str, str]:
    return {
        "kind": "high", "name": "和苑1号楼", "cause": "order:0", "reference": "涂指〔2022〕12号", "reason_zh": "发现阳性感染者",
        "reason_en": "A case was found", "justification": "", "until": "", **change,
    }  # fmt: skip


def new(*codes: str) -> str:
    return urlencode([("p", code) for code in codes])


def test_an_order_is_written_in_three_steps_and_limits_nobody_before_the_signature(cast: Any, officer: Any) -> None:
    building = str(place(Level.BUILDING, 1))
    one = case("P1-101", on(19), BASE)
    assert building in text(officer.get(f"/areas/new?to={place(Level.COMPOUND)}"))
    assert "5 people would be limited, behind 5 doors." in plain(officer.get(f"/areas/new?{new(building)}"))
    form = text(officer.get(f"/areas/new/order?{new(building)}"))
    assert 'value="和苑1号楼"' in form and f'value="case:{one.pk}" selected' in form and "name=\"justification\"" not in form
    told = wish(cause=f"case:{one.pk}")
    preview = officer.post(f"/areas/new/order?{new(building)}", told)
    said = plain(preview)
    assert "5 people are limited from the signature on" in said, "the case itself has left"
    assert "2022-11-26 00:00" in said and "2022-11-25" in said
    assert not Order.objects.exists()
    done = officer.post(f"/areas/new/sign?{new(building)}", {**told, "photo": photo()}, follow=True)
    assert "Signed. It limits 5 people." in plain(done)
    order = Order.objects.get()
    assert limited(order) == 5 and (order.cause_kind, order.cause_id, order.anchor_at) == ("case", one.pk, BASE)
    assert order.last_day == on(25).date() and ExitsCheck.objects.get(order=order).photo_kind == "image/jpeg"
    again = officer.post(f"/areas/new/sign?{new(building)}", {**told, "photo": photo()}, follow=True)
    assert "signed this order already" in plain(again) and Order.objects.count() == 1


def test_places_are_found_by_an_address_down_to_a_floor_and_several_are_kept(cast: Any, officer: Any) -> None:
    unit = place(Level.UNIT, 2)
    page = text(officer.get(f"/areas/new?{urlencode({'q': '和苑2号楼1单元3层'})}"))
    assert f'value="{unit}.f3"' in page
    assert "No place of yours has that name" in text(officer.get("/areas/new?q=nowhere"))
    chosen = new(f"{unit}.f3", str(place(Level.BUILDING, 1)), f"{place(Level.UNIT, 1)}.f1", "x", f"{OTHER}0")
    page = text(officer.get(f"/areas/new?{chosen}"))
    assert page.count("checked>") == 2, "a floor of a chosen building is chosen with it"
    assert "8 people would be limited" in plain(officer.get(f"/areas/new?{chosen}"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "medium"}, "not one of the available choices"),
        ({"name": ""}, "This field is required"),
        ({"name": "和苑1号楼1单元302室"}, "never to a door"),
        ({"cause": "case:5"}, "not one of the available choices"),
        ({"reference": ""}, "Name the decision"),
        ({"reason_zh": ""}, "This field is required"),
        ({"reason_en": " "}, "This field is required"),
        ({"until": "soon"}, "Write a date and time"),
        ({"until": "2022-11-19T00:00"}, "The order would end before it begins."),
    ],
)
def test_an_order_that_is_refused_says_why_and_keeps_what_was_typed(cast: Any, officer: Any, change: Any, said: str) -> None:
    building = str(place(Level.BUILDING, 1))
    answer = officer.post(f"/areas/new/order?{new(building)}", wish(**change))
    assert answer.status_code == 422 and said in plain(answer)
    for key, value in wish().items():
        if key not in change and key != "justification":
            assert value in text(answer), key
    assert not Order.objects.exists()


def test_a_larger_area_asks_for_its_justification(cast: Any, officer: Any) -> None:
    compound = str(place(Level.COMPOUND))
    address = f"/areas/new/order?{new(compound)}"
    assert 'name="justification"' in text(officer.get(address))
    assert officer.post(address, wish(name="和苑")).status_code == 422
    short = officer.post(address, wish(name="和苑", justification="short"))
    assert short.status_code == 422 and "a compound needs a written justification" in plain(short)
    good = officer.post(address, wish(name="和苑", justification="cases in both buildings and one lift hall"))
    assert good.status_code == 200 and "cases in both buildings" in text(good)


def test_no_order_without_a_photo_of_the_exits(cast: Any, officer: Any) -> None:
    building = str(place(Level.BUILDING, 1))
    for told, said in (({}, "This field is required"), ({"photo": photo(b"<html>")}, "neither a JPEG nor a PNG")):
        answer = officer.post(f"/areas/new/sign?{new(building)}", {**wish(), **told})
        assert answer.status_code == 422 and said in text(answer) and "涂指〔2022〕12号" in text(answer)
    back = officer.post(f"/areas/new/order?{new(building)}", {**wish(reason_en="my own words"), "back": "1"})
    assert back.status_code == 200 and "my own words" in text(back)
    filled = officer.post(f"/areas/new/order?{new(building)}", {**wish(reason_zh=""), "fill": "1"})
    assert filled.status_code == 200 and "By decision of the headquarters" in text(filled)
    assert not Order.objects.exists()


def test_nobody_orders_outside_their_own_places(cast: Any, signed_in: Any) -> None:
    from tests.support import PASSWORD

    from tongxin.access import operations as access

    own = signed_in(access.create_user("local", "l", "operations", [OTHER], PASSWORD, BECAUSE))
    foreign = new(str(place(Level.BUILDING, 1)))
    for step in ("order", "sign"):
        assert own.post(f"/areas/new/{step}?{foreign}", {**wish(), "photo": photo()}).status_code == 302
    assert "和苑" not in text(own.get("/areas/new?q=和苑")).replace("和苑1号楼2单元", "").replace('value="和苑"', "")
    assert not Order.objects.exists()


# -- who may what --------------------------------------------------------------------------------------

POSTS = ("lift", "withdraw", "extend", "narrow", "people/unregistered", "people/{person}/mark", "people/{person}/unmark", "exits",
         "barriers")  # fmt: skip
GETS = ("", "/people", "/missing", "/upkeep", "/notice", "/narrow", "/exits/{check}/photo", "/people?format=csv", "/missing?format=csv")
# What each of the cast may do, by the answer to an empty form: 403 not at all, 404 not here, else it was looked at.
MAY = {
    "officer": set(POSTS),
    "worker": {"people/unregistered", "people/{person}/mark", "people/{person}/unmark", "exits", "barriers"},
    "hospital": set(),
    "outsider": set(),
}


@pytest.mark.parametrize("who", list(MAY))
def test_the_cast_does_what_it_may_and_sees_nothing_of_the_rest(cast: Any, signed_in: Any, who: str) -> None:
    order = ordered(cast)
    limit = Restriction.objects.filter(cause_id=order.pk).first()
    assert limit
    one = upkeep.object_to(limit.pk, "a secret objection", BASE, BECAUSE)
    words = {"person": str(limit.subject_id), "check": str(ExitsCheck.objects.get().pk)}
    client = signed_in(cast[who])
    for path in POSTS:
        answer = client.post(f"/areas/{order.pk}/{path.format(**words)}")
        assert (answer.status_code in (302, 422)) is (path in MAY[who]), (who, path, answer.status_code)
    for path in GETS:
        answer = client.get(f"/areas/{order.pk}{path.format(**words)}")
        may = who == "officer" or (who == "worker" and path != "/narrow")
        assert (answer.status_code == 200) is may, (who, path)
        if not may:
            assert order.name not in text(answer)
    assert (client.get("/areas").status_code == 200) is (who in ("officer", "worker"))
    assert (client.get(f"/areas/objections/{one.pk}").status_code == 200) is (who in ("officer", "worker"))
    assert (client.post(f"/areas/objections/{one.pk}").status_code == 422) is (who == "officer")
    for path in ("/areas/new", f"/areas/new/order?{new(str(place(Level.BUILDING, 1)))}"):
        assert (client.get(path).status_code == 200) is (who == "officer")
    assert (client.post("/areas/lift", {"area": order.pk}).status_code == 200) is (who == "officer")


def test_an_area_elsewhere_is_not_found_whatever_one_may_do(cast: Any, signed_in: Any) -> None:
    from tests.support import PASSWORD

    from tongxin.access import operations as access

    order = ordered(cast)
    Barrier.objects.create(order=order, place_id=order.place_id, where="gate", made_of="rope", placed_at=BASE)
    client = signed_in(access.create_user("away", "a", "operations", [OTHER], PASSWORD, BECAUSE))
    who = person("P1-101").pk
    for path in POSTS:
        assert client.post(f"/areas/{order.pk}/{path.format(person=who)}").status_code == 404, path
    for path in GETS:
        assert client.get(f"/areas/{order.pk}{path.format(check=ExitsCheck.objects.get().pk)}").status_code == 404, path
    assert client.post("/areas/lift", {"area": order.pk, "confirmed": "1"}).status_code == 404
    assert client.post(f"/areas/barriers/{Barrier.objects.get().pk}/remove").status_code == 404
    assert order.name not in text(client.get("/areas?state=all")) + text(client.get("/areas?state=all&format=csv"))


# -- home, tasks, notice, languages --------------------------------------------------------------------


def test_the_release_clock_counts_what_the_list_shows(cast: Any, officer: Any) -> None:
    one = ordered(cast)
    ordered(cast, 2)
    home = plain(officer.get("/"))
    assert "Areas in force 2" in home and "People limited by areas 12" in home and "Areas to be lifted, overdue 0" in home
    negatives(one)
    at(on(25, 22.5))
    home = plain(officer.get("/"))
    assert "Areas to be lifted, overdue 1" in home and "Areas lapsing soon, undecided 1" in home
    for only in ("overdue", "lapsing"):
        address = re.search(rf'href="(/areas[^"]*only={only}[^"]*)"', text(officer.get("/")))
        assert address and text(officer.get(address[1].replace("&amp;", "&"))).count('<tr id="area-') == 1, only


def test_a_task_leads_to_its_area(cast: Any, officer: Any) -> None:
    order = ordered(cast)
    negatives(order)
    page = text(officer.get("/tasks"))
    assert f'href="/areas/{order.pk}">和苑1号楼</a>' in page


def test_the_notice_says_what_why_until_when_and_how_to_object_in_both_languages_and_names_nobody(cast: Any, worker: Any) -> None:
    order = ordered(cast)
    case("P1-101")
    page = plain(worker.get(f"/areas/{order.pk}/notice"))
    for shown in ("和苑1号楼", "楼内有阳性感染者", "A case lives in this building", "2022-11-26 00:00", "answers within"):
        assert shown in page, shown
    for hidden in ("居民", "P1-101", "officer"):
        assert hidden not in page, hidden


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_there_in_both_languages(cast: Any, signed_in: Any, language: str) -> None:
    order, client = ordered(cast), signed_in(cast["officer"], language)
    pages = [f"/areas/{order.pk}{p}" for p in ("", "/people", "/missing", "/upkeep", "/notice", "/narrow")]
    for address in [*pages, "/areas", "/areas?view=grid", "/areas/lift", "/areas/new"]:
        answer = client.get(address)
        assert answer.status_code == 200 and f'lang="{"en" if language == "en" else "zh-Hans"}"' in text(answer), address


def test_a_list_of_others_is_shown_as_theirs_and_can_be_lifted_by_hand(cast: Any, officer: Any) -> None:
    order = ordered(cast)
    Order.objects.filter(pk=order.pk).update(source="list", state="in_force", ends_at=BASE + HOUR, due_at=BASE)
    at(BASE + 2 * HOUR)
    page = plain(officer.get("/areas?only=overdue"))
    assert "published list" in page and "1 h 00 min overdue" in page
    assert officer.post(f"/areas/{order.pk}/lift", {"reason": "no case there"}).status_code == 302
    assert Order.objects.get(pk=order.pk).state == "lifted"


def test_photo_kept_as_it_came(cast: Any) -> None:
    seen = Photo(BASE, PNG, "image/png")
    order = ordered(cast)
    upkeep.check_exits(order.pk, seen, True, cast["officer"], BASE, BECAUSE)
    assert bytes(ExitsCheck.objects.order_by("-pk")[0].photo) == PNG
