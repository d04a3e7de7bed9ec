"""The ledger's pages: who sees what, what is noted at a door, and that nobody's place leaks into another's."""

from __future__ import annotations

import io
from typing import Any

import pytest
from tests.ledger_town import user, write_people
from tests.support import NOW

from tongxin.kit.audit import Because
from tongxin.places.place_id import Level, PlaceId

WHY = Because("test", "because")


@pytest.fixture
def street(city: Any, cast: dict[str, Any], signed_in: Any) -> dict[str, Any]:
    """The cast of four, the steward of building 1, and the steward of the next building."""
    from tongxin.ledgers.operations import rounds, stewards

    city.at(NOW)
    people = write_people()
    anna, nina = user("anna", "steward"), user("nina", "steward")
    own = PlaceId(people["old"].place_id).at(Level.BUILDING)
    stewards.appoint(own, anna, "steward", NOW, WHY)
    stewards.appoint(PlaceId(people["next"].place_id).at(Level.BUILDING), nina, "steward", NOW, WHY)
    everybody = {**cast, "anna": anna, "nina": nina}
    clients: dict[str, Any] = {}

    def as_(name: str) -> Any:
        if name not in clients:
            clients[name] = signed_in(everybody[name])
        return clients[name]

    return {
        "people": people, "own": own, "as": as_, "cast": everybody,
        "round": rounds.plan("evening", [own.parent], False, NOW, WHY),
    }  # fmt: skip


