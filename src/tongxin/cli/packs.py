"""``tongxin policy``: the rule packs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tongxin.cli import start

app = typer.Typer(no_args_is_help=True, help="Rule packs: parameters with their sources.")


@app.command("list")
def list_packs() -> None:
    """Print the packs that are shipped."""
    start.set_up()
    from tongxin.policy import schema

    for name in schema.names():
        pack = schema.load(name)
        print(f"{name}\t{pack.title_zh}\t{pack.title_en}")


@app.command()
def show(name: Annotated[str, typer.Argument()] = "base") -> None:
    """Print a pack's parameters with unit, source and confidence."""
    start.set_up()
    from tongxin.kit.errors import UserError
    from tongxin.policy import schema

    if name not in schema.names():
        raise UserError(f"there is no pack {name!r}; use one of {', '.join(schema.names())}")
    pack = schema.load(name)
    for key in pack.parameters:
        p = pack.parameter(key)
        print(f"{key} = {p.value} {p.unit}\t[{p.confidence}] {p.source}")


@app.command()
def check(files: list[Path]) -> None:
    """Check pack files; every problem with its line."""
    start.set_up()
    from tongxin.policy import schema

    problems = [p for file in files for p in schema.check_file(file)]
    for problem in problems:
        print(problem)
    raise typer.Exit(2 if problems else 0)
