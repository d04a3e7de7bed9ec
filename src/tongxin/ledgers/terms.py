"""What the packs in force say about the ledger, as columns for a statement: between ``lo`` and ``hi`` one pack holds."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

from tongxin.ledgers.categories import CATEGORIES
from tongxin.places.place_id import PlaceId
from tongxin.policy.queries import Calendar, packs_in_force
from tongxin.policy.schema import Pack

EVERYWHERE = (0, 2**63 - 1)


def _parts(packs: Calendar) -> Iterator[tuple[int, int, Pack]]:
    """The identifiers cut where another pack begins to hold; few, for few places adopt one of their own."""
    cuts = sorted({*EVERYWHERE, *(edge for p in packs.packs for edge in PlaceId(p).range)})
    for lo, hi in itertools.pairwise(cuts):
        yield lo, hi, packs.at(lo)


def rhythms(now: dt.datetime) -> dict[str, list[Any]]:
    """``los, his, categories, rhythms, rules``: how often each category is contacted, and where."""
    columns: dict[str, list[Any]] = {"los": [], "his": [], "categories": [], "rhythms": [], "rules": []}
    for lo, hi, pack in _parts(packs_in_force(now)):
        for category in CATEGORIES.values():
            key = category.rhythm_key
            row = (lo, hi, category.key, pack.hours(key), pack.rule(key))
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
    return columns


def leads(now: dt.datetime) -> dict[str, list[Any]]:
    """``los, his, leads``: how long before a contact is due its task is opened, and where."""
    found = [(lo, hi, pack.hours("ledger.contact_lead")) for lo, hi, pack in _parts(packs_in_force(now))]
    return {"los": [f[0] for f in found], "his": [f[1] for f in found], "leads": [f[2] for f in found]}
