"""The life of an order, as one table of (state, event) → state."""

from __future__ import annotations

from tongxin.policy.decisions import N_, Refused

IN_FORCE, LIFTED, LAPSED, REPLACED, WITHDRAWN = "in_force", "lifted", "lapsed", "replaced", "withdrawn"
STATES = (IN_FORCE, LIFTED, LAPSED, REPLACED, WITHDRAWN)
LIFT, LAPSE, REPLACE, WITHDRAW = "lift", "lapse", "replace", "withdraw"

TABLE: dict[tuple[str, str], str] = {
    (IN_FORCE, LIFT): LIFTED,
    (IN_FORCE, LAPSE): LAPSED,
    (IN_FORCE, REPLACE): REPLACED,
    (IN_FORCE, WITHDRAW): WITHDRAWN,
}
"""``replace``: it was narrowed or split, its parts go on under orders of their own; ``withdraw``: its cause was none."""


def after(state: str, event: str) -> str:
    """The state that follows. Raises Refused where the table has none."""
    if (state, event) not in TABLE:
        raise Refused(N_("This area has ended already."))
    return TABLE[state, event]
