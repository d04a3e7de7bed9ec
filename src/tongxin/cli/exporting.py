"""``tongxin export``: records as CSV, streamed."""

from __future__ import annotations

import contextlib
import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tongxin.cli import needs, risk_areas, start

LEDGER = "ledger"


def exports() -> dict[str, Any]:
    """Header and rows by the kind of export."""
    from tongxin.chase import exports as chase
    from tongxin.kit.audit import Because
    from tongxin.ledgers import exports as ledgers
    from tongxin.screening import exports as screening

    return {
        "tubes": screening.tubes, "untested": screening.untested, "unmatched": screening.unmatched,
        "chase": chase.members, "calls": chase.calls, "hops": chase.hops,
        "ledger": lambda: ledgers.as_table(Because("cli")),
    }  # fmt: skip


def export(
    kind: Annotated[str, typer.Argument(help="tubes, untested, unmatched, chase, calls, hops, ledger, needs or risk-areas")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="a file instead of standard output")] = None,
    place: Annotated[str | None, typer.Option(help="risk-areas: the code of the district; needs: of any place")] = None,
    day: Annotated[str | None, typer.Option(help="risk-areas, needs: the day; default: today")] = None,
    form: Annotated[str, typer.Option("--format", help="risk-areas: json or geojson")] = "json",
    with_text: Annotated[bool, typer.Option("--with-text", help="needs: what people wrote, too; each look is recorded")] = False,
) -> None:
    """Write records as UTF-8 CSV; risk-areas as JSON; the ledger and needs also as Excel, by the name of the file."""
    from tongxin.kit.errors import UserError

    if kind == risk_areas.KIND:
        risk_areas.export(output, place, day, form)
        return
    if kind == needs.KIND:
        needs.export(output, place, day, with_text)
        return

    with start.working():
        known = exports()
        if kind not in known:
            raise UserError(f"{kind!r} is not a kind of export; use one of {', '.join([*known, needs.KIND, risk_areas.KIND])}")
        if output and output.suffix.lower() == ".xlsx" and kind == LEDGER:
            _ledger_sheet(output)
            return
        header, rows = known[kind]()
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(open(output, "w", encoding="utf-8", newline="")) if output else sys.stdout
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)


def _ledger_sheet(output: Path) -> None:
    """In the language of the city, as the street uses it."""
    from django.conf import settings
    from django.utils import translation

    from tongxin.kit import clock
    from tongxin.kit.audit import Because
    from tongxin.ledgers import exports as ledgers
    from tongxin.ledgers.queries.entries import Filter

    with translation.override(settings.LANGUAGE_CODE):
        ledgers.write(str(output), Filter(clock.now(), sensitive=True), "tongxin export", Because("cli"))
