"""The words that tell what a text is about: the project's own list, overlaid by a city's rows. Pure."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources

EMERGENCY, URGENT, ROUTINE = 0, 1, 2
_SECTIONS = {"emergency": EMERGENCY, "urgent": URGENT, "routine": ROUTINE}
_EMERGENCY_KINDS = {"labour": "medical", "self_harm": "medical", "fire": "repair"}
"""Emergencies whose words stand apart in the file, and the kind of need that each is."""


@dataclass(frozen=True)
class Word:
    """A word, the kind of need and the urgency it tells, and the topic that two needs share; ``active`` off hides the
    project's own word."""

    text: str
    kind: str
    urgency: int
    topic: str = ""
    active: bool = True


@functools.cache
def own() -> tuple[Word, ...]:
    """The project's words."""
    found = tomllib.loads(resources.files("tongxin").joinpath("needs", "glossary.toml").read_text(encoding="utf-8"))
    topics = {word: topic for topic, words in found["topics"].items() for word in words}
    return tuple(
        Word(text.lower(), _EMERGENCY_KINDS.get(kind, kind), urgency, topics.get(text, ""))
        for section, urgency in _SECTIONS.items()
        for kind, words in found[section].items()
        for text in words
    )


@functools.cache
def nothing() -> tuple[Word, ...]:
    """What sounds like a word and is none: it hides the word that stands in it."""
    found = tomllib.loads(resources.files("tongxin").joinpath("needs", "glossary.toml").read_text(encoding="utf-8"))
    return tuple(Word(text, "", ROUTINE) for text in found["nothing"]["words"])


@dataclass(frozen=True)
class Glossary:
    """All words in force, with what finds them in a text: the longest one at each place."""

    words: Mapping[str, Word]
    pattern: re.Pattern[str]

    def found(self, text: str) -> list[tuple[Word, int]]:
        """The words of a text with their positions, in order, none inside another."""
        found = ((self.words[m.group()], m.start()) for m in self.pattern.finditer(text.lower()))
        return [(word, at) for word, at in found if word.kind]


def compiled(rows: Iterable[Word] = ()) -> Glossary:
    """The project's words overlaid by ``rows``."""
    words = {w.text: w for w in (*nothing(), *own())}
    for row in rows:
        words[row.text.lower()] = row
    active = {text: word for text, word in words.items() if word.active}
    longest_first = sorted(active, key=lambda text: (-len(text), text))
    parts = (rf"\b{re.escape(t)}\b" if t.isascii() else re.escape(t) for t in longest_first)
    return Glossary(active, re.compile("|".join(parts) or r"(?!)"))
