"""Signing in, being locked out, coming back after the session has ended, the language."""

from __future__ import annotations

from typing import Any

from tests.web.town import PASSWORD, Town


def test_signing_in_leads_to_the_page_that_was_asked_for(town: Town, client: Any) -> None:
    response = client.get("/tasks?mine=1")
    assert response["Location"] == "/login?next=%2Ftasks%3Fmine%3D1"
    done = client.post("/login", {"username": "worker", "password": PASSWORD, "next": "/tasks?mine=1"})
    assert (done.status_code, done["Location"]) == (302, "/tasks?mine=1")


def test_signing_in_never_leads_to_another_site(town: Town, client: Any) -> None:
    done = client.post("/login", {"username": "worker", "password": PASSWORD, "next": "https://evil.example/"})
    assert done["Location"] == "/"


def test_a_wrong_password_keeps_the_name_and_says_what_is_wrong(town: Town, client: Any) -> None:
    response = client.post("/login", {"username": "worker", "password": "wrong"})
    assert response.status_code == 200
    assert 'value="worker"' in response.content.decode() and "wrong" not in response.content.decode()


def test_the_fifth_wrong_password_locks_the_name_even_for_the_right_one(town: Town, client: Any) -> None:
    for _ in range(4):
        assert client.post("/login", {"username": "worker", "password": "wrong"}).status_code == 200
    locked = client.post("/login", {"username": "worker", "password": "wrong"})
    assert locked.status_code == 429 and "5" in locked.content.decode()
    assert client.post("/login", {"username": "worker", "password": PASSWORD}).status_code == 429
    assert client.post("/login", {"username": "officer", "password": PASSWORD}).status_code == 302


def test_a_form_sent_after_the_session_has_ended_leads_back_to_its_page(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    worker.cookies.pop("sessionid")
    page = f"http://localhost/tasks/{town.own.task}"
    response = worker.post(f"/tasks/{town.own.task}/complete", {"outcome": "settled"}, headers={"referer": page})
    assert response["Location"] == f"/login?next=%2Ftasks%2F{town.own.task}"
    assert "what you typed is kept" in worker.get(response["Location"]).content.decode()


def test_a_form_from_elsewhere_does_not_choose_where_one_lands(town: Town, client: Any) -> None:
    response = client.post(f"/tasks/{town.own.task}/claim", headers={"referer": "https://evil.example/x"})
    assert response["Location"] == "/login?next=%2F"


def test_a_part_of_a_page_asked_for_without_session_moves_the_whole_page(town: Town, client: Any) -> None:
    response = client.get("/tasks", headers={"hx-request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (401, "/login?next=%2Ftasks")


def test_whoever_is_shut_out_loses_the_open_session(town: Town, signed_in: Any) -> None:
    worker, admin = signed_in(town.people["worker"]), signed_in(town.people["admin"])
    assert worker.get("/tasks").status_code == 200
    assert admin.post(f"/users/{town.people['worker'].pk}/active", {"active": "0"}).status_code == 302
    assert worker.get("/tasks").status_code == 302


def test_pages_are_chinese_unless_english_is_chosen(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"], language="zh-hans")
    assert 'lang="zh-Hans"' in worker.get("/").content.decode()
    assert worker.post("/language", {"language": "en", "next": "/tasks"})["Location"] == "/tasks"
    assert 'lang="en"' in worker.get("/tasks").content.decode()


def test_the_theme_is_kept_by_the_browser(town: Town, client: Any) -> None:
    client.post("/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/login").content.decode()
    client.post("/theme", {"theme": "system"})
    assert "data-theme=" not in client.get("/login").content.decode()


def test_signing_out_needs_a_form_not_a_link(town: Town, signed_in: Any) -> None:
    worker = signed_in(town.people["worker"])
    assert worker.get("/logout").status_code == 405
    assert worker.post("/logout").status_code == 302
    assert worker.get("/tasks").status_code == 302
