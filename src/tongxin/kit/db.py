"""One way to the database: which of the two roles is acting, transactions, and SQL kept in files.

``default`` is the web role, bound by the jurisdiction policies; ``jobs`` is the role of bulk work, of clocks and of
operations that write across a boundary (handing a person over). ``acting_as_jobs`` switches for a block of code; the
router makes the ORM follow, so that an operation reads the same whoever runs it.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import resources
from typing import Any, TypeVar

import psycopg
from django.db import IntegrityError, OperationalError, connections, transaction
from psycopg import errors

WEB, JOBS, OWNER = "default", "jobs", "owner"
MAX_TRIES = 8

_alias: contextvars.ContextVar[str] = contextvars.ContextVar("tongxin_alias", default=WEB)
T = TypeVar("T")


class RoleRouter:
    """Sends the ORM to the role that is acting."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _alias.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return _alias.get()

    def allow_relation(self, *args: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, *args: Any, **hints: Any) -> bool:
        return db == OWNER


def alias() -> str:
    """The name of the connection in use: "default" (web), "jobs" or "owner"."""
    return _alias.get()


@contextlib.contextmanager
def acting_as(name: str) -> Iterator[None]:
    token = _alias.set(name)
    try:
        yield
    finally:
        _alias.reset(token)


def acting_as_jobs() -> contextlib.AbstractContextManager[None]:
    """Run a block as the role of bulk work, which sees every place. The caller has checked what the user may do."""
    return acting_as(JOBS)


def connection() -> Any:
    return connections[_alias.get()]


def cursor() -> Any:
    return connections[_alias.get()].cursor()


def transaction_block() -> contextlib.AbstractContextManager[None]:
    """One transaction (or a savepoint inside one) as the acting role."""
    return transaction.atomic(using=_alias.get())


def retrying(work: Callable[[], T]) -> T:
    """Run ``work`` (one whole transaction) again when PostgreSQL gave up on it for another's sake (a deadlock, a number
    that somebody else took)."""
    for attempt in range(MAX_TRIES):
        try:
            return work()
        except (OperationalError, IntegrityError) as error:
            clash = isinstance(
                error.__cause__, errors.DeadlockDetected | errors.SerializationFailure | errors.UniqueViolation
            )
            if not clash or attempt == MAX_TRIES - 1:
                raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))
    raise AssertionError("unreachable")


@functools.cache
def sql(name: str) -> str:
    """The text of ``STAGE/sql/NAME.sql``, asked for as ``"stage/name"``."""
    stage, _, file = name.partition("/")
    return resources.files("tongxin").joinpath(stage, "sql", f"{file}.sql").read_text(encoding="utf-8")


def rows(query: str, params: Any = None) -> list[tuple[Any, ...]]:
    """All rows of a query that is known to be small."""
    with cursor() as c:
        c.execute(query, params)
        return c.fetchall()


def execute(query: str, params: Any = None) -> int:
    """Run one statement; the number of rows it touched."""
    with cursor() as c:
        c.execute(query, params)
        return c.rowcount


def plain(values: Iterable[object]) -> str:
    """An array literal of numbers, dates or times."""
    return "{" + ",".join(map(str, values)) + "}"


def texts(values: Iterable[str]) -> str:
    """An array literal of texts."""
    return "{" + ",".join('"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values) + "}"


def call(query: str, params: Sequence[object]) -> tuple[Any, ...]:
    """The one row of a statement that is sent over and over: prepared once a connection, its values ($1, $2, …) sent
    apart from it. Arrays come as literals (``plain``, ``texts``): making one is several times faster than handing over
    a list."""
    with _raw_cursor() as c:
        row = c.execute(query, params, prepare=True).fetchone()
    assert row is not None
    return row


def fetch(query: str, params: Sequence[object]) -> list[tuple[Any, ...]]:
    """All rows of a statement with large arrays as literals (``plain``, ``texts``)."""
    with _raw_cursor() as c:
        return c.execute(query, params, prepare=False).fetchall()


def run(query: str, params: Sequence[object]) -> int:
    """As ``call``, for a statement without an answer: the number of rows it touched."""
    with _raw_cursor() as c:
        return c.execute(query, params, prepare=False).rowcount


@contextlib.contextmanager
def _raw_cursor() -> Iterator[psycopg.RawCursor[tuple[Any, ...]]]:
    holder = connection()
    holder.ensure_connection()
    with holder.wrap_database_errors, psycopg.RawCursor(holder.connection) as c:
        yield c


def batches(query: str, at_once: int, params: Any = None) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query that may be large, ``at_once`` at a time, through a cursor on the server."""
    with transaction_block(), connection().chunked_cursor() as c:
        c.execute(query, params)
        while found := c.fetchmany(at_once):
            yield found


def stream(query: str, params: Any = None) -> Iterator[tuple[Any, ...]]:
    """The rows of a query that may be large, one by one."""
    for found in batches(query, 5_000, params):
        yield from found
