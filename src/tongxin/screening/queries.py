"""Reading screening: exports, who is not tested."""

from __future__ import annotations

from tongxin.kit import db

UNTESTED = "screening/untested"


def untested() -> list[tuple[str, int, int]]:
    """``(round, community, untested)`` for every community of the roll of every round, zero included."""
    return db.rows(db.sql(UNTESTED), {"round": None, "place": None})
