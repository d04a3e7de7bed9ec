"""Tests run against real PostgreSQL: the embedded server in a home of its own, or the one that DATABASE_URL names.

``city`` is a fresh, migrated database for one test, copied from a template that is migrated once; the test acts as the
jobs role (pages switch to the web role by themselves). ``cast`` are the four who try every action.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from tests.support import COMMUNITY, DISTRICT, OTHER, PASSWORD, City

from tongxin.config import embedded

os.environ["DJANGO_SETTINGS_MODULE"] = "tongxin.config.settings"
# In memory where there is room: making and dropping a database a test is hundreds of files, which ext4 is slow to forget.
MEMORY = Path("/dev/shm")
IN_MEMORY = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 * 1024**3
HOME = tempfile.mkdtemp(prefix="tongxin-tests-", dir=MEMORY if IN_MEMORY else None)
atexit.register(shutil.rmtree, HOME, ignore_errors=True)  # also of a process that starts no server
Path(HOME).chmod(0o755)
os.environ["TONGXIN_HOME"] = f"{HOME}/home"
# Processes of one run that share the server of DATABASE_URL share its roles, and so their passwords.
RUN = Path(tempfile.gettempdir()) / f"tongxin-run-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
if os.environ.get("DATABASE_URL"):
    embedded.load_secrets(RUN)
    shutil.copytree(RUN, Path(HOME, "home"))
django.setup()  # starts no server: test modules may import models
TEMPLATE = f"tongxin_template_{os.getpid()}"
# Passwords of tests are hashed as all are, but cheaply: a hash says by itself how it was made.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 64, 1
_numbers = itertools.count(1)


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    RUN.mkdir(mode=0o700, exist_ok=True)
    with (RUN / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Server:
    """The server of the test run and its template database."""

    def __init__(self) -> None:
        with _one_at_a_time():
            self._prepare()

    def _prepare(self) -> None:
        from tongxin.config import databases
        from tongxin.kit import schema

        databases.ensure_running(os.environ)
        self.owner = databases.resolve(os.environ)["owner"]
        # No test pulls the plug of the machine, and a database a test is faster without waiting for the disk.
        self.execute("ALTER SYSTEM SET fsync = off")
        self.execute("SELECT pg_reload_conf()")
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        databases.create_roles(_with_database(self.owner, TEMPLATE), embedded.load_secrets(embedded.default_home()))
        self.use(TEMPLATE)
        schema.migrate()
        self.leave()

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.owner, autocommit=True) as connection:
            connection.execute(statement)

    def use(self, name: str) -> None:
        from django.db import connections

        self.leave()
        for alias in connections:
            connections.settings[alias]["NAME"] = name
            connections[alias].settings_dict["NAME"] = name

    def leave(self) -> None:
        from django.db import connections

        for connection in connections.all(initialized_only=True):
            connection.close()

    def stop(self) -> None:
        if os.environ.get("DATABASE_URL"):
            self.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        else:
            embedded.EmbeddedServer(embedded.default_home()).destroy()
        shutil.rmtree(HOME, ignore_errors=True)
        shutil.rmtree(RUN, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    running = Server()
    atexit.register(running.stop)
    yield running
    atexit.unregister(running.stop)
    running.stop()


@pytest.fixture
def city(server: Server) -> Iterator[City]:
    from django.core.cache import cache

    from tongxin.kit import clock, db

    name = f"tongxin_test_{os.getpid()}_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    server.use(name)
    url = _with_database(server.owner, name)
    clock.forget()
    cache.clear()
    try:
        with db.acting_as_jobs():
            yield City(name, url, {**os.environ, "DATABASE_URL": url})
    finally:
        server.leave()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def places(city: City) -> None:
    """The district of Nan'an with two of its communities."""
    from tongxin.places.operations import Division, record_divisions
    from tongxin.places.place_id import Level, PlaceId

    rows = [
        ("50", "重庆市"), ("5001", "市辖区"), ("500108", "南岸区"), ("500108106", "涂山镇"),
        ("500108106002", "桃花桥社区"), ("500108106003", "福民社区"),
    ]  # fmt: skip
    record_divisions([Division(PlaceId.parse(c), Level(PlaceId.parse(c).level), n) for c, n in rows])


@pytest.fixture
def cast(places: None) -> dict[str, Any]:
    """District officer, community worker, hospital desk, outsider: who try every action."""
    from tongxin.access import operations
    from tongxin.kit.audit import Because

    people = {
        "officer": ("operations", [DISTRICT]),
        "worker": ("community", [COMMUNITY]),
        "hospital": ("hospital", [DISTRICT]),
        "outsider": ("outsider", [OTHER]),
    }
    return {
        name: operations.create_user(name, name, role, scope, PASSWORD, Because("test"))
        for name, (role, scope) in people.items()
    }
