"""Bring a database up to date: migrations, functions, grants and policies. May run while the city works."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

from django.apps import apps
from django.core.management import call_command
from django.db import connections

from tongxin.kit import db, security


# Functions whose arguments have changed since they were first published: the old ones would stay beside the new.
RETIRED: tuple[str, ...] = ()


def migrate(tell: Callable[[str], None] = lambda _: None) -> None:
    """Apply what is missing. Safe to run twice, and two at a time (a lock makes the second wait)."""
    with db.acting_as(db.OWNER), connections[db.OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('tongxin migrate'))")
        try:
            call_command("migrate", database=db.OWNER, interactive=False, verbosity=0)
            tell("tables are up to date")
            apply_functions()
            with db.transaction_block():
                security.apply(cursor)
            tell("functions, grants and policies are up to date")
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('tongxin migrate'))")


def apply_functions() -> None:
    """(Re)create the SQL functions of every stage, in the order of the stages."""
    for signature in RETIRED:
        db.execute(f"DROP FUNCTION IF EXISTS {signature}")
    for config in apps.get_app_configs():
        if not config.name.startswith("tongxin."):
            continue
        folder = resources.files(config.name).joinpath("sql", "functions")
        if folder.is_dir():
            for file in sorted(folder.iterdir(), key=lambda f: f.name):
                db.execute(file.read_text(encoding="utf-8"))


def is_current() -> bool:
    """Whether every migration is applied."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections[db.OWNER])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
