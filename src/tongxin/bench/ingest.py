"""``bench ingest``: the files of a day through the real loaders, against the raw binary COPY of the same final rows."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.db import connections

from tongxin.bench import own, shape
from tongxin.kit import db

LIMITS = {"ratio_to_copy": 0.6, "growth": 11, "peak_rss_mib": 1024}
PAIRS, ONCE = 3, 20_000_000
TABLES = ("screening_tube", "screening_tube_member", "screening_report_number", "screening_tube_result")


def run(people: int, seed: int) -> dict[str, Any]:
    """Measure ``people`` scans and a fifth of them reports. The ratio is of two runs in the same database, one after the
    other, taken together over three such pairs: a disk's speed changes within seconds. A province's day is one pair."""
    pairs = 1 if people >= ONCE else PAIRS
    with tempfile.TemporaryDirectory() as folder:
        small = _measure(Path(folder), people // 10, seed, pairs=1)[0]
        found = _measure(Path(folder), people, seed, pairs)
    took = {key: sum(pair[key] for pair in found) for key in ("seconds", "scans_s", "reports_s", "copy_s")}
    figures = {
        "ratio_to_copy": round(took["copy_s"] / took["seconds"], 3),
        "ratios": [round(pair["copy_s"] / pair["seconds"], 3) for pair in found],
        "scans_per_s": round(people * pairs / took["scans_s"]),
        "reports_per_s": round(people * pairs / shape.PER_TUBE / took["reports_s"]),
        "growth": round(took["seconds"] / pairs / small["seconds"], 2),
        "peak_rss_mib": round(max(pair["rss_mib"] for pair in found)),
        "scans": people,
        "seconds": round(took["seconds"] / pairs, 2),
        "copy_s": round(took["copy_s"] / pairs, 2),
    }
    ok = (
        figures["ratio_to_copy"] >= LIMITS["ratio_to_copy"] and figures["growth"] <= LIMITS["growth"]
        and figures["peak_rss_mib"] < LIMITS["peak_rss_mib"]
    )  # fmt: skip
    return {"bench": "ingest", "figures": figures, "limits": LIMITS, "ok": ok, "machine": own.machine(), "seed": seed}


def _measure(folder: Path, people: int, seed: int, pairs: int) -> list[dict[str, float]]:
    """Load the files and copy the same rows, in turns."""
    scans, reports = folder / "scans.csv", folder / "reports.csv"
    shape.write_scans(scans, people, seed)
    shape.write_reports(reports, people)
    with own.database() as environment, db.acting_as_jobs():
        shape.make_register(people)
        return [_pair(folder, [str(scans), str(reports)], environment, people) for _ in range(pairs)]


def _pair(folder: Path, files: list[str], environment: dict[str, str], people: int) -> dict[str, float]:
    _empty()
    command = [sys.executable, "-m", "tongxin.bench.child", *files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    figures: dict[str, float] = json.loads(done.stdout)
    if figures["accepted"] != people + people // shape.PER_TUBE:
        raise RuntimeError(f"not every row went in: {figures}")
    return figures | {"copy_s": _copy_again(folder)}


def _copy_again(folder: Path) -> float:
    """Seconds that raw binary COPY takes for the same rows, sorted and encoded beforehand, into the same tables."""
    for table in TABLES:
        order = {"screening_report_number": "report_no", "screening_tube": "id"}.get(table, "tube_id")
        query = f"COPY (SELECT * FROM {table} ORDER BY {order}) TO STDOUT (FORMAT binary)"  # noqa: S608 - names of our own
        with open(folder / table, "wb") as file, db.cursor() as cursor, cursor.copy(query) as copy:
            for piece in copy:
                file.write(piece)
    _empty()
    started = time.perf_counter()
    for table in TABLES:
        with (
            open(folder / table, "rb") as file,
            db.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy,
        ):
            while piece := file.read(1 << 20):
                copy.write(piece)
    return time.perf_counter() - started


def _empty() -> None:
    """Begin without rows, and without pages that the server still has to write."""
    db.execute(f"TRUNCATE {', '.join(TABLES)}, chase_chase, chase_member, chase_call, screening_handover")
    _checkpoint()


def _checkpoint() -> None:
    with connections[db.OWNER].cursor() as cursor:
        cursor.execute("CHECKPOINT")
