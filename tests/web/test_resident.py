"""The page of a resident: a code for the person and not for the phone, what limits them in plain words, and nobody else's rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from tests import areas_town as areas
from tests.areas_town import BASE, BECAUSE, at, on, person
from tests.web.test_jurisdiction import _addresses
from tests.web.town import OTHER, OTHER_MARK, PASSWORD, fill

MOTHER, FATHER, TWIN, OTHER_TWIN, NEIGHBOUR, LONELY = "P1-201", "P1-202", "P1-301", "P1-302", "P1-102", "P2-101"
FAMILY_PHONE, NEIGHBOURS_PHONE, UNKNOWN = "10080000001", "10090000002", "10070000009"
IDS = {
    MOTHER: "990111195001310011", FATHER: "990111195203040022", TWIN: "990111200105050033", OTHER_TWIN: "99011120010505004X",
    NEIGHBOUR: "990111197001010055",
}  # fmt: skip
BORN = {MOTHER: "19500131", FATHER: "19520304", TWIN: "20010505", OTHER_TWIN: "20010505", NEIGHBOUR: "19700101"}


def text(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def words(response: Any) -> str:
    page = re.sub(r"<style>.*?</style>", "", text(response), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


class Phones:
    """The messages that were sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def code(self, phone: str) -> str:
        said = next(m.text for m in reversed(self.sent) if m.to == phone)
        return re.search(r"\d{6}", said)[0]  # type: ignore[index]


@pytest.fixture
def phones(monkeypatch: pytest.MonkeyPatch) -> Phones:
    from tongxin.messages import sending

    found = Phones()
    monkeypatch.setattr(sending, "_carrier", found.sent.append)
    return found


@pytest.fixture
def house(city: Any, cast: dict[str, Any]) -> dict[str, Any]:
    """An area over building 1 since 20 November; 25 November, its last day, 14:00. A family of four uses one phone."""
    from tongxin.areas.operations import issue
    from tongxin.areas.operations.issue import Piece
    from tongxin.kit import clocks, crypto
    from tongxin.people.models import Person
    from tongxin.places.place_id import Level

    at(BASE)
    areas.settle()
    Person.objects.update(phone=None, phone_hash=None)
    for number, identity in IDS.items():
        phone = NEIGHBOURS_PHONE if number == NEIGHBOUR else FAMILY_PHONE
        Person.objects.filter(person_no=number).update(
            phone=crypto.encrypt(phone), phone_hash=crypto.lookup_hash(phone), id_number=crypto.encrypt(identity),
            id_hash=crypto.lookup_hash(identity), birth_date=dt.datetime.strptime(BORN[number], "%Y%m%d").date(),
        )  # fmt: skip
    order = issue.issue(
        areas.draft(Piece(areas.place(Level.BUILDING)), anchor_at=BASE), cast["officer"], BASE, BECAUSE
    )
    areas.sample(25, *[f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2) if f"P1-{f}0{d}" != MOTHER], reported=12)
    clocks.quick(at(on(25, 14)))
    return {**cast, "order": order}


def browser(language: str = "en") -> Client:
    from django.conf import settings

    client = Client(headers={"host": "localhost"})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def ask(client: Client, number: str) -> Any:
    return client.post("/me", {"number": number})


def enter(phones: Phones, number: str, phone: str, born: str = "", language: str = "en", last_four: str = "") -> Client:
    """A browser in which somebody has got as far as the page."""
    client = browser(language)
    assert ask(client, number).status_code == 302
    assert client.post("/me/code", {"code": phones.code(phone)}).status_code == 302
    if born:
        client.post("/me/who", {"born": born, "last_four": last_four})
    return client


def mother(phones: Phones, language: str = "en") -> Client:
    return enter(phones, IDS[MOTHER], FAMILY_PHONE, language=language)


# -- the way in ----------------------------------------------------------------------------------------


