"""``bench needs``: an hour's needs of a city come in as fast as they are taken, while a district officer looks at the inbox.

Hotlines send batches, chat groups signed messages; 200,000 needs are on file before. The inbox is the page, as the officer's
browser asks for it. ``lost`` are needs that were acknowledged and are not there.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from typing import Any

from tongxin.access import operations as access
from tongxin.bench import caller, chase, homes, own, serving
from tongxin.kit import db
from tongxin.kit.audit import Because
from tongxin.needs.operations import hooks
from tongxin.places.queries import root

LIMITS = {"p95_inbox_s": 0.2, "lost": 0, "intake_per_s": 100}
PAGE, PAUSE, FEWEST = "/needs", 0.2, 60


def run(count: int, on_file: int, seed: int) -> dict[str, Any]:
    """Needs a second of server, database and clients together on this machine, and seconds for the inbox meanwhile."""
    because = Because("bench")
    with own.database() as environment, db.acting_as_jobs():
        homes.settle(on_file)
        token, secret = access.add_token("bench", root(), ["need.write"], because), hooks.add(caller.HOOK, root(), because)
        access.create_user("bench", "bench", "operations", [homes.DISTRICTS[0] * 10**13], chase.PASSWORD, because)
        before = _count()
        with serving.server(environment) as port:
            officer = Officer(port)
            words = [str(port), token, secret, str(count), str(homes.PEOPLE), str(seed)]
            clients = subprocess.Popen([sys.executable, "-m", "tongxin.bench.caller", *words], stdout=subprocess.PIPE, text=True)
            officer.look(clients)
            load = json.loads(clients.communicate()[0])
        lost = load["accepted"] - (_count() - before)
    return _result(officer, load, lost, count, on_file, seed)


def _count() -> int:
    """Needs that are whole: with a caller, an entry that they were raised, and a task."""
    return db.rows(
        "SELECT count(*) FROM needs_need n WHERE EXISTS (SELECT 1 FROM needs_caller c WHERE c.need_id = n.id)"
        " AND EXISTS (SELECT 1 FROM needs_needevent e WHERE e.need_id = n.id AND e.event = 'raised')"
        " AND EXISTS (SELECT 1 FROM tasks_task t WHERE t.subject_kind = 'need' AND t.subject_id = n.id)"
    )[0][0]


def _result(officer: Officer, load: dict[str, Any], lost: int, count: int, on_file: int, seed: int) -> dict[str, Any]:
    took = sorted(officer.seconds)
    figures = {
        "p95_inbox_s": round(took[int(len(took) * 0.95)], 4), "p50_inbox_s": round(took[len(took) // 2], 4), "looks": len(took),
        "lost": lost, "intake_per_s": round(load["accepted"] / load["seconds"], 1), "needs": load["accepted"],
        "on_file": on_file, "errors": load["errors"], "p99_answer_s": load["p99_answer_s"],
    }  # fmt: skip
    if load["first_error"]:
        figures["first_error"] = load["first_error"]
    ok = (
        figures["p95_inbox_s"] <= LIMITS["p95_inbox_s"] and lost == 0 and load["errors"] == 0 and load["accepted"] == count
        and figures["intake_per_s"] >= LIMITS["intake_per_s"]
    )  # fmt: skip
    return {"bench": "needs", "figures": figures, "limits": LIMITS, "ok": ok, "machine": own.machine(), "seed": seed}


class Officer:
    """A district officer who looks at the inbox again and again, as a browser asks for it."""

    def __init__(self, port: int) -> None:
        self.seconds: list[float] = []
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Cookie": chase._sign_in(port)}
        for _ in range(3):
            self._look()
        self.seconds.clear()

    def look(self, clients: subprocess.Popen[str]) -> None:
        """As long as needs come in, and at least sixty times."""
        while clients.poll() is None or len(self.seconds) < FEWEST:
            self._look()
            time.sleep(PAUSE)

    def _look(self) -> None:
        started = time.perf_counter()
        self._connection.request("GET", PAGE, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        self.seconds.append(time.perf_counter() - started)
        if answer.status != 200 or len(body) < 5_000:
            raise RuntimeError(f"the inbox answered {answer.status}: {body[:200]!r}")
