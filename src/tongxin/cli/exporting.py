"""``tongxin export``: records as CSV, streamed."""

from __future__ import annotations

import contextlib
import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tongxin.cli import start


def exports() -> dict[str, Any]:
    """Header and rows by the kind of export."""
    from tongxin.chase import exports as chase
    from tongxin.screening import exports as screening

    return {
        "tubes": screening.tubes, "untested": screening.untested, "unmatched": screening.unmatched,
        "chase": chase.members, "calls": chase.calls, "hops": chase.hops,
    }  # fmt: skip


def export(
    kind: Annotated[str, typer.Argument(help="tubes, untested, unmatched, chase, calls or hops")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="a file instead of standard output")] = None,
) -> None:
    """Write records as UTF-8 CSV."""
    from tongxin.kit.errors import UserError

    with start.working():
        known = exports()
        if kind not in known:
            raise UserError(f"{kind!r} is not a kind of export; use one of {', '.join(known)}")
        header, rows = known[kind]()
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(open(output, "w", encoding="utf-8", newline="")) if output else sys.stdout
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
