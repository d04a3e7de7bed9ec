"""The kinds of restriction: each is declared once, by the stage that imposes it, when the program starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tongxin.policy.parameters import PARAMETERS


@dataclass(frozen=True)
class Kind:
    """A way to limit somebody or something.

    ``subject_kinds`` are what it may limit (person, home, place, facility), ``extend_capability`` is what a user needs
    to extend one. ``due_key``, ``ends_key`` and ``ceiling_key`` are the policy parameters (durations from its start) of
    its earliest lawful release, of its lapse, and of the longest that any extension may make it; one that follows an
    order has the order's times, and is not extended by itself.
    """

    key: str
    label: Any
    subject_kinds: frozenset[str]
    extend_capability: str
    due_key: str = ""
    ends_key: str = ""
    ceiling_key: str = ""


_kinds: dict[str, Kind] = {}


def declare(kind: Kind) -> Kind:
    """Make a kind known. Raises ValueError for a second one of the name or a time that no pack can give."""
    for key in filter(None, (kind.due_key, kind.ends_key, kind.ceiling_key)):
        spec = PARAMETERS.get(key)
        if spec is None or "hours" not in spec.units:
            raise ValueError(f"restriction kind {kind.key}: {key} is not a duration in policy/parameters.py")
    if _kinds.setdefault(kind.key, kind) != kind:
        raise ValueError(f"restriction kind {kind.key} is declared twice, differently")
    return kind


def get(key: str) -> Kind:
    """The kind of that name. Raises KeyError for one that nobody declared: a fault of the program."""
    return _kinds[key]


def known() -> list[Kind]:
    return list(_kinds.values())
