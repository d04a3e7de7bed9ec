"""``tongxin export needs``, and the hooks of chat groups under ``tongxin token``."""

from __future__ import annotations

import csv
import itertools
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tongxin.cli import start

KIND = "needs"
RISKY = ("=", "+", "-", "@", "\t", "\r")


def export(output: Path | None, place: str | None, day: str | None, with_text: bool) -> None:
    """The needs of a day: an Excel file where ``output`` is one, else CSV."""
    from tongxin.cli.risk_areas import _day, _place

    with start.working():
        from tongxin.kit.audit import Because
        from tongxin.needs import exports
        from tongxin.places.queries import root

        header, rows = exports.needs(_place(place) if place else root(), _day(day), with_text, Because("cli", "export"))
        if output and output.suffix.lower() == ".xlsx":
            _write_excel(output, header, rows)
        elif output:
            with open(output, "w", encoding="utf-8-sig", newline="") as file:
                write_csv(file, header, rows)
        else:
            write_csv(sys.stdout, header, rows)


def write_csv(file: Any, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([_safe(value) for value in row] for row in rows)


def _safe(value: Any) -> Any:
    """A spreadsheet must not take what somebody wrote for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def _write_excel(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    import xlsxwriter

    plain = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), plain) as book:
        sheet = book.add_worksheet("needs")
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(itertools.chain([header], rows)):
            for column, value in enumerate(row):
                sheet.write(line, column, value)


def add_hook(
    name: Annotated[str, typer.Argument(help="small letters, digits and hyphens; the address is /api/v1/hooks/NAME")],
    place: Annotated[str, typer.Option(help="the code of the place whose needs it raises; default: all places")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Let a chat group or mini-programme raise needs; print the secret that signs its messages, once."""
    from tongxin.cli.risk_areas import _place

    with start.working():
        from tongxin.kit.audit import Because
        from tongxin.needs.operations import hooks
        from tongxin.places.queries import root

        secret = hooks.add(name, _place(place) if place else root(), Because("cli"))
    print(json.dumps({"name": name, "secret": secret}) if as_json else secret)


def end_hook(name: Annotated[str, typer.Argument(help="the name of the hook")]) -> None:
    """End a hook: its messages are refused from now on."""
    with start.working():
        from tongxin.kit.audit import Because
        from tongxin.kit.errors import UserError
        from tongxin.needs.operations import hooks

        if not hooks.end(name, Because("cli")):
            raise UserError(f"there is no hook {name!r} in use; check the name")
