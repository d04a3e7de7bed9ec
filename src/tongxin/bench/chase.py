"""``bench chase``: positive reports arrive while stations send; how soon has a board heard, and is the work there?

Each report is for a tube of another community, so that the event on the subscribed stream tells which one it belongs to.
The time runs from the sending of the report to the event; the members' tasks are counted when it arrives.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from typing import Any

from tongxin.access import operations as access
from tongxin.bench import own, serving, shape
from tongxin.bench.client import ID_NUMBER, community
from tongxin.kit import db
from tongxin.kit.audit import Because
from tongxin.places.queries import root

LIMITS = {"p99_s": 1, "scans_per_s": 2_000, "missed": 0, "without_tasks": 0}
STATIONS, PER_SECOND, RATE = 200, 4, 2_100
PASSWORD = "only for the benchmark"  # noqa: S105


def run(seconds: int, seed: int) -> dict[str, Any]:
    """Seconds from a positive report to the event at a board, while stations send 2,000 scans a second."""
    count = min(seconds * PER_SECOND, STATIONS)
    with own.database() as environment, db.acting_as_jobs():
        shape.make_register(STATIONS * shape.COMMUNITY_SIZE)
        because = Because("bench")
        token = access.add_token("bench", root(), ["scan.write", "report.write"], because)
        access.create_user("bench", "bench", "operations", [root()], PASSWORD, because)
        with serving.server(environment) as port:
            _post(port, token, "scans", [_scan(n * shape.COMMUNITY_SIZE + 9_000 + i) for n in range(count) for i in range(5)])
            board = Board(port)
            words = [str(port), token, str(seconds), str(STATIONS), str(RATE), "0"]
            stations = subprocess.Popen(
                [sys.executable, "-m", "tongxin.bench.client", *words], stdout=subprocess.PIPE, text=True
            )
            _send_reports(port, token, count, board)
            load = json.loads(stations.communicate(timeout=seconds + 120)[0])
            board.wait(count)
    return _result(board, count, load, seed)


def _result(board: Board, count: int, load: dict[str, Any], seed: int) -> dict[str, Any]:
    took = sorted(board.heard[p] - board.sent[p] for p in board.heard)
    figures = {
        "p50_s": round(took[len(took) // 2], 4),
        "p99_s": round(took[int(len(took) * 0.99)], 4),
        "reports": count,
        "missed": count - len(took),
        "without_tasks": sum(n < 5 for n in board.tasks.values()),
        "scans_per_s": load["scans_per_s"],
        "scan_errors": load["errors"],
    }
    ok = (
        figures["p99_s"] <= 1 and not figures["missed"] and not figures["without_tasks"]
        and figures["scans_per_s"] >= LIMITS["scans_per_s"] * 0.98 and not load["errors"]
    )  # fmt: skip
    return {"bench": "chase", "figures": figures, "limits": LIMITS, "ok": ok, "machine": own.machine(), "seed": seed}


class Board:
    """A board that is subscribed to the event stream, as a browser is."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sent: dict[int, float] = {}
        self.heard: dict[int, float] = {}
        self.tasks: dict[int, int] = {}
        self._ready = threading.Event()
        self._stream = self._subscribe(_sign_in(port))
        threading.Thread(target=self._listen, daemon=True).start()
        self._ready.wait(20)

    def _subscribe(self, cookie: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", "/events", headers={"Cookie": cookie})
        return connection.getresponse()

    def _listen(self) -> None:
        with db.acting_as_jobs():
            while line := self._stream.readline():
                if line.startswith(b"event: hello"):
                    self._ready.set()
                elif line.startswith(b"data: ") and b'"chase"' in line:
                    self._hear([int(p) for p in json.loads(line[6:])["places"]])

    def _hear(self, places: list[int]) -> None:
        now = time.perf_counter()
        for place in places:
            if place in self.sent and place not in self.heard:
                self.heard[place] = now
                query = "SELECT count(*) FROM tasks_task WHERE kind = 'chase.call' AND place_id = %s"
                self.tasks[place] = db.rows(query, [place])[0][0]

    def wait(self, count: int) -> None:
        """Until everything was heard, ten seconds at most."""
        until = time.perf_counter() + 10
        while len(self.heard) < count and time.perf_counter() < until:
            time.sleep(0.05)


def _send_reports(port: int, token: str, count: int, board: Board) -> None:
    started = time.perf_counter()
    for n in range(count):
        person = n * shape.COMMUNITY_SIZE + 9_000
        report = {
            "报告编号": f"B{n}", "检测机构": "检验所1", "样本管号": f"T221125{person // shape.PER_TUBE:09d}", "结果": "阳性",
            "ORF1ab基因Ct值": "28.1", "N基因Ct值": "29.2", "检测时间": "2022-11-25 20:00:00",
            "报告时间": "2022-11-25 21:00:00",
        }  # fmt: skip
        time.sleep(max(0, started + n / PER_SECOND - time.perf_counter()))
        board.sent[int(community(person)) * 10**7] = time.perf_counter()
        _post(port, token, "lab-reports", [report])


def _scan(person: int) -> dict[str, str]:
    site = f"S{community(person)}"
    return {
        "scan_id": f"b{person}", "round": shape.ROUND, "purpose": "screening", "tube_kind": "pool", "capacity": "5",
        "tube_barcode": f"T221125{person // shape.PER_TUBE:09d}", "site": site, "station": f"{site}-1",
        "person_no": f"P{person:09d}", "id_number": ID_NUMBER, "scanned_at": "2022-11-25 08:00:00",
    }  # fmt: skip


def _post(port: int, token: str, what: str, rows: list[dict[str, str]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", f"/api/v1/{what}:batch", json.dumps(rows), headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    if answer.get("accepted") != len(rows):
        raise RuntimeError(f"{what}: {answer}")


def _sign_in(port: int) -> str:
    """The cookies of a user who has signed in, as a browser would."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    answer.read()
    token = next(c.split(";")[0] for c in answer.headers.get_all("Set-Cookie", []) if c.startswith("csrftoken"))
    body = f"username=bench&password={PASSWORD.replace(' ', '+')}&csrfmiddlewaretoken={token.split('=')[1]}"
    headers = {"Cookie": token, "Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://127.0.0.1:{port}/login"}
    connection.request("POST", "/login", body, headers)
    answer = connection.getresponse()
    answer.read()
    cookies = [c.split(";")[0] for c in answer.headers.get_all("Set-Cookie", [])]
    if not any(c.startswith("sessionid") for c in cookies):
        raise RuntimeError(f"signing in failed with {answer.status}")
    return "; ".join(cookies)
