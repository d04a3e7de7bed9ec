"""The life of an order, as one table of (state, event) → state."""

from __future__ import annotations

from tongxin.policy.decisions import N_, Refused

IN_FORCE, LIFTED, LAPSED, REPLACED, WITHDRAWN, STEPPED = "in_force", "lifted", "lapsed", "replaced", "withdrawn", "stepped"
STATES = (IN_FORCE, LIFTED, LAPSED, REPLACED, WITHDRAWN, STEPPED)
LIFT, LAPSE, REPLACE, WITHDRAW, STEP = "lift", "lapse", "replace", "withdraw", "step"

TABLE: dict[tuple[str, str], str] = {
    (IN_FORCE, LIFT): LIFTED,
    (IN_FORCE, LAPSE): LAPSED,
    (IN_FORCE, REPLACE): REPLACED,
    (IN_FORCE, WITHDRAW): WITHDRAWN,
    (IN_FORCE, STEP): STEPPED,
}
"""``replace``: it was narrowed or split, its parts go on under orders of their own; ``withdraw``: its cause was none;
``step``: it became an area of a milder kind, an order of its own that ends when was said from the start."""


def after(state: str, event: str) -> str:
    """The state that follows. Raises Refused where the table has none."""
    if (state, event) not in TABLE:
        raise Refused(N_("This area has ended already."))
    return TABLE[state, event]
