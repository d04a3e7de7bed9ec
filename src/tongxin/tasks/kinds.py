"""The kinds of work: each is declared once, by the stage that owns it, when the program starts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongxin.kit.audit import Because
from tongxin.policy.parameters import PARAMETERS
from tongxin.tasks import states

Handler = Callable[[Any, dt.datetime, Because], None]

STATE_LABELS = {
    states.OPEN: _("open"),
    states.CLAIMED: _("taken"),
    states.DONE: _("done"),
    states.CANCELLED: _("cancelled"),
}
EVENT_LABELS = {
    "opened": _("opened"),
    states.CLAIM: _("taken"),
    states.RELEASE: _("put back"),
    states.HAND_OVER: _("handed over"),
    states.ESCALATE: _("passed up"),
    states.COMPLETE: _("done"),
    states.CANCEL: _("cancelled"),
    states.REOPEN: _("opened again"),
}
LEVEL_LABELS = (_("community"), _("street"), _("district"))


@dataclass(frozen=True)
class Kind:
    """A kind of work.

    ``team`` is the role that does it, ``due_key`` the policy parameter (a duration) that sets its due time,
    ``outcomes`` what can come of it, ``subject_kind`` what its subject is ("member", "tube", "person", ...),
    ``instruction`` what the person who takes it reads first. An urgent ``medical`` need goes before everything that only
    sets people free. ``straight``: when its time has come it goes to the district at once, past community and street.
    ``seen_with``: the capability without which nobody sees that there is such work. Labels are lazy translations.
    """

    key: str
    label: Any
    team: str
    due_key: str
    outcomes: Mapping[str, Any]
    subject_kind: str
    instruction: Any = ""
    urgent: bool = False
    medical: bool = False
    straight: bool = False
    seen_with: str = ""


_kinds: dict[str, Kind] = {}
_handlers: dict[str, list[Handler]] = {}


def declare(kind: Kind) -> Kind:
    """Make a kind known. Raises ValueError for a second one of the name or a due time that no pack can give."""
    spec = PARAMETERS.get(kind.due_key)
    if spec is None or "hours" not in spec.units:
        raise ValueError(f"task kind {kind.key}: {kind.due_key} is not a duration in policy/parameters.py")
    if _kinds.setdefault(kind.key, kind) != kind:
        raise ValueError(f"task kind {kind.key} is declared twice, differently")
    return kind


def get(key: str) -> Kind:
    """The kind of that name. Raises KeyError for one that nobody declared: a fault of the program."""
    return _kinds[key]


def hidden(may: Callable[[str], bool]) -> list[str]:
    """The kinds of work that somebody who ``may`` do so much does not see."""
    return [kind.key for kind in _kinds.values() if kind.seen_with and not may(kind.seen_with)]


def known() -> list[Kind]:
    return list(_kinds.values())


def on_outcome(kind: str) -> Callable[[Handler], Handler]:
    """Register a function ``(task, now, because)`` to be called, in the same transaction, when such a task is done."""

    def register(handler: Handler) -> Handler:
        handlers = _handlers.setdefault(kind, [])
        if handler not in handlers:
            handlers.append(handler)
        return handler

    return register


def handlers(kind: str) -> list[Handler]:
    return list(_handlers.get(kind, ()))
