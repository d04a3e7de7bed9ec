"""What the pages do: records, tasks, restrictions, imports, users, audit."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from tests.web.town import COMMUNITY, OTHER, PASSWORD, Town


def _text(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def _entries(action: str) -> list[Any]:
    from tongxin.kit.models import AuditEntry

    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


def test_opening_a_record_is_written_down_with_the_one_who_looked(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    page = _text(worker.get(f"/people/{town.own.person}"))
    looks = _entries("view.person")
    assert (looks[-1].actor, looks[-1].subject_id) == ("user:worker", str(town.own.person))
    assert "worker" in page and "dialysis" in page and f"{town.own.mark} reason" in page


def test_the_phone_is_masked_until_somebody_asks_and_that_is_written_down(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    phone = next(s for s in town.own.secrets if len(s) == 11)
    assert phone not in _text(worker.get(f"/people/{town.own.person}"))
    assert phone in _text(worker.post(f"/people/{town.own.person}/phone"))
    assert [e.actor for e in _entries("view.phone")] == ["user:worker"]


def test_a_record_nobody_may_see_leaves_no_trace_of_a_look(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    before = len(_entries("view.person"))
    assert worker.get(f"/people/{town.other.person}").status_code == 404
    assert len(_entries("view.person")) == before


def test_a_search_is_written_down_without_what_was_typed(town: Town, signed_in: Any) -> None:
    signed_in(town.people["worker"]).post("/people", {"q": "100000000019"})
    (entry,) = _entries("view.search")
    assert "100000000019" not in f"{entry.details} {entry.reason} {entry.subject_id}"


def test_a_task_is_taken_done_and_cannot_be_taken_again(town: Town, signed_in: Any) -> None:
    from tongxin.tasks.models import Task

    worker, officer = signed_in(town.people["worker"]), signed_in(town.people["officer"])
    assert worker.post(f"/tasks/{town.own.task}/claim").status_code == 302
    assert Task.objects.get(pk=town.own.task).owner == town.people["worker"]
    again = officer.post(f"/tasks/{town.own.task}/claim", follow=True)
    assert "Somebody else was faster" in _text(again)
    done = worker.post(f"/tasks/{town.own.task}/complete", {"outcome": "settled", "note": "found"})
    assert done.status_code == 302
    task = Task.objects.get(pk=town.own.task)
    assert (task.state, task.outcome, task.evidence, task.closed_by) == (
        "done",
        "settled",
        {"note": "found"},
        "user:worker",
    )


def test_an_outcome_that_is_missing_keeps_the_note(town: Town, signed_in: Any) -> None:
    response = signed_in(town.people["worker"]).post(f"/tasks/{town.own.task}/complete", {"note": "kept words"})
    assert response.status_code == 422 and "kept words" in _text(response)


def test_a_task_goes_to_another_community_and_is_gone_here(town: Town, signed_in: Any) -> None:
    from tongxin.tasks.models import Task

    worker = signed_in(town.people["worker"])
    wrong = worker.post(f"/tasks/{town.own.task}/hand-over", {"to": "不存在社区", "reason": "moved"})
    assert wrong.status_code == 422 and "不存在社区" in _text(wrong)
    done = worker.post(f"/tasks/{town.own.task}/hand-over", {"to": "福民社区", "reason": "moved"})
    assert done.status_code == 302
    assert Task.objects.get(pk=town.own.task).place_id == OTHER
    assert worker.get(f"/tasks/{town.own.task}").status_code == 404


def test_a_judgement_needs_the_right_to_judge_wherever_it_is_made(town: Town, signed_in: Any) -> None:
    from tongxin.tasks.models import Task

    Task.objects.filter(pk=town.own.task).update(kind="chase.judge")
    response = signed_in(town.people["worker"]).post(f"/tasks/{town.own.task}/complete", {"outcome": "released"})
    assert response.status_code == 403
    assert Task.objects.get(pk=town.own.task).state == "open"


def test_a_restriction_is_lifted_with_a_reason_and_by_those_who_may(town: Town, signed_in: Any) -> None:
    from tongxin.restrictions.models import Restriction

    address = f"/restrictions/{town.own.restriction}/release"
    assert signed_in(town.people["worker"]).post(address, {"reason": "x"}).status_code == 403
    officer = signed_in(town.people["officer"])
    assert officer.post(address, {"reason": " "}).status_code == 422
    assert officer.post(address, {"reason": "negative twice"}).status_code == 302
    one = Restriction.objects.get(pk=town.own.restriction)
    assert (one.release_kind, one.released_by, one.release_reason) == ("released", "user:officer", "negative twice")


def test_an_extension_beyond_what_the_policy_allows_is_refused_with_what_was_typed(town: Town, signed_in: Any) -> None:
    officer = signed_in(town.people["officer"])
    given = {"until": "2023-11-26T08:00", "cause": "result of tube 7 is missing"}
    response = officer.post(f"/restrictions/{town.own.restriction}/extend", given)
    assert response.status_code == 422
    assert "The policy allows no end later than" in _text(response) and given["cause"] in _text(response)


def test_rejected_rows_come_back_as_a_file_that_no_spreadsheet_takes_for_formulas(town: Town, signed_in: Any) -> None:
    response = signed_in(town.people["officer"]).get(f"/imports/{town.own.run}/rejects.csv")
    assert response["Content-Type"].startswith("text/csv") and "attachment" in response["Content-Disposition"]
    assert f"'=raw {town.own.mark}" in _text(response)


def test_the_rejected_rows_of_another_community_are_not_found(town: Town, signed_in: Any) -> None:
    assert signed_in(town.people["auditor"]).get(f"/imports/{town.other.run}/rejects.csv").status_code == 404


def test_an_administrator_makes_a_user_who_can_sign_in(town: Town, signed_in: Any) -> None:
    given = {
        "username": "new.worker",
        "name": "New",
        "role": "community",
        "places": "500108106002",
        "password": PASSWORD,
    }
    assert signed_in(town.people["local_admin"]).post("/users/new", given).status_code == 302
    from tongxin.access.models import User

    made = User.objects.get(username="new.worker")
    assert made.places() == [COMMUNITY]
    assert signed_in(made).get("/tasks").status_code == 200
    (entry,) = [e for e in _entries("user.created") if e.subject_id == "new.worker"]
    assert entry.actor == "user:local_admin" and PASSWORD not in str(entry.details)


@pytest.mark.parametrize("codes", ["500108106003", "500108", "5001081069", "nonsense", ""])
def test_an_administrator_gives_no_place_but_the_own(town: Town, signed_in: Any, codes: str) -> None:
    from tongxin.access.models import User

    given = {"username": "too.much", "name": "x", "role": "community", "places": codes, "password": PASSWORD}
    response = signed_in(town.people["local_admin"]).post("/users/new", given)
    if codes:
        assert response.status_code == 422 and "too.much" in _text(response)
        assert not User.objects.filter(username="too.much").exists()
    else:
        assert User.objects.get(username="too.much").places() == []


def test_a_bad_password_is_refused_and_nothing_else_is_lost(town: Town, signed_in: Any) -> None:
    given = {"username": "someone", "name": "Some One", "role": "tracer", "places": "500108", "password": "1234"}
    page = _text(signed_in(town.people["admin"]).post("/users/new", given))
    assert "Some One" in page and "500108" in page and "1234" not in page.replace("12345", "")


def test_an_administrator_cannot_change_the_own_account(town: Town, signed_in: Any) -> None:
    from tongxin.access.models import User

    admin = signed_in(town.people["admin"])
    me = town.people["admin"].pk
    given = {"name": "x", "role": "operations", "places": "500108", "password": ""}
    assert admin.post(f"/users/{me}", given).status_code == 422
    assert admin.post(f"/users/{me}/active", {"active": "0"}).status_code == 403
    assert User.objects.get(pk=me).role_id == "administrator"


def test_a_changed_scope_holds_with_the_next_request(town: Town, signed_in: Any) -> None:
    worker, admin = signed_in(town.people["worker"]), signed_in(town.people["admin"])
    given = {"name": "w", "role": "community", "places": "500108106003", "password": ""}
    assert admin.post(f"/users/{town.people['worker'].pk}", given).status_code == 302
    assert worker.get(f"/people/{town.own.person}").status_code == 404
    assert worker.get(f"/people/{town.other.person}").status_code == 200


def test_the_trail_is_found_by_user_person_and_place(town: Town, signed_in: Any) -> None:
    signed_in(town.people["worker"]).get(f"/people/{town.own.person}")
    auditor = signed_in(town.people["auditor"])
    assert "worker" in _text(auditor.get("/audit?user=worker"))
    assert "worker" in _text(auditor.get(f"/audit?person={town.own.number}"))
    assert "No entry matches" in _text(auditor.get(f"/audit?person={town.other.number}"))
    assert "worker" in _text(auditor.get(f"/audit?place={town.own.unit}&kind=person"))


def test_a_list_goes_on_by_key_and_a_tampered_key_begins_anew(town: Town, signed_in: Any) -> None:
    from tongxin.kit import audit

    for n in range(60):
        audit.record(audit.Because("user:many"), "view.person", "person", f"x{n}", COMMUNITY)
    auditor = signed_in(town.people["auditor"])
    first = _text(auditor.get("/audit?user=many"))
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = _text(auditor.get("/audit" + following))
    assert first.count("<tr>") == 51 and second.count("<tr>") == 11
    assert auditor.get("/audit?user=many&after=AAAA").status_code == 200
    assert auditor.get("/tasks?after=%00").status_code in (200, 403)


def test_the_home_page_shows_what_is_overdue_first_and_the_banner_of_the_simulation(town: Town, signed_in: Any) -> None:
    page = _text(signed_in(town.people["officer"]).get("/"))
    assert "figure-overdue" in page and "Releases overdue" in page and "only=overdue" in page
    assert "Simulated city" in page


def test_a_user_without_any_place_sees_a_sentence_and_nothing_else(town: Town, signed_in: Any) -> None:
    from tongxin.access import operations
    from tongxin.kit.audit import Because

    nobody = operations.create_user("nobody", "n", "operations", [], PASSWORD, Because("test"))
    client = signed_in(nobody)
    assert "answers for no place yet" in _text(client.get("/"))
    for address in ("/tasks", "/restrictions", "/audit", "/imports", "/places"):
        assert town.own.mark not in _text(client.get(address))


def test_no_page_asks_the_database_more_than_twelve_times(town: Town, signed_in: Any) -> None:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    officer = signed_in(town.people["officer"])
    pages = ["/", "/tasks", "/restrictions", "/people", "/places", "/imports", f"/tasks/{town.own.task}"]
    for address in [*pages, f"/restrictions/{town.own.restriction}"]:
        officer.get(address)
        with CaptureQueriesContext(connections["default"]) as asked:
            assert officer.get(address).status_code == 200
        plain = [q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
        assert len(plain) <= 12, (address, plain)


def test_times_are_the_citys(town: Town, signed_in: Any) -> None:
    page = _text(signed_in(town.people["officer"]).get(f"/restrictions/{town.own.restriction}"))
    assert timezone.get_default_timezone_name() == "Asia/Shanghai" and "2022-11-26 06:00" in page


def test_a_list_of_who_is_limited_that_asks_again_by_itself_is_one_look(town: Any, signed_in: Any) -> None:
    from tongxin.kit.models import AuditEntry

    officer = signed_in(town.people["officer"])
    looks = AuditEntry.objects.filter(action="view.restrictions")
    for headers, count in (({}, 1), ({"HX-Request": "true"}, 1), ({}, 2)):
        assert officer.get("/restrictions", headers=headers).status_code == 200 and looks.count() == count
