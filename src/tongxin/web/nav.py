"""The pages that the head of every page leads to. A stage registers its own in its ``urls.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse


@dataclass(frozen=True)
class Entry:
    """A link for users who have one of the capabilities; ``order`` says where it stands."""

    label: Any
    url_name: str
    capabilities: tuple[str, ...]
    order: int


_entries: dict[str, Entry] = {}


def register(label: Any, url_name: str, *capabilities: str, order: int) -> None:
    _entries[url_name] = Entry(label, url_name, capabilities, order)


def entries(user: Any) -> list[tuple[Any, str]]:
    """``(label, address)`` of the pages that this user may open."""
    seen = [e for e in _entries.values() if not e.capabilities or any(user.may(c) for c in e.capabilities)]
    return [(e.label, reverse(e.url_name)) for e in sorted(seen, key=lambda e: e.order)]
