"""Hospitals' own lists reconciled with the register and the ledger (医院主动摸排)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
        new = 0
        for row, match in zip(rows, matches, strict=True):
            new += _write(row, match, root, now)
        began = sum(_confirm(category, now) for category in sorted({r.category for r in rows}))
        places = sorted({c.place_id for m in matches for c in m.candidates}) or [root]
        audit.record(because, "ledger.hospital_list", "ledger", place=smallest_place(places) or root, count=len(rows))
        if began:
            events.publish(TOPIC, places)
    return new, len(rows) - new


def _write(row: Listed, match: rules.Match, root: int, now: dt.datetime) -> int:
    places = [c.place_id for c in match.candidates]
    matched = match.candidates[0] if match.state == HospitalRow.State.MATCHED else None
    said = {"name": row.who.name, "phone": row.who.phone, "birth": str(row.who.birth or ""), **row.said}
    params = [
        row.category, row.hospital, row.who.key, (smallest_place(places) or root) if places else root, match.state, match.how,
        matched.person_id if matched else None, json.dumps([c.person_id for c in match.candidates]),
        crypto.encrypt(json.dumps(said, ensure_ascii=False)), now,
    ]  # fmt: skip
    found = db.rows(
        "INSERT INTO ledgers_hospitalrow AS h (category, hospital, key, place_id, state, how, person_id, candidates, said,"
        " listed_at, settled_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, '')"
        " ON CONFLICT (category, hospital, key) DO UPDATE SET said = excluded.said, listed_at = excluded.listed_at,"
        "   place_id = CASE WHEN h.settled_by = '' THEN excluded.place_id ELSE h.place_id END,"
        "   state = CASE WHEN h.settled_by = '' THEN excluded.state ELSE h.state END,"
        "   how = CASE WHEN h.settled_by = '' THEN excluded.how ELSE h.how END,"
        "   person_id = CASE WHEN h.settled_by = '' THEN excluded.person_id ELSE h.person_id END,"
        "   candidates = CASE WHEN h.settled_by = '' THEN excluded.candidates ELSE h.candidates END"
        " RETURNING xmax = 0",
        params,
    )
    return int(found[0][0])


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
