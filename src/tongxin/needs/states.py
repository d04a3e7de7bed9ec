"""The life of a need: one table of state, event, next state. Only the resident's word closes."""

from __future__ import annotations

from tongxin.policy.decisions import N_, Refused, passes

NEW, OPEN, DONE, CLOSED, MERGED, WITHDRAWN = "new", "open", "done", "closed", "merged", "withdrawn"
STATES = (NEW, OPEN, DONE, CLOSED, MERGED, WITHDRAWN)
LIVE = (NEW, OPEN, DONE)
"""Somebody still waits: for an operator, for the deed, or to be asked whether it is solved."""

CONFIRM, ROUTE, FINISH, AGREE, REOPEN = "confirm", "route", "finish", "agree", "reopen"
MERGE, WITHDRAW = "merge", "withdraw"
EVENTS = (CONFIRM, ROUTE, FINISH, AGREE, REOPEN, MERGE, WITHDRAW)

TRANSITIONS = {
    (NEW, CONFIRM): OPEN,
    (NEW, FINISH): DONE,
    (NEW, MERGE): MERGED,
    (NEW, WITHDRAW): WITHDRAWN,
    (OPEN, ROUTE): OPEN,
    (OPEN, FINISH): DONE,
    (OPEN, MERGE): MERGED,
    (OPEN, WITHDRAW): WITHDRAWN,
    (DONE, AGREE): CLOSED,
    (DONE, REOPEN): OPEN,
    (CLOSED, REOPEN): OPEN,
    (WITHDRAWN, REOPEN): OPEN,
}

_WHY_NOT = {
    NEW: N_("Nobody has confirmed this need yet."),
    OPEN: N_("This need is being worked on; it is not done yet."),
    DONE: N_("This need is done and waits for the resident's word."),
    CLOSED: N_("This need is closed: the resident said that it is solved."),
    MERGED: N_("This need was merged into another one; go on there."),
    WITHDRAWN: N_("This need was withdrawn."),
}


def check_can(state: str, event: str) -> str:
    """The state that follows. Raises Refused where the event does not belong to the state."""
    if following := TRANSITIONS.get((state, event)):
        return following
    raise Refused(_WHY_NOT[state])


def why_not(state: str) -> str:
    """What is said of a need whose state does not let something happen."""
    return _WHY_NOT[state]


def can(state: str, event: str) -> bool:
    return passes(check_can, state, event)


def as_markdown() -> str:
    """The table as the README shows it."""
    head = ["| state | " + " | ".join(EVENTS) + " |", "|" + "---|" * (len(EVENTS) + 1)]
    cells = [[state, *(TRANSITIONS.get((state, event), "–") for event in EVENTS)] for state in STATES]
    return "\n".join([*head, *("| " + " | ".join(row) + " |" for row in cells)])