def test_the_own_identity_number_and_the_code_open_the_page(house: dict[str, Any], phones: Phones) -> None:
    client = browser()
    done = ask(client, f" {IDS[MOTHER][:6]} {IDS[MOTHER][6:]} ")
    assert (done.status_code, done["Location"]) == (302, "/me/code")
    assert [m.to for m in phones.sent] == [FAMILY_PHONE] and "10 minutes" in phones.sent[0].text
    assert "居民121" not in text(client.get("/me/code"))
    done = client.post("/me/code", {"code": f" {phones.code(FAMILY_PHONE)[:3]} {phones.code(FAMILY_PHONE)[3:]} "}, follow=True)
    assert done.redirect_chain[-1][0] == "/me/status" and "居民121" in text(done)
    assert client.get("/me")["Location"] == "/me/status"


def test_behind_one_phone_the_date_of_birth_says_who_is_meant(house: dict[str, Any], phones: Phones) -> None:
    for number in (MOTHER, FATHER):
        page = text(enter(phones, FAMILY_PHONE, FAMILY_PHONE, BORN[number]).get("/me/status"))
        assert person(number).name in page
        assert not [n for n in (*IDS, LONELY) if n != number and f">{person(n).name}<" in page]
    assert "居民112" in text(enter(phones, "+86 100-9000-0002", NEIGHBOURS_PHONE, BORN[NEIGHBOUR]).get("/me/status"))


def test_two_who_were_born_on_one_day_are_told_apart_by_the_end_of_the_identity_number(
    house: dict[str, Any], phones: Phones
) -> None:
    client = enter(phones, FAMILY_PHONE, FAMILY_PHONE)
    refused = client.post("/me/who", {"born": BORN[TWIN]})
    assert refused.status_code == 422 and "last four characters" in words(refused) and BORN[TWIN] in text(refused)
    nobody = client.post("/me/who", {"born": "19990909"})
    assert re.sub(r"\d{8}", "", words(nobody)) == re.sub(r"\d{8}", "", words(refused)), "two, or none: the same answer"
    client.post("/me/who", {"born": BORN[TWIN], "last_four": "004x"})
    assert person(OTHER_TWIN).name in text(client.get("/me/status"))


def test_a_phone_alone_opens_nothing(house: dict[str, Any], phones: Phones) -> None:
    client = enter(phones, NEIGHBOURS_PHONE, NEIGHBOURS_PHONE)
    for address in ("/me/status", "/me/looks"):
        assert client.get(address)["Location"] == "/me"
    assert client.get("/me/code")["Location"] == "/me/who" and client.get("/me/who").status_code == 200


def test_the_date_of_birth_cannot_be_tried_without_end(house: dict[str, Any], phones: Phones) -> None:
    client = enter(phones, FAMILY_PHONE, FAMILY_PHONE)
    for day in range(10, 15):
        client.post("/me/who", {"born": f"199001{day}"})
    right = client.post("/me/who", {"born": BORN[MOTHER]})
    assert right.status_code == 422 and "Too many wrong attempts" in words(right)
    assert client.get("/me/status")["Location"] == "/me"


def test_two_people_with_one_identity_number_get_a_code_each_on_their_own_phones(
    house: dict[str, Any], phones: Phones
) -> None:
    from tongxin.kit import crypto
    from tongxin.people.models import Person

    Person.objects.filter(person_no=NEIGHBOUR).update(id_hash=crypto.lookup_hash(IDS[MOTHER]))
    for phone, name in ((FAMILY_PHONE, "居民121"), (NEIGHBOURS_PHONE, "居民112")):
        assert name in text(enter(phones, IDS[MOTHER], phone).get("/me/status"))


# -- the same for everybody ----------------------------------------------------------------------------


def _form(response: Any) -> str:
    return re.sub(r'value="[^"]{40,}"', "", text(response))


