"""The street's own sheet taken in: each row is somebody of the register, put on the ledger or changed there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.access.models import User
from tongxin.kit import crypto, db
from tongxin.kit.audit import Because
from tongxin.ledgers import rules
from tongxin.ledgers.models import Entry
from tongxin.ledgers.operations import entries
from tongxin.ledgers.operations.matching import Wanted, candidates
from tongxin.people.models import Person
from tongxin.policy.decisions import Refused


@dataclass(frozen=True)
class Row:
    """A row of the sheet; what it leaves empty stays as it is on the ledger."""

    who: Wanted
    categories: Sequence[str]
    owner: str = ""
    plan: str = ""
    last_seen_at: dt.datetime | None = None
    how: str = rules.DOOR


WHO = {
    "unknown": "nobody in the register has this identity number, this phone with this name, or this name with this birthday;"
    " correct the row, or load the register first",
    "ambiguous": "several people of the register may be meant; add the identity number",
}


def record(rows: Sequence[Row], now: dt.datetime, because: Because) -> tuple[int, int, dict[int, str]]:
    """Write rows; how many changed something, how many said nothing new, and the reasons by index for those not taken."""
    matches = [rules.match(found) for found in candidates([r.who for r in rows])]
    people = Person.objects.in_bulk([m.candidates[0].person_id for m in matches if m.state == "matched"])
    owners = _owners({r.owner for r in rows if r.owner})
    accepted, refused = 0, dict[int, str]()
    for i, (row, match) in enumerate(zip(rows, matches, strict=True)):
        if match.state != "matched":
            refused[i] = WHO[match.state]
            continue
        try:
            accepted += _write(row, people[match.candidates[0].person_id], owners, now, because)
        except Refused as reason:
            refused[i] = str(reason)
    return accepted, len(rows) - accepted - len(refused), refused


def _owners(names: set[str]) -> dict[str, list[User]]:
    found: dict[str, list[User]] = {}
    for user in User.objects.filter(is_active=True, username__in=names).union(User.objects.filter(is_active=True, name__in=names)):
        for name in {user.username, user.name} & names:
            found.setdefault(name, []).append(user)
    return found


def _write(row: Row, person: Person, owners: dict[str, list[User]], now: dt.datetime, because: Because) -> int:
    """One transaction a row: either all of it holds or nothing. Whether it changed anything."""
    owner = None
    if row.owner:
        known = owners.get(row.owner, [])
        if len(known) != 1:
            raise Refused("%(count)s accounts are called “%(name)s”; write the user name, or leave the cell empty",
                          count=len(known) or "no", name=row.owner)  # fmt: skip
        owner = known[0]
    with db.transaction_block():
        changed = False
        for category in row.categories:
            entry, is_new = entries.put_on(person, category, Entry.Source.SHEET, now, because)
            changed |= is_new | _change(entry, row, owner, now, because)
    return int(changed)


def _change(entry: Entry, row: Row, owner: User | None, now: dt.datetime, because: Because) -> bool:
    changed = False
    if owner and entry.owner_id != owner.pk:
        entries.set_owner(entry.pk, owner, entry.deputy, now, because)
        changed = True
    if row.plan and crypto.decrypt(entry.plan) != row.plan:
        entries.write_plan(entry.pk, row.plan, now, because)
        changed = True
    if row.last_seen_at and (entry.last_seen_at is None or entry.last_seen_at < row.last_seen_at) and row.last_seen_at <= now:
        due = max(entry.next_due - (entry.last_seen_at or entry.began_at) + row.last_seen_at, row.last_seen_at)
        Entry.objects.filter(pk=entry.pk).update(
            last_seen_at=row.last_seen_at, last_seen_by=because.actor, last_seen_how=row.how, next_due=due
        )
        changed = True
    return changed
