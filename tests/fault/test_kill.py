"""Programs and servers that are killed in the middle: after a restart every row is in, and none twice."""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.parity import days

from tongxin.bench import serving
from tongxin.config.embedded import EmbeddedServer

pytestmark = days.needs_shared
Environment = dict[str, str]


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "tongxin", *map(str, words)]


def begin(env: Environment, *words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(command(*words), env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(env: Environment, *words: str | Path) -> dict[str, Any]:
    """Run a command that prints one JSON object."""
    done = subprocess.run(command(*words, "--json"), env=env, capture_output=True, text=True, timeout=200)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def when_chunks_are_in(url: str, many: int, process: subprocess.Popen[str], act: Callable[[], object]) -> None:
    """Act at the moment at which so many chunks of all imports are in; unless the process has ended before."""
    with psycopg.connect(url, autocommit=True) as connection:
        query = "SELECT count(*) FROM kit_importchunk"
        while process.poll() is None:
            if connection.execute(query).fetchall()[0][0] >= many:
                act()
                return


def chunks(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM kit_importchunk").fetchall()[0][0]


def export(env: Environment, folder: Path) -> dict[str, Path]:
    paths = {kind: folder / f"{kind}.csv" for kind in ("tubes", "chase", "untested")}
    programs = [begin(env, "export", kind, "-o", path) for kind, path in paths.items()]
    for program in programs:
        _, said = program.communicate()
        assert program.returncode == 0, said
    return paths


def differences(env: Environment, folder: Path, out: Path, **summaries: dict[str, Any]) -> str:
    words: list[str | Path] = [w for kind, path in export(env, out).items() for w in (f"--{kind}", path)]
    for kind, summary in summaries.items():
        (out / f"{kind}.json").write_text(json.dumps(summary))
        words += [f"--{kind}-summary", out / f"{kind}.json"]
    done = subprocess.run(
        [sys.executable, str(days.TOOL), "check", str(folder), *map(str, words)], capture_output=True, text=True
    )
    return "" if done.stdout.startswith("0 differences") else done.stdout + done.stderr


# -- the program ----------------------------------------------------------------------------------------


def test_an_import_that_is_killed_again_and_again_goes_on_and_counts_every_row_once(city: Any, tmp_path: Path) -> None:
    folder, draw = days.day(1), random.Random(20)
    days.take_in_places()
    days.take_in_day(folder, ["people", "rounds"], block_bytes=12_000_000)
    summaries: dict[str, dict[str, Any]] = {}
    for kind, block, kills in (("scans", 15_000, 3), ("results", 4_000, 2)):
        words = ("load", kind, folder / days.FILES[kind], "--block-bytes", str(block))
        killed = 0
        for _ in range(kills):
            process = begin(city.env, *words)
            when_chunks_are_in(city.owner_url, chunks(city.owner_url) + draw.randint(1, 6), process, process.kill)
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
        assert killed == kills, "the file was too short to be killed so often"
        summaries[kind] = finish(city.env, *words)
        assert summaries[kind]["files"][0]["resumed"] is True
    assert days.differences(folder, tmp_path, scans=summaries["scans"], results=summaries["results"]) == ""


def test_the_same_file_several_times_at_the_same_time_counts_once(city: Any, tmp_path: Path) -> None:
    folder = days.day(2)
    days.take_in_places()
    days.take_in_day(folder, ["people", "rounds"], block_bytes=12_000_000)
    wanted = days.expected(folder)
    for kind in ("scans", "results"):
        path = folder / days.FILES[kind]
        other = tmp_path / f"another name of {kind}.csv"
        shutil.copy(path, other)
        loads = [
            begin(city.env, "load", kind, p, "--block-bytes", "20000", "--json") for p in (path, path, other)
        ]  # fmt: skip
        answers = [process.communicate() for process in loads]
        assert [p.returncode for p in loads] == [1, 1, 1], [error for _, error in answers]
        found = [json.loads(out) for out, _ in answers]
        rows = wanted[kind]["accepted"] + wanted[kind]["repeated"]
        assert sum(s["accepted"] for s in found) == wanted[kind]["accepted"]
        assert [s["accepted"] + s["repeated"] for s in found] == [rows] * 3
        assert [s["rejected"] for s in found] == [wanted[kind]["rejected"]] * 3
    assert days.differences(folder, tmp_path) == ""


# -- the database ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with a server and an empty city of its own."""
    path = tmp_path_factory.mktemp("kill") / "home"
    try:
        subprocess.run(command("db", "up"), env=environment(path), check=True, capture_output=True)
        yield path
    finally:
        EmbeddedServer(path).destroy()


def environment(home: Path) -> Environment:
    return {**{k: v for k, v in os.environ.items() if k != "DATABASE_URL"}, "TONGXIN_HOME": str(home)}


@pytest.fixture
def town(home: Path, tmp_path: Path) -> Iterator[tuple[EmbeddedServer, Environment, Path]]:
    """A running server, the environment of its programs, and a day of which people and rounds are loaded."""
    server, env, folder = EmbeddedServer(home), environment(home), days.day(3, people=1500)
    server.start()
    with psycopg.connect(server.url("owner", "postgres"), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = 'kept'").fetchall():
            connection.execute("DROP DATABASE tongxin WITH (FORCE)")
            connection.execute("CREATE DATABASE tongxin TEMPLATE kept")
        else:
            for kind, path in (
                ("places", days.PLACES), ("people", folder / "register.csv"), ("rounds", folder / "rounds.csv"),
            ):  # fmt: skip
                finish(env, "load", kind, path)
            connection.execute("CREATE DATABASE kept TEMPLATE tongxin")
        # A copy's sequences fall back to their copied values in a crash until a checkpoint has been made.
        connection.execute("CHECKPOINT")
    yield server, env, folder


def kill(server: EmbeddedServer) -> None:
    """End the database server as a power cut would."""
    pid = server.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    while server.pid():
        pass


@pytest.mark.embedded_only
def test_an_import_whose_database_is_killed_says_so_and_goes_on_afterwards(
    town: tuple[EmbeddedServer, Environment, Path], tmp_path: Path
) -> None:
    server, env, folder = town
    summaries, draw = {}, random.Random(7)
    for kind, block in (("scans", 12_000), ("results", 4_000)):
        words = ("load", kind, folder / days.FILES[kind], "--block-bytes", str(block))
        process = begin(env, *words)
        many = chunks(server.url()) + draw.randint(1, 5)
        when_chunks_are_in(server.url(), many, process, lambda: kill(server))
        _, said = process.communicate()
        assert process.returncode == 3, said
        assert "Traceback" not in said and "the database cannot be reached" in said
        assert len([line for line in said.splitlines() if line.startswith("tongxin:")]) == 1
        summaries[kind] = finish(env, *words)
        assert summaries[kind]["files"][0]["resumed"] is True
    assert differences(env, folder, tmp_path, scans=summaries["scans"], results=summaries["results"]) == ""


class Program:
    """The program, serving on a port that stays the same over its restarts; killed with all that it started."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        words = command("serve", "--port", str(self.port), "--no-worker", "--workers", "1")
        with open(Path(self.env["TONGXIN_HOME"]) / "serve.log", "ab") as log:
            self.process = subprocess.Popen(words, env=self.env, start_new_session=True, stdout=log, stderr=log)
        serving._wait(self.port, self.process)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def send(port: int, path: str, token: str, rows: list[Any]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", f"/api/v1/{path}", json.dumps(rows), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Devices:
    """Two devices that send batches one after another, each again until it is acknowledged."""

    def __init__(self, port: int, batches: list[tuple[str, str, list[Any]]]) -> None:
        self.port, self.left, self.acknowledged = port, iter(batches), 0
        self.change, self.up = threading.Condition(), threading.Event()
        self.up.set()
        self.errors: list[BaseException | tuple[int, bytes]] = []
        self.threads = [threading.Thread(target=self._run) for _ in range(2)]
        for thread in self.threads:
            thread.start()

    def _run(self) -> None:
        while True:
            with self.change:
                batch = next(self.left, None)
            if batch is None or self.errors:
                return
            while not self._acknowledged(*batch):
                if self.errors or not self.up.wait(100):
                    return
            with self.change:
                self.acknowledged += 1
                self.change.notify_all()

    def _acknowledged(self, path: str, token: str, rows: list[Any]) -> bool:
        was_up = self.up.is_set()
        try:
            status, body = send(self.port, path, token, rows)
        except (OSError, http.client.HTTPException) as error:
            if was_up and self.up.is_set():
                self._fail(error)
            return False
        if status == 503 or (status == 200 and not json.loads(body)["rejected"]):
            return status == 200
        self._fail((status, body))
        return False

    def _fail(self, error: BaseException | tuple[int, bytes]) -> None:
        with self.change:
            self.errors.append(error)
            self.change.notify_all()

    def wait_for(self, many: int) -> None:
        with self.change:
            assert self.change.wait_for(lambda: self.errors or self.acknowledged >= many, 100)
        assert self.errors == [], self.errors

    def end(self) -> None:
        for thread in self.threads:
            thread.join(200)
        assert self.errors == [], self.errors


def batches_of(folder: Path, env: Environment) -> list[tuple[str, str, list[Any]]]:
    draw, found = random.Random(5), []
    for path, kind, encoding, device in (
        ("scans:batch", "scans.csv", "utf-8", "station"), ("lab-reports:batch", "reports.csv", "gb18030", "lab"),
    ):  # fmt: skip
        token = finish(env, "token", "add", device, "--kind", device)["token"]
        rows = [r for r in days.rows_of(folder / kind, encoding) if "too-short" not in r.values() and "T0" not in r.values()]
        draw.shuffle(rows)
        found += [(path, token, rows[i : i + 60]) for i in range(0, len(rows), 60)]
    draw.shuffle(found)
    return found


@pytest.mark.embedded_only
def test_devices_whose_server_or_database_is_killed_send_again_and_nothing_is_lost_or_counted_twice(
    town: tuple[EmbeddedServer, Environment, Path], tmp_path: Path
) -> None:
    server, env, folder = town
    batches = batches_of(folder, env)
    program = Program(env)
    try:
        devices = Devices(program.port, batches)
        steps = random.Random(3).sample(range(2, len(batches) - 8), 4)
        for n, moment in enumerate(sorted(steps)):
            devices.wait_for(moment)
            devices.up.clear()
            if n % 2:
                kill(server)
                server.start()
            else:
                program.kill()
                program.start()
            devices.up.set()
        devices.end()
    finally:
        program.kill()
    assert devices.acknowledged == len(batches)
    assert differences(env, folder, tmp_path) == ""


@pytest.mark.embedded_only
def test_while_the_database_is_down_a_batch_is_answered_with_one_sentence_and_later_taken_without_a_restart(
    town: tuple[EmbeddedServer, Environment, Path],
) -> None:
    server, env, folder = town
    (path, token, rows), *_ = batches_of(folder, env)
    program = Program(env)
    try:
        assert send(program.port, path, token, rows[:5])[0] == 200
        for stop in (lambda: kill(server), server.stop):
            stop()
            for _ in range(3):
                status, body = send(program.port, path, token, rows)
                assert status == 503, body
                said = json.loads(body)
                assert len(said) == 1 and "database cannot be reached" in next(iter(said.values()))
            server.start()
            status, body = send(program.port, path, token, rows)
            assert status == 200, body
        assert json.loads(body) == {"accepted": 0, "repeated": len(rows), "rejected": []}
    finally:
        program.kill()
