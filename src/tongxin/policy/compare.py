"""What would change if another pack held: the parameters that differ, and what that means for what is in force now.

A stage says what a pack means for its rows by registering a handler. Handlers run in a transaction that the database
keeps read-only, as whoever asks: what a user may not see is not counted.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongxin.kit import db
from tongxin.policy.schema import Pack, Parameter, load

MOST_ROWS = 50


@dataclass(frozen=True)
class Effect:
    """One thing that would change: ``count`` of ``unit``. Either ``url`` opens the rows, or ``rows`` holds the first of
    them (``MOST_ROWS`` at most) of ``total``.

    A row is a dict of what is known of it: ``subject`` (kind, id), ``place_id``, ``text``, ``before`` and ``after``
    (times or texts).
    """

    key: str
    label: Any
    count: int
    unit: Any
    url: str = ""
    rows: Sequence[Mapping[str, Any]] = ()
    total: int = 0


@dataclass(frozen=True)
class Difference:
    """A parameter that the two packs set differently."""

    key: str
    before: Parameter
    after: Parameter


@dataclass(frozen=True)
class Comparison:
    before: Pack
    after: Pack
    differences: Sequence[Difference]
    effects: Sequence[Effect]


Handler = Callable[[int, Pack, Pack, dt.datetime], Sequence[Effect]]
_handlers: dict[str, Handler] = {}


def register(name: str, handler: Handler) -> None:
    """Have ``handler(place_id, before, after, now)`` say what would change at a place (where its pack holds:
    ``packs_in_force(now).reach(place_id)``) if ``after`` held instead of ``before``."""
    _handlers[name] = handler


def compare(place_id: int, before: str, after: str, now: dt.datetime) -> Comparison:
    """Compare two packs on what is in force at a place, writing nothing. Raises KeyError for an unknown pack."""
    a, b = load(before), load(after)
    with read_only():
        effects = [effect for handler in _handlers.values() for effect in handler(place_id, a, b, now)]
    return Comparison(a, b, differences(a, b), effects)


def differences(a: Pack, b: Pack) -> list[Difference]:
    """The parameters whose value or ceiling differs, in the order of the schema. Pure."""
    pairs = [Difference(key, a.parameters[key], b.parameters[key]) for key in a.parameters]
    return [d for d in pairs if (d.before.quantity, d.before.highest) != (d.after.quantity, d.after.highest)]


@contextlib.contextmanager
def read_only() -> Iterator[None]:
    """A transaction in which the database refuses every write. Inside another one it is a savepoint, and that one may
    write again afterwards."""
    with db.transaction_block():
        db.execute("SET TRANSACTION READ ONLY")
        yield
