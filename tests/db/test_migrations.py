"""The schema: migrations are what the models say, and applying them again changes nothing."""

from __future__ import annotations

import io
from typing import Any

import pytest

pytest_plugins = ["tests.parity.fixtures"]
pytestmark = pytest.mark.usefixtures("together")


def schema() -> list[Any]:
    """Everything a migration could change: columns, constraints, indexes, policies, rights, functions."""
    from tongxin.kit import db

    queries = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies",
        "SELECT relname, relrowsecurity, relforcerowsecurity, ARRAY(SELECT unnest(relacl)::text ORDER BY 1)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        "SELECT proname, pg_get_functiondef(oid), proacl::text FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'",
    )
    with db.acting_as(db.OWNER):
        return [sorted(map(str, db.rows(query))) for query in queries]


def test_the_migrations_are_what_the_models_say() -> None:
    from django.core.management import call_command

    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(f"a migration is missing:\n{said.getvalue()}")


def test_migrating_again_changes_nothing() -> None:
    from tongxin.kit import schema as kit

    before = schema()
    assert kit.is_current()
    kit.migrate()
    kit.migrate()
    assert schema() == before and kit.is_current()


def test_the_tables_that_migrations_write_by_hand_have_the_columns_of_their_models() -> None:
    from django.apps import apps

    from tongxin.kit import db

    with db.acting_as(db.OWNER):
        for model in apps.get_models():
            if model._meta.managed or not model.__module__.startswith("tongxin."):
                continue
            found = db.rows("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [model._meta.db_table])
            assert {name for (name,) in found} == {f.column for f in model._meta.concrete_fields if f.column}, model
