"""Writes of users, roles, scopes and tokens; each leaves its entry in the audit trail."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace

from tongxin.access import queries, tokens
from tongxin.access.capabilities import CAPABILITIES
from tongxin.access.models import Role, Token, User, UserScope
from tongxin.access.rules import N_, NotAllowed
from tongxin.kit import audit, clock, db
from tongxin.kit.audit import Because
from tongxin.places import queries as places
from tongxin.places.place_id import PlaceId


def create_user(username: str, name: str, role: str, place_ids: Iterable[int], password: str, because: Because) -> User:
    """A new user with a role and scopes. Raises NotAllowed for a name in use, an unknown role or an unknown place."""
    wanted = _known_places(place_ids)
    with db.transaction_block():
        if User.objects.filter(username=username).exists():
            raise NotAllowed(N_("This user name is in use."))
        user = User(username=username, name=name, role=_role(role))
        user.set_password(password)
        user.save(force_insert=True)
        UserScope.objects.bulk_create(UserScope(user=user, place_id=p) for p in wanted)
        _record(because, "user.created", user, wanted, role=role, places=wanted)
    return user


def change_user(user: User, name: str, role: str, place_ids: Iterable[int], because: Because) -> User:
    """Give a user another name, role or scope. What was and what is stands in the audit trail."""
    wanted = _known_places(place_ids)
    with db.transaction_block():
        user = User.objects.select_for_update().get(pk=user.pk)
        before = {"role": user.role_id, "places": user.places()}
        user.name, user.role = name, _role(role)
        user.save(update_fields=["name", "role"])
        UserScope.objects.filter(user=user).exclude(place_id__in=wanted).delete()
        kept = set(UserScope.objects.filter(user=user).values_list("place_id", flat=True))
        UserScope.objects.bulk_create(UserScope(user=user, place_id=p) for p in wanted if p not in kept)
        _record(because, "user.changed", user, [*before["places"], *wanted], before=before, role=role, places=wanted)
    return User.objects.get(pk=user.pk)


def set_active(user: User, active: bool, because: Because) -> User:
    """Shut a user out, or let them in again. Whoever is signed in loses the session with the next request."""
    with db.transaction_block():
        user.is_active = active
        user.save(update_fields=["is_active"])
        _record(because, "user.activated" if active else "user.deactivated", user, user.places())
    return user


def set_password(user: User, password: str, because: Because) -> User:
    """A new password; every session of the user ends."""
    with db.transaction_block():
        user.set_password(password)
        user.save(update_fields=["password"])
        _record(because, "user.password", user, user.places())
    return user


def add_token(name: str, place_id: int, capabilities: Iterable[str], because: Because | None = None) -> str:
    """A bearer token for a device, a laboratory or a channel. The secret is returned once and not kept.

    Raises NotAllowed for a name in use, an unknown place or an unknown capability.
    """
    wanted = sorted(set(capabilities))
    if not wanted or set(wanted) - set(CAPABILITIES):
        raise NotAllowed(N_("A token needs capabilities that exist."))
    (place,) = _known_places([place_id])
    secret = "txn_" + secrets.token_urlsafe(32)
    with db.transaction_block():
        if Token.objects.filter(name=name).exists():
            raise NotAllowed(N_("This token name is in use."))
        Token(
            name=name, digest=tokens.digest(secret), place_id=place, capabilities=" ".join(wanted),
            created_at=clock.now(),
        ).save(force_insert=True)  # fmt: skip
        said = replace(because or Because("cli"), details={"capabilities": wanted})
        audit.record(said, "token.added", "token", name, place)
    return secret


def revoke_token(name: str, because: Because | None = None) -> bool:
    """End a token; False when there is none of that name in use. Other processes learn of it within seconds."""
    with db.transaction_block():
        token = Token.objects.filter(name=name, revoked_at=None).first()
        if token is None:
            return False
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        audit.record(because or Because("cli"), "token.revoked", "token", name, token.place_id)
    tokens.forget()
    return True


def _role(key: str) -> Role:
    found = Role.objects.filter(pk=key).first()
    if found is None:
        raise NotAllowed(N_("There is no such role."))
    return found


def _known_places(place_ids: Iterable[int]) -> list[int]:
    """The places in order, without those that lie in another one of them. Raises NotAllowed for one not in the tree."""
    wanted = sorted({int(p) for p in place_ids})
    if set(wanted) - places.existing(wanted):
        raise NotAllowed(N_("There is no such place."))
    return [p for p in wanted if not any(q != p and PlaceId(q).contains(p) for q in wanted)]


def _record(because: Because, action: str, user: User, scopes: Iterable[int], **details: object) -> None:
    said = replace(because, details={**because.details, **details})
    audit.record(said, action, "user", user.username, queries.standing_place(scopes))
