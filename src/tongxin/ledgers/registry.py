"""What later stages add: who acts when somebody needs help, which needs wait at a door, what an offer may serve.

The stage of needs registers all three when it starts; the ledger does not know it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from tongxin.kit.audit import Because


@dataclass(frozen=True)
class Help:
    """Somebody asked for help at a contact or at the door. ``person_id`` is None where only the home is known;
    ``contact_id`` and ``knock_id`` say where it was noted, so that asking twice raises one need."""

    place_id: int
    person_id: int | None
    home_id: int | None
    text: str
    contact_id: int | None = None
    knock_id: int | None = None


# ``handler(help, now, because)`` acts in the same transaction, as the jobs role, and says whether it has taken it over.
HelpHandler = Callable[[Help, dt.datetime, Because], bool]
# ``find(homes, user)``: what waits at each home, in words, as far as the user may see it: the list of needs beside the
# list of persons.
FindNeeds = Callable[[Collection[int], Any], dict[int, Sequence[str]]]
# ``find(offers, user)``: links ``(text, url)`` of what each offer could serve.
FindMatches = Callable[[Collection[int], Any], dict[int, Sequence[tuple[str, str]]]]

_help: list[HelpHandler] = []
_needs: list[FindNeeds] = []
_matches: list[FindMatches] = []


def on_help(handler: HelpHandler) -> HelpHandler:
    """Register who acts when somebody on the ledger needs help. While nobody does, a task for the community is opened."""
    if handler not in _help:
        _help.append(handler)
    return handler


def helped(asked: Help, now: dt.datetime, because: Because) -> bool:
    """Tell everybody who registered; whether anybody has taken it over."""
    taken = [handler(asked, now, because) for handler in _help]
    return any(taken)


def register_needs(find: FindNeeds) -> FindNeeds:
    if find not in _needs:
        _needs.append(find)
    return find


def needs_at(homes: Collection[int], user: Any) -> dict[int, list[str]]:
    """The needs that wait at homes: matched one to one with the persons of a round."""
    found: dict[int, list[str]] = {}
    for find in _needs:
        for home, texts in find(homes, user).items():
            found.setdefault(home, []).extend(texts)
    return found


def register_matches(find: FindMatches) -> FindMatches:
    if find not in _matches:
        _matches.append(find)
    return find


def matches(offers: Collection[int], user: Any) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for find in _matches:
        for offer, links in find(offers, user).items():
            found.setdefault(offer, []).extend(links)
    return found