@pytest.mark.parametrize("number", [UNKNOWN, "990111199909090099"])
def test_an_unknown_number_is_answered_like_a_known_one(house: dict[str, Any], phones: Phones, number: str) -> None:
    known, unknown = browser(), browser()
    one, other = ask(known, FAMILY_PHONE), ask(unknown, number)
    assert (one.status_code, one["Location"], sorted(one.cookies)) == (other.status_code, other["Location"], sorted(other.cookies))
    assert len(one.cookies["tongxin_me"].value) == len(other.cookies["tongxin_me"].value)
    assert _form(known.get("/me/code")) == _form(unknown.get("/me/code"))
    assert [m.to for m in phones.sent] == [FAMILY_PHONE]
    wrong = "000000" if phones.code(FAMILY_PHONE) != "000000" else "111111"
    for _ in range(6):
        answers = [client.post("/me/code", {"code": wrong}) for client in (known, unknown)]
        assert answers[0].status_code == answers[1].status_code == 422 and _form(answers[0]) == _form(answers[1])


def test_both_can_be_asked_for_equally_often(house: dict[str, Any], phones: Phones) -> None:
    for number in (FAMILY_PHONE, UNKNOWN):
        assert [ask(browser(), number).status_code for _ in range(6)] == [302] * 5 + [429]
        refused = ask(browser(), number)
        assert "Too many codes were asked for" in words(refused) and number in text(refused)
    assert len(phones.sent) == 5
    assert ask(browser(), NEIGHBOURS_PHONE).status_code == 302, "others are not held up"


def test_twenty_codes_a_day_are_enough(house: dict[str, Any], phones: Phones) -> None:
    from tongxin.resident.models import Visit

    for _ in range(4):
        for _ in range(5):
            assert ask(browser(), FAMILY_PHONE).status_code == 302
        old = dt.timedelta(minutes=11)
        for visit in Visit.objects.all():
            Visit.objects.filter(pk=visit.pk).update(asked_at=visit.asked_at - old)
    assert ask(browser(), FAMILY_PHONE).status_code == 429


@pytest.mark.parametrize("number", ["", "12345", "abc", "1380000000", "99011119500131001", "居民", "1" * 50, "\x00" * 11])
def test_what_is_no_number_is_said_and_kept(house: dict[str, Any], phones: Phones, number: str) -> None:
    refused = ask(browser(), number)
    assert refused.status_code == 422 and not phones.sent
    if number.isalnum() and len(number) < 40:
        assert f'value="{number}"' in text(refused) and "18 characters" in words(refused)


# -- the code ------------------------------------------------------------------------------------------


def test_a_code_is_tried_five_times_and_then_even_the_right_one_opens_nothing(
    house: dict[str, Any], phones: Phones
) -> None:
    client = browser()
    ask(client, IDS[MOTHER])
    right = phones.code(FAMILY_PHONE)
    wrong = "000000" if right != "000000" else "111111"
    left = [words(client.post("/me/code", {"code": wrong})) for _ in range(5)]
    assert "4 attempts are left" in left[0] and "1 attempts are left" in left[3] and "Ask for a new code" in left[4]
    assert client.post("/me/code", {"code": right}).status_code == 422
    assert client.get("/me/status")["Location"] == "/me"


def test_what_is_no_code_costs_no_attempt(house: dict[str, Any], phones: Phones) -> None:
    client = browser()
    ask(client, IDS[MOTHER])
    for code in ("", "12", "abcdef", "1234567", "１２３４５６７"):
        assert client.post("/me/code", {"code": code}).status_code == 422
    assert client.post("/me/code", {"code": phones.code(FAMILY_PHONE)}).status_code == 302


