"""Hospitals' own lists reconciled with the register and the ledger (医院主动摸排)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tongxin.kit import audit, crypto, db, events
from tongxin.kit.audit import Because
from tongxin.ledgers import rules, terms
from tongxin.ledgers.categories import SENSITIVE
from tongxin.ledgers.models import HospitalRow
from tongxin.ledgers.operations.derive import TOPIC
from tongxin.ledgers.operations.matching import Wanted, candidates
from tongxin.people.models import Person
from tongxin.places import queries as tree
from tongxin.policy.decisions import N_, Refused
from tongxin.tasks.rules import smallest_place

OF_HOSPITALS = ("dialysis", "severe_illness", "pregnant")
"""The categories of which hospitals keep lists: dialysis, chemotherapy, antenatal care."""


@dataclass(frozen=True)
class Listed:
    """A patient on a hospital's list."""

    category: str
    hospital: str
    who: Wanted
    said: Mapping[str, str] = field(default_factory=dict)


def record(rows: Sequence[Listed], now: dt.datetime, because: Because) -> tuple[int, int]:
    """Write a list: who is known goes on the ledger or is confirmed there; who is ambiguous or unknown waits on a page.
    Returns how many patients are new and how many were on the list before. What a person chose stays chosen."""
    rows = list({(r.category, r.hospital, r.who.key): r for r in rows}.values())
    if not rows:
        return 0, 0
    with db.transaction_block():
        matches = [rules.match(found) for found in candidates([r.who for r in rows])]
        root = tree.root()
        new = sum(is_new for (is_new,) in db.rows(db.sql("ledgers/listed"), _columns(rows, matches, root, now)))
        began = sum(_confirm(category, now) for category in sorted({r.category for r in rows}))
        places = sorted({c.place_id for m in matches for c in m.candidates}) or [root]
        audit.record(because, "ledger.hospital_list", "ledger", place=smallest_place(places) or root, count=len(rows))
        if began:
            events.publish(TOPIC, places)
    return new, len(rows) - new


def _columns(rows: Sequence[Listed], matches: Sequence[rules.Match], root: int, now: dt.datetime) -> dict[str, Any]:
    """The rows as columns for one statement."""
    places = [[c.place_id for c in match.candidates] for match in matches]
    said = [
        {"name": r.who.name, "phone": r.who.phone, "birth": str(r.who.birth or ""), **r.said} for r in rows
    ]  # fmt: skip
    return {
        "categories": [r.category for r in rows], "hospitals": [r.hospital for r in rows], "keys": [r.who.key for r in rows],
        "places": [(smallest_place(found) or root) if found else root for found in places],
        "states": [m.state for m in matches], "hows": [m.how for m in matches],
        "persons": [m.candidates[0].person_id if m.state == HospitalRow.State.MATCHED else None for m in matches],
        "candidates": [json.dumps([c.person_id for c in m.candidates]) for m in matches],
        "said": [crypto.encrypt(json.dumps(one, ensure_ascii=False)) for one in said], "now": now,
    }  # fmt: skip


def _confirm(category: str, now: dt.datetime, persons: Sequence[int] | None = None) -> int:
    """Put the matched patients of a list that was read just now on the ledger."""
    if persons is None:
        found = HospitalRow.objects.filter(category=category, listed_at=now, state=HospitalRow.State.MATCHED)
        persons = sorted(set(found.values_list("person_id", flat=True)))
    params = {**terms.rhythms(now), "category": category, "sensitive": category in SENSITIVE, "now": now, "persons": list(persons)}
    return int(db.rows(db.sql("ledgers/confirm"), params)[0][0])


def choose(row_id: int, person_id: int | None, now: dt.datetime, because: Because) -> HospitalRow:
    """Say who an ambiguous or unknown patient is (None: nobody of this city). Raises Refused for one that is settled, or
    for somebody who is not in the register."""
    with db.transaction_block():
        row = HospitalRow.objects.select_for_update(of=("self",)).get(pk=row_id)
        if row.state == HospitalRow.State.MATCHED:
            raise Refused(N_("This patient is matched already."))
        person = Person.objects.filter(pk=person_id).first() if person_id is not None else None
        if person_id is not None and person is None:
            raise Refused(N_("Nobody in the register is that."))
        row.person, row.how, row.settled_at, row.settled_by = person, "chosen", now, because.actor
        row.state = HospitalRow.State.MATCHED if person else HospitalRow.State.DISMISSED
        row.place_id = person.place_id if person else row.place_id
        row.save(update_fields=["person", "how", "settled_at", "settled_by", "state", "place_id"])
        if person:
            _confirm(row.category, now, [person.pk])
        audit.record(because, "ledger.hospital_chosen", "person", person.pk if person else "", row.place_id)
        events.publish(TOPIC, [row.place_id])
    return row
