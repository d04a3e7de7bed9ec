"""What is wanted of a sheet, and which of its headings means which. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TEXT, TIME, DATE, CLOCK, PHONE, NUMBER, CHOICE = "text", "time", "date", "clock", "phone", "number", "choice"
KINDS = (TEXT, TIME, DATE, CLOCK, PHONE, NUMBER, CHOICE)
MAX_TEXT = 10_000
_BRACKETED = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
_UNSAID = re.compile(r"[\s*:,、_\-—·.]+")


@dataclass(frozen=True)
class Field:
    """A field wanted: the words by which headings may call it, and how its cells are read.

    ``kind`` is one of KINDS; a choice reads the words of ``choices`` (word → key), and with ``many`` several of them.
    ``label`` is what a person reads (a lazy translation); without one it is the first synonym. ``max_text`` bounds a
    text, in characters.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    kind: str = TEXT
    choices: Mapping[str, str] = field(default_factory=dict, hash=False)
    many: bool = False
    label: Any = ""
    max_text: int = MAX_TEXT

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: there is no kind {self.kind!r}")

    @property
    def shown(self) -> str:
        return str(self.label or (self.synonyms[0] if self.synonyms else self.name))

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(plain(word) for word in (self.name, *self.synonyms)))


@dataclass(frozen=True)
class Match:
    """Which column (from 0) holds which field; ``guessed`` are those whose heading only contains a known word."""

    places: dict[str, int]
    guessed: frozenset[str] = frozenset()

    def missing(self, fields: Sequence[Field]) -> list[Field]:
        return [f for f in fields if f.required and f.name not in self.places]

    def score(self, fields: Sequence[Field]) -> tuple[int, int, int]:
        """The more, the likelier is the row the heading: required fields, sure ones, all."""
        required = sum(f.required and f.name in self.places for f in fields)
        return required, len(self.places) - len(self.guessed), len(self.places)


def plain(heading: str) -> str:
    """A heading as it is compared: width, case, blanks, asterisks and what stands in brackets do not matter."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return _UNSAID.sub("", _BRACKETED.sub("", text)) or _UNSAID.sub("", text)


def signature(headings: Sequence[str]) -> str:
    """What tells one shape of sheets from another: 32 hexadecimal digits of its headings in their order."""
    return hashlib.sha256("\x1f".join(map(plain, headings)).encode()).hexdigest()[:32]


def match(headings: Sequence[str], fields: Sequence[Field], remembered: Mapping[str, str] | None = None) -> Match:
    """Find the fields among headings: as remembered (plain heading → field name, "" for none), else by their words,
    else by a word that a heading contains. A field takes one column, the first."""
    words = [plain(h) for h in headings]
    if remembered is not None:
        names = {f.name for f in fields}
        places: dict[str, int] = {}
        for place, word in enumerate(words):
            if (name := remembered.get(word, "")) in names:
                places.setdefault(name, place)
        return Match(places)
    places = _exact(words, fields)
    guesses = _contained(words, fields, places)
    return Match(places | guesses, frozenset(guesses))


def _exact(words: Sequence[str], fields: Sequence[Field]) -> dict[str, int]:
    """A synonym that comes earlier in its field's list goes before a later one; of two fields the first takes it."""
    places: dict[str, int] = {}
    for f in fields:
        found = next((words.index(word) for word in f.words if word in words), None)
        if found is not None and found not in places.values():
            places[f.name] = found
    return places


def _contained(words: Sequence[str], fields: Sequence[Field], taken: Mapping[str, int]) -> dict[str, int]:
    """The longest word that a heading contains decides; words of one character tell nothing."""
    offers = sorted(
        (
            (-len(word), order, place, f.name)
            for order, f in enumerate(fields) if f.name not in taken
            for word in f.words if len(word) > 1
            for place, heading in enumerate(words) if place not in taken.values() and word in heading
        )
    )  # fmt: skip
    places: dict[str, int] = {}
    for _, _, place, name in offers:
        if name not in places and place not in places.values():
            places[name] = place
    return places