def test_a_code_is_valid_for_ten_minutes_once_and_in_the_browser_that_asked(house: dict[str, Any], phones: Phones) -> None:
    from tongxin.resident.models import Visit

    late, thief, client = browser(), browser(), browser()
    ask(late, IDS[MOTHER])
    Visit.objects.update(asked_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10))
    refused = late.post("/me/code", {"code": phones.code(FAMILY_PHONE)})
    assert refused.status_code == 422 and "no longer valid" in words(refused)
    ask(client, IDS[MOTHER])
    code = phones.code(FAMILY_PHONE)
    ask(thief, UNKNOWN)
    assert thief.post("/me/code", {"code": code}).status_code == 422
    before = client.cookies["tongxin_me"].value
    assert client.post("/me/code", {"code": code}).status_code == 302
    assert client.cookies["tongxin_me"].value != before, "whoever had seen the cookie before the code has nothing"
    thief.cookies["tongxin_me"] = before
    assert thief.get("/me/status")["Location"] == "/me" and thief.post("/me/code", {"code": code})["Location"] == "/me"


def test_neither_code_nor_cookie_nor_number_is_kept_in_the_clear(house: dict[str, Any], phones: Phones) -> None:
    from tongxin.kit import db

    client = browser()
    ask(client, IDS[MOTHER])
    kept = str(db.rows("SELECT * FROM resident_visit"))
    for secret in (phones.code(FAMILY_PHONE), client.cookies["tongxin_me"].value, IDS[MOTHER], FAMILY_PHONE):
        assert secret not in kept


def test_the_web_role_cannot_read_visits(house: dict[str, Any], phones: Phones) -> None:
    from django.db import ProgrammingError

    from tongxin.kit import db

    with db.acting_as(db.WEB), pytest.raises(ProgrammingError, match="permission denied"), db.transaction_block():
        db.rows("SELECT * FROM resident_visit")


def test_in_the_demo_the_message_is_a_file_that_only_the_program_reads(house: dict[str, Any], tmp_path: Any) -> None:
    with override_settings(HOME=tmp_path):
        ask(browser("zh-hans"), FAMILY_PHONE)
        (file,) = (tmp_path / "messages").iterdir()
        assert FAMILY_PHONE in file.read_text() and re.search(r"\d{6}", file.read_text().replace(FAMILY_PHONE, ""))
        assert file.stat().st_mode & 0o777 == 0o600


# -- the visit -----------------------------------------------------------------------------------------


def test_the_code_goes_by_the_channel_of_the_home_and_what_fails_is_told_to_nobody(
    house: dict[str, Any], phones: Phones, caplog: pytest.LogCaptureFixture
) -> None:
    import queue

    from tongxin.messages import carriers
    from tongxin.messages.carriers import NotTaken, Parcel
    from tongxin.messages.models import Channel
    from tongxin.messages.operations import setup

    went: queue.Queue[Parcel] = queue.Queue()

    def gateway(parcel: Parcel) -> None:
        went.put(parcel)
        raise NotTaken("down")

    setup.save_channel(Channel(), areas.COMMUNITY, "person", "短信", "json://127.0.0.1/{phone}", True, BECAUSE)
    before = carriers.use(gateway)
    try:
        assert ask(browser(), IDS[MOTHER]).status_code == 302, "the page says the same whatever becomes of it"
        parcel = went.get(timeout=30)
        assert parcel.url == f"json://127.0.0.1/{FAMILY_PHONE}" and re.search(r"\d{6}", parcel.text) and phones.sent == []
        assert ask(browser(), IDS[NEIGHBOUR]).status_code == 302 and went.get(timeout=30).to == NEIGHBOURS_PHONE
    finally:
        carriers.use(before)
    assert FAMILY_PHONE not in caplog.text


def test_a_visit_ends_after_a_quarter_of_an_hour_or_when_one_leaves(house: dict[str, Any], phones: Phones) -> None:
    from tongxin.resident.models import Visit

    client = mother(phones)
    assert "closes in 15 minutes" in words(client.get("/me/status"))
    Visit.objects.update(entered_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=15))
    for address in ("/me/status", "/me/looks"):
        assert client.get(address)["Location"] == "/me"
    client = mother(phones)
    cookie = client.cookies["tongxin_me"].value
    assert client.get("/me/leave").status_code == 405
    assert client.post("/me/leave")["Location"] == "/me"
    client.cookies["tongxin_me"] = cookie
    assert client.get("/me/status")["Location"] == "/me", "the cookie is worth nothing any more"


