"""A database of the benchmark's own, made before and dropped after; the user's is never touched."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
from django.db import connections

from tongxin.config import databases, embedded
from tongxin.kit import schema


@contextlib.contextmanager
def database() -> Iterator[dict[str, str]]:
    """Make an empty, migrated database and use it; yields the environment for other processes to use it too."""
    owner = databases.resolve(os.environ)["owner"]
    name = f"tongxin_bench_{os.getpid()}"
    url = urlunsplit(urlsplit(owner)._replace(path=f"/{name}"))
    _run(owner, f"CREATE DATABASE {name}")
    before = {alias: connections.settings[alias]["NAME"] for alias in connections}
    try:
        databases.create_roles(url, embedded.load_secrets(embedded.default_home()))
        _use(dict.fromkeys(before, name))
        schema.migrate()
        yield {**os.environ, "DATABASE_URL": url}
    finally:
        _use(before)
        _run(owner, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _use(names: dict[str, str]) -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
    for alias, name in names.items():
        connections.settings[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    memory = psutil.virtual_memory().total // 2**20
    return {"cores": os.cpu_count(), "memory_mib": memory, "python": platform.python_version()}
