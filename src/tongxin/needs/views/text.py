"""A need's text as its page shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable

EXCERPT = 90


def highlighted(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of the words; templates escape every piece."""
    longest_first = sorted({w for w in words if w}, key=lambda w: (-len(w), w))
    if not longest_first:
        return [(text, False)] if text else []
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    pieces, at = [], 0
    for found in pattern.finditer(text):
        pieces += [(text[at : found.start()], False), (found.group(), True)]
        at = found.end()
    return [piece for piece in [*pieces, (text[at:], False)] if piece[0]]


def excerpt(text: str) -> str:
    """The beginning in one line."""
    plain = " ".join(text[: EXCERPT * 4].split())
    return f"{plain[:EXCERPT]}…" if len(plain) > EXCERPT or len(text) > EXCERPT * 4 else plain
