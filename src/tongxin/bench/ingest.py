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
TABLES = ("screening_tube", "screening_tube_member", "screening_report_number", "screening_tube_result")


def run(people: int, seed: int) -> dict[str, Any]:
    """Measure ``people`` scans and a fifth of them reports. The ratio is of two runs in the same database."""
    with tempfile.TemporaryDirectory() as folder:
        small = _load(Path(folder), people // 10, seed, baseline=False)
        large = _load(Path(folder), people, seed, baseline=True)
    figures = {
        "ratio_to_copy": round(large["copy_s"] / large["seconds"], 3),
        "scans_per_s": round(people / large["scans_s"]),
        "reports_per_s": round(people / shape.PER_TUBE / large["reports_s"]),
        "growth": round(large["seconds"] / small["seconds"], 2),
        "peak_rss_mib": round(large["rss_mib"]),
        "scans": people,
        "seconds": round(large["seconds"], 2),
        "copy_s": round(large["copy_s"], 2),
    }
    ok = (
        figures["ratio_to_copy"] >= LIMITS["ratio_to_copy"] and figures["growth"] <= LIMITS["growth"]
        and figures["peak_rss_mib"] < LIMITS["peak_rss_mib"]
    )  # fmt: skip
    return {"bench": "ingest", "figures": figures, "limits": LIMITS, "ok": ok, "machine": own.machine(), "seed": seed}


def _load(folder: Path, people: int, seed: int, baseline: bool) -> dict[str, float]:
    scans, reports = folder / "scans.csv", folder / "reports.csv"
    shape.write_scans(scans, people, seed)
    shape.write_reports(reports, people)
    with own.database() as environment, db.acting_as_jobs():
        shape.make_register(people)
        _checkpoint()
        command = [sys.executable, "-m", "tongxin.bench.child", str(scans), str(reports)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        figures: dict[str, float] = json.loads(done.stdout)
        if figures["accepted"] != people + people // shape.PER_TUBE:
            raise RuntimeError(f"not every row went in: {figures}")
        if baseline:
            figures["copy_s"] = _copy_again(folder)
    return figures


def _copy_again(folder: Path) -> float:
    """Seconds that raw binary COPY takes for the same rows, sorted and encoded beforehand, into the same tables."""
    _checkpoint()
    for table in TABLES:
        order = {"screening_report_number": "report_no", "screening_tube": "id"}.get(table, "tube_id")
        query = f"COPY (SELECT * FROM {table} ORDER BY {order}) TO STDOUT (FORMAT binary)"  # noqa: S608 - names of our own
        with open(folder / table, "wb") as file, db.cursor() as cursor, cursor.copy(query) as copy:
            for piece in copy:
                file.write(piece)
    db.execute(f"TRUNCATE {', '.join(TABLES)}, chase_chase, chase_member, chase_call, screening_handover")
    _checkpoint()
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


def _checkpoint() -> None:
    with connections[db.OWNER].cursor() as cursor:
        cursor.execute("CHECKPOINT")