def test_nothing_of_it_is_kept_in_a_cache_and_the_cookie_goes_nowhere_else(house: dict[str, Any], phones: Phones) -> None:
    client = mother(phones)
    for address in ("/me", "/me/status", "/me/looks", "/me/code"):
        response = client.get(address)
        assert response["Cache-Control"] == "no-store, private" and "noindex" in response["X-Robots-Tag"], address
    cookie = client.cookies["tongxin_me"]
    assert (cookie["path"], bool(cookie["httponly"]), cookie["samesite"], cookie["max-age"]) == ("/me", True, "Lax", 900)


def test_visits_are_forgotten_after_a_day(house: dict[str, Any], phones: Phones) -> None:
    from tongxin.kit import clocks
    from tongxin.resident.models import Visit

    mother(phones)
    ask(browser(), UNKNOWN)
    Visit.objects.filter(person_id=None).update(asked_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=25))
    assert clocks.slow(on(25, 14))["residents' visits forgotten"] == 1 and Visit.objects.count() == 1


# -- what it says --------------------------------------------------------------------------------------


def test_what_limits_me_why_since_when_until_when_and_what_it_waits_for(house: dict[str, Any], phones: Phones) -> None:
    page = words(mother(phones).get("/me/status"))
    for said in (
        "high-risk area", "和苑1号楼", "stay home, services come to the door", "A case lives in this building",
        "Since 2022-11-20 15:00", "Ends at the latest, by itself 2022-11-26 00:00", "Can end at the earliest as soon as what it waits for is so",
        "5 days without a new infection are over", "Nobody infected is left there", "Yours is missing: please let yourself be tested",
        "base/area.high_clear_days", "Whole days without a new case before such an area ends: 5 days", "Source:",
    ):  # fmt: skip
        assert said in page, said
    chinese = words(mother(phones, "zh-hans").get("/me/status"))
    assert "楼内有阳性感染者" in chinese and "A case lives" not in chinese


def test_whoever_is_negative_reads_for_how_many_the_area_waits_and_not_for_whom(
    house: dict[str, Any], phones: Phones
) -> None:
    page = text(enter(phones, FAMILY_PHONE, FAMILY_PHONE, BORN[FATHER]).get("/me/status"))
    assert "Yours is; 1 are still missing" in page and "居民121" not in page


def test_each_step_until_it_is_over_is_told(house: dict[str, Any], phones: Phones) -> None:
    from tongxin.areas.operations import deeds
    from tongxin.kit import clocks

    client, order = mother(phones), house["order"]
    deeds.extend(order.pk, on(28), ("case", 1), "隔壁单元又发现病例", house["officer"], on(25, 14), BECAUSE)
    page = words(client.get("/me/status"))
    assert "by itself 2022-11-28 00:00" in page and "It was prolonged, because 隔壁单元又发现病例" in page
    areas.sample(25, MOTHER, hour=15, reported=16)
    clocks.quick(at(on(25, 17)))
    page = words(client.get("/me/status"))
    assert "Everything that it waits for is so since 2022-11-25 16:00" in page and "Its end is late" in page
    deeds.lift([order.pk], "", house["officer"], on(25, 17), BECAUSE)
    page = words(client.get("/me/status"))
    assert "Nothing limits you." in page and "1 earlier limit" in page and "2022-11-25 17:00" in page


