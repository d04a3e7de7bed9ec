"""Jurisdiction in the database itself: what the web role sees and writes, whatever a page forgets to ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, transaction
from tests.parity import small
from tests.parity.small import COMMUNITY, DISTRICT, OTHER

from tongxin.kit import audit, db, security
from tongxin.places.place_id import PlaceId

pytest_plugins = ["tests.parity.fixtures"]
pytestmark = pytest.mark.usefixtures("filled")
OPERATIONAL = sorted(
    (m for m in apps.get_models() if getattr(m, "JURISDICTION", None)), key=lambda m: m._meta.db_table
)  # fmt: skip
COLUMN = {m._meta.db_table: m.JURISDICTION for m in OPERATIONAL}
NOWHERE: Sequence[tuple[int, int]] = []


@pytest.fixture(scope="module")
def filled(module_city: Any) -> None:
    """The same things happened in both communities: every operational table has rows of both, or none."""
    from tongxin.chase import tasks as chase_tasks
    from tongxin.chase.operations import deeds
    from tongxin.kit.audit import Because
    from tongxin.places.models import Zone
    from tongxin.policy.models import Comment
    from tongxin.screening.operations import handovers
    from tongxin.tasks import operations as work
    from tongxin.tasks.models import Task

    because = Because("user:test", "test")
    with db.acting_as_jobs():
        small.register("O1", "O2", community=OTHER)
        for community, one, other, n in ((COMMUNITY, "P1", "P2", 1), (OTHER, "O1", "O2", 2)):
            site = f"S{small.CODES[community]}"
            small.scan(f"T{n}", one, other, f"X{n}", site=site)
            small.report(f"T{n}", "阳性")
            small.retest(f"Q{n}", one, site=site)
            small.report(f"Q{n}", "阳性", small.at(18))
            step = {"tube_barcode": f"T{n}", "step": "closed", "box": "", "actor": "张三", "at": str(small.at(9))}
            handovers.record([handovers.read(step, small.ZONE)])
            deeds.log_call(small.member(f"T{n}", other).pk, "phone", "reached", "", small.at(13), because)
            task = Task.objects.get(kind=chase_tasks.TRANSFER, person_id=small.person_id(one))
            work.complete(task.pk, "removed", {}, small.at(19), because)
            Zone.objects.create(name=f"片区{n}", place_id=community)
            Comment.objects.create(
                pack="base", key="chase.reach_within", place_id=community, author="user:x", at=small.at(9), text="x"
            )


def seen(ranges: Sequence[tuple[int, int]], query: str) -> list[tuple[Any, ...]]:
    """What the web role gets from a query under a scope."""
    with db.acting_as(db.WEB), transaction.atomic(using=db.WEB):
        security.set_scope(ranges)
        return db.rows(query)


def places_of(table: str) -> dict[int, int]:
    """How many rows of a table stand in each community, for the jobs role."""
    query = f"SELECT {COLUMN[table]} / 10000000 * 10000000, count(*) FROM {table} GROUP BY 1"
    with db.acting_as_jobs():
        return dict(db.rows(query))


def test_the_tables_of_the_chase_and_of_screening_are_operational_and_filled() -> None:
    filled_tables = {t for t in COLUMN if {COMMUNITY, OTHER} <= places_of(t).keys()}
    wanted = {
        "people_person", "places_home", "places_facility", "places_zone", "screening_station", "screening_tube",
        "screening_tube_member", "screening_tube_result", "screening_handover", "screening_roundplace", "tasks_task",
        "tasks_taskevent", "restrictions_restriction", "chase_chase", "chase_member", "chase_call", "chase_case",
        "kit_auditentry", "policy_comment",
    }  # fmt: skip
    assert wanted <= filled_tables
    assert wanted <= COLUMN.keys()


@pytest.mark.parametrize("table", COLUMN)
def test_without_a_scope_no_row_is_seen(table: str) -> None:
    with db.acting_as(db.WEB), transaction.atomic(using=db.WEB):
        assert db.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert seen(NOWHERE, f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize("table", COLUMN)
def test_a_scope_shows_the_rows_of_its_places_and_no_others(table: str) -> None:
    query = f"SELECT {COLUMN[table]} / 10000000 * 10000000, count(*) FROM {table} GROUP BY 1"
    everywhere = places_of(table)
    for place in (COMMUNITY, OTHER):
        assert dict(seen([PlaceId(place).range], query)) == {k: n for k, n in everywhere.items() if k == place}
    both = dict(seen([PlaceId(COMMUNITY).range, PlaceId(OTHER).range], query))
    assert both == {k: n for k, n in everywhere.items() if k in (COMMUNITY, OTHER)}
    inside = {k: n for k, n in everywhere.items() if k and PlaceId(DISTRICT).contains(k)}
    assert dict(seen([PlaceId(DISTRICT).range], query)) == inside


@pytest.mark.parametrize("table", COLUMN)
def test_the_hole_between_two_places_of_a_scope_stays_dark(table: str) -> None:
    below = PlaceId.parse("500108106001").range
    above = PlaceId.parse("500108106004").range
    assert seen([below, above], f"SELECT count(*) FROM {table}") == [(0,)]


def test_a_scope_ends_with_its_transaction_and_its_block() -> None:
    query = "SELECT count(*) FROM people_person"
    with db.acting_as(db.WEB):
        with transaction.atomic(using=db.WEB):
            security.set_scope([PlaceId(COMMUNITY).range])
            assert db.rows(query)[0][0] > 0
        assert db.rows(query) == [(0,)]
        with transaction.atomic(using=db.WEB):
            with security.scope([PlaceId(COMMUNITY).range]):
                assert db.rows(query)[0][0] > 0
            assert db.rows(query) == [(0,)]


@pytest.mark.parametrize("table", ["screening_tube_member", "screening_tube_result"])
def test_a_partition_cannot_be_read_around_its_table(table: str) -> None:
    with db.acting_as_jobs():
        query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
        partitions = [name for (name,) in db.rows(query, [table])]
    assert len(partitions) >= 2
    for partition in partitions:
        for statement in ("SELECT count(*) FROM {}", "DELETE FROM {}", "UPDATE {} SET place_id = 0"):
            with pytest.raises(ProgrammingError, match="permission denied"):
                seen([PlaceId(DISTRICT).range], statement.format(partition))


def changes(table: str) -> dict[str, str]:
    column = COLUMN[table]
    return {
        "move a row away": f"UPDATE {table} SET {column} = {OTHER}",
        "change a foreign row": f"UPDATE {table} SET {column} = {column} WHERE {column} >= {OTHER}",
        "delete a foreign row": f"DELETE FROM {table} WHERE {column} >= {OTHER}",
    }


@pytest.mark.parametrize("table", COLUMN)
def test_the_web_role_changes_nothing_outside_its_scope(table: str) -> None:
    class Undo(Exception):
        pass

    before = places_of(table)
    for what, statement in changes(table).items():
        try:
            with db.acting_as(db.WEB), transaction.atomic(using=db.WEB):
                security.set_scope([PlaceId(COMMUNITY).range])
                touched = db.execute(statement)
                assert touched == 0, f"{what} in {table}"
                raise Undo
        except Undo:
            pass
        except ProgrammingError as error:
            said = str(error)
            assert "permission denied" in said or "row-level security" in said, f"{what} in {table}: {said}"
    assert places_of(table) == before


def test_the_web_role_adds_no_row_outside_its_scope_but_may_say_what_it_did() -> None:
    from tongxin.people.models import Person

    with db.acting_as(db.WEB), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic(using=db.WEB):
        security.set_scope([PlaceId(COMMUNITY).range])
        Person.objects.create(person_no="W1", place_id=OTHER)
    with db.acting_as(db.WEB), transaction.atomic(using=db.WEB):
        security.set_scope([PlaceId(COMMUNITY).range])
        Person.objects.create(person_no="W2", place_id=COMMUNITY)
        audit.record(audit.Because("user:test"), "test.elsewhere", "place", OTHER, OTHER)
        assert db.rows("SELECT count(*) FROM kit_auditentry WHERE action = 'test.elsewhere'") == [(0,)]
    with db.acting_as_jobs():
        assert db.rows("SELECT count(*) FROM kit_auditentry WHERE action = 'test.elsewhere'") == [(1,)]


def test_every_operational_table_has_its_policy_forced() -> None:
    with db.acting_as_jobs():
        forced = db.rows(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tongxin_scope'"
            " WHERE c.relrowsecurity AND c.relforcerowsecurity"
        )
    assert {name for (name,) in forced} >= COLUMN.keys()


def test_a_table_with_a_place_is_operational_unless_it_says_why_not() -> None:
    """Whoever adds a table with a place must decide who sees it."""
    decided = {
        "places_place", "places_zoneplace", "access_userscope", "access_token", "policy_period",
        "policy_responselevel",
    }  # fmt: skip
    with db.acting_as_jobs():
        found = db.rows(
            "SELECT DISTINCT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attname = 'place_id' AND n.nspname = 'public'"
            " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        )
    assert {name for (name,) in found} - COLUMN.keys() - decided == set()


# -- plans ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(filled: None, module_city: Any) -> Iterator[None]:
    """A city large enough for plans to matter: 60,000 people, 30,000 tubes on two days with their members and results."""
    statements = (
        "INSERT INTO people_person (person_no, place_id) SELECT 'N' || n, 5001080010010101001 + n % 300 * 10000000::bigint"
        "  FROM generate_series(1, 60000) n",
        "SELECT screening_ensure_day(d) FROM unnest('{2022-11-25,2022-11-26,2022-11-27}'::date[]) d",
        "INSERT INTO screening_tube (id, barcode, place_id, day, round_id, purpose, kind, capacity, members, result, reports,"
        "  first_scan_at, last_scan_at)"
        " SELECT 5000000 + n, 'M' || n, 5001080010010000000 + n % 300 * 10000000::bigint, '2022-11-25'::date + n % 3, 1, 1, 3, 10, 2, 1, 1,"
        "  '2022-11-25 08:00+08', '2022-11-25 08:00+08' FROM generate_series(1, 30000) n",
        "INSERT INTO screening_tube_member (tube_id, person_id, place_id, scanned_at, day, round_id)"
        " SELECT 5000000 + (p.n - 1) / 2 + 1, p.id, p.place_id, '2022-11-25 08:00+08', '2022-11-25'::date + ((p.n - 1) / 2 + 1)::int % 3,"
        "  1 FROM (SELECT id, place_id, row_number() OVER (ORDER BY id) AS n FROM people_person WHERE person_no LIKE 'N%') p",
        "INSERT INTO screening_tube_result (tube_id, place_id, reported_at, day, lab_id, result, report_no)"
        " SELECT id, place_id, '2022-11-25 12:00+08', day, 1, 1, 'LM' || id FROM screening_tube WHERE barcode LIKE 'M%'",
        "INSERT INTO screening_tube (id, barcode, place_id, purpose, kind, capacity, members, first_scan_at, last_scan_at)"
        " SELECT 6000000 + n, 'MQ' || n, 5001080010010000000, 2, 1, 1, 1, '2022-11-25 08:00+08', '2022-11-25 08:00+08'"
        "  FROM generate_series(1, 10000) n",
        "INSERT INTO screening_tube_member (tube_id, person_id, place_id, nth, scanned_at, day)"
        " SELECT id, id - 5999900, place_id, id, last_scan_at, day FROM screening_tube WHERE barcode LIKE 'MQ%'",
        "INSERT INTO screening_report_number (report_no, tube_id) SELECT 'LM' || id, id FROM screening_tube WHERE barcode LIKE 'M%'",
    )
    with db.acting_as_jobs():
        for statement in statements:
            db.execute(statement)
    with db.acting_as(db.OWNER):
        db.execute("ANALYZE")
    yield
    with db.acting_as(db.OWNER):
        for table in ("screening_tube_member", "screening_tube_result", "screening_tube"):
            db.execute(f"DELETE FROM {table}")


PARTITIONED = ("screening_tube_member", "screening_tube_result", "screening_tube", "people_person", "screening_report_number")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def sequential(query: str, params: Any = None) -> set[str]:
    """The large tables that a plan reads from end to end."""
    ((found,),) = db.rows(f"EXPLAIN (FORMAT JSON) {query}", params)
    return {
        n["Relation Name"] for n in nodes(found[0]["Plan"])
        if n["Node Type"] == "Seq Scan" and n["Relation Name"].startswith(PARTITIONED)
    }  # fmt: skip


def test_the_envelope_of_a_scope_uses_the_index_of_places(many: None) -> None:
    lo, hi = PlaceId.parse("500108001002").range
    with db.acting_as(db.WEB), transaction.atomic(using=db.WEB):
        security.set_scope([(lo, hi)])
        ((found,),) = db.rows("EXPLAIN (FORMAT JSON, ANALYZE) SELECT count(*) FROM people_person")
        names = {n.get("Index Name") for n in nodes(found[0]["Plan"])}
        assert "person_place" in names, found
        assert db.rows("SELECT count(*) FROM people_person") == [(200,)]
        read = max(n["Actual Rows"] for n in nodes(found[0]["Plan"]))
        assert read <= 200


LOOKUPS: dict[str, tuple[str, Any]] = {
    "a tube by its barcode": ("SELECT * FROM screening_tube WHERE barcode = ANY(%s)", [["M1", "M2", "T1"]]),
    "the members of a tube": (
        "SELECT * FROM screening_tube t JOIN screening_tube_member m ON m.tube_id = t.id AND m.day = t.day WHERE t.barcode = %s", ["M77"],
    ),
    "the tubes of a person": ("SELECT * FROM screening_tube_member WHERE person_id = ANY(%s)", [[77, 78]]),
    "the reports of a tube": ("SELECT * FROM screening_tube_result WHERE tube_id = %s AND day = %s", [5000077, dt.date(2022, 11, 26)]),
    "a report by its number": ("SELECT * FROM screening_report_number WHERE report_no = ANY(%s)", [["LM5000077"]]),
    "a person by number": ("SELECT * FROM people_person WHERE person_no = ANY(%s)", [["N77"]]),
}  # fmt: skip


@pytest.mark.parametrize("what", LOOKUPS)
def test_a_look_up_reads_no_large_table_from_end_to_end(many: None, what: str) -> None:
    with db.acting_as_jobs():
        assert sequential(*LOOKUPS[what]) == set()


@pytest.mark.parametrize("name", ["chase/open", "chase/retests"])
def test_the_statements_of_the_chase_look_up_by_index(many: None, name: str) -> None:
    params = {
        "tubes": [5000077, 5000078], "now": small.at(13), "persons": [77, 78], "lookback": dt.timedelta(hours=48),
    }  # fmt: skip
    with db.acting_as_jobs(), transaction.atomic(using=db.JOBS):
        assert sequential(db.sql(name), params) == set()


def test_the_statements_inside_the_write_path_look_up_by_index(many: None) -> None:
    """``auto_explain`` is not part of the wheel: what a function reads is counted instead."""

    def scanned() -> dict[str, int]:
        query = "SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables"
        return {name: n for name, n in db.rows(query) if name.startswith(PARTITIONED)}

    with db.acting_as_jobs(), transaction.atomic(using=db.JOBS):
        before = scanned()
        small.scan("M77", "N500", "N501", "N90000")
        small.scan("M-new", "N502", "N154")
        small.report("M78", "阳性")
        small.report("M-unknown", "阴性")
        small.retest("M-again", "N155")
        after = scanned()
        transaction.set_rollback(True, using=db.JOBS)
    assert {name: after[name] - before.get(name, 0) for name in after if after[name] - before.get(name, 0) > 1000} == {}
