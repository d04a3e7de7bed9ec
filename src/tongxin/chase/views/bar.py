"""The segmented bar of a chase: its members by how far they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongxin.chase.queries import GROUPS
from tongxin.chase.views import words


@dataclass(frozen=True)
class Part:
    label: Any
    letter: Any
    tone: str
    count: int


def parts(groups: Mapping[str, int]) -> list[Part]:
    """The parts that are not empty, in the order of the way."""
    found = [(words.GROUPS[key], groups.get(key, 0)) for key in GROUPS]
    return [Part(group.label, group.letter, group.tone, count) for group, count in found if count]


def key() -> list[Part]:
    """What the letters and colours stand for."""
    return [Part(group.label, group.letter, group.tone, 0) for group in (words.GROUPS[key] for key in GROUPS)]
