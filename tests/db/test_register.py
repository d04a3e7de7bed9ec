"""The register in the database: homes made as they come, people new, changed or the same, strangers known later."""

from __future__ import annotations

import threading
from typing import Any

from django.db import connections, transaction
from tests.parity import small
from tests.parity.small import BAD_ID, COMMUNITY, OTHER

from tongxin.kit import crypto, db
from tongxin.people import queries, register
from tongxin.people.models import Person
from tongxin.places.models import Home, Place
from tongxin.places.place_id import Level, PlaceId

pytest_plugins = ["tests.parity.fixtures"]


def person(number: str) -> Person:
    return Person.objects.select_related("home").get(person_no=number)


def test_compounds_buildings_and_units_get_their_ordinals_by_arrival_and_keep_their_names(town: Any) -> None:
    register.record(
        [
            small.entry("A1", compound="阳光城", building="甲栋", unit="东单元", room="101"),
            small.entry("A2", compound="阳光城", building="乙栋", unit="东单元", room="101"),
            small.entry("A3", compound="江景苑", building="甲栋", unit="东单元", room="101"),
            small.entry("A4", compound="阳光城", building="甲栋", unit="东单元", room="102"),
        ]
    )  # fmt: skip
    here = PlaceId(COMMUNITY).code
    found = {n: PlaceId(person(n).place_id).dotted for n in ("A1", "A2", "A3", "A4")}
    compounds = dict(Place.objects.filter(parent_id=COMMUNITY).exclude(id=COMMUNITY).values_list("name", "id"))
    assert list(compounds) and compounds["阳光城"] < compounds["江景苑"]
    assert found["A1"] == found["A4"] != found["A2"] != found["A3"]
    assert PlaceId(person("A1").place_id).level == Level.UNIT and found["A1"].replace(".", "").startswith(here)
    names = [Place.objects.get(pk=p).name for p in (*PlaceId(person("A2").place_id).ancestors[-2:], person("A2").place_id)]
    assert names == ["阳光城", "乙栋", "东单元"]
    assert person("A1").home_id != person("A4").home_id


def test_two_people_behind_a_door_share_a_home_whose_floor_the_door_tells(town: Any) -> None:
    small.register("A1", "A2", room="1203")
    small.register("A3", room="B1-5")
    assert person("A1").home_id == person("A2").home_id
    homes = {h.number: h.floor for h in Home.objects.filter(pk__in=[person("A1").home_id, person("A3").home_id])}
    assert homes == {"1203": 12, "B1-5": 0}


def test_a_person_who_comes_again_unchanged_counts_as_nothing_new(town: Any) -> None:
    assert small.register("A1", "A2") == 2
    before = list(Person.objects.order_by("pk").values())
    assert small.register("A1", "A2") == 0
    assert list(Person.objects.order_by("pk").values()) == before
    assert small.register("A1", "A2", phone="10000000002") == 2
    assert [p.person_no for p in queries.by_phone("10000000002")] == ["A1", "A2"]


def test_of_several_rows_for_a_number_the_last_one_holds(town: Any) -> None:
    rows = [small.entry("A1", name="旧"), small.entry("A2"), small.entry("A1", name="新")]
    assert register.record(rows) == 2
    assert person("A1").name == "新"


def test_identity_numbers_and_phones_are_kept_encrypted_and_found_by_their_hash(town: Any) -> None:
    small.register("A1", "A2", id_number="990101199001010018", phone="10012345678")
    one = person("A1")
    assert b"990101199001010018" not in bytes(one.id_number or b"") and b"10012345678" not in bytes(one.phone or b"")
    assert bytes(one.id_number or b"") != bytes(person("A2").id_number or b"")
    assert crypto.decrypt(one.id_number) == "990101199001010018" and crypto.decrypt(one.phone) == "10012345678"
    assert [p.person_no for p in queries.by_identity("990101199001010018")] == ["A1", "A2"]
    with db.cursor() as cursor:
        cursor.execute("SELECT row_to_json(p)::text FROM people_person p WHERE person_no = 'A1'")
        assert "99010119900101" not in cursor.fetchone()[0]


