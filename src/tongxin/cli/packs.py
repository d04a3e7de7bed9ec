"""``tongxin policy``: the rule packs."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Rule packs.")