def body(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def entry(category: str) -> Any:
    from tongxin.ledgers.models import Entry

    return Entry.objects.get(category=category, ended_at=None)


def addresses(street: dict[str, Any]) -> list[str]:
    from tongxin.ledgers.models import Knock

    people, door = street["people"], Knock.objects.get(home_id=street["people"]["old"].home_id)
    return [
        "/ledger", "/ledger?sort=seen", "/ledger?sort=place&only=ownerless", "/ledger?format=csv", f"/ledger/people/{people['old'].pk}",
        "/ledger/owners", f"/ledger/owners/{street['cast']['anna'].pk}", "/ledger/stewards", f"/ledger/stewards/{street['own'].code}",
        "/ledger/hospital", "/ledger/hospital?state=unlisted", "/ledger/rounds", f"/ledger/rounds/{street['round'].pk}",
        f"/ledger/rounds/{street['round'].pk}/print", f"/ledger/rounds/{street['round'].pk}?format=csv", "/offers", f"/ledger/knocks/{door.pk}",
    ]  # fmt: skip


def test_the_worker_opens_every_page_and_sees_who_is_on_it(street: dict[str, Any]) -> None:
    worker = street["as"]("worker")
    for address in addresses(street):
        assert worker.get(address).status_code in (200, 405), address
    said = body(worker.get("/ledger"))
    assert "老" in said and "severe illness" in said and "远" not in said
    assert "老" in body(street["as"]("officer").get("/ledger")) and "远" in body(street["as"]("officer").get("/ledger"))


@pytest.mark.parametrize("who", ["outsider", "hospital"])
def test_those_without_the_ledger_see_nothing_of_it(street: dict[str, Any], who: str) -> None:
    client = street["as"](who)
    for address in addresses(street):
        response = client.get(address)
        assert response.status_code in (403, 405) and "老" not in body(response), address


def test_the_steward_of_the_next_building_sees_nothing_of_this_one(street: dict[str, Any]) -> None:
    nina, code = street["as"]("nina"), street["own"].code
    for address in addresses(street):
        response = nina.get(address)
        text = body(response)
        for secret in ("老", "病", "好", "anna"):
            assert secret not in text, (address, secret)
        if code in address or "/people/" in address:
            assert response.status_code == 404, address
    assert "邻" in body(nina.get(f"/ledger/rounds/{street['round'].pk}")), "her own doors of the same round"
    assert ">0<" in body(nina.get("/ledger")), "no count of another building"


def test_the_steward_sees_her_people_but_not_why_where_that_is_sensitive(street: dict[str, Any]) -> None:
    anna, ill = street["as"]("anna"), street["people"]["ill"]
    for address in ("/ledger", "/ledger?category=severe_illness", f"/ledger/people/{ill.pk}", f"/ledger/rounds/{street['round'].pk}"):
        said = body(anna.get(address))
        assert "severe illness" not in said, address
    assert "dialysis" in body(anna.get(f"/ledger/people/{ill.pk}"))
    assert anna.post(f"/ledger/entries/{entry('severe_illness').pk}/plan", {}).status_code == 404
    assert anna.get("/ledger/owners").status_code == 403
    assert street["as"]("worker").get("/ledger?format=xlsx").status_code == 200


def test_a_contact_is_noted_on_the_phone_and_the_resident_can_read_who_looked(street: dict[str, Any]) -> None:
    from tongxin.kit.models import AuditEntry
    from tongxin.ledgers.models import Contact

    anna, old = street["as"]("anna"), street["people"]["old"]
    assert anna.get(f"/ledger/people/{old.pk}").status_code == 200
    wrong = anna.post(f"/ledger/people/{old.pk}/contact", {"how": "phone", "note": "kept words"})
    assert wrong.status_code == 422 and "kept words" in body(wrong)
    anna.post(f"/ledger/people/{old.pk}/contact", {"how": "door", "outcome": "seen", "note": "needs rice"})
    assert Contact.objects.get().outcome == "seen" and entry("elderly_alone").last_seen_by == "user:anna"
    assert "needs rice" in body(anna.get(f"/ledger/people/{old.pk}"))
    assert b"needs rice" not in bytes(Contact.objects.get().note)
    assert "10000000000" in body(anna.post(f"/ledger/people/{old.pk}/phone"))
    looks = AuditEntry.objects.filter(subject_kind="person", subject_id=str(old.pk), actor="user:anna").values_list("action", flat=True)
    assert {"view.ledger", "view.phone"} <= set(looks)


def test_a_plan_is_written_an_owner_named_an_entry_ended(street: dict[str, Any]) -> None:
    worker, old = street["as"]("worker"), entry("elderly_alone")
    worker.post(f"/ledger/entries/{old.pk}/plan", {f"p{old.pk}-plan": "Mondays by car"})
    assert "Mondays by car" in body(worker.get(f"/ledger/people/{old.person_id}"))
    key = str(street["cast"]["worker"].pk)
    worker.post(f"/ledger/entries/{old.pk}/owner", {f"o{old.pk}-owner": key, f"o{old.pk}-deputy": ""})
    assert entry("elderly_alone").owner_id == int(key)
    assert worker.post(f"/ledger/entries/{old.pk}/owner", {f"o{old.pk}-owner": "999999"}).status_code == 422
    assert worker.post(f"/ledger/entries/{old.pk}/end", {}).status_code == 422
    worker.post(f"/ledger/entries/{old.pk}/end", {f"e{old.pk}-reason": "moved"})
    assert "moved" in body(worker.get(f"/ledger/people/{old.person_id}"))


def test_handing_over_leaves_nobody_without_an_owner(street: dict[str, Any]) -> None:
    worker, anna = street["as"]("worker"), street["cast"]["anna"]
    alone = worker.post(f"/ledger/owners/{anna.pk}", {"successor": "", "reason": "ill"})
    assert alone.status_code == 422 and "no steward" in body(alone) and "ill" in body(alone)
    worker.post(f"/ledger/owners/{anna.pk}", {"successor": str(street["cast"]["worker"].pk), "reason": "ill"})
    assert entry("elderly_alone").owner_id == street["cast"]["worker"].pk
    assert street["as"]("anna").get(f"/ledger/people/{entry('elderly_alone').person_id}").status_code == 404


def test_doors_of_a_round_are_noted_one_by_one(street: dict[str, Any]) -> None:
    from tongxin.ledgers.models import Knock

    anna, door = street["as"]("anna"), Knock.objects.get(home_id=street["people"]["old"].home_id)
    said = body(anna.post(f"/ledger/knocks/{door.pk}", {"result": "seen", "note": ""}, headers={"HX-Request": "true"}))
    assert said.strip().startswith("<li") and "老" in said and entry("elderly_alone").last_seen_at == NOW
    refused = body(anna.post(f"/ledger/knocks/{door.pk}", {"result": "flew away"}, headers={"HX-Request": "true"}))
    assert "Say what came of it" in refused
    printed = body(anna.get(f"/ledger/rounds/{street['round'].pk}/print"))
    assert "Destroy it by" in printed and printed.count('class="sheet"') == 1
    assert body(street["as"]("worker").get(f"/ledger/rounds/{street['round'].pk}/print")).count('class="sheet"') == 2


def test_a_round_is_planned_of_ticked_buildings(street: dict[str, Any]) -> None:
    from tongxin.ledgers.models import Round

    worker = street["as"]("worker")
    assert worker.post("/ledger/rounds", {"name": "none"}).status_code == 422
    foreign = PlaceId(street["people"]["far"].place_id).at(Level.BUILDING)
    assert worker.post("/ledger/rounds", {"name": "x", "building": str(int(foreign))}).status_code == 404
    worker.post("/ledger/rounds", {"name": "tonight", "building": str(int(street["own"])), "vulnerable_only": "on"})
    assert Round.objects.get(name="tonight").vulnerable_only
    assert street["as"]("anna").post("/ledger/rounds", {"name": "x", "all": "1"}).status_code == 403


def test_an_offer_says_nothing_of_health_and_its_phone_is_for_who_takes_it(street: dict[str, Any]) -> None:
    from tongxin.ledgers.models import Offer

    worker, nina = street["as"]("worker"), street["as"]("nina")
    place = str(int(PlaceId(street["own"]).at(Level.COMMUNITY)))
    worker.post("/offers", {"kind": "goods", "text": "two packs of salt", "place": place, "name": "Wang", "phone": "10099998888"})
    made = Offer.objects.get()
    assert "10099998888" not in body(worker.get("/offers")) and "salt" not in body(nina.get("/offers"))
    assert nina.post(f"/offers/{made.pk}/claim").status_code == 404
    worker.post(f"/offers/{made.pk}/claim")
    assert "10099998888" in body(worker.get("/offers?mine=1"))
    worker.post(f"/offers/{made.pk}/complete")
    assert "salt" not in body(worker.get("/offers"))


def test_the_sheet_holds_the_readers_scope_says_until_when_and_is_read_again(street: dict[str, Any], tmp_path: Any) -> None:
    from tongxin.kit import db, imports
    from tongxin.kit.models import AuditEntry
    from tongxin.ledgers.loaders import LedgerLoader

    response = street["as"]("worker").get("/ledger?format=xlsx")
    path = tmp_path / "台账.xlsx"
    path.write_bytes(io.BytesIO(response.content).getvalue())
    import python_calamine as calamine

    cells = calamine.load_workbook(str(path)).get_sheet_by_index(0).to_python()
    assert "Destroy it by 2022-11-27 08:00" in cells[1][0]
    assert [row[1] for row in cells[3:]] == ["老", "病", "病"]
    assert AuditEntry.objects.filter(action="view.ledger_export", count=3).exists()
    with db.acting_as_jobs():
        done = imports.take_in(LedgerLoader(), path, "test")
    assert (done.accepted, done.repeated, done.rejected) == (0, 3, 0), done.rejects


def test_pages_ask_a_dozen_times_at_most_however_many_rows(street: dict[str, Any]) -> None:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    worker = street["as"]("worker")
    for address in ("/ledger", "/ledger/rounds", f"/ledger/rounds/{street['round'].pk}", "/ledger/stewards", "/offers"):
        worker.get(address)
        with CaptureQueriesContext(connections["default"]) as asked:
            worker.get(address)
        sent = [q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SET", "BEGIN", "COMMIT"))]
        assert len(sent) <= 12, (address, sent)


def test_a_steward_sees_the_own_building_home_by_home_and_no_sensitive_category(street: dict[str, Any]) -> None:
    ill, page = street["people"]["ill"], f"/buildings/{street['own'].code}"
    anna, worker = street["as"]("anna"), street["as"]("worker")
    opened = f"{page}?home={ill.home_id}"
    assert "病" in body(anna.get(opened)) and "dialysis" in body(anna.get(opened)) and "severe illness" not in body(anna.get(opened))
    assert "severe illness" in body(worker.get(opened))
    for address in (f"{page}/doors", f"/people/{ill.pk}", f"/places/{ill.place_id}"):
        assert "dialysis" in body(anna.get(address)) and "severe illness" not in body(anna.get(address)), address
    steward = body(anna.get(f"/ledger/stewards/{street['own'].code}"))
    assert f'href="{page}"' in steward and "home by home" in steward
    assert street["as"]("nina").get(page).status_code == 404 and street["as"]("nina").get(f"/people/{ill.pk}").status_code == 404


def test_a_steward_sees_the_own_work_and_not_that_of_other_teams(street: dict[str, Any]) -> None:
    from tongxin.tasks import operations as work
    from tongxin.tasks.models import Task
    from tongxin.tasks.operations import NewTask

    ill, anna = street["people"]["ill"], street["as"]("anna")
    Task.objects.all().delete()
    kinds = ("need.medical", "ledger.visit", "need.supplies")
    work.open_tasks([NewTask(kind, ill.place_id, ill.pk, ill.pk) for kind in kinds], NOW, WHY)
    doctor, visit, food = (Task.objects.get(kind=kind) for kind in kinds)
    Task.objects.filter(pk=food.pk).update(owner=street["cast"]["anna"], state="claimed")
    page, seen = body(anna.get("/tasks")), [anna.get(f"/tasks/{t.pk}").status_code for t in (doctor, visit, food)]
    assert f"/tasks/{visit.pk}" in page and f"/tasks/{food.pk}" in page and f"/tasks/{doctor.pk}" not in page
    assert seen == [404, 200, 200] and anna.post(f"/tasks/{doctor.pk}/claim").status_code == 404
    assert f"/tasks/{doctor.pk}" not in body(anna.get("/tasks?format=csv")) and "Doctor" not in body(anna.get("/tasks?format=csv"))
    assert all(f"/tasks/{t.pk}" in body(street["as"]("worker").get("/tasks")) for t in (doctor, visit, food))


def test_an_offer_that_all_neighbours_read_names_nobodys_health(street: dict[str, Any]) -> None:
    from tongxin.ledgers.models import Offer

    told = {"place": str(int(street["own"])), "kind": "goods", "text": "有糖尿病的人可以来我家拿针头", "name": "", "phone": ""}
    refused = street["as"]("worker").post("/offers", told)
    assert refused.status_code == 422 and "health" in body(refused) and not Offer.objects.exists()


def test_only_who_may_see_it_is_offered_as_owner_of_a_sensitive_entry(street: dict[str, Any]) -> None:
    page = body(street["as"]("officer").get(f"/ledger/people/{street['people']['ill'].pk}"))
    chosen = {e.category: page.split(f'name="o{e.pk}-owner"')[1].split("</select>")[0] for e in (entry("dialysis"), entry("severe_illness"))}
    assert "anna" in chosen["dialysis"] and "anna" not in chosen["severe_illness"] and "worker" in chosen["severe_illness"]
