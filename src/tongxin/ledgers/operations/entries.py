"""One entry: put on the ledger by hand, plan, owner, end; and the owners of those who have none."""

from __future__ import annotations

import datetime as dt

from tongxin.access.models import User
from tongxin.access.rules import holds
from tongxin.kit import audit, crypto, db, events
from tongxin.kit.audit import Because
from tongxin.ledgers import kinds, rules
from tongxin.ledgers.categories import CATEGORIES, SENSITIVE
from tongxin.ledgers.models import Entry
from tongxin.ledgers.operations import derive
from tongxin.people.models import Person
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at
from tongxin.tasks import operations as tasks
from tongxin.tasks import owners
from tongxin.tasks.models import Task
from tongxin.tasks.operations import NewTask


def put_on(person: Person, category: str, source: str, now: dt.datetime, because: Because) -> tuple[Entry, bool]:
    """Put somebody on the ledger; the entry, and whether it is new. The steward of the building answers, if there is one.

    Raises Refused for a category that nobody knows.
    """
    rules.check_known(category, CATEGORIES)
    pack, key = pack_at(person.place_id, now), CATEGORIES[category].rhythm_key
    with db.transaction_block():
        owner, deputy = posted_at(person.place_id, category)
        entry, is_new = Entry.objects.get_or_create(
            person=person, category=category, ended_at=None,
            defaults={
                "place_id": person.place_id, "source": source, "owner_id": owner, "deputy_id": deputy, "began_at": now,
                "next_due": now + pack.hours(key), "rule": pack.rule(key),
            },
        )  # fmt: skip
        if is_new:
            audit.record(because, "ledger.put_on", "person", person.pk, person.place_id)
            events.publish(derive.TOPIC, [person.place_id])
    return entry, is_new


def posted_at(place_id: int, category: str) -> tuple[int | None, int | None]:
    """The steward and the deputy who would answer at a place for such an entry."""
    sensitive = category in SENSITIVE
    found = db.rows(
        "SELECT CASE WHEN steward_sees OR NOT %s THEN steward END, CASE WHEN deputy_sees OR NOT %s THEN deputy END"
        " FROM ledger_posts() WHERE place_id IN (%s, %s) ORDER BY place_id DESC",
        [sensitive, sensitive, place_id, place_id - place_id % Level.BUILDING.width],
    )
    return next((s for s, _ in found if s), None), next((d for _, d in found if d), None)


def end(entry_id: int, reason: str, now: dt.datetime, because: Because) -> Entry:
    """Take an entry off the ledger, with a reason. Raises Refused when it has ended, Entry.DoesNotExist when not seen."""
    with db.transaction_block():
        entry = _locked(entry_id)
        entry.ended_at, entry.ended_by, entry.ended_reason = now, because.actor, reason
        entry.save(update_fields=["ended_at", "ended_by", "ended_reason"])
        audit.record(because, "ledger.ended", "person", entry.person_id, entry.place_id)
        derive.drop_idle_tasks(now, [entry.person_id])
        events.publish(derive.TOPIC, [entry.place_id])
    return entry


def write_plan(entry_id: int, text: str, now: dt.datetime, because: Because) -> None:
    """The plan 健康安全保障方案 for a person, encrypted; an empty one removes it."""
    with db.transaction_block():
        entry = _locked(entry_id)
        entry.plan = crypto.encrypt(text)
        entry.save(update_fields=["plan"])
        audit.record(because, "ledger.planned", "person", entry.person_id, entry.place_id)


def set_owner(entry_id: int, owner: User | None, deputy: User | None, now: dt.datetime, because: Because) -> None:
    """Name who answers for an entry and who stands in; without an owner the community's team does. Open contact tasks go
    to the owner. Raises Refused for somebody who cannot see such an entry there."""
    with db.transaction_block():
        entry = _locked(entry_id)
        for user in (owner, deputy):
            if user:
                check_can_answer(user, entry.place_id, entry.category)
        entry.owner, entry.deputy, entry.by_team = owner, deputy, owner is None
        entry.save(update_fields=["owner", "deputy", "by_team"])
        audit.record(because, "ledger.owner", "person", entry.person_id, entry.place_id)
        if owner:
            owners.assign_for(kinds.ABOUT_PERSON[:2], kinds.SUBJECT, [(entry.person_id, owner.pk)], now, because, taken=True)
        settle_ownerless([entry.place_id], now, because)
        events.publish(derive.TOPIC, [entry.place_id])


def check_can_answer(user: User, place_id: int, category: str = "") -> None:
    """Whoever answers for people works with the ledger, there, and may see why they are on it."""
    place = PlaceId(place_id)
    if not user.is_active or not user.may("ledger.act") or not holds(user.ranges(), place.range):
        raise Refused(N_("%(name)s does not work with the ledger of this place."), name=user.name)
    if category in SENSITIVE and not user.may("ledger.sensitive"):
        raise Refused(N_("%(name)s may not see sensitive categories."), name=user.name)


def ask_for_owners(now: dt.datetime) -> int:
    """The clock: a task for each community with people for whom nobody answers by name. How many are new."""
    found = db.rows(
        "SELECT c, n FROM (SELECT place_id - place_id %% %s AS c, count(*) AS n FROM ledgers_entry"
        " WHERE ended_at IS NULL AND owner_id IS NULL AND NOT by_team GROUP BY 1) x"
        " WHERE NOT EXISTS (SELECT FROM tasks_task t WHERE t.kind = %s AND t.subject_kind = 'place' AND t.subject_id = c"
        " AND t.state IN ('open', 'claimed'))",
        [Level.COMMUNITY.width, kinds.OWNER],
    )
    wanted = [NewTask(kinds.OWNER, c, c, params={"entries": n}) for c, n in found]
    return tasks.open_tasks(wanted, now, Because("clock", "nobody answers by name"))


def settle_ownerless(places: list[int], now: dt.datetime, because: Because) -> None:
    """Close the task of each community in which everybody has an owner now."""
    communities = sorted({p - p % Level.COMMUNITY.width for p in places})
    open_ones = Task.objects.filter(
        kind=kinds.OWNER, subject_kind="place", subject_id__in=communities, state__in=("open", "claimed")
    ).values_list("subject_id", flat=True)
    done = [
        c for c in open_ones
        if not Entry.objects.filter(
            ended_at=None, owner=None, by_team=False, place_id__gte=c, place_id__lt=c + Level.COMMUNITY.width
        ).exists()
    ]  # fmt: skip
    tasks.complete_for([kinds.OWNER], "place", done, "named", now, because)


def owners_task_done(task: Task, now: dt.datetime, because: Because) -> None:
    """Somebody said that the community's team answers."""
    if task.outcome == "team":
        lo, hi = PlaceId(task.subject_id).range
        Entry.objects.filter(ended_at=None, owner=None, place_id__gte=lo, place_id__lt=hi).update(by_team=True)


def _locked(entry_id: int) -> Entry:
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry_id)
    if entry.ended_at:
        raise Refused(N_("This entry has ended."))
    return entry
