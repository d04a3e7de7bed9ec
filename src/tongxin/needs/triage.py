"""From free text to a suggestion: kind, urgency, topic, and the words that led to it. An operator confirms it.

Emergencies come first and are never argued away by other words: a text that names one is treated as one until somebody who
has asked says otherwise. A word that is plainly denied (没有胸痛, 不发烧) does not count, unless it is of what one lacks (没有药,
没有暖气). Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tongxin.needs.glossary import EMERGENCY, ROUTINE, URGENT, Glossary, Word

LONGEST_READ = 5_000
"""Characters of a text that are searched for words: what a person writes; the rest is kept all the same."""
_DENIED = re.compile(r"(没有?|没出现|不是?|无|并未|未曾?|不用担心|no|not|without)\s?$")
_NOT_DENIED = ("不能没有", "能不能", "是不是", "有没有", "要不要", "可不可以")
_LACKED = ("medicine", "special_drug", "supplies", "repair")
"""What is needed when there is none of it."""
_WEIGHTS = {EMERGENCY: 9, URGENT: 4, ROUTINE: 2}
_PHONE = re.compile(r"(?<!\d)(1\d{10}|0\d{2,3}-?\d{7,8})(?!\d)")


@dataclass(frozen=True)
class Suggestion:
    """What a text seems to be: ``words`` led to it; ``emergency`` names what was heard; ``phones`` stand in the text."""

    kind: str = "other"
    urgency: int = ROUTINE
    topic: str = ""
    words: tuple[str, ...] = ()
    emergency: bool = False
    phones: tuple[str, ...] = field(default=(), repr=False)


def suggest(text: str, glossary: Glossary) -> Suggestion:
    """Read a text. Never fails: a text that says nothing is "other"."""
    read = text[:LONGEST_READ]
    heard = [word for word, at in glossary.found(read) if word.kind in _LACKED or not _is_denied(read, at)]
    phones = tuple(dict.fromkeys(_PHONE.findall(read)))
    if not heard:
        return Suggestion(phones=phones)
    kind, urgency = _weigh(heard)
    own = [w for w in heard if w.kind == kind]
    topic = next((w.topic for w in own if w.topic), "")
    words = tuple(dict.fromkeys(w.text for w in (*own, *heard)))
    return Suggestion(kind, urgency, topic, words, urgency == EMERGENCY, phones)


def _weigh(heard: Sequence[Word]) -> tuple[str, int]:
    """The kind that weighs most and the greatest urgency of its words; violence before everything, then other emergencies."""
    emergencies = [w for w in heard if w.urgency == EMERGENCY]
    if emergencies:
        violent = any(w.kind == "violence" for w in emergencies)
        return ("violence" if violent else emergencies[0].kind), EMERGENCY
    weights: Counter[str] = Counter()
    for word in {w.text: w for w in heard}.values():
        weights[word.kind] += _WEIGHTS[word.urgency] + (len(word.text) > 1)
    best = max(weights.values())
    kind = next(w.kind for w in heard if weights[w.kind] == best)
    return kind, min(w.urgency for w in heard if w.kind == kind)


def _is_denied(text: str, at: int) -> bool:
    before = text[max(0, at - 6) : at].lower()
    return bool(_DENIED.search(before)) and not before.endswith(_NOT_DENIED)
