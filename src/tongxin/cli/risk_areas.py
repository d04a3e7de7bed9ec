"""``tongxin load risk-areas``, ``tongxin export risk-areas`` and ``tongxin situation``."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tongxin.cli import start

KIND = "risk-areas"
COUNTS = ("issued", "same", "own", "reworded", "lifted", "repeated")


def load(files: list[Path], dry_run: bool, rejects: Path | None, as_json: bool) -> None:
    """Take in lists in the order of their times, each whole or not at all."""
    summaries: list[dict[str, Any]] = []
    with start.working():
        from tongxin.areas import lists
        from tongxin.areas.operations import listed
        from tongxin.kit import clock, db
        from tongxin.kit.audit import Because

        read = sorted((lists.read(file, clock.city_zone()) for file in files), key=lambda one: (one.at, one.path))
        try:
            with db.transaction_block():
                for one in read:
                    taken = listed.take_in(one, listed.district_named(one), Because("cli", "a published list"))
                    summaries.append({"file": one.path, "day": str(one.day), "taken": taken})
                if dry_run:
                    raise _DryRun
        except _DryRun:
            pass
    rows = [(s["file"], entry, why) for s in summaries for entry, why in s["taken"].rejected]
    if rejects:
        with open(rejects, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file", "kind", "street", "text", "reason"])
            writer.writerows([name, e.kind, e.street, e.text, why] for name, e, why in rows)
    _print(summaries, rows, as_json)
    raise typer.Exit(1 if rows else 0)


class _DryRun(Exception):
    pass


def _print(summaries: list[dict[str, Any]], rows: list[Any], as_json: bool) -> None:
    of = [{**{c: getattr(s["taken"], c) for c in COUNTS}, "rejected": len(s["taken"].rejected)} for s in summaries]
    accepted = sum(o["issued"] + o["same"] for o in of)
    total = {"accepted": accepted, "repeated": sum(o["repeated"] for o in of), "rejected": len(rows)}
    if as_json:
        files = [{"file": s["file"], "day": s["day"], **o} for s, o in zip(summaries, of, strict=True)]
        print(json.dumps({"kind": KIND, **total, "files": files}, ensure_ascii=False))
        return
    from rich.table import Table

    table = Table("day", *COUNTS, "rejected", title=KIND)
    for s, o in zip(summaries, of, strict=True):
        table.add_row(s["day"], *(f"{o[c]:,}" for c in (*COUNTS, "rejected")))
    start.console.print(table)
    for name, entry, why in rows[:20]:
        start.console.print(f"{name}: {entry.street} {entry.text}: {why}", markup=False)


def export(output: Path | None, place: str | None, day: str | None, form: str) -> None:
    """The list of a day, from the orders in force."""
    from tongxin.kit.errors import UserError

    if not place or form not in ("json", "geojson"):
        raise UserError("name the district with --place, for instance --place 110105, and a format: json or geojson")
    with start.working():
        from tongxin.areas import exports

        made = exports.geojson if form == "geojson" else exports.risk_areas
        text = json.dumps(made(_place(place), _day(day)), ensure_ascii=False)
    if output:
        output.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)


def situation(
    place: Annotated[str | None, typer.Option(help="the code of a place; default: all")] = None,
    day: Annotated[str | None, typer.Option(help="default: today")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print the indicators of a place and a day."""
    with start.working():
        from tongxin.areas import exports
        from tongxin.places.queries import root

        figures = exports.figures(_place(place) if place else root(), _day(day))
    print(json.dumps(figures) if as_json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


def _place(code: str) -> int:
    from tongxin.kit.errors import UserError
    from tongxin.places.place_id import PlaceId

    try:
        return int(PlaceId.parse(code))
    except ValueError:
        raise UserError(f"{code!r} is not the code of a place") from None


def _day(text: str | None) -> dt.date:
    from tongxin.kit import clock
    from tongxin.kit.errors import UserError

    if text is None:
        return clock.now().date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text!r} is not a day; write it like 2022-11-25") from None
