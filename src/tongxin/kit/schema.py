"""Bring a database up to date: migrations, functions, grants and policies. May run while the city works."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tongxin.kit import crypto, db, security
from tongxin.kit.errors import UserError


def migrate(tell: Callable[[str], None] = lambda _: None) -> None:
    """Apply what is missing. Safe to run twice, and two at a time (a lock makes the second wait)."""
    with db.acting_as(db.OWNER), connections[db.OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('tongxin migrate'))")
        try:
            call_command("migrate", database=db.OWNER, interactive=False, verbosity=0)
            tell("tables are up to date")
            apply_functions()
            check_key()
            with db.transaction_block():
                security.apply(cursor)
            tell("functions, grants and policies are up to date")
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('tongxin migrate'))")


def check_key() -> None:
    """Stop when the key file is another one than that with which the database was filled."""
    mine = crypto.fingerprint()
    db.execute("INSERT INTO kit_key (id, fingerprint) VALUES (1, %s) ON CONFLICT DO NOTHING", [mine])
    if db.rows("SELECT fingerprint FROM kit_key")[0][0] != mine:
        raise UserError(
            f"the key file {settings.HOME / 'encryption.key'} is not the one with which this database was filled;"
            " put the right one there (it is kept apart from the dumps)"
        )


def apply_functions() -> None:
    """Make the SQL functions of every stage anew, in the order of the stages, in one transaction: whoever works
    meanwhile has the old ones until it commits."""
    with db.transaction_block():
        for config in apps.get_app_configs():
            folder = resources.files(config.name).joinpath("sql", "functions")
            if config.name.startswith("tongxin.") and folder.is_dir():
                for file in sorted(folder.iterdir(), key=lambda f: f.name):
                    _replace(file.read_text(encoding="utf-8"))


def _replace(text: str) -> None:
    """Create a function without any older form of it (other arguments) staying beside it."""
    for name in re.findall(r"CREATE OR REPLACE FUNCTION (\w+)", text):
        query = "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = %s AND pronamespace = 'public'::regnamespace"
        for (signature,) in db.rows(query, [name]):
            db.execute(f"DROP FUNCTION {signature}")
    db.execute(text)


def is_current() -> bool:
    """Whether every migration is applied."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections[db.OWNER])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
