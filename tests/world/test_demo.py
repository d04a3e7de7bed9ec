"""The demo: what it prints is what its exports say, and it mixes with nothing."""

import csv
import datetime as dt
import io
import itertools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from tests.support import ROOT

from tongxin.bench import serving

POINTS = ("sampled", "received", "reported", "reached", "retested", "resulted", "resolved")
ENDED = ("moved_away", "wrong_person", "deceased", "already_isolated")
MISSING = [tool for tool in ("sh", "curl", "openssl", "awk", "sed") if not shutil.which(tool)]
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


def test_buildings_have_stewards_and_door_heads_and_the_vulnerable_have_owners(shown: tuple[Shown, dict[str, Any]]) -> None:
    city, said = shown
    assert "steward" in said["logins"]
    with psycopg.connect(city.url) as connection:
        ask = connection.execute
        buildings, stewards, heads = ask(
            "SELECT (SELECT count(*) FROM places_place WHERE level = 7), (SELECT count(DISTINCT place_id) FROM ledgers_post"
            " WHERE duty = 'steward' AND until IS NULL), (SELECT count(*) FROM ledgers_doorhead)"
        ).fetchone() or (0, 0, 0)
        sees = ask(
            "SELECT count(*) FROM ledgers_post p WHERE NOT EXISTS (SELECT FROM access_userscope s WHERE s.user_id = p.user_id"
            " AND s.place_id = p.place_id)"
        ).fetchone()
        daily = ask(
            "SELECT count(*), count(owner_id), count(deputy_id), count(last_seen_at), count(plan) FROM ledgers_entry"
            " WHERE category IN ('elderly_alone', 'dialysis') AND source = 'register'"
        ).fetchone() or (0,) * 5
        categories = dict(ask("SELECT category, count(*) FROM ledgers_entry GROUP BY 1").fetchall())
        late = ask("SELECT count(*) FROM ledgers_entry WHERE next_due < '2022-11-26 20:30+08'").fetchone() or (0,)
        owners = ask("SELECT count(*) FROM tasks_task WHERE kind = 'ledger.owner' AND state = 'open'").fetchone()
    assert buildings == stewards and heads >= buildings and sees == (0,) and owners == (1,)
    assert len(set(daily[:4])) == 1 and 0 < daily[4] < daily[0], "each has an owner, a deputy and was seen"
    assert {"elderly_alone", "dialysis", "pregnant", "infant", "severe_illness", "dementia", "no_online"} <= set(categories)
    assert 1 <= late[0] <= sum(categories.values()) / 20, "a few are overdue"


def test_a_round_is_under_way_and_hospitals_lists_offers_and_a_notice_are_there(shown: tuple[Shown, dict[str, Any]]) -> None:
    with psycopg.connect(shown[0].url) as connection:
        ask = connection.execute
        rounds = ask(
            "SELECT closed_at IS NULL, bool_or(result <> ''), bool_and(result <> '') FROM ledgers_round r JOIN ledgers_knock k"
            " ON k.round_id = r.id GROUP BY r.id"
        ).fetchall()
        listed = dict(ask("SELECT category, array_agg(DISTINCT state) FROM ledgers_hospitalrow GROUP BY 1").fetchall())
        offers = dict(ask("SELECT state, count(*) FROM ledgers_offer GROUP BY 1").fetchall())
        notices = ask("SELECT count(*) FROM outbox_message WHERE audience = 'group' AND state = 'sent'").fetchone() or (0,)
        matched = ask("SELECT count(*) FROM ledgers_entry WHERE source = 'hospital'").fetchone() or (0,)
    assert {(False, True, True), (True, True, False), (True, False, False)} <= set(rounds), "closed, under way, planned"
    assert set(listed) == {"dialysis", "severe_illness", "pregnant"} and matched[0] >= 3
    assert all(set(states) == {"matched", "ambiguous", "unknown"} for states in listed.values())
    assert offers["open"] >= 3 and offers["claimed"] >= 1 and notices[0] >= 1


