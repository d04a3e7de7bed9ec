"""The page of a chased tube: what it shows to whom, and what is done on it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.web.test_chase_day import PHONE, Day, at, day_of_screening, report, scan, text  # noqa: F401
from tests.web.town import COMMUNITY, OTHER


def looks(action: str, kind: str) -> list[Any]:
    from tongxin.kit.models import AuditEntry

    return list(AuditEntry.objects.filter(action=action, subject_kind=kind).order_by("pk"))


def post(client: Any, day: Day, number: str, deed: str, **told: str) -> Any:
    return client.post(f"/chase/members/{day.member(number).pk}/{deed}", told)


def test_the_page_shows_the_tube_its_members_and_its_queue_neighbours(day: Day, signed_in: Any) -> None:
    page = text(signed_in(day.people["officer"]).get("/chase/TA-found"))
    for shown in ("名P1", "名P2", "名P9", "dialysis", "和苑 building 2 unit 1 101", "31.5", "holds", "call-back code",
                  "L-TA-found-1300", "TA-before", "TA-after", "TA-waiting", "chase opened, 3 members listed"):  # fmt: skip
        assert shown in page, shown
    assert "TA-invalid" not in page  # the third after it
    assert f'href="/people/{day.member("P1").person_id}"' in page
    first = page[page.index('id="member-') :]
    assert first.index("名P9") < first.index("名P1")  # no phone: an exception comes first


def test_phones_are_masked_until_asked_for_and_each_look_is_recorded(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["worker"])
    page = text(client.get("/chase/TA-found"))
    assert f"{PHONE}0" not in page and "100••••••00" in page
    entry = looks("view.tube", "tube")[-1]
    assert (entry.actor, entry.count, entry.place_id) == ("user:worker", 3, COMMUNITY)
    address = f"/chase/members/{day.member('P1').pk}/phone"
    part = text(client.post(address, headers={"HX-Request": "true"}))
    assert f"tel:{PHONE}0" in part and "<html" not in part
    assert f"tel:{PHONE}0" in text(client.post(address))  # without script: the page with this number shown
    assert {e.subject_id for e in looks("view.phone", "person")} == {str(day.member("P1").person_id)}
    assert post(client, day, "Q1", "phone").status_code == 404


def test_a_page_that_refreshes_itself_is_one_look(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["officer"])
    for _ in range(3):
        assert client.get("/chase/TA-found", headers={"HX-Request": "true"}).status_code == 200
    assert len(looks("view.tube", "tube")) == 1
    client.get("/chase/TA-found")
    assert len(looks("view.tube", "tube")) == 2


def test_of_a_tube_from_elsewhere_only_the_own_member_is_shown(day: Day, signed_in: Any) -> None:
    client, tube = signed_in(day.people["worker"]), day.member("P3").tube_id
    assert client.get("/chase/TB-found").status_code == 404
    page = text(client.get(f"/chase/elsewhere/{tube}"))
    assert "名P3" in page and not re.search(r"名Q|TB-found|L-TB", page)
    assert signed_in(day.people["tracer"]).get(f"/chase/elsewhere/{day.member('P1').tube_id + 999}").status_code == 404
    assert signed_in(day.people["neighbour"]).get("/chase/TB-found").status_code == 200


def test_a_call_moves_the_member_on(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["worker"])
    done = post(client, day, "P1", "call", channel="phone", outcome="stays", note="在家")
    assert done.status_code == 302 and done["Location"] == f"/chase/TA-found#member-{day.member('P1').pk}"
    assert day.member("P1").node == "held" and day.member("P1").calls == 1
    page = text(client.get("/chase/TA-found"))
    assert "called by phone: reached, stays in place" in page and "在家" in page and "Logged" in page
    assert '<span class="segment segment-b"' in page
    assert "not reached 2 · stays in place 1" in text(client.get("/chase"))


def test_a_call_without_an_outcome_is_refused_and_what_was_typed_is_kept(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["worker"])
    for outcome in ("", "sings"):
        refused = post(client, day, "P1", "call", channel="door", outcome=outcome, note="敲了三次")
        assert refused.status_code == 422 and "敲了三次" in text(refused)
    assert day.member("P1").calls == 0
    assert post(client, day, "Q1", "call", channel="phone", outcome="stays").status_code == 404
    assert day.member("Q1").calls == 0


def test_a_member_judged_no_close_contact_is_free_at_once(day: Day, signed_in: Any) -> None:
    tracer = signed_in(day.people["tracer"])
    assert "releases this person at once" not in text(tracer.get("/chase/TA-found"))
    day.retest("P1", "阴性")
    assert "releases this person at once" in text(tracer.get("/chase/TA-found"))
    assert "releases this person at once" not in text(signed_in(day.people["worker"]).get("/chase/TA-found"))
    assert post(signed_in(day.people["worker"]), day, "P1", "judge", contact="no").status_code == 403
    assert post(tracer, day, "P1", "judge", contact="").status_code == 302 and day.held("P1")
    assert post(tracer, day, "P1", "judge", contact="no").status_code == 302
    assert not day.held("P1") and day.member("P1").resolution == "released"
    again = tracer.post(f"/chase/members/{day.member('P1').pk}/judge", {"contact": "yes"}, follow=True)
    assert "There is nothing to judge" in text(again) and day.member("P1").resolution == "released"


def test_a_close_contact_stays_held(day: Day, signed_in: Any) -> None:
    day.retest("P1", "阴性")
    post(signed_in(day.people["tracer"]), day, "P1", "judge", contact="yes")
    assert day.held("P1") and day.member("P1").resolution == "contact"


def test_nothing_is_judged_before_the_retest_is_negative(day: Day, signed_in: Any) -> None:
    tracer = signed_in(day.people["tracer"])
    for prepare in (lambda: None, lambda: day.retest("P1")):
        prepare()
        post(tracer, day, "P1", "judge", contact="no")
        assert day.held("P1")


def test_a_worker_who_sees_one_member_does_not_resolve_a_chase_of_three(day: Day, signed_in: Any) -> None:
    from tongxin.chase.models import Chase

    done = post(signed_in(day.people["worker"]), day, "P3", "call", channel="door", outcome="moved_away")
    assert done.status_code == 302 and day.member("P3").resolution == "moved_away"
    assert Chase.objects.get(pk=day.member("P3").tube_id).state == "open"
    for number in ("Q1", "Q2"):
        post(signed_in(day.people["neighbour"]), day, number, "call", channel="door", outcome="moved_away")
    assert Chase.objects.get(pk=day.member("P3").tube_id).state == "resolved"


def test_a_member_handed_over_goes_to_the_other_community_with_its_work(day: Day, signed_in: Any) -> None:
    from tongxin.tasks.models import Task

    worker, neighbour = signed_in(day.people["worker"]), signed_in(day.people["neighbour"])
    one = day.member("P1")
    page = text(worker.get(f"/chase/members/{one.pk}/hand-over"))
    assert "福民社区" in page and "名P1" in page
    assert post(worker, day, "P1", "hand-over", to=str(OTHER), reason="").status_code == 422
    assert post(worker, day, "P1", "hand-over", to="5001081060990000000", reason="x").status_code == 422
    done = post(worker, day, "P1", "hand-over", to=str(OTHER), reason="住在福民")
    assert done.status_code == 302 and done["Location"] == "/chase/TA-found"
    assert day.member("P1").owner_place_id == OTHER
    assert set(Task.objects.filter(subject_kind="member", subject_id=one.pk).values_list("place_id", flat=True)) == {OTHER}
    assert post(worker, day, "P1", "call", channel="phone", outcome="stays").status_code == 404
    there = text(neighbour.get(f"/chase/elsewhere/{one.tube_id}"))
    assert "名P1" in there and f"/people/{one.person_id}" not in there
    assert neighbour.get(f"/people/{one.person_id}").status_code == 404
    assert PHONE in text(post(neighbour, day, "P1", "phone"))
    assert (str(one.person_id), OTHER) in [(e.subject_id, e.place_id) for e in looks("view.phone", "person")]
    assert post(neighbour, day, "P1", "call", channel="phone", outcome="stays").status_code == 302
    assert day.member("P1").node == "held"


def test_an_outsider_acts_on_nobody(day: Day, signed_in: Any) -> None:
    for who, answer in (("outsider", 403), ("hospital", 403), ("neighbour", 404)):
        client = signed_in(day.people[who])
        assert post(client, day, "P1", "call", channel="phone", outcome="stays").status_code == answer
        assert post(client, day, "P1", "hand-over", to=str(OTHER), reason="x").status_code == answer
        assert post(client, day, "P1", "phone").status_code == answer
    assert day.member("P1").node == "listed" and day.member("P1").owner_place_id == COMMUNITY


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_there_in_both_languages(day: Day, signed_in: Any, language: str) -> None:
    client = signed_in(day.people["officer"], language)
    for address in ("/chase", "/chase/TA-found", f"/chase/members/{day.member('P1').pk}/hand-over"):
        response = client.get(address)
        assert response.status_code == 200 and f'lang="{"en" if language == "en" else "zh-Hans"}"' in text(response)


def test_someone_the_register_does_not_know_stands_under_the_number_scanned(day: Day, signed_in: Any) -> None:
    scan("TA-strange", "500108106002", ["X77"], at(7, 40))
    report("TA-strange", "阳性", at(9))
    page = text(signed_in(day.people["worker"]).get("/chase/TA-strange"))
    assert "X77" in page and "not in the register yet" in page and "none on file" in page
