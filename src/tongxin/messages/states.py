"""The life of a message: one table of state, event, next state."""

from __future__ import annotations

from tongxin.policy.decisions import N_, Refused, passes

QUEUED, SENDING, SENT, DELIVERED = "queued", "sending", "sent", "delivered"
FAILED, UNKNOWN, WITHDRAWN = "failed", "unknown", "withdrawn"
STATES = (QUEUED, SENDING, SENT, DELIVERED, FAILED, UNKNOWN, WITHDRAWN)
PENDING = (QUEUED, SENDING)
"""What holds back the recipient's later messages."""
SETTLED = (SENT, DELIVERED, FAILED, UNKNOWN, WITHDRAWN)
"""What is sent no more, and deleted one day."""

OPEN = (QUEUED, SENDING, FAILED, UNKNOWN)
"""What is not with its recipient, as far as anybody knows."""

TAKE, ACCEPT, RETRY, GIVE_UP, LOSE = "take", "accept", "retry", "give_up", "lose"
CONFIRM, DENY, WITHDRAW = "confirm", "deny", "withdraw"
EVENTS = (TAKE, ACCEPT, RETRY, GIVE_UP, LOSE, CONFIRM, DENY, WITHDRAW)

TRANSITIONS = {
    (QUEUED, TAKE): SENDING,
    (QUEUED, WITHDRAW): WITHDRAWN,
    (QUEUED, CONFIRM): DELIVERED,  # the gateway said no and delivered all the same: it is not sent again
    (SENDING, ACCEPT): SENT,
    (SENDING, RETRY): QUEUED,
    (SENDING, GIVE_UP): FAILED,
    (SENDING, LOSE): UNKNOWN,
    (SENDING, CONFIRM): DELIVERED,  # a receipt that is faster than the gateway's own answer
    (SENDING, DENY): FAILED,
    (SENT, CONFIRM): DELIVERED,
    (SENT, DENY): FAILED,
    (UNKNOWN, ACCEPT): SENT,  # a slow process that was taken for dead
    (UNKNOWN, CONFIRM): DELIVERED,
    (UNKNOWN, DENY): FAILED,
    (FAILED, CONFIRM): DELIVERED,
}
_WHY_NOT = N_("This message is no longer waiting: it has been sent, or given up.")


def check_can(state: str, event: str) -> str:
    """The state that follows. Raises Refused where the event does not belong to the state."""
    if following := TRANSITIONS.get((state, event)):
        return following
    raise Refused(_WHY_NOT)


def can(state: str, event: str) -> bool:
    return passes(check_can, state, event)


def as_markdown() -> str:
    """The table as the README shows it."""
    head = ["| state | " + " | ".join(EVENTS) + " |", "|" + "---|" * (len(EVENTS) + 1)]
    cells = [[state, *(TRANSITIONS.get((state, event), "–") for event in EVENTS)] for state in STATES]
    return "\n".join([*head, *("| " + " | ".join(row) + " |" for row in cells)])
