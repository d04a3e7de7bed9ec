"""The life of a medicine order: one table of state, event, next state."""

from __future__ import annotations

from tongxin.policy.decisions import N_, Refused, passes

REGISTERED, CLEARED, READY, PLANNED, BOUGHT, DELIVERED, SEARCHED, CANCELLED = (
    "registered", "cleared", "ready", "planned", "bought", "delivered", "searched", "cancelled",
)  # fmt: skip
STATES = (REGISTERED, CLEARED, READY, PLANNED, BOUGHT, DELIVERED, SEARCHED, CANCELLED)
OPEN = (REGISTERED, CLEARED, READY, PLANNED, BOUGHT, SEARCHED)
TO_PLAN = (READY,)

CONSULT, CARD, PLAN, UNPLAN, BUY, DELIVER, SEARCH, FIND, FIND_FIRST, CANCEL, GIVE_BACK = (
    "consult", "card", "plan", "unplan", "buy", "deliver", "search", "find", "find_first", "cancel",
    "give_back",
)  # fmt: skip
EVENTS = (CONSULT, CARD, PLAN, UNPLAN, BUY, DELIVER, SEARCH, FIND, FIND_FIRST, CANCEL, GIVE_BACK)

TRANSITIONS = {
    (REGISTERED, CONSULT): CLEARED,  # a pharmacist or doctor has looked; an insurance card is still to be collected
    (CLEARED, CARD): READY,
    (READY, PLAN): PLANNED,
    (PLANNED, UNPLAN): READY,
    (READY, BUY): BOUGHT,
    (PLANNED, BUY): BOUGHT,
    (BOUGHT, DELIVER): DELIVERED,
    (REGISTERED, SEARCH): SEARCHED,
    (CLEARED, SEARCH): SEARCHED,
    (READY, SEARCH): SEARCHED,
    (PLANNED, SEARCH): SEARCHED,
    (BOUGHT, GIVE_BACK): CANCELLED,  # nobody needs it any more, and it was not delivered
    (SEARCHED, FIND): READY,
    (SEARCHED, FIND_FIRST): CLEARED,  # found, and the insurance card is still to be collected
    **{(state, CANCEL): CANCELLED for state in (REGISTERED, CLEARED, READY, PLANNED, SEARCHED)},
}

_WHY_NOT = {
    REGISTERED: N_("Nobody has looked at this order yet: a pharmacist or doctor first."),
    CLEARED: N_("The insurance card has not been collected yet."),
    READY: N_("This order is ready to be bought."),
    PLANNED: N_("This order is on a buyer's tour."),
    BOUGHT: N_("This medicine is bought already."),
    DELIVERED: N_("This medicine has been delivered."),
    SEARCHED: N_("This drug is being searched for in other communities."),
    CANCELLED: N_("This order was cancelled."),
}


def check_can(state: str, event: str) -> str:
    """The state that follows. Raises Refused where the event does not belong to the state."""
    if following := TRANSITIONS.get((state, event)):
        return following
    raise Refused(_WHY_NOT[state])


def can(state: str, event: str) -> bool:
    return passes(check_can, state, event)


CARD_STEPS = {
    "": ("collected",), "collected": ("passed_on", "returned"), "passed_on": ("passed_on", "returned"), "returned": ("collected",),
}  # fmt: skip
"""What may happen to an insurance card next, by what happened last."""


def check_card(last: str, step: str) -> None:
    """A card is collected, passed on from hand to hand, and returned; it may be needed again. Raises Refused."""
    if step in CARD_STEPS.get(last, ()):
        return
    if last == "returned":
        raise Refused(N_("The card is back with its owner already."))
    raise Refused(N_("The card was collected already.") if last else N_("The card has not been collected yet."))
