"""``tongxin bench``: measure, in a database of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from tongxin.cli import start

FULL_DAY = 60_000_000


def benches() -> dict[str, Callable[[bool, int, int], dict[str, Any]]]:
    """What can be measured: ``(full, size or 0, seed) → result``."""
    from tongxin.bench import chase, ingest, needs, station, sweep, tours

    return {
        "ingest": lambda full, size, seed: ingest.run(size or (FULL_DAY if full else 2_000_000), seed),
        "station": lambda full, size, seed: station.run(size or 60, seed),
        "chase": lambda full, size, seed: chase.run(size or 30, seed),
        "needs": lambda full, size, seed: needs.run(size or 20_000, 200_000, seed),
        "sweep": lambda full, size, seed: sweep.run(size or 25_000, seed),
        "tours": lambda full, size, seed: tours.run(size or 400, 300 if full else 60, seed),
    }


def bench(
    name: Annotated[str, typer.Argument(help="ingest, station, chase, needs, sweep or tours")],
    full: Annotated[bool, typer.Option(help="ingest: 60 million scans, a province's day; tours: against five minutes")] = False,
    size: Annotated[int, typer.Option(help="scans, seconds (station, chase), needs, areas or orders; 0 for the usual")] = 0,
    seed: int = 1,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Measure against the promised limits."""
    from tongxin.kit.errors import UserError

    start.start_database()
    start.migrate()
    known = benches()
    if name not in known:
        raise UserError(f"{name!r} is not a benchmark; use one of {', '.join(known)}")
    result = known[name](full, size, seed)
    if as_json:
        print(json.dumps(result))
    else:
        for figure, value in result["figures"].items():
            limit = result["limits"].get(figure)
            print(f"{figure:>16}  {value}{f'   (limit {limit})' if limit is not None else ''}")
        print("reached" if result["ok"] else "NOT reached")
    raise typer.Exit(0 if result["ok"] else 1)