def test_a_new_case_that_left_shows_that_its_days_are_over_after_its_end_only(house: dict[str, Any], phones: Phones) -> None:
    from tongxin.chase.models import Case
    from tongxin.kit import clocks

    order, guest = house["order"], person(NEIGHBOUR)
    Case.objects.create(
        person_id=guest.pk, place_id=guest.place_id, positive_at=on(25, 10), removed_at=on(25, 13), cause_tube_id=1
    )
    clocks.quick(at(on(25, 15)))
    order.refresh_from_db()
    assert order.last_day == on(30).date() and order.ends_at == on(26), "days may move later by themselves, the end may not"
    page = words(mother(phones).get("/me/status"))
    assert "would be over at 2022-11-30 00:00. It ends by itself before that, unless somebody extends it" in page
    assert "Can end at the earliest 2022-11-26 00:00" in page and "everybody there is tested" not in page


def test_disinfection_and_the_days_of_contacts_are_conditions_in_plain_words(house: dict[str, Any], phones: Phones) -> None:
    from tongxin.areas.models import Order

    Order.objects.filter(pk=house["order"].pk).update(anchor_event="disinfected", contact_days=5)
    page = words(mother(phones).get("/me/status"))
    assert "It was disinfected after the last infected person left." in page
    assert "5 days since anybody there last met an infected person: over at" in page


def test_my_results_are_the_tubes_and_say_so_of_a_tube_of_several(house: dict[str, Any], phones: Phones) -> None:
    from tongxin.screening.operations import reports, scans

    for number in (FATHER, NEIGHBOUR):
        scans.record([scans.read({
            "scan_id": f"M-{number}", "round": "R20221125", "purpose": "screening", "tube_barcode": "MIXED-1",
            "tube_kind": "pool", "capacity": "10", "site": "S500108106002", "station": "1", "id_number": "",
            "person_no": number, "scanned_at": on(25, 13).isoformat(),
        }, areas.ZONE)])  # fmt: skip
    reports.record([reports.read({
        "report_no": "LM", "lab": "检验所", "barcode": "MIXED-1", "result": "阳性", "ct_orf1ab": "30", "ct_n": "",
        "tested_at": "", "reported_at": on(25, 13.5).isoformat(),
    }, areas.ZONE)])  # fmt: skip
    page = words(enter(phones, FAMILY_PHONE, FAMILY_PHONE, BORN[FATHER]).get("/me/status"))
    assert "2022-11-25 13:00 positive the tube of 2 people" in page and "It need not be you" in page
    assert "MIXED-1" not in page and "居民112" not in page and "2022-11-25 09:00 negative" in page
    assert "A swab of your own is still to be taken" in page, "the hold that follows from it"


def test_who_looked_is_told_by_role_and_time_never_by_name(house: dict[str, Any], phones: Phones, signed_in: Any) -> None:
    from tongxin.access import operations as access
    from tongxin.kit.models import AuditEntry

    nurse = access.create_user("zhang.san", "张三", "hospital", [areas.COMMUNITY], PASSWORD, BECAUSE)
    signed_in(nurse).get(f"/people/{person(MOTHER).pk}")
    signed_in(house["worker"]).get(f"/buildings/{areas.place(7)}?home={person(MOTHER).home_id}")
    signed_in(house["worker"]).get(f"/people/{person(FATHER).pk}")
    client = mother(phones)
    page = words(client.get("/me/status"))
    for said in ("hospital desk opened the record", "community worker saw the people of a home", "community worker saw a building",
                 "you opened the page about oneself"):  # fmt: skip
        assert said in page, said
    everything = words(client.get("/me/looks"))
    assert "zhang.san" not in everything and "张三" not in everything and "worker opened the record" not in everything
    AuditEntry.objects.filter(actor="user:zhang.san").update(actor="user:gone")
    assert "a member of staff opened the record" in words(client.get("/me/looks"))


# -- objecting -----------------------------------------------------------------------------------------


def my_limit(number: str = MOTHER) -> int:
    from tongxin.restrictions.models import Restriction

    return Restriction.objects.get(subject_id=person(number).pk, released_at=None).pk


