"""Users, roles as data, scopes, and bearer tokens."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.Model):
    """A named set of capabilities."""

    key = models.TextField(primary_key=True)

    def __str__(self) -> str:
        return self.key


class RoleCapability(models.Model):
    """One cell of the table that says what a role may do."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="capabilities")
    capability = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "capability"], name="role_capability_once")]


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """Someone who signs in. What they may do comes from the role, where from the scopes."""

    username = models.TextField(unique=True)
    name = models.TextField()
    role = models.ForeignKey(Role, models.PROTECT)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    @property
    def actor(self) -> str:
        """The user's name in the audit trail."""
        return f"user:{self.username}"

    def capabilities(self) -> frozenset[str]:
        if not hasattr(self, "_capabilities"):
            self._capabilities = frozenset(self.role.capabilities.values_list("capability", flat=True))
        return self._capabilities

    def may(self, capability: str) -> bool:
        return self.is_active and capability in self.capabilities()

    def ranges(self) -> list[tuple[int, int]]:
        """The scope as ``[lo, hi)`` ranges of place identifiers."""
        from tongxin.places.place_id import PlaceId

        return [PlaceId(p).range for p in self.places()]

    def places(self) -> list[int]:
        if not hasattr(self, "_places"):
            self._places: list[Any] = sorted(self.scopes.values_list("place_id", flat=True))
        return self._places


class UserScope(models.Model):
    """A place that a user answers for, with all that stands in it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="scopes")
    place_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place_id"], name="user_scope_once")]


class Token(models.Model):
    """A bearer token of a device, a laboratory or a channel. Only its hash is kept."""

    name = models.TextField(unique=True)
    digest = models.TextField(unique=True)
    place_id = models.BigIntegerField()
    capabilities = models.TextField(help_text="separated by spaces")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    @property
    def actor(self) -> str:
        return f"device:{self.name}"

    def may(self, capability: str) -> bool:
        return self.revoked_at is None and capability in self.capabilities.split()
