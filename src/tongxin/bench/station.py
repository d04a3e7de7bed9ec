"""``bench station``: two hundred stations send batches of fifty scans to the program on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tongxin.access import operations as access
from tongxin.bench import own, serving, shape
from tongxin.kit import db
from tongxin.kit.audit import Because
from tongxin.places.queries import root

LIMITS = {"scans_per_s": 15_000, "errors": 0, "p99_s": 1}
STATIONS = 200


def run(seconds: int, seed: int) -> dict[str, Any]:
    """Scans a second of server, database and clients together on this machine."""
    with own.database() as environment, db.acting_as_jobs():
        shape.make_register(STATIONS * shape.COMMUNITY_SIZE)
        token = access.add_token("bench", root(), ["scan.write"], Because("bench"))
        with serving.server(environment) as port:
            clients([str(port), token, "3", str(STATIONS), "2000", "0"])  # warm: sites, plans, connections
            first = 400 * STATIONS * 0 + 2_500 * 0
            figures = clients([str(port), token, str(seconds), str(STATIONS), "0", str(first + 100)])
        on_file = db.rows("SELECT count(*) FROM screening_tube_member")[0][0]
    ok = (
        figures["scans_per_s"] >= LIMITS["scans_per_s"] and figures["errors"] == 0 and figures["p99_s"] < LIMITS["p99_s"]
    )
    figures["on_file"] = on_file
    return {"bench": "station", "figures": figures, "limits": LIMITS, "ok": ok, "machine": own.machine(), "seed": seed}


def clients(words: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tongxin.bench.client", *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout)
    if found["errors"]:
        found["first_error"] = done.stderr[:200]
    return found
