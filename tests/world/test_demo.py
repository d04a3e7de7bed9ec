"""The demo: what it prints is what its exports say, and it mixes with nothing."""

import csv
import datetime as dt
import io
import itertools
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

POINTS = ("sampled", "received", "reported", "reached", "retested", "resulted", "resolved")
ENDED = ("moved_away", "wrong_person", "deceased", "already_isolated")
pytestmark = pytest.mark.slow


@dataclass
class Shown:
    """A database with a demo, as a user has it."""

    url: str

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "tongxin", *words], env={**os.environ, "DATABASE_URL": self.url},
            capture_output=True, text=True, timeout=280, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def shown(server: Any) -> Iterator[tuple[Shown, dict[str, Any]]]:
    """A demo of 4,000 people, made once for all tests here, and what it printed."""
    name = f"tongxin_demo_{os.getpid()}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE tongxin_template_{os.getpid()} STRATEGY FILE_COPY")
    city = Shown(urlunsplit(urlsplit(server.owner)._replace(path=f"/{name}")))
    try:
        yield city, json.loads(city.run("demo", "--no-serve", "--people", "4000", "--json"))
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _export(city: Shown, kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(city.run("export", kind))))


def _times(row: dict[str, str]) -> dict[str, dt.datetime]:
    return {p: dt.datetime.fromisoformat(row[f"{p}_at"]) for p in POINTS if row[f"{p}_at"]}


def test_the_medians_equal_a_recomputation_from_the_exports(shown: tuple[Shown, dict[str, Any]]) -> None:
    city, said = shown
    members = [_times(row) for row in _export(city, "hops")]
    assert sum("resolved" in m for m in members) >= 80
    for key, hop in said["find"]["hops"].items():
        since, till = key.split("_")
        spans = [(m[till] - m[since]).total_seconds() for m in members if since in m and till in m]
        assert hop["count"] == len(spans) >= 50, key
        assert hop["median"] == pytest.approx(statistics.median(spans), abs=1e-5), key
        assert hop["p90"] == pytest.approx(statistics.quantiles(spans, n=10, method="inclusive")[8], abs=1e-5), key
    assert said["find"]["members_resolved"] == sum("resolved" in m for m in members)
    assert said["find"]["members_open"] == sum("resolved" not in m for m in members)


def test_every_member_passes_the_points_in_their_order(shown: tuple[Shown, dict[str, Any]]) -> None:
    for row in _export(shown[0], "hops"):
        for (_, before), (name, after) in itertools.pairwise(_times(row).items()):
            at_once = name == "resolved" and row["resolution"] in ENDED
            assert before < after or at_once, row


def test_the_evening_has_everything_to_show(shown: tuple[Shown, dict[str, Any]]) -> None:
    city, said = shown
    nodes, exceptions = said["find"]["nodes"], said["find"]["exceptions"]
    assert {"listed", "reached", "held", "resampled", "received", "resulted", "resolved"} <= set(nodes)
    assert {"no_phone", "no_answer", "elsewhere", "retest_missing"} <= set(exceptions)
    assert said["find"]["chases"]["corrected"] == 1
    assert said["release"]["in_force"] > 0
    with psycopg.connect(city.url) as connection:
        recheck = connection.execute("SELECT count(*) FROM tasks_task WHERE kind = 'chase.recheck_binding'").fetchone()
        single = connection.execute("SELECT count(*) FROM screening_tube WHERE kind = 1 AND purpose = 1 AND result = 3").fetchone()
    assert recheck and recheck[0] >= 1
    assert single and single[0] >= 1


def test_areas_are_sampled_lifted_and_looked_after_and_one_waits_for_a_door(shown: tuple[Shown, dict[str, Any]]) -> None:
    city, said = shown
    with psycopg.connect(city.url) as connection:
        late = connection.execute(
            "SELECT kind FROM tasks_task WHERE kind LIKE 'area.%' AND state IN ('open', 'claimed') AND due_at < '2022-11-26 20:30+08'"
        ).fetchall()
        orders = connection.execute(
            "SELECT state, missing, kind, ends_at < '2022-11-26 22:30+08' FROM areas_order WHERE due_at < '2022-11-26 20:30+08'"
        ).fetchall()
        exits = connection.execute("SELECT count(*) FROM areas_exitscheck").fetchone()
    assert said["release"]["overdue"] == 0 and len(late) <= 2 and set(late) <= {("area.sample",)}
    assert any(state == "lifted" for state, *_ in orders), "what could be opened was opened"
    assert any((state, kind) == ("in_force", "high") and 1 <= missing <= 3 for state, missing, kind, _ in orders)
    assert any(soon for *_, soon in orders), "one ends soon"
    assert exits and exits[0] > len(orders)


