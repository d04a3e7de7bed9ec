"""``tongxin db``: the embedded server, the schema, dumps."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tongxin.cli import start
from tongxin.kit.errors import UserError

app = typer.Typer(no_args_is_help=True, help="The database: server, schema, backup and restore.")


@app.command()
def up() -> None:
    """Start the embedded server and bring the schema up to date."""
    start.start_database()
    start.migrate()
    start.console.print("the database is up")


@app.command()
def down() -> None:
    """Stop the embedded server."""
    from tongxin.config import embedded

    embedded.EmbeddedServer(embedded.default_home()).stop()
    start.console.print("the database is down")


@app.command()
def url(role: Annotated[str, typer.Argument(help="owner, web or jobs")] = "owner") -> None:
    """Print the URL of the database for a role."""
    from tongxin.config import databases

    urls = databases.resolve(os.environ)
    if role not in urls:
        raise typer.BadParameter(f"{role} is not one of {', '.join(urls)}")
    print(urls[role])


@app.command()
def migrate() -> None:
    """Bring the schema up to date; may run while the city works."""
    start.start_database()
    start.migrate()
    start.console.print("the schema is up to date")


@app.command()
def backup(path: Path) -> None:
    """Write a dump and its list of counts and checksums. The key file is not in it: keep it apart."""
    from tongxin.config import databases, dumps, embedded

    start.start_database()
    manifest = dumps.backup(databases.resolve(os.environ)["owner"], path, embedded.default_home())
    if hidden := manifest.get("filtered"):
        raise UserError(f"the dump is not complete: policies hide rows of {', '.join(hidden)} from this owner; use a superuser")
    start.console.print(f"backed up to {path}; keep the key file apart from it")


@app.command()
def restore(path: Path, force: Annotated[bool, typer.Option(help="replace what is there")] = False) -> None:
    """Restore a dump and compare every table with its list. Stops when the key is another one."""
    from tongxin.config import databases, dumps, embedded

    start.start_database()
    urls = databases.resolve(os.environ)
    databases.create_roles(urls["owner"], embedded.load_secrets(embedded.default_home()))
    dumps.restore(urls["owner"], path, embedded.default_home(), force=force)
    start.console.print("restored; counts and checksums agree")
