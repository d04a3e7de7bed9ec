"""The audit trail: every deed and every look at a person's record, in the transaction in which it happens."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tongxin.kit import clock
from tongxin.kit.models import AuditEntry


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
    """Write one entry; a bulk operation writes one with its ``count``."""
    AuditEntry(
        at=clock.now(), actor=because.actor, action=action, subject_kind=kind, subject_id=str(subject),
        place_id=place, count=count, reason=because.reason, rule=because.rule, details=because.details,
    ).save(force_insert=True)  # fmt: skip
