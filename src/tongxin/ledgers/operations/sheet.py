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


A_MINUTE = dt.timedelta(minutes=1)
"""A sheet tells times to the second, rounded: so much later is another contact."""
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
    known = {(e.person_id, e.category): e for e in Entry.objects.filter(person_id__in=people, ended_at=None)}
    accepted, refused = 0, dict[int, str]()
    for i, (row, match) in enumerate(zip(rows, matches, strict=True)):
        if match.state != "matched":
            refused[i] = WHO[match.state]
            continue
        try:
            person, owner = people[match.candidates[0].person_id], _owner(row, owners)
            if not _is_known(row, [known.get((person.pk, category)) for category in row.categories], owner, now):
                accepted += _write(row, person, owner, now, because)
        except Refused as reason:
            refused[i] = str(reason)
    return accepted, len(rows) - accepted - len(refused), refused


def _owners(names: set[str]) -> dict[str, list[User]]:
    found: dict[str, list[User]] = {}
    for user in User.objects.filter(is_active=True, username__in=names).union(User.objects.filter(is_active=True, name__in=names)):
        for name in {user.username, user.name} & names:
            found.setdefault(name, []).append(user)
    return found


def _owner(row: Row, owners: dict[str, list[User]]) -> User | None:
    """Raises Refused where the name is not exactly one account's."""
    if not row.owner:
        return None
    found = owners.get(row.owner, [])
    if len(found) != 1:
        raise Refused("%(count)s accounts are called “%(name)s”; write the user name, or leave the cell empty",
                      count=len(found) or "no", name=row.owner)  # fmt: skip
    return found[0]


def _is_known(row: Row, entries: Sequence[Entry | None], owner: User | None, now: dt.datetime) -> bool:
    """Whether the ledger says all of it already: then nothing is asked or written for the row."""
    return all(entry is not None and not any(_news(entry, row, owner, now)) for entry in entries)


def _news(entry: Entry, row: Row, owner: User | None, now: dt.datetime) -> tuple[bool, bool, bool]:
    """Whether owner, plan and last contact are others than the ledger says."""
    seen = row.last_seen_at
    return (
        owner is not None and entry.owner_id != owner.pk,
        bool(row.plan) and crypto.decrypt(entry.plan) != row.plan,
        seen is not None and seen <= now and (entry.last_seen_at is None or seen - entry.last_seen_at >= A_MINUTE),
    )


def _write(row: Row, person: Person, owner: User | None, now: dt.datetime, because: Because) -> int:
    """One transaction a row: either all of it holds or nothing. Whether it changed anything."""
    with db.transaction_block():
        changed = False
        for category in row.categories:
            entry, is_new = entries.put_on(person, category, Entry.Source.SHEET, now, because)
            changed |= is_new | _change(entry, row, owner, now, because)
    return int(changed)


def _change(entry: Entry, row: Row, owner: User | None, now: dt.datetime, because: Because) -> bool:
    other_owner, other_plan, seen_later = _news(entry, row, owner, now)
    if other_owner and owner:
        entries.set_owner(entry.pk, owner, entry.deputy, now, because)
    if other_plan:
        entries.write_plan(entry.pk, row.plan, now, because)
    if seen_later and row.last_seen_at:
        due = max(entry.next_due - (entry.last_seen_at or entry.began_at) + row.last_seen_at, row.last_seen_at)
        Entry.objects.filter(pk=entry.pk).update(
            last_seen_at=row.last_seen_at, last_seen_by=because.actor, last_seen_how=row.how, next_due=due
        )
    return other_owner or other_plan or seen_later
