"""Databases that several tests share; a module asks for them with ``pytest_plugins = ["tests.parity.fixtures"]``.

``module_city`` is one database for all tests of a module. ``town`` lends it to one test, with the two communities of
``small``, a round and two people, and takes back all that the test did: a test costs a rollback, not a database.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from tests.parity import small

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def module_city(server: Any) -> Iterator[Any]:
    """A fresh database with the communities, a round and two people, at one o'clock on the day of the round. ``name``
    and ``env`` are for programs."""
    from tongxin.kit import clock, db

    name = f"tongxin_module_{os.getpid()}_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE tongxin_template_{os.getpid()} STRATEGY FILE_COPY")
    base, _, _ = server.owner.partition("?")
    url = server.owner.replace(base, f"{base.rpartition('/')[0]}/{name}", 1)
    _turn_to(server, name)
    try:
        with db.acting_as_jobs():
            clock.set_time(small.at(13), speed=0)
            small.divisions()
            small.announce()
            small.register("P1", "P2")
        yield SimpleNamespace(name=name, owner_url=url, env={**os.environ, "DATABASE_URL": url})
    finally:
        server.leave()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _turn_to(server: Any, name: str) -> None:
    from django.core.cache import cache

    from tongxin.access import tokens
    from tongxin.kit import clock
    from tongxin.screening.operations import headers

    server.use(name)
    clock.forget()
    cache.clear()
    tokens.forget()
    headers._known.clear()


@pytest.fixture
def together(module_city: Any, server: Any) -> Iterator[Any]:
    """The module's database as it is, for tests on several connections: what they write stays."""
    from tongxin.kit import db

    _turn_to(server, module_city.name)
    with db.acting_as_jobs():
        yield module_city
    server.leave()


@pytest.fixture
def town(together: Any) -> Iterator[Any]:
    """The module's database; what the test writes is taken back."""
    from django.db import transaction

    from tongxin.kit import clock, db

    with transaction.atomic(using=db.JOBS):
        yield together
        transaction.set_rollback(True, using=db.JOBS)
    clock.forget()
