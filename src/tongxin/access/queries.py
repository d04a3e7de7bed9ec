"""Reads of users, roles and tokens. Users carry no jurisdiction of their own: who may see whom is decided here."""

from __future__ import annotations

from collections.abc import Iterable

from tongxin.access import rules
from tongxin.access.models import Role, User
from tongxin.kit import db
from tongxin.places import queries as places
from tongxin.places.place_id import PlaceId


def fill(user: User) -> User:
    """Read what a user may do and where, in one query, before anything asks for it."""
    capabilities, scopes = db.rows(
        "SELECT ARRAY(SELECT capability FROM access_rolecapability WHERE role_id = %s),"
        " ARRAY(SELECT place_id FROM access_userscope WHERE user_id = %s ORDER BY place_id)",
        [user.role_id, user.pk],
    )[0]
    user._capabilities, user._places = frozenset(capabilities), list(scopes)
    return user


def everything() -> tuple[int, int] | None:
    """The range of the whole tree; None while no places are loaded."""
    try:
        return PlaceId(places.root()).range
    except LookupError:
        return None


def manageable_by(admin: User) -> list[User]:
    """The users whom an administrator sees and manages: those whose whole scope lies in the administrator's."""
    whole, mine = everything(), admin.ranges()
    found = User.objects.select_related("role").prefetch_related("scopes").order_by("username")
    return [u for u in found if rules.can_manage(mine, scope_ranges(u), whole)]


def manageable(admin: User, user_id: int) -> User | None:
    """One such user; None where there is none that the administrator may see."""
    found = User.objects.select_related("role").prefetch_related("scopes").filter(pk=user_id).first()
    return found if found and rules.can_manage(admin.ranges(), scope_ranges(found), everything()) else None


def scope_ranges(user: User) -> list[tuple[int, int]]:
    """A user's ranges from scopes that were read ahead."""
    return [PlaceId(s.place_id).range for s in user.scopes.all()]


def standing_place(scopes: Iterable[int]) -> int | None:
    """The smallest place that holds all of a scope: where the audit trail files what concerns such a user."""
    known = [PlaceId(p) for p in scopes]
    if not known:
        whole = everything()
        return whole[0] if whole else None
    shared = [a for a in (*known[0].ancestors, known[0]) if all(a.contains(p) for p in known)]
    return int(shared[-1]) if shared else None


def roles() -> list[tuple[Role, list[str]]]:
    """Every role with its capabilities."""
    found = Role.objects.prefetch_related("capabilities").order_by("pk")
    return [(role, sorted(c.capability for c in role.capabilities.all())) for role in found]
