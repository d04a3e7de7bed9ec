"""Needs that ended long ago are deleted, with everything that tells of them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.needs.models import Caller, Likeness, Need, NeedEvent
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
        for model in (Caller, NeedEvent):
            model.objects.filter(need_id__in=ids).delete()
        Likeness.objects.filter(Q(need_id__in=ids) | Q(other_id__in=ids)).delete()
        return Need.objects.filter(pk__in=ids).delete()[0] if ids else 0
