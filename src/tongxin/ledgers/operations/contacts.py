"""Contacts: when one is due its task is opened, and what came of it is written and acted on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tongxin.kit import audit, crypto, db, events
from tongxin.kit.audit import Because
from tongxin.ledgers import kinds, registry, rules, terms
from tongxin.ledgers.models import Contact, Entry
from tongxin.ledgers.operations.derive import TOPIC
from tongxin.ledgers.registry import Help
from tongxin.people.models import Person
from tongxin.tasks import operations as tasks
from tongxin.tasks import owners
from tongxin.tasks.models import Task
from tongxin.tasks.operations import NewTask

AT_ONCE = 20_000
FOLLOWING = {"visit": kinds.VISIT, "check": kinds.CHECK}


@dataclass(frozen=True)
class Told:
    """What somebody found out about a person: how they asked (``rules.HOWS``), the outcome, and what was said."""

    how: str
    outcome: str
    note: str = ""
    round_id: int | None = None


def record(person_id: int, told: Told, now: dt.datetime, because: Because) -> Contact:
    """Write a contact with somebody on the ledger and what follows from it; their open contact task is done by it.

    Raises Refused for an answer that nobody knows, Entry.DoesNotExist for somebody who is not on the ledger.
    """
    rules.check_known(told.outcome, rules.OUTCOMES)
    rules.check_known(told.how, rules.HOWS)
    with db.transaction_block():
        entry = Entry.objects.filter(person_id=person_id, ended_at=None).order_by("pk").select_for_update().first()
        if entry is None:
            raise Entry.DoesNotExist
        contact = Contact(
            person_id=person_id, place_id=entry.place_id, at=now, by=because.actor, how=told.how, outcome=told.outcome,
            note=crypto.encrypt(told.note), round_id=told.round_id,
        )  # fmt: skip
        contact.save(force_insert=True)
        _bring_forward([person_id], told, now, because)
        audit.record(because, f"ledger.{told.outcome}", "person", person_id, entry.place_id)
        _close(person_id, told, now, because)
        _follow(contact, entry, told, now, because)
        events.publish(TOPIC, [entry.place_id])
    return contact


def _bring_forward(persons: list[int], told: Told, now: dt.datetime, because: Because) -> None:
    db.execute(
        db.sql("ledgers/contacted"),
        {
            **terms.rhythms(now), "persons": persons, "now": now, "by": because.actor, "how": told.how,
            "seen": rules.counts_as_seen(told.outcome), "moves": told.outcome != rules.NOT_REACHED,
        },
    )  # fmt: skip


def _close(person_id: int, told: Told, now: dt.datetime, because: Because) -> None:
    """Reached in whatever way, nothing is left to try; not reached at the door, the visit was made."""
    done = kinds.ABOUT_PERSON
    if told.outcome == rules.NOT_REACHED:
        done = (kinds.CONTACT,) if told.how != rules.DOOR else (kinds.CONTACT, kinds.VISIT)
    tasks.complete_for(done, kinds.SUBJECT, [person_id], told.outcome, now, because)


def _follow(contact: Contact, entry: Entry, told: Told, now: dt.datetime, because: Because) -> None:
    what = rules.follows(told.how, told.outcome)
    if kind := FOLLOWING.get(what):
        tasks.open_tasks([NewTask(kind, entry.place_id, entry.person_id)], now, because)
        if kind == kinds.VISIT and entry.owner_id:
            owners.assign_for([kind], kinds.SUBJECT, [(entry.person_id, entry.owner_id)], now, because)
    elif what == "help":
        home = Person.objects.filter(pk=entry.person_id).values_list("home_id", flat=True).first()
        ask_help(Help(entry.place_id, entry.person_id, home, told.note, contact_id=contact.pk), now, because)


def ask_help(asked: Help, now: dt.datetime, because: Because) -> None:
    """Tell the stage of needs; while it is not there the community has a task."""
    if not registry.helped(asked, now, because) and asked.person_id is not None:
        tasks.open_tasks([NewTask(kinds.HELP, asked.place_id, asked.person_id)], now, because)


def open_due(now: dt.datetime) -> int:
    """The clock: a task for everybody whose next contact is due soon, theirs who answers for them. How many are new."""
    because = Because("clock", "the rhythm of the ledger")
    leads = terms.leads(now)
    params = {
        **leads, "now": now, "latest": now + max(leads["leads"]), "subject": kinds.SUBJECT,
        "kinds": list(kinds.ABOUT_PERSON), "most": AT_ONCE,
    }  # fmt: skip
    with db.transaction_block():
        due = db.rows(db.sql("ledgers/contacts_due"), params)
        wanted = [NewTask(kinds.CONTACT, place, person, due_at=at) for person, place, at, _ in due]
        count = tasks.open_tasks(wanted, now, because)
        named = [(person, owner) for person, _, _, owner in due if owner]
        owners.assign_for([kinds.CONTACT], kinds.SUBJECT, named, now, because)
    return count


def task_done(task: Task, now: dt.datetime, because: Because) -> None:
    """A task about somebody on the ledger was done from the worklist: its outcome is a contact."""
    if not Entry.objects.filter(person_id=task.subject_id, ended_at=None).exists():
        return
    outcome = task.outcome if task.outcome in rules.OUTCOMES else rules.SEEN
    how = rules.PHONE if task.kind == kinds.CONTACT else rules.DOOR
    record(task.subject_id, Told(how, outcome, str(task.evidence.get("note", ""))), now, because)
