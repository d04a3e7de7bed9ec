"""The way of one member of a chased tube, as one table of (node, event) → node.

Calls and swabs do not wait for each other: a retest may be scanned before anybody logged a call, and a result may be
known before the scan. So every event that brings news is allowed from every node that it can overtake.
"""

from __future__ import annotations

LISTED, REACHED, HELD, RESAMPLED, RECEIVED = "listed", "reached", "held", "resampled", "received"
RESULTED, RESOLVED = "resulted", "resolved"
MOVED_AWAY, WRONG_PERSON, REFUSED = "moved_away", "wrong_person", "refused"
DECEASED, ISOLATED = "deceased", "already_isolated"

NODES = (LISTED, REACHED, HELD, RESAMPLED, RECEIVED, RESULTED, RESOLVED)
SPECIAL_ENDS = (MOVED_AWAY, WRONG_PERSON, REFUSED, DECEASED, ISOLATED)
OPEN = (LISTED, REACHED, HELD, RESAMPLED, RECEIVED, RESULTED, REFUSED)
"""Nodes that still need work. Who refused is not resolved: somebody must go there."""

REACH, HOLD, RESAMPLE, RECEIVE, ANSWER, JUDGE, CONFIRM, AGAIN, CORRECT = (
    "reach", "hold", "resample", "receive", "answer", "judge", "confirm", "again", "correct",
)  # fmt: skip

_BEFORE_SAMPLE = (LISTED, REACHED, HELD, *SPECIAL_ENDS)
TABLE: dict[tuple[str, str], str] = {
    (LISTED, REACH): REACHED,
    (REFUSED, REACH): REACHED,
    (LISTED, HOLD): HELD,
    (REACHED, HOLD): HELD,
    (REFUSED, HOLD): HELD,
    **{(node, RESAMPLE): RESAMPLED for node in (*_BEFORE_SAMPLE, RESULTED, RESOLVED)},
    **{(node, RECEIVE): RECEIVED for node in (*_BEFORE_SAMPLE, RESAMPLED)},
    **{(node, ANSWER): RESULTED for node in (*_BEFORE_SAMPLE, RESAMPLED, RECEIVED, RESOLVED)},
    **{(node, CONFIRM): RESOLVED for node in (*_BEFORE_SAMPLE, RESAMPLED, RECEIVED, RESULTED, RESOLVED)},
    **{(node, AGAIN): HELD for node in (*_BEFORE_SAMPLE, RESAMPLED, RECEIVED, RESULTED, RESOLVED)},
    (RESULTED, JUDGE): RESOLVED,
    **{(node, end): end for node in (LISTED, REACHED, HELD, REFUSED) for end in SPECIAL_ENDS},
    **{(node, CORRECT): RESOLVED for node in (*NODES, *SPECIAL_ENDS)},
}
"""``again``: the retest said inconclusive or invalid, so another swab is needed; ``answer``: negative, to be judged;
``confirm``: positive; ``correct``: the tube that caused it all was corrected to negative."""


def can(node: str, event: str) -> bool:
    """Whether the table allows the event at the node."""
    return (node, event) in TABLE


def after(node: str, event: str) -> str:
    """The node that follows. Raises KeyError where the table has none."""
    return TABLE[node, event]