def test_an_objection_is_sent_once_and_its_answer_stands_on_the_page(house: dict[str, Any], phones: Phones, signed_in: Any) -> None:
    from tongxin.access import operations as access
    from tongxin.areas.models import Objection
    from tongxin.areas.operations import upkeep
    from tongxin.tasks.models import Task

    client = mother(phones)
    empty = client.post("/me/objection", {"limit": my_limit(), "text": " "})
    assert empty.status_code == 422 and "居民121" in text(empty)
    assert client.post("/me/objection", {"limit": my_limit(), "text": "我上周就搬走了"}).status_code == 302
    one = Objection.objects.get()
    assert (one.person_id, one.order_id, one.against) == (person(MOTHER).pk, house["order"].pk, "user:officer")
    assert Task.objects.get(kind="area.objection", state="open").subject_id == one.pk
    page = words(client.get("/me/status"))
    assert "我上周就搬走了" in page and "An answer is due by" in page and "Send my objection" not in page
    assert client.post("/me/objection", {"limit": my_limit(), "text": "again"}).status_code == 404
    judge = access.create_user("judge", "李四", "operations", [areas.COMMUNITY], PASSWORD, BECAUSE)
    upkeep.answer(one.pk, True, "核实您已搬走，对不起", judge, on(25, 15), BECAUSE)
    page = words(client.get("/me/status"))
    assert "Nothing limits you." in page and "You are right." in page and "核实您已搬走，对不起" in page
    assert "judge" not in page and "李四" not in page


# -- nobody else ---------------------------------------------------------------------------------------


@pytest.fixture
def loud(house: dict[str, Any]) -> Iterator[set[str]]:
    """Whatever could be read of anybody else carries a mark of its own."""
    from tongxin.areas.operations import upkeep
    from tongxin.kit import audit
    from tongxin.messages.models import Channel, Group
    from tongxin.people.models import Person
    from tongxin.restrictions.models import Restriction

    others = [p for p in Person.objects.exclude(person_no=MOTHER) if p.person_no != FATHER]
    marks = set()
    for one in others:
        mark = f"秘密{one.pk}号"
        marks.add(mark)
        Person.objects.filter(pk=one.pk).update(name=mark)
        Restriction.objects.filter(subject_id=one.pk).update(reason_zh=mark, reason_en=mark)
        audit.record(audit.Because("user:officer"), f"view.{mark}", "person", one.pk, one.place_id)
    limit = Restriction.objects.get(subject_id=person(NEIGHBOUR).pk)
    upkeep.object_to(limit.pk, "秘密异议", on(25, 14), audit.Because("resident"))
    town = fill(OTHER_MARK, OTHER, 7)
    Channel.objects.all().delete()  # codes are files again
    Group.objects.update(url=None)
    yield marks | {"秘密异议"} | town.secrets


def test_no_parameter_gets_at_anybody_elses_rows(house: dict[str, Any], phones: Phones, loud: set[str]) -> None:
    from tongxin.areas.models import Objection
    from tongxin.kit.models import AuditEntry
    from tongxin.web.paging import encode

    client, other = mother(phones), person(NEIGHBOUR)
    keys = {
        "person": other.pk, "person_id": other.pk, "id": other.pk, "me": other.pk, "subject_id": other.pk, "home": other.home_id,
        "place": other.place_id, "limit": my_limit(NEIGHBOUR), "restriction": my_limit(NEIGHBOUR), "token": "x", "visit": 1,
        "number": IDS[NEIGHBOUR], "user": "officer", "after": encode(2**62), "format": "csv",
    }  # fmt: skip
    for address in ("/me/status", "/me/looks", "/me", "/me/code", "/me/who"):
        for query in (keys, *({key: value} for key, value in keys.items())):
            page = text(client.get(address, query))
            assert not [mark for mark in loud if mark in page], (address, query)
    latest = AuditEntry.objects.order_by("-pk").first()
    assert latest
    for after in (latest.pk + 1, "x", "-1", 2**70, encode("1 OR 1=1"), encode("1); --"), encode(None)):
        page = text(client.get("/me/looks", {"after": after if isinstance(after, str) else encode(after)}))
        assert not [mark for mark in loud if mark in page], after
    before = Objection.objects.count()
    for limit in (my_limit(NEIGHBOUR), 0, -1, 2**70, "1 OR 1=1", "", f"{my_limit()},{my_limit(NEIGHBOUR)}"):
        assert client.post("/me/objection", {"limit": limit, "text": "x", "person_id": other.pk}).status_code == 404, limit
    assert Objection.objects.count() == before


