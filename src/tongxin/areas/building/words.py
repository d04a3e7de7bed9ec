"""The words, signs and colours of the building page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.areas.building import queries


@dataclass(frozen=True)
class State:
    """``word`` is short enough for a cell; ``label`` says it in full."""

    key: str
    sign: str
    word: Any
    label: Any


STATES = {
    state.key: state
    for state in (
        State(queries.POSITIVE, "▲", pgettext_lazy("home", "positive"), _("somebody positive is still there")),
        State(queries.MISSING, "◆", pgettext_lazy("home", "no result"), _("a result is missing for the lift of the area")),
        State(queries.LIMITED, "■", pgettext_lazy("home", "limited"), _("somebody is limited by an area or a hold")),
        State(queries.UNTESTED, "○", pgettext_lazy("home", "not tested"), _("somebody is not tested today")),
        State(queries.CARE, "✚", pgettext_lazy("home", "needs care"), _("somebody vulnerable lives there")),
        State(queries.FREE, "·", pgettext_lazy("home", "free"), _("nothing of this")),
        State(queries.EMPTY, "–", pgettext_lazy("home", "empty"), _("nobody is registered there")),
    )
}
ACTIONS = {
    "view.building": _("saw a building"),
    "view.home": _("saw the people of a home"),
    "view.doors": _("saw the door list of a building"),
}


def register(state: State, before: str = queries.FREE) -> None:
    """Add the words of a mark that a later stage registers (``queries.register_mark``)."""
    found = dict(STATES)
    STATES.clear()
    for key, one in found.items():
        if key == before:
            STATES[state.key] = state
        STATES.setdefault(key, one)


def added() -> frozenset[str]:
    """The marks of later stages."""
    return frozenset(STATES) - frozenset((*queries.STATES, queries.CARE))


def spoken() -> dict[str, State]:
    """The states in the reader's language, said once for a page of many cells."""
    return {key: State(key, state.sign, str(state.word), str(state.label)) for key, state in STATES.items()}
