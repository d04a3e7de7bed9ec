"""The life of a task: one table of state, event, next state."""

from __future__ import annotations

from tongxin.policy.decisions import N_, Refused, passes

OPEN, CLAIMED, DONE, CANCELLED = "open", "claimed", "done", "cancelled"
STATES = (OPEN, CLAIMED, DONE, CANCELLED)
WORKABLE = (OPEN, CLAIMED)

CLAIM, RELEASE, HAND_OVER, ESCALATE = "claim", "release", "hand_over", "escalate"
COMPLETE, CANCEL, REOPEN = "complete", "cancel", "reopen"
EVENTS = (CLAIM, RELEASE, HAND_OVER, ESCALATE, COMPLETE, CANCEL, REOPEN)

TRANSITIONS = {
    (OPEN, CLAIM): CLAIMED,
    (OPEN, HAND_OVER): OPEN,
    (OPEN, ESCALATE): OPEN,
    (OPEN, COMPLETE): DONE,
    (OPEN, CANCEL): CANCELLED,
    (CLAIMED, RELEASE): OPEN,
    (CLAIMED, HAND_OVER): OPEN,
    (CLAIMED, ESCALATE): CLAIMED,
    (CLAIMED, COMPLETE): DONE,
    (CLAIMED, CANCEL): CANCELLED,
    (DONE, REOPEN): OPEN,
    (CANCELLED, REOPEN): OPEN,
}

_WHY_NOT = {
    (OPEN, RELEASE): N_("Nobody has taken this task."),
    (CLAIMED, CLAIM): N_("Somebody else has taken this task."),
}
_CLOSED = {DONE: N_("This task is done."), CANCELLED: N_("This task was cancelled.")}
_NOT_CLOSED = N_("This task is still open.")


def check_can(state: str, event: str) -> str:
    """The state that follows. Raises Refused where the event does not belong to the state."""
    if following := TRANSITIONS.get((state, event)):
        return following
    raise Refused(_WHY_NOT.get((state, event)) or _CLOSED.get(state, _NOT_CLOSED))


def can(state: str, event: str) -> bool:
    return passes(check_can, state, event)


def states_before(event: str) -> list[str]:
    """The states in which an event may happen: what a conditional update asks for."""
    return [state for state, e in TRANSITIONS if e == event]


def as_markdown() -> str:
    """The table as the README shows it."""
    head = ["| state | " + " | ".join(EVENTS) + " |", "|" + "---|" * (len(EVENTS) + 1)]
    cells = [[state, *(TRANSITIONS.get((state, event), "–") for event in EVENTS)] for state in STATES]
    body = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([*head, *body])
