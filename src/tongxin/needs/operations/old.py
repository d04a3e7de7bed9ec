"""Needs that ended long ago are deleted, with everything that tells of them."""

from __future__ import annotations

import datetime as dt

from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.policy.queries import pack_of_city

PIECE = 5_000


def drop_old(now: dt.datetime) -> int:
    """Delete needs whose end lies further back than the pack keeps them, in pieces of 5,000. How many."""
    pack = pack_of_city(now)
    if pack is None:
        return 0
    before, total = now - pack.days("retention.needs"), 0
    while count := _piece(before):
        total += count
    if total:
        audit.record(Because("clock", rule=pack.rule("retention.needs")), "retention.needs", "need", count=total)
    return total


def _piece(before: dt.datetime) -> int:
    with db.transaction_block():
        found = db.rows(
            "SELECT id FROM needs_need WHERE state IN ('closed', 'merged', 'withdrawn')"
            " AND coalesce(closed_at, confirmed_at, raised_at) < %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
            [before, PIECE],
        )
        ids = [key for (key,) in found]
        for table, column in (("caller", "need_id"), ("needevent", "need_id"), ("likeness", "need_id"), ("likeness", "other_id")):
            db.execute(f"DELETE FROM needs_{table} WHERE {column} = ANY(%s)", [ids])
        db.execute("UPDATE needs_need SET merged_into_id = NULL WHERE merged_into_id = ANY(%s)", [ids])
        return db.execute("DELETE FROM needs_need WHERE id = ANY(%s)", [ids])
