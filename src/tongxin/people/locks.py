"""Scans and the register take turns: who is known, and where they live, must not change under a scan being written."""

from __future__ import annotations

from tongxin.kit import db

REGISTER = 7_401_001


def share_register() -> None:
    """Until the end of the transaction the register does not change; others may share."""
    db.execute("SELECT pg_advisory_xact_lock_shared(%s)", [REGISTER])


def hold_register() -> None:
    """Until the end of the transaction nobody else reads or changes who is known."""
    db.execute("SELECT pg_advisory_xact_lock(%s)", [REGISTER])


def register_version() -> int:
    """A number that grows with every change of the register."""
    return int(db.rows("SELECT last_value FROM people_register_version")[0][0])


def count_change() -> None:
    db.execute("SELECT nextval('people_register_version')")
