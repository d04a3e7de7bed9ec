"""``tongxin load``: take in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tongxin.cli import risk_areas, start


def loaders() -> dict[str, Any]:
    """The loaders by the kind of file."""
    from tongxin.ledgers.loaders import LOADERS as LEDGERS
    from tongxin.needs.loaders import LOADERS as NEEDS
    from tongxin.people.register import PeopleLoader
    from tongxin.places.loaders import LOADERS as PLACES
    from tongxin.screening.loaders import LOADERS

    return {loader.kind: loader for loader in (*PLACES, PeopleLoader, *LOADERS, *LEDGERS, *NEEDS)}


KINDS = (
    "places, coordinates, facilities, people, rounds, scans, results, handovers, ledger, "
    "ledger-hospital, needs, letters or risk-areas"
)


def load(
    kind: Annotated[str, typer.Argument(help=KINDS)],
    files: Annotated[list[Path], typer.Argument(help="CSV or XLSX files; JSON for risk-areas")],
    dry_run: Annotated[bool, typer.Option(help="read and try, write nothing")] = False,
    rejects: Annotated[Path | None, typer.Option(help="write the rejected rows into this file")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as one JSON object")] = False,
    place: Annotated[str, typer.Option(help="needs, letters: the code of the place they are about; default: all places")] = "",
    column: Annotated[list[str] | None, typer.Option(help="needs, letters: HEADING=FIELD, remembered; may be repeated")] = None,
    block_bytes: Annotated[int, typer.Option(help="bytes of a chunk", hidden=True)] = 6_000_000,
) -> None:
    """Take in files: the good rows go in, the bad ones come back with line and reason."""
    from tongxin.kit.errors import UserError

    for file in files:
        if not file.is_file():
            raise UserError(f"there is no file {file}; check the name")
    if kind == risk_areas.KIND:
        risk_areas.load(files, dry_run, rejects, as_json)
    with start.working():
        known = loaders()
        if kind not in known:
            raise UserError(f"{kind!r} is not a kind of file; use one of {', '.join([*known, risk_areas.KIND])}")
        summaries = [_take_in(_loader(known[kind], place, column or []), file, dry_run, block_bytes) for file in files]
        if rejects:
            _write_rejects(rejects, known[kind].columns, summaries)
    _print(kind, summaries, as_json)
    raise typer.Exit(1 if any(s.rejected for s in summaries) else 0)


def _loader(loader: Any, place: str, columns: list[str]) -> Any:
    """The loader of a kind; one that reads sheets of any shape is told what was said about place and columns."""
    from tongxin.kit.errors import UserError
    from tongxin.places import queries as places
    from tongxin.places.place_id import PlaceId

    if not place and not columns:
        return loader()
    if not hasattr(loader, "channel"):
        raise UserError("--place and --column are for needs and letters; other files name the place and the columns themselves")
    if wrong := [c for c in columns if "=" not in c]:
        raise UserError(f"--column {wrong[0]} is not HEADING=FIELD")
    try:
        where = int(PlaceId.parse(place)) if place else None
    except ValueError as error:
        raise UserError(str(error)) from None
    if where and not places.existing([where]):
        raise UserError(f"there is no place {place} in the tree; check the code, or load its division")
    return loader(where, dict(c.rsplit("=", 1) for c in columns))


def _take_in(loader: Any, file: Path, dry_run: bool, block_bytes: int) -> Any:
    from tongxin.kit import imports
    from tongxin.places import queries as places

    try:
        root: int | None = places.root()
    except LookupError:  # the first file of places
        root = None
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn(),
        console=start.console, transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task(file.name, total=file.stat().st_size or 1)
        return imports.take_in(
            loader, file, "cli", place_id=getattr(loader, "place_id", None) or root, dry_run=dry_run, block_bytes=block_bytes,
            progress=lambda done, total: bar.update(task, completed=done, total=total or 1),
        )  # fmt: skip


def _write_rejects(path: Path, columns: Any, summaries: list[Any]) -> None:
    from tongxin.kit import imports
    from tongxin.kit.tables import Reject, write_rejects

    def every() -> Any:
        for summary in summaries:
            if summary.run:
                yield from (Reject(r.line, r.reason, r.raw) for r in imports.rejects_of(summary.run).iterator())
            else:
                yield from summary.rejects

    headings = next((s.headings for s in summaries if s.headings), None) or [c.name for c in columns]
    write_rejects(path, headings, every())


def _print(kind: str, summaries: list[Any], as_json: bool) -> None:
    total = {k: sum(getattr(s, k) for s in summaries) for k in ("accepted", "repeated", "rejected")}
    if as_json:
        print(json.dumps({"kind": kind, **total, "files": [s.as_dict() for s in summaries]}, ensure_ascii=False))
        return
    table = Table("file", "accepted", "repeated", "rejected", title=kind)
    for s in summaries:
        table.add_row(s.file, f"{s.accepted:,}", f"{s.repeated:,}", f"{s.rejected:,}")
    start.console.print(table)
    for summary in summaries:
        for reject in summary.rejects[:20]:
            start.console.print(f"{summary.file}:{reject.line}: {reject.reason}", markup=False)
        if summary.rejected > 20:
            start.console.print(f"… and {summary.rejected - 20} more; use --rejects FILE to have them all")
