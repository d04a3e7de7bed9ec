"""Buildings with their stewards, deputies and door heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tongxin.kit import db
from tongxin.ledgers.models import DoorHead, Post
from tongxin.places.place_id import Level, PlaceId


@dataclass
class Building:
    """A building: who has posts in it (its units' too), its door heads, how many are on the ledger, how many of them
    without an owner."""

    id: int
    posts: list[Post] = field(default_factory=list)
    heads: list[DoorHead] = field(default_factory=list)
    entries: int = 0
    ownerless: int = 0

    @property
    def has_steward(self) -> bool:
        return any(p.duty == Post.Duty.STEWARD and p.place_id == self.id for p in self.posts)


def buildings(place: int, after: int | None, limit: int, only_without: bool = False) -> list[Building]:
    """Buildings of a place in the order of their codes, a page at a time. The acting role sees the tree; what is counted
    lies in its scope."""
    return _filled(keys(place, limit, after, only_without))


def keys(place: int, limit: int, after: int | None = None, only_without: bool = False) -> list[int]:
    """The buildings of a place in the order of their codes."""
    lo, hi = PlaceId(place).range
    rows = db.rows(
        "SELECT b.id FROM places_place b WHERE b.level = %s AND b.id >= %s AND b.id < %s AND b.id > %s"
        " AND NOT (%s AND EXISTS (SELECT FROM ledgers_post p"
        "      WHERE p.place_id = b.id AND p.duty = 'steward' AND p.until IS NULL))"
        " ORDER BY b.id LIMIT %s",
        [int(Level.BUILDING), lo, hi, after or 0, only_without, limit],
    )
    return [key for (key,) in rows]


def one(place: int) -> Building:
    return _filled([place])[0]


def _filled(ids: Sequence[int]) -> list[Building]:
    found = {i: Building(i) for i in ids}
    if not ids:
        return []
    lo, hi, width = min(ids), max(ids) + Level.BUILDING.width, Level.BUILDING.width
    for post in Post.objects.filter(until=None, place_id__gte=lo, place_id__lt=hi).select_related("user").order_by("-duty", "pk"):
        if building := found.get(post.place_id - post.place_id % width):
            building.posts.append(post)
    heads = DoorHead.objects.filter(until=None, place_id__in=ids).select_related("person__home").order_by("pk")
    for head in heads:
        found[head.place_id].heads.append(head)
    counted = db.rows(
        "SELECT place_id - place_id %% %s, count(*), count(*) FILTER (WHERE owner_id IS NULL) FROM ledgers_entry"
        " WHERE ended_at IS NULL AND place_id >= %s AND place_id < %s GROUP BY 1",
        [width, lo, hi],
    )
    for building_id, entries, ownerless in counted:
        if building_id in found:
            found[building_id].entries, found[building_id].ownerless = entries, ownerless
    return list(found.values())


def posts_of(user_id: int) -> list[Post]:
    """The posts in force of somebody, as far as the acting role sees them."""
    return list(Post.objects.filter(user_id=user_id, until=None).order_by("place_id"))
