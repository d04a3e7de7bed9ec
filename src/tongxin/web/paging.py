"""Paging by key: a page ends with the key of its last row, and the next one begins behind it. However deep, a page
costs the same, and rows that come in meanwhile move nothing."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.http import HttpRequest

T = TypeVar("T")
SIZE = 50


@dataclass
class Slice(Generic[T]):
    """Rows of one page; ``next`` goes into the address as ``after``, empty on the last page."""

    rows: Sequence[T]
    next: str = ""
    first: bool = True

    def __bool__(self) -> bool:
        return bool(self.rows)


def encode(*key: Any) -> str:
    plain = [v.isoformat() if isinstance(v, dt.datetime) else v for v in key]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(text: str, *types: type) -> tuple[Any, ...] | None:
    """The key of that address; None for one that was tampered with: the list then begins at its start."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != len(types):
            return None
        read = [dt.datetime.fromisoformat(v) if t is dt.datetime else t(v) for v, t in zip(values, types, strict=True)]
    except (ValueError, TypeError, binascii.Error):
        return None
    if any(isinstance(v, dt.datetime) and v.tzinfo is None for v in read):
        return None
    return tuple(v for v in read)


def paged(
    request: HttpRequest, types: Sequence[type], fetch: Callable[[Any, int], Sequence[T]], key: Callable[[T], Any],
    size: int = SIZE,
) -> Slice[T]:  # fmt: skip
    """One page: ``fetch(after, limit)`` reads rows behind a key (a tuple of ``types`` or None), one more than shown."""
    text = request.GET.get("after", "")
    after = decode(text, *types) if text else None
    rows = list(fetch(after, size + 1))
    more = len(rows) > size
    shown = rows[:size]
    return Slice(shown, encode(*key(shown[-1])) if more else "", first=after is None)
