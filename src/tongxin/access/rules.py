"""Who may manage whom: pure decisions about scopes, given as ``[lo, hi)`` ranges of place identifiers."""

from __future__ import annotations

from collections.abc import Sequence

Range = tuple[int, int]


class NotAllowed(Exception):
    """A user may not do this; ``str`` of it is an English message of the catalogue."""


def N_(sentence: str) -> str:
    return sentence


def holds(ranges: Sequence[Range], wanted: Range) -> bool:
    """Whether one range of a scope holds all of ``wanted``."""
    return any(lo <= wanted[0] and wanted[1] <= hi for lo, hi in ranges)


def holds_all(ranges: Sequence[Range], wanted: Sequence[Range]) -> bool:
    return all(holds(ranges, one) for one in wanted)


def check_can_manage(mine: Sequence[Range], theirs: Sequence[Range], everything: Range | None) -> None:
    """An administrator manages users whose whole scope lies in the own; one without any scope needs all of the tree."""
    wanted = theirs or ([everything] if everything else [])
    if not wanted or not holds_all(mine, wanted):
        raise NotAllowed(N_("This user answers for places outside yours."))


def can_manage(mine: Sequence[Range], theirs: Sequence[Range], everything: Range | None) -> bool:
    try:
        check_can_manage(mine, theirs, everything)
    except NotAllowed:
        return False
    return True


def check_can_grant(mine: Sequence[Range], wanted: Sequence[Range]) -> None:
    """Nobody gives what they do not have: each place must lie in the giver's own scope."""
    if not holds_all(mine, wanted):
        raise NotAllowed(N_("You can only give places that lie in your own."))


def check_not_self(actor_id: int, user_id: int) -> None:
    """Nobody changes their own role or places, or shuts themselves out."""
    if actor_id == user_id:
        raise NotAllowed(N_("You cannot change your own account; ask another administrator."))
