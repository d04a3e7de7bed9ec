"""Hospitals' lists and the ledger side by side, in both directions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from tongxin.kit import crypto, db
from tongxin.ledgers.categories import hidden
from tongxin.ledgers.models import Entry, HospitalRow
from tongxin.ledgers.operations.hospital import OF_HOSPITALS
from tongxin.people.models import Person

UNLISTED = "unlisted"
STATES = ("ambiguous", "unknown", "matched", "dismissed")


@dataclass(frozen=True)
class Patient:
    """A row of a hospital's list: what it says, who it is, or who it may be."""

    row: HospitalRow
    said: dict[str, str]
    person: Person | None
    candidates: Sequence[Person]


def counts(sensitive: bool) -> dict[str, int]:
    """How many patients stand in each state, and how many on the ledger are on no hospital's list."""
    found = dict(_rows(sensitive).values_list("state").annotate(n=Count("pk")))
    return {**{state: found.get(state, 0) for state in STATES}, UNLISTED: _unlisted(sensitive).count()}


def patients(state: str, category: str, sensitive: bool, after: int | None, limit: int) -> list[Patient]:
    """Patients of a state, a page at a time; three queries."""
    found = _rows(sensitive).filter(state=state)
    if category:
        found = found.filter(category=category)
    if after:
        found = found.filter(pk__gt=after)
    rows = list(found.order_by("pk")[:limit])
    wanted = {p for row in rows for p in row.candidates} | {row.person_id for row in rows if row.person_id}
    people = {p.pk: p for p in Person.objects.using(db.alias()).filter(pk__in=wanted).select_related("home")}
    return [
        Patient(
            row, _said(row), people.get(row.person_id) if row.person_id else None,
            [people[c] for c in row.candidates if c in people],
        )
        for row in rows
    ]  # fmt: skip


def one(row_id: int, sensitive: bool) -> HospitalRow | None:
    return _rows(sensitive).filter(pk=row_id).first()


def unlisted(category: str, sensitive: bool, after: int | None, limit: int) -> list[Entry]:
    """Entries of categories of which hospitals keep lists whom no list names."""
    found = _unlisted(sensitive)
    if category:
        found = found.filter(category=category)
    if after:
        found = found.filter(pk__gt=after)
    return list(found.select_related("person__home", "owner").order_by("pk")[:limit])


def _unlisted(sensitive: bool) -> Any:
    """Only categories for which a list has come at all; another way to be treated shows as "confirmed"."""
    listed = HospitalRow.objects.using(db.alias()).values("category").distinct()
    return Entry.objects.using(db.alias()).filter(
        ended_at=None, confirmed_at=None, category__in=[c for c in OF_HOSPITALS if c not in hidden(sensitive)]
    ).filter(category__in=listed)


def _rows(sensitive: bool) -> Any:
    return HospitalRow.objects.using(db.alias()).exclude(category__in=hidden(sensitive))


def _said(row: HospitalRow) -> dict[str, str]:
    return dict(json.loads(crypto.decrypt(row.said) or "{}"))
