"""``bench needs``: an hour's needs of a city come in, with 200,000 on file, while a district officer looks at the inbox.

Hotlines send batches, chat groups signed messages. Nine tenths come as fast as they are taken (``intake_per_s``; what the inbox
takes meanwhile is ``p95_inbox_busy_s``), the rest at ten times an hour's pace, and then ``p95_inbox_s`` counts. The inbox is the
page, as a browser asks for it. ``lost`` are needs that were acknowledged and are not there, whole.
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
PAGE, PAUSE, PACE = "/needs", 0.2, 10


def run(count: int, on_file: int, seed: int) -> dict[str, Any]:
    """Needs a second of server, database and clients together on this machine, and seconds for the inbox meanwhile."""
    because = Because("bench")
    with own.database() as environment, db.acting_as_jobs():
        homes.settle(on_file)
        keys = access.add_token("bench", root(), ["need.write"], because), hooks.add(caller.HOOK, root(), because)
        access.create_user("bench", "bench", "operations", [homes.DISTRICTS[0] * 10**13], chase.PASSWORD, because)
        before = _count()
        with serving.server(environment) as port:
            officer = Officer(port)
            rush = _clients(port, keys, 0, count * 9 // 10, 0, seed, officer)
            busy, officer.seconds = officer.seconds, []
            hour = _clients(port, keys, count * 9 // 10, count // 10, max(1, count * PACE // 3600), seed + 100, officer)
        lost = rush["accepted"] + hour["accepted"] - (_count() - before)
    figures = {
        "p95_inbox_s": _percentile(officer.seconds, 95), "p50_inbox_s": _percentile(officer.seconds, 50),
        "p95_inbox_busy_s": _percentile(busy, 95), "looks": len(officer.seconds) + len(busy), "lost": lost,
        "intake_per_s": round(rush["accepted"] / rush["seconds"], 1), "needs": rush["accepted"] + hour["accepted"],
        "on_file": on_file, "errors": rush["errors"] + hour["errors"], "p99_answer_s": hour["p99_answer_s"],
    }  # fmt: skip
    if said := rush["first_error"] or hour["first_error"]:
        figures["first_error"] = said
    ok = (
        figures["p95_inbox_s"] <= LIMITS["p95_inbox_s"] and figures["intake_per_s"] >= LIMITS["intake_per_s"]
        and not figures["lost"] and not figures["errors"] and figures["needs"] == count
    )  # fmt: skip
    return {"bench": "needs", "figures": figures, "limits": LIMITS, "ok": ok, "machine": own.machine(), "seed": seed}


def _clients(
    port: int, keys: tuple[str, str], first: int, count: int, rate: int, seed: int, officer: Officer
) -> dict[str, Any]:
    """Let so many needs come in, ``rate`` a second (0: as fast as they are taken), while the officer looks."""
    words = map(str, (port, *keys, first, count, rate, homes.PEOPLE, seed))
    clients = subprocess.Popen([sys.executable, "-m", "tongxin.bench.caller", *words], stdout=subprocess.PIPE, text=True)
    officer.look(clients)
    found: dict[str, Any] = json.loads(clients.communicate()[0])
    return found


def _percentile(seconds: list[float], share: int) -> float:
    order = sorted(seconds)
    return round(order[min(len(order) - 1, len(order) * share // 100)], 4)


def _count() -> int:
    """Needs that are whole: with a caller, an entry that they were raised, and a task."""
    return db.rows(
        "SELECT count(*) FROM needs_need n WHERE EXISTS (SELECT 1 FROM needs_caller c WHERE c.need_id = n.id)"
        " AND EXISTS (SELECT 1 FROM needs_needevent e WHERE e.need_id = n.id AND e.event = 'raised')"
        " AND EXISTS (SELECT 1 FROM tasks_task t WHERE t.subject_kind = 'need' AND t.subject_id = n.id)"
    )[0][0]


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
        """Once, and then as long as needs come in."""
        self._look()
        while clients.poll() is None:
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
