"""``tongxin user`` and ``tongxin token``."""

from __future__ import annotations

import getpass
import json
import sys
from typing import Annotated

import typer

from tongxin.cli import start

users = typer.Typer(no_args_is_help=True, help="Accounts.")
tokens = typer.Typer(no_args_is_help=True, help="Bearer tokens of devices, laboratories and channels.")
CAPABILITIES = {
    "station": "scan.write", "lab": "report.write", "courier": "handover.write", "hotline": "need.write",
    "gateway": "receipt.write",
}  # fmt: skip


@users.command("add")
def add_user(
    username: str,
    role: Annotated[str, typer.Option(help="see `tongxin user roles`")],
    place: Annotated[list[str], typer.Option(help="the code of a place the user answers for; may be repeated")],
    name: Annotated[str, typer.Option(help="the name shown")] = "",
) -> None:
    """Add an account. The password is asked for, or read from standard input."""
    with start.working():
        from tongxin.access import operations
        from tongxin.access.rules import NotAllowed
        from tongxin.kit.audit import Because
        from tongxin.kit.errors import UserError
        from tongxin.places.place_id import PlaceId

        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            scope = [int(PlaceId.parse(p)) for p in place]
            operations.create_user(username, name or username, role, scope, password, Because("cli"))
        except (NotAllowed, ValueError) as error:
            raise UserError(str(error)) from None


@users.command("roles")
def roles() -> None:
    """Print what each role may do."""
    with start.working():
        from tongxin.access.models import Role

        for role in Role.objects.order_by("key").prefetch_related("capabilities"):
            print(f"{role.key}: {' '.join(sorted(c.capability for c in role.capabilities.all()))}")


@tokens.command("add")
def add_token(
    name: str,
    kind: Annotated[str, typer.Option(help="station, lab, courier, hotline or gateway")] = "station",
    place: Annotated[str, typer.Option(help="the code of the place it may write for; default: all places")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Make a token and print it, once."""
    with start.working():
        from tongxin.access import operations
        from tongxin.access.rules import NotAllowed
        from tongxin.kit.audit import Because
        from tongxin.kit.errors import UserError
        from tongxin.places.place_id import PlaceId
        from tongxin.places.queries import root

        if kind not in CAPABILITIES:
            raise UserError(f"{kind!r} is not a kind of token; use one of {', '.join(CAPABILITIES)}")
        try:
            where = int(PlaceId.parse(place)) if place else root()
            secret = operations.add_token(name, where, [CAPABILITIES[kind]], Because("cli"))
        except (NotAllowed, ValueError) as error:
            raise UserError(str(error)) from None
    print(json.dumps({"name": name, "token": secret}) if as_json else secret)
