"""Stewards, deputies and door heads: appointed to a building or unit, ended, and all that is theirs handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tongxin.access import operations as access
from tongxin.access import rules as access_rules
from tongxin.access.models import User
from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.ledgers import kinds, rules
from tongxin.ledgers.categories import SENSITIVE
from tongxin.ledgers.models import DoorHead, Entry, Offer, Post
from tongxin.ledgers.operations import entries
from tongxin.ledgers.operations.derive import TOPIC
from tongxin.people.models import Person
from tongxin.places.place_id import PlaceId
from tongxin.policy.decisions import N_, Refused
from tongxin.tasks import owners

STEWARD_ROLE = "steward"
Range = tuple[int, int]


@dataclass(frozen=True)
class HandedOver:
    """What went from one to another."""

    entries: int
    tasks: int
    posts: int
    offers: int


def appoint(place: PlaceId, user: User, duty: str, now: dt.datetime, because: Because) -> Post:
    """Make somebody steward (or deputy) of a building or unit. Whoever has the steward's role comes to see the place by it;
    anybody else must see it already. Entries without an owner there become theirs.

    Raises Refused for a place that is neither, a post that is taken, or somebody who does not work with the ledger.
    """
    rules.check_can_post(place)
    with db.transaction_block():
        _widen(User.objects.get(pk=user.pk), place, because)  # as it stands now: another post may have widened it since
        user = User.objects.get(pk=user.pk)
        entries.check_can_answer(user, int(place))
        in_force = Post.objects.select_for_update().filter(place_id=place, until=None)
        if duty == Post.Duty.STEWARD and in_force.filter(duty=duty).exists():
            raise Refused(N_("This place has a steward; hand their work over first."))
        if in_force.filter(user=user).exists():
            raise Refused(N_("%(name)s has a post here already."), name=user.name)
        post = Post(place_id=place, duty=duty, user=user, since=now, appointed_by=because.actor)
        post.save(force_insert=True)
        took = _take_over(place, user, duty)
        said = replace(because, details={**because.details, "user": user.username, "entries": len(took)})
        audit.record(said, f"steward.{duty}", "place", int(place), int(place))
        entries.settle_ownerless([int(place)], now, because)
        if duty == Post.Duty.STEWARD:
            _assign_tasks(user, place, now, because)
        events.publish(TOPIC, [int(place)])
    return post


def _widen(user: User, place: PlaceId, because: Because) -> None:
    if user.role_id == STEWARD_ROLE and not access_rules.holds(user.ranges(), place.range):
        access.change_user(user, user.name, user.role_id, [*user.places(), int(place)], because)


def _take_over(place: PlaceId, user: User, duty: str) -> list[int]:
    lo, hi = place.range
    params = {
        "user": user.pk, "duty": duty, "lo": lo, "hi": hi, "sees": user.may("ledger.sensitive"),
        "sensitive": sorted(SENSITIVE),
    }  # fmt: skip
    return [p for (p,) in db.rows(db.sql("ledgers/appointed"), params)]


def _assign_tasks(user: User, place: PlaceId, now: dt.datetime, because: Because) -> None:
    lo, hi = place.range
    mine = Entry.objects.filter(owner=user, ended_at=None, place_id__gte=lo, place_id__lt=hi).values_list("person_id", flat=True)
    owners.assign_for(kinds.ABOUT_PERSON[:2], kinds.SUBJECT, [(p, user.pk) for p in sorted(set(mine))], now, because)


def end_deputy(post_id: int, now: dt.datetime, because: Because) -> Post:
    """A deputy leaves. (A steward's post ends by handing over.) Raises Refused when it has ended or is a steward's."""
    with db.transaction_block():
        post = Post.objects.select_for_update(of=("self",)).get(pk=post_id)
        if post.until or post.duty != Post.Duty.DEPUTY:
            raise Refused(N_("Only a deputy's post ends like this; a steward hands over."))
        post.until, post.ended_reason = now, because.reason
        post.save(update_fields=["until", "ended_reason"])
        lo, hi = PlaceId(post.place_id).range
        Entry.objects.filter(deputy_id=post.user_id, ended_at=None, place_id__gte=lo, place_id__lt=hi).update(deputy=None)
        audit.record(because, "steward.ended", "place", post.place_id, post.place_id)
        _narrow(post.user, [post.place_id], because)
    return post


def hand_over(
    leaving: User, successor: User | None, ranges: Sequence[Range], now: dt.datetime, because: Because
) -> HandedOver:
    """Everything that somebody answers for within these ranges goes to a successor, or each to its own deputy: entries,
    posts, open tasks, offers taken. Nothing stays without an owner.

    Raises Refused, changing nothing, where something would, or where the new owner may not see it.
    """
    with db.transaction_block():
        mine = [e for e in Entry.objects.select_for_update().filter(owner=leaving, ended_at=None) if _within(e.place_id, ranges)]
        new = {e.pk: successor.pk if successor else e.deputy_id for e in mine}
        people = {u.pk: u for u in User.objects.filter(pk__in={u for u in new.values() if u}).select_related("role")}
        posts = [p for p in Post.objects.select_for_update().filter(user=leaving, until=None) if _within(p.place_id, ranges)]
        moved = _move_posts(posts, successor, now, because)
        people = {pk: User.objects.get(pk=pk) for pk in people}  # their scopes may have grown with the posts
        unable = [e for e in mine if (u := new[e.pk]) and not _may_see(people[u], e)]
        rules.check_can_hand_over(leaving.pk, successor.pk if successor else 0, sum(u is None for u in new.values()), len(unable))
        _give(mine, new)
        count = _pass_tasks(leaving, successor, mine, new, ranges, now, because)
        offers = _pass_offers(leaving, successor, ranges, now)
        _narrow(leaving, [p.place_id for p in posts], because)
        done = HandedOver(len(mine), count, moved, offers)
        _tell(leaving, successor, done, mine, posts, because)
        entries.settle_ownerless([e.place_id for e in mine], now, because)
    return done


def _within(place_id: int, ranges: Sequence[Range]) -> bool:
    return any(lo <= place_id < hi for lo, hi in ranges)


def _may_see(user: User, entry: Entry) -> bool:
    sees = entry.category not in SENSITIVE or user.may("ledger.sensitive")
    return sees and user.may("ledger.act") and access_rules.holds(user.ranges(), (entry.place_id, entry.place_id + 1))


def _move_posts(posts: Sequence[Post], successor: User | None, now: dt.datetime, because: Because) -> int:
    """A steward's post goes to the successor, or to the deputy of the place."""
    for post in posts:
        post.until, post.ended_reason = now, because.reason
        post.save(update_fields=["until", "ended_reason"])
        if post.duty != Post.Duty.STEWARD:
            lo, hi = PlaceId(post.place_id).range
            Entry.objects.filter(deputy_id=post.user_id, ended_at=None, place_id__gte=lo, place_id__lt=hi).update(deputy=None)
            continue
        deputy = Post.objects.filter(place_id=post.place_id, duty=Post.Duty.DEPUTY, until=None).order_by("pk").first()
        heir = successor or (deputy.user if deputy else None)
        if heir is None:
            raise Refused(N_("A building would have no steward: it has no deputy. Name who takes it over."))
        Post.objects.filter(place_id=post.place_id, user=heir, until=None).update(until=now, ended_reason="steward now")
        appoint(PlaceId(post.place_id), heir, Post.Duty.STEWARD, now, because)
    return len(posts)


def _give(mine: Sequence[Entry], new: dict[int, int | None]) -> None:
    db.execute(
        "UPDATE ledgers_entry e SET owner_id = w.owner, deputy_id = CASE WHEN e.deputy_id = w.owner THEN NULL ELSE e.deputy_id END"
        " FROM unnest(%s::bigint[], %s::bigint[]) AS w (id, owner) WHERE e.id = w.id",
        [[e.pk for e in mine], [new[e.pk] for e in mine]],
    )


def _pass_tasks(
    leaving: User, successor: User | None, mine: Sequence[Entry], new: dict[int, int | None], ranges: Sequence[Range],
    now: dt.datetime, because: Because,
) -> int:  # fmt: skip
    """Tasks about persons go to those who now answer for them, all others to the successor, or back on the list."""
    heirs = sorted({e.person_id: heir for e in mine if (heir := new[e.pk])}.items())
    about = owners.assign_for(kinds.ABOUT_PERSON, kinds.SUBJECT, heirs, now, because, taken=True)
    return about + owners.pass_on(leaving.pk, successor.pk if successor else None, ranges, now, because)


def _pass_offers(leaving: User, successor: User | None, ranges: Sequence[Range], now: dt.datetime) -> int:
    taken = [o for o in Offer.objects.filter(claimed_by=leaving, state="claimed") if _within(o.place_id, ranges)]
    for offer in taken:
        offer.claimed_by, offer.state = successor, "claimed" if successor else "open"
        offer.save(update_fields=["claimed_by", "state"])
    return len(taken)


def _narrow(user: User, places: Sequence[int], because: Because) -> None:
    """Whoever sees a building by the post alone no longer does without it."""
    if user.role_id != STEWARD_ROLE or not places:
        return
    user = User.objects.get(pk=user.pk)
    kept = set(Post.objects.filter(user=user, until=None).values_list("place_id", flat=True))
    left = [p for p in user.places() if p not in set(places) - kept]
    if left != user.places():
        access.change_user(user, user.name, user.role_id, left, because)


def _tell(
    leaving: User, successor: User | None, done: HandedOver, mine: Sequence[Entry], posts: Sequence[Post], because: Because
) -> None:
    places = [*(e.place_id for e in mine), *(p.place_id for p in posts)]
    said = replace(
        because,
        details={**because.details, "from": leaving.username, "to": successor.username if successor else "deputies",
                 "entries": done.entries, "tasks": done.tasks},
    )  # fmt: skip
    if places:
        audit.record(said, "ledger.handed_over", "user", leaving.username, min(places), count=done.entries + done.tasks)
        events.publish(TOPIC, places)


def add_door_head(place: PlaceId, person: Person, now: dt.datetime, because: Because) -> DoorHead:
    """Make a resident one of the two door heads of the building. Raises Refused for a third, or somebody from elsewhere."""
    with db.transaction_block():
        present = DoorHead.objects.select_for_update().filter(place_id=place, until=None)
        if present.filter(person=person).exists():
            raise Refused(N_("This person is a door head already."))
        rules.check_can_add_door_head(len(present), place, person.place_id)
        head = DoorHead(place_id=place, person=person, since=now, appointed_by=because.actor)
        head.save(force_insert=True)
        audit.record(because, "steward.door_head", "person", person.pk, int(place))
    return head


def end_door_head(head_id: int, now: dt.datetime, because: Because) -> DoorHead:
    """Raises Refused when that has ended already."""
    with db.transaction_block():
        head = DoorHead.objects.select_for_update(of=("self",)).get(pk=head_id)
        if head.until:
            raise Refused(N_("This has ended already."))
        head.until = now
        head.save(update_fields=["until"])
        audit.record(because, "steward.door_head_ended", "person", head.person_id, head.place_id)
    return head