def test_the_district_at_home_has_its_needs(shown: tuple[Shown, dict[str, Any]]) -> None:
    city, said = shown
    needs = said["care"]["needs"]
    assert needs["emergencies"] >= 1 and needs["overdue"] >= 1 and needs["unread"] >= 3 and needs["to_ask"] >= 1
    assert needs["waiting"] >= 8 and needs["done"] >= needs["in_time"] >= 5
    with psycopg.connect(city.url) as connection:
        states = dict(connection.execute("SELECT state, count(*) FROM needs_need GROUP BY 1").fetchall())
        channels = {c for (c,) in connection.execute("SELECT DISTINCT channel FROM needs_need").fetchall()}
        stairwell = connection.execute(
            "SELECT count(*) FROM needs_likeness WHERE reason = 'the same trouble in one stairwell' AND decided = ''"
        ).fetchone()
        silent = connection.execute("SELECT count(*) FROM needs_need WHERE silent AND place_id % 10000000000000 <> 0").fetchone()
    assert states["closed"] >= 5 and {"web", "phone", "hotline", "chat"} <= channels
    assert stairwell and stairwell[0] >= 3 and silent == (0,)


def test_what_cannot_be_read_is_on_file_with_its_reason(shown: tuple[Shown, dict[str, Any]]) -> None:
    with psycopg.connect(shown[0].url) as connection:
        rejected = connection.execute("SELECT kind, rejected FROM kit_import WHERE rejected > 0").fetchall()
        unfinished = connection.execute("SELECT count(*) FROM kit_import WHERE finished_at IS NULL").fetchone()
    assert sorted(rejected) == [("results", 1), ("scans", 1)]
    assert unfinished == (0,)


def test_a_second_run_finds_the_demo_there(shown: tuple[Shown, dict[str, Any]]) -> None:
    city, said = shown
    again = json.loads(city.run("demo", "--no-serve", "--json"))
    assert again == said


def test_the_clock_stands_at_the_demos_evening(shown: tuple[Shown, dict[str, Any]]) -> None:
    assert shown[0].run("clock", "show").startswith("2022-11-26T20:30:00")


def test_a_sweep_at_that_time_has_nothing_left_to_do(shown: tuple[Shown, dict[str, Any]]) -> None:
    done = json.loads(shown[0].run("sweep", "--json"))
    assert set(done.values()) == {0}


@pytest.fixture
def inside(server: Any, shown: tuple[Shown, dict[str, Any]]) -> Iterator[None]:
    """Act in the demo's database from this process."""
    from tongxin.kit import clock, db

    server.use(urlsplit(shown[0].url).path[1:])
    clock.forget()
    try:
        with db.acting_as_jobs():
            yield
    finally:
        server.leave()
        clock.forget()


@pytest.mark.usefixtures("inside")
def test_the_city_goes_on_through_the_night_into_the_next_round() -> None:
    """Everybody keeps working; what is taken up again after a stop sends nothing twice."""
    from tongxin.kit import clock
    from tongxin.screening.models import Round, Tube
    from tongxin.world import actors, demo, intake, live

    made_from = demo.known()
    assert made_from is not None
    world = demo.scenario(made_from)
    before = {m.id for m in actors.members()}

    def go_on(until: dt.timedelta) -> live.Life:
        life = live.Life(world, intake.InProcess(), live.resume_at())
        end = life.at + until
        while life.at < end:
            clock.set_time(life.at + dt.timedelta(minutes=20), speed=60)
            life.turn(60)
        return life

    go_on(dt.timedelta(hours=11))
    assert len(before & {m.id for m in actors.members()}) < len(before) / 10
    assert Round.objects.filter(name="R20221127").exists()
    tubes = Tube.objects.filter(day=dt.date(2022, 11, 27)).count()
    assert tubes > 10
    live.stand_still()
    life = live.Life(world, intake.InProcess(), live.resume_at())
    life.turn(60)
    assert Tube.objects.filter(day=dt.date(2022, 11, 27)).count() == tubes


@pytest.mark.usefixtures("places", "cast")
@pytest.mark.parametrize("words", [(), ("--fresh",)])
def test_records_that_are_not_a_demos_are_never_touched(city: Any, words: tuple[str, ...]) -> None:
    from tongxin.access.models import User

    before = User.objects.count()
    refused = city.run("demo", "--no-serve", "--people", "1000", *words, check=False)
    assert refused.returncode == 2
    assert "a database of its own" in refused.stderr
    assert User.objects.count() == before


@pytest.mark.parametrize("place", ["110105", "999"])
def test_another_district_is_refused_in_one_sentence(city: Any, place: str) -> None:
    refused = city.run("demo", "--no-serve", "--place", place, check=False)
    assert refused.returncode == 2
    assert refused.stderr.strip().count("\n") <= 1
    assert "Nan'an" in refused.stderr
