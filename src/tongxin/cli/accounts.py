"""``tongxin user`` and ``tongxin token``."""

from __future__ import annotations

import typer

users = typer.Typer(no_args_is_help=True, help="Accounts.")
tokens = typer.Typer(no_args_is_help=True, help="Bearer tokens of devices, laboratories and channels.")
