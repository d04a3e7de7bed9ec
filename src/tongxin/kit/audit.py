"""The audit trail: every deed and every look at a person's record, in the transaction in which it happens."""

from __future__ import annotations

import contextlib
import contextvars
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tongxin.kit import clock, db


@dataclass(frozen=True)
class Because:
    """Who acts, why, and under which rule: a required argument of whatever changes someone's situation.

    ``actor`` is ``user:NAME``, ``device:NAME``, ``cli`` or ``clock``; ``rule`` is ``PACK/rule`` where a rule decided.
    """

    actor: str
    reason: str = ""
    rule: str = ""
    details: dict[str, Any] = field(default_factory=dict)


_viewer: contextvars.ContextVar[str] = contextvars.ContextVar("tongxin_viewer", default="")


@contextlib.contextmanager
def viewing_as(actor: str) -> Iterator[None]:
    """Everything looked at inside the block was looked at by ``actor``."""
    token = _viewer.set(actor)
    try:
        yield
    finally:
        _viewer.reset(token)


def viewer() -> str:
    return _viewer.get()


def record(
    because: Because, action: str, kind: str, subject: object = "", place: int | None = None, count: int = 1
) -> None:
    """Write one entry; a bulk operation writes one with its ``count``.

    A plain INSERT: one that returns the new row would need the right to see it, which a deed elsewhere has not.
    """
    db.execute(
        "INSERT INTO kit_auditentry (at, actor, action, subject_kind, subject_id, place_id, count, reason, rule, details)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            clock.now(), because.actor, action, kind, str(subject), place, count, because.reason, because.rule,
            json.dumps(because.details, ensure_ascii=False, default=str),
        ],
    )  # fmt: skip
