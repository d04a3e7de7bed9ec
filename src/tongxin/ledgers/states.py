"""The life of a neighbour's offer: one table of state, event, next state."""

from __future__ import annotations

from tongxin.policy.decisions import N_, Refused, passes

OPEN, CLAIMED, DONE, WITHDRAWN = "open", "claimed", "done", "withdrawn"
CLAIM, RELEASE, COMPLETE, WITHDRAW = "claim", "release", "complete", "withdraw"
TRANSITIONS = {
    (OPEN, CLAIM): CLAIMED,
    (OPEN, WITHDRAW): WITHDRAWN,
    (CLAIMED, RELEASE): OPEN,
    (CLAIMED, COMPLETE): DONE,
    (CLAIMED, WITHDRAW): WITHDRAWN,
}
_WHY_NOT = {
    (CLAIMED, CLAIM): N_("Somebody else has taken this offer."),
    (OPEN, RELEASE): N_("Nobody has taken this offer."),
    (OPEN, COMPLETE): N_("Take the offer first."),
}


def check_can(state: str, event: str) -> str:
    """The state that follows. Raises Refused where the event does not belong to the state."""
    if following := TRANSITIONS.get((state, event)):
        return following
    raise Refused(_WHY_NOT.get((state, event), N_("This offer is over.")))


def can(state: str, event: str) -> bool:
    return passes(check_can, state, event)


def states_before(event: str) -> list[str]:
    return [state for state, e in TRANSITIONS if e == event]
