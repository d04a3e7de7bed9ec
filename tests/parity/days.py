"""Screening days made by ``../shared/tools/screening_day.py``, taken in and compared with the answer it expects."""

from __future__ import annotations

import csv
import functools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
TOOL = SHARED / "tools" / "screening_day.py"
PLACES = SHARED / "data" / "places" / "chongqing-nanan.csv"
FILES = {"people": "register.csv", "rounds": "rounds.csv", "scans": "scans.csv", "results": "reports.csv"}
needs_shared = pytest.mark.skipif(
    not (TOOL.is_file() and PLACES.is_file()), reason=f"there is no {TOOL} or no {PLACES} on this machine"
)
_kept: list[Any] = []


@functools.cache
def day(seed: int = 1, people: int = 3000, positives: int = 12) -> Path:
    """The files of a day. Made once a run of the tests."""
    folder = tempfile.TemporaryDirectory(prefix=f"tongxin-day-{seed}-")
    _kept.append(folder)
    path = Path(folder.name)
    path.chmod(0o755)
    wanted = {"--places": PLACES, "--seed": seed, "--people": people, "--positives": positives}
    words = [str(w) for pair in wanted.items() for w in pair]
    subprocess.run([sys.executable, str(TOOL), "make", str(path), *words], check=True, capture_output=True)
    return path


def expected(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def take_in(kind: str, path: Path, block_bytes: int = 30_000, dry_run: bool = False) -> dict[str, Any]:
    """Take in a file in this process, in small chunks; the summary as ``--json`` prints it."""
    from tongxin.cli.loading import loaders
    from tongxin.kit import imports

    return imports.take_in(loaders()[kind](), path, "test", block_bytes=block_bytes, dry_run=dry_run).as_dict()


def take_in_places() -> None:
    take_in("places", PLACES)


def take_in_day(folder: Path, order: list[str], block_bytes: int = 30_000) -> dict[str, list[dict[str, Any]]]:
    """Take in a day's files in an order; the summaries of each kind, one a load."""
    summaries: dict[str, list[dict[str, Any]]] = {kind: [] for kind in FILES}
    for kind in order:
        summaries[kind].append(take_in(kind, folder / FILES[kind], block_bytes))
    return summaries


def write_exports(folder: Path) -> dict[str, Path]:
    """The three exports as files, written in this process."""
    from tongxin.cli.exporting import exports

    paths = {}
    for kind in ("tubes", "chase", "untested"):
        paths[kind] = folder / f"{kind}.csv"
        header, rows = exports()[kind]()
        with open(paths[kind], "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
    return paths


def differences(folder: Path, out: Path, **summaries: dict[str, Any]) -> str:
    """What the tool's own ``check`` finds wrong with the exports and the summaries (``scans=``, ``results=``); "" for
    nothing."""
    words = [w for kind, path in write_exports(out).items() for w in (f"--{kind}", str(path))]
    for kind, summary in summaries.items():
        path = out / f"{kind}.json"
        path.write_text(json.dumps(summary), encoding="utf-8")
        words += [f"--{kind}-summary", str(path)]
    done = subprocess.run([sys.executable, str(TOOL), "check", str(folder), *words], capture_output=True, text=True)
    if done.returncode == 0 and done.stdout.startswith("0 differences"):
        return ""
    return done.stdout + done.stderr


def rows_of(path: Path, encoding: str = "utf-8") -> Iterator[dict[str, str]]:
    """The rows of a file as the API takes them; a row that is too short lacks its last columns."""
    with open(path, encoding=encoding, newline="") as file:
        for row in csv.DictReader(file):
            yield {k: v for k, v in row.items() if v is not None}
