"""What a rule answers: a decision that explains itself, or a refusal with its reason. Value types only.

A sentence is an English message with ``%(name)s`` places; pages translate it (``policy.queries.in_words``) and fill in
the values. ``N_`` marks such a sentence for the message catalogue where it stands in a pure module.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec

P = ParamSpec("P")


def N_(sentence: str) -> str:
    return sentence


@dataclass(frozen=True)
class Decision:
    """What was decided: ``rule`` (``PACK/key``), the values that were compared, and the sentence that says so."""

    rule: str
    values: Mapping[str, Any] = field(default_factory=dict)
    sentence: str = ""

    def as_json(self) -> dict[str, Any]:
        """The decision as it is stored beside what it caused: times as ISO text, durations in hours."""
        values = {name: _plain(value) for name, value in self.values.items()}
        return {"rule": self.rule, "values": values, "sentence": self.sentence}


class Refused(Exception):
    """A rule says no. ``sentence`` and ``values`` give the reason in the user's words."""

    def __init__(self, sentence: str, **values: Any) -> None:
        super().__init__(sentence, values)
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return self.sentence % self.values


def passes(check: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether a check lets something pass: the yes-or-no form of every ``check_can_...``."""
    try:
        check(*args, **kwargs)
    except Refused:
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds() / 3600
    return value if isinstance(value, str | int | float | bool | None) else str(value)
