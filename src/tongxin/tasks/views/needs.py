"""What doing a task asks for beyond working on tasks at all."""

from __future__ import annotations

from tongxin.chase import tasks as chase

# An outcome that decides about somebody is a decision of the chase, wherever it is made.
_NEEDS = {chase.JUDGE: "chase.judge", chase.RECHECK: "chase.act"}


def needs(kind: str) -> str:
    """The capability for an outcome of such a task."""
    return _NEEDS.get(kind, "task.act")