def test_medicine_stands_at_every_step_and_a_day_is_settled(shown: tuple[Shown, dict[str, Any]]) -> None:
    with psycopg.connect(shown[0].url) as connection:
        ask = connection.execute
        orders = dict(ask("SELECT state, count(*) FROM needs_medicineorder GROUP BY 1").fetchall())
        tours = ask(
            "SELECT t.day::text, settled_at IS NOT NULL, count(o.id) FILTER (WHERE o.state = 'planned'),"
            " count(o.id) FILTER (WHERE o.state IN ('bought', 'delivered')) FROM needs_tour t LEFT JOIN needs_medicineorder o"
            " ON o.tour_id = t.id GROUP BY t.id"
        ).fetchall()
        refunds, missing = ask(
            "SELECT count(*) FILTER (WHERE refund > 0), (SELECT count(*) FROM needs_tour t WHERE settled_at IS NOT NULL AND"
            " advanced - returned <> (SELECT coalesce(sum(price - refund), 0) FROM needs_purchase p WHERE p.buyer_id = t.buyer_id"
            " AND p.day = t.day AND payer <> 'insurance')) FROM needs_purchase WHERE receipt <> ''"
        ).fetchone() or (0, 1)
        again = ask("SELECT count(*) FROM needs_prescription WHERE comes_back_on <= '2022-11-28' AND ended_at IS NULL").fetchone()
    assert set(orders) == {"registered", "cleared", "ready", "planned", "bought", "delivered", "searched", "cancelled"}
    assert any(day == "2022-11-25" and settled for day, settled, *_ in tours)
    assert any(day == "2022-11-26" and planned and bought for day, _, planned, bought in tours), "under way"
    assert any(day == "2022-11-27" and planned for day, _, planned, _ in tours), "planned"
    assert refunds >= 1 and missing == 0 and again and again[0] >= 1


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


@pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} not installed: docs/demo.md needs it")
def test_every_channel_works_by_hand_as_the_documentation_prints_it(shown: tuple[Shown, dict[str, Any]], tmp_path: Path) -> None:
    blocks = "".join(re.findall(r"```sh\n(.*?)```", (ROOT / "docs/demo.md").read_text(encoding="utf-8"), re.DOTALL))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "DATABASE_URL": shown[0].url, "PATH": path}
    with psycopg.connect(shown[0].url) as connection:
        before = connection.execute("SELECT max(id) FROM needs_need").fetchone() or (0,)
    with serving.server(environment) as port:
        script = f"set -e\n{blocks.replace(':8000', f':{port}')}"
        done = subprocess.run(["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count('"accepted":1') == 2 and "by-hand:m1,chat" in done.stdout
    with psycopg.connect(shown[0].url) as connection:
        found = connection.execute("SELECT channel, count(*) FROM needs_need WHERE id > %s GROUP BY 1", before).fetchall()
    assert dict(found) == {"web": 2, "phone": 1, "door": 1, "letter": 2, "ledger": 1, "hotline": 2, "chat": 1}


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
    from tongxin.ledgers.models import Knock
    from tongxin.needs.medicine.models import MedicineOrder, Tour
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

    planned = set(MedicineOrder.objects.filter(state="planned").values_list("pk", flat=True))
    go_on(dt.timedelta(hours=11))
    assert not Tour.objects.filter(day=dt.date(2022, 11, 26), settled_at=None).exists(), "the purses of the day before"
    assert len(before & {m.id for m in actors.members()}) < len(before) / 10
    assert Round.objects.filter(name="R20221127").exists()
    tubes = Tube.objects.filter(day=dt.date(2022, 11, 27)).count()
    assert tubes > 10
    live.stand_still()
    life = live.Life(world, intake.InProcess(), live.resume_at())
    life.turn(60)
    assert Tube.objects.filter(day=dt.date(2022, 11, 27)).count() == tubes
    go_on(dt.timedelta(hours=7))
    assert not MedicineOrder.objects.filter(pk__in=planned, state="planned").exists(), "they were bought on the tour"
    assert Knock.objects.filter(round__planned_by="user:street", result="").count() < Knock.objects.count() / 3


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