def test_a_stranger_becomes_the_registered_person_and_the_flag_goes(town: Any) -> None:
    small.scan("T1", "P1", "X1")
    small.scan("T2", "X1", id_number=BAD_ID, round="R1")
    stranger = person("X1")
    assert stranger.provisional and stranger.place_id == COMMUNITY
    flags = {r["tube_barcode"]: r["flags"] for r in small.export("tubes")}
    assert flags == {"T1": "person_in_two_tubes|unknown_person", "T2": "person_in_two_tubes|unknown_person"}
    assert ("screening.unknown_person", "T1") in small.open_work()
    small.register("X1", community=OTHER)
    known = person("X1")
    assert (known.pk, known.provisional) == (stranger.pk, False) and PlaceId(OTHER).contains(known.place_id)
    flags = {r["tube_barcode"]: r["flags"] for r in small.export("tubes")}
    assert flags == {"T1": "person_in_two_tubes", "T2": "bad_id_number|person_in_two_tubes"}
    assert [k for k, _ in small.open_work() if "unknown" in k] == []
    assert ("screening.bad_id_number", "T2") in small.open_work()
    swabs = db.rows("SELECT DISTINCT place_id FROM screening_tube_member WHERE person_id = %s", [known.pk])
    assert swabs == [(known.place_id,)]


def test_somebody_who_moved_takes_their_swabs_along(town: Any) -> None:
    small.scan("T1", "P1")
    small.register("P1", community=OTHER)
    ((place,),) = db.rows("SELECT place_id FROM screening_tube_member")
    assert place == person("P1").place_id and PlaceId(OTHER).contains(place)
    assert {r["community_code"]: r["untested"] for r in small.export("untested")} == {
        "500108106002": "1", "500108106003": "1",
    }  # fmt: skip


def test_who_is_not_tested_counts_registered_people_where_they_live(town: Any) -> None:
    small.scan("T1", "P1", "X1")
    small.scan("T2", "P2")
    small.retest("Q1", "P2")
    small.report("Q1", "阴性", small.at(15))

    def untested() -> list[int]:
        return [int(r["untested"]) for r in small.export("untested")]

    assert untested() == [2, 0]
    small.report("T1", "无效")
    assert untested() == [2, 0]
    small.report("T1", "可疑", small.at(13))
    assert untested() == [1, 0]
    small.report("T2", "阴性")
    assert untested() == [0, 0]
    small.register("X1", community=OTHER)
    assert untested() == [0, 0]
    small.register("N1", community=OTHER)
    assert untested() == [0, 1]


def test_a_register_that_is_being_loaded_and_a_file_of_scans_do_not_miss_each_other(together: Any, tmp_path: Any) -> None:
    """The people move in a transaction that is not committed yet while a block of their scans is prepared."""
    from tongxin.screening.loaders import ScanLoader

    small.register("M1", "M2")
    rows = [small.row("MT1", number, "2022-11-25 08:00:00") for number in ("M1", "M2")]
    loader, (block,) = ScanLoader(), small.blocks(tmp_path / "scans.csv", rows)
    prepared: list[Any] = []
    pid: list[int] = []

    def prepare() -> None:
        try:
            with db.acting_as_jobs():
                pid.append(db.rows("SELECT pg_backend_pid()")[0][0])
                prepared.append(loader.prepare(block))
        finally:
            connections.close_all()

    reader = threading.Thread(target=prepare)
    with transaction.atomic(using=db.JOBS):
        small.register("M1", "M2", community=OTHER)
        reader.start()
        query = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
        while reader.is_alive() and not (pid and db.rows(query, [pid[0]])[0][0]):
            pass
    reader.join()
    assert loader.write(prepared[0]).accepted == 2
    places = db.rows(
        "SELECT DISTINCT m.place_id, p.place_id FROM screening_tube_member m JOIN people_person p ON p.id = m.person_id"
        " WHERE p.person_no IN ('M1', 'M2')"
    )
    assert len(places) == 1 and places[0][0] == places[0][1] and PlaceId(OTHER).contains(places[0][0])
