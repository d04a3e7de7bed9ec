"""A city's day gives the answer that a correct system must give, whatever the order and repetition of its files."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.parity import days

pytestmark = days.needs_shared

ORDERS = {
    "as a city sends them": ["people", "rounds", "scans", "results"],
    "results before scans": ["people", "rounds", "results", "scans"],
    "scans before people": ["rounds", "scans", "results", "people"],
    "all backwards": ["rounds", "results", "scans", "people"],
}


@pytest.mark.parametrize(
    ("seed", "order"),
    [(1, "as a city sends them"), (2, "results before scans"), (3, "scans before people"), (1, "all backwards")],
)
def test_a_day_in_any_order_gives_the_expected_answer(city: Any, tmp_path: Path, seed: int, order: str) -> None:
    folder = days.day(seed)
    days.take_in_places()
    summaries = days.take_in_day(folder, ORDERS[order])
    found = days.differences(folder, tmp_path, scans=summaries["scans"][0], results=summaries["results"][0])
    assert found == ""


def test_a_day_that_comes_twice_counts_once(city: Any, tmp_path: Path) -> None:
    folder = days.day(2)
    days.take_in_places()
    order = ["people", "rounds", "scans", "results"]
    summaries = days.take_in_day(folder, [*order, "results", "scans", "rounds", "people"])
    first, second = ({k: s[n] for k, s in summaries.items()} for n in (0, 1))
    assert days.differences(folder, tmp_path, scans=first["scans"], results=first["results"]) == ""
    for kind in order:
        rows = first[kind]["accepted"] + first[kind]["repeated"]
        assert (second[kind]["accepted"], second[kind]["repeated"]) == (0, rows), kind
        assert second[kind]["rejected"] == first[kind]["rejected"], kind


def test_the_size_of_the_chunks_makes_no_difference(city: Any, tmp_path: Path) -> None:
    folder = days.day(3)
    days.take_in_places()
    summaries = {}
    for kind, block in (("people", 9_000), ("rounds", 500), ("results", 4_001), ("scans", 7_777)):
        summaries[kind] = days.take_in(kind, folder / days.FILES[kind], block)
    assert days.differences(folder, tmp_path, scans=summaries["scans"], results=summaries["results"]) == ""


def test_one_chunk_gives_the_same_as_many(city: Any, tmp_path: Path) -> None:
    folder = days.day(1)
    days.take_in_places()
    summaries = days.take_in_day(folder, ORDERS["as a city sends them"], block_bytes=12_000_000)
    found = days.differences(folder, tmp_path, scans=summaries["scans"][0], results=summaries["results"][0])
    assert found == ""


# -- through the API ------------------------------------------------------------------------------------


class Client(threading.Thread):
    """One of those who send batches at the same time."""

    def __init__(self, port: int, batches: list[tuple[str, str, list[Any]]]) -> None:
        super().__init__()
        self.port, self.batches = port, batches
        self.answers: list[tuple[str, dict[str, Any]]] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            for path, token, rows in self.batches:
                self.answers.append((path, self._send(path, token, rows)))
        except BaseException as error:
            self.error = error

    def _send(self, path: str, token: str, rows: list[Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/{path}", json.dumps(rows), headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:300])
        connection.close()
        return json.loads(body)


@pytest.fixture
def port(city: Any) -> Iterator[int]:
    from tongxin.bench.serving import server

    with server({**city.env, "PYTHONUNBUFFERED": "1"}) as number:
        yield number


def _batches(folder: Path, draw: random.Random, tokens: dict[str, str]) -> list[tuple[str, str, list[Any]]]:
    batches = []
    for path, name, encoding in (
        ("scans:batch", "scans.csv", "utf-8"),
        ("lab-reports:batch", "reports.csv", "gb18030"),
    ):
        rows = list(days.rows_of(folder / name, encoding))
        draw.shuffle(rows)
        while rows:
            size = draw.randint(1, 120)
            batches.append((path, tokens[path], rows[:size]))
            rows = rows[size:]
    draw.shuffle(batches)
    return batches


@pytest.mark.parametrize("seed", [1])
def test_four_clients_at_once_give_the_expected_answer(city: Any, port: int, tmp_path: Path, seed: int) -> None:
    from tongxin.access.operations import add_token
    from tongxin.places.queries import root

    folder, draw = days.day(seed), random.Random(seed)
    days.take_in_places()
    days.take_in_day(folder, ["people", "rounds"])
    tokens = {
        "scans:batch": add_token("station", root(), ["scan.write"]),
        "lab-reports:batch": add_token("lab", root(), ["report.write"]),
    }
    batches = _batches(folder, draw, tokens)
    clients = [Client(port, batches[n::4]) for n in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
        assert client.error is None, client.error
    sums: dict[str, dict[str, int]] = {}
    for kind, path in (("scans", "scans:batch"), ("results", "lab-reports:batch")):
        answers = [a for client in clients for p, a in client.answers if p == path]
        sums[kind] = {k: sum(a[k] for a in answers) for k in ("accepted", "repeated")}
        sums[kind]["rejected"] = sum(len(a["rejected"]) for a in answers)
    assert days.differences(folder, tmp_path, scans=sums["scans"], results=sums["results"]) == ""