def test_a_cookie_that_was_made_up_opens_nothing(house: dict[str, Any], phones: Phones, loud: set[str]) -> None:
    from tongxin.resident.models import Visit

    mother(phones)
    visit = Visit.objects.get()
    for made_up in ("", "x", str(visit.pk), bytes(visit.token_hash).hex(), str(person(NEIGHBOUR).pk), "\x00", "é" * 9, "a" * 5000):
        client = browser()
        client.cookies["tongxin_me"] = made_up
        for address in ("/me/status", "/me/looks"):
            assert client.get(address)["Location"] == "/me", made_up
        for address in ("/me/objection", "/me/leave", "/me/code", "/me/who"):
            page = client.post(address, {"limit": my_limit(), "text": "x", "code": "123456", "born": "19500131"})
            assert page.status_code in (302, 404, 422) and not [mark for mark in loud if mark in text(page)]
    assert Visit.objects.get().ended_at is None


def test_a_visit_cannot_be_turned_to_somebody_else(house: dict[str, Any], phones: Phones) -> None:
    """Once it is said who one is, neither a new date of birth nor a new number changes whose page it is."""
    client = enter(phones, FAMILY_PHONE, FAMILY_PHONE, BORN[MOTHER])
    assert client.post("/me/who", {"born": BORN[FATHER]})["Location"] == "/me/status"
    assert client.post("/me/code", {"code": phones.code(FAMILY_PHONE)})["Location"] == "/me/status"
    assert "居民121" in text(client.get("/me/status"))
    ask(client, NEIGHBOURS_PHONE)
    assert client.get("/me/status")["Location"] == "/me", "a new number is a new visit"
    assert client.post("/me/who", {"born": BORN[NEIGHBOUR]})["Location"] == "/me"


def test_a_resident_never_reaches_a_page_of_the_staff(house: dict[str, Any], phones: Phones) -> None:
    client, town = mother(phones), fill(OTHER_MARK, OTHER, 7)
    addresses = [a for a in _addresses(town) if not a.startswith("/me")]
    assert len(addresses) > 30
    for address in addresses:
        for send in (client.get, client.post):
            response = send(address)
            if response.status_code != 405:
                assert response.status_code == 302 and response["Location"].startswith("/login?next="), address


def test_staff_who_are_signed_in_are_nobody_here(house: dict[str, Any], phones: Phones, signed_in: Any) -> None:
    officer = signed_in(house["officer"])
    assert officer.get("/me/status")["Location"] == "/me"
    page = text(officer.get("/me"))
    assert 'href="/tasks"' not in page and "officer" not in page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_there_in_both_languages(house: dict[str, Any], phones: Phones, language: str) -> None:
    client = browser(language)
    for address in ("/me", "/me/code", "/me/who", "/me/status", "/me/looks"):
        if address == "/me/code":
            ask(client, FAMILY_PHONE)
        elif address == "/me/who":
            client.post("/me/code", {"code": phones.code(FAMILY_PHONE)})
        elif address == "/me/status":
            client.post("/me/who", {"born": BORN[MOTHER]})
        page = client.get(address)
        assert page.status_code == 200 and f'lang="{"en" if language == "en" else "zh-Hans"}"' in text(page), address
    assert 'href="/me"' in text(browser(language).get("/login"))
