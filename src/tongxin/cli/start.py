"""Getting ready: the embedded server up, Django set up, the schema there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import django
from rich.console import Console

console = Console(stderr=True, highlight=False)


def start_database() -> None:
    """Start the embedded server when there is no DATABASE_URL."""
    from tongxin.config import databases

    databases.ensure_running(os.environ, lambda text: console.print(f"[dim]{text}[/dim]"))


def set_up() -> None:
    django.setup()


def migrate() -> None:
    """Bring the schema up to date, making the two roles first."""
    from tongxin.config import databases, embedded

    urls = databases.resolve(os.environ)
    databases.create_roles(urls["owner"], embedded.load_secrets(embedded.default_home()))
    set_up()
    from tongxin.kit import schema

    schema.migrate()


@contextlib.contextmanager
def working() -> Iterator[None]:
    """Run a command's body as the jobs role on a database that is up and current."""
    start_database()
    set_up()
    from tongxin.kit import db, schema

    if not _current():
        migrate()
    with db.acting_as_jobs():
        schema.check_key()
        yield


def _current() -> bool:
    from django.db import ProgrammingError, connections

    from tongxin.kit import db, schema

    try:
        return schema.is_current()
    except ProgrammingError:
        return False
    finally:
        connections[db.OWNER].close()
