"""What a task or a restriction is about: a name and a page for rows of stages that the worklist does not know."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple


class Link(NamedTuple):
    """A name and its page; of somebody or something that is somewhere, the place and the number on the door."""

    text: str
    url: str = ""
    place: int | None = None
    door: str = ""


# ``find(ids, user)`` answers the links of those rows that the user may see.
Find = Callable[[Collection[int], Any], dict[int, Link]]
_finders: dict[str, Find] = {}


def register(kind: str, find: Find) -> None:
    """Say how rows of a kind ("member", "tube", …) are named and where they are shown."""
    _finders[kind] = find


def links(subjects: Iterable[tuple[str, int]], user: Any) -> dict[tuple[str, int], Link]:
    """The links of subjects, one query a kind."""
    wanted: dict[str, set[int]] = {}
    for kind, key in subjects:
        wanted.setdefault(kind, set()).add(key)
    found: dict[tuple[str, int], Link] = {}
    for kind, keys in wanted.items():
        if finder := _finders.get(kind):
            found.update({(kind, key): link for key, link in finder(keys, user).items()})
    return found
