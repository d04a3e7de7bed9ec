"""Chat groups and mini-programmes that may raise needs: their secrets, and whether a message is theirs."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from dataclasses import dataclass, replace

from tongxin.kit import audit, clock, crypto, db
from tongxin.kit.audit import Because
from tongxin.needs import rules
from tongxin.needs.models import Webhook
from tongxin.places import queries as places
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at

TTL_SECONDS = 5.0
MOST = 1_000
TELL_SECONDS = 600.0
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NOBODY = "0" * 43
"""The secret against which the messages of an unknown name are tried, so that they take as long as others."""


@dataclass(frozen=True)
class Hook:
    """A hook as messages are tried against it."""

    name: str
    place_id: int
    secret: str

    @property
    def actor(self) -> str:
        return f"hook:{self.name}"


_known: dict[str, tuple[float, Hook | None]] = {}
_refused: dict[str, tuple[float, int]] = {}


def add(name: str, place_id: int, because: Because) -> str:
    """A hook of that name for a place; its secret, which is not shown again. One that was ended gets a new secret.
    Raises Refused."""
    if not _NAME.fullmatch(name):
        raise Refused(N_("The name of a hook has 1 to 40 small letters, digits and hyphens: it stands in its address."))
    if not places.existing([place_id]):
        raise Refused(N_("There is no such place."))
    secret = secrets.token_urlsafe(32)
    with db.transaction_block():
        if Webhook.objects.filter(name=name, active=True).exists():
            raise Refused(N_("This name is in use; end that hook first, or choose another name."))
        Webhook.objects.update_or_create(
            name=name,
            defaults={
                "place_id": place_id, "secret": crypto.encrypt(secret), "active": True, "made_at": clock.now(),
                "made_by": because.actor,
            },
        )  # fmt: skip
        audit.record(because, "hook.added", "hook", name, place_id)
    forget()
    return secret


def end(name: str, because: Because) -> bool:
    """End a hook; False when there is none of that name in use. Other processes learn of it within seconds."""
    with db.transaction_block():
        hook = Webhook.objects.filter(name=name, active=True).first()
        if hook is None:
            return False
        hook.active = False
        hook.save(update_fields=["active"])
        audit.record(because, "hook.ended", "hook", name, hook.place_id)
    forget()
    return True


def forget() -> None:
    """Ask the database again at the next use, in this process."""
    _known.clear()


def signed(name: str, timestamp: str, signature: str, body: bytes) -> Hook | None:
    """The hook whose message this is; None for a wrong signature or an unknown name, which take the same time."""
    hook = _find(name)
    stamp = timestamp if timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 else ""
    wanted = rules.signature(hook.secret if hook else _NOBODY, stamp, body)
    given = signature.strip().lower().removeprefix("sha256=")
    same = hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))
    return hook if same and stamp else None


def is_timely(hook: Hook, timestamp: str) -> bool:
    """Whether a signed message is of now, as the machine's clock has it: the city's may stand still or run."""
    within = pack_at(hook.place_id, clock.now()).hours("need.webhook_clock")
    return abs(time.time() - int(timestamp)) <= within.total_seconds()


def _find(name: str) -> Hook | None:
    until, hook = _known.get(name, (0.0, None))
    if until < time.monotonic():
        if len(_known) >= MOST:  # guesses must not fill the memory
            _known.clear()
        row = Webhook.objects.filter(name=name, active=True).first() if _NAME.fullmatch(name) else None
        hook = Hook(row.name, row.place_id, crypto.decrypt(row.secret)) if row else None
        _known[name] = (time.monotonic() + TTL_SECONDS, hook)
    return hook


def count_refused(name: str) -> None:
    """Note a message that was refused: one entry in the audit trail for each hook in ten minutes, with how many there were;
    the names that are none together."""
    hook = _find(name)
    key = hook.name if hook else ""
    told, count = _refused.get(key, (float("-inf"), 0))
    if time.monotonic() - told < TELL_SECONDS:
        _refused[key] = (told, count + 1)
        return
    _refused[key] = (time.monotonic(), 0)
    because = replace(Because("clock"), actor=hook.actor if hook else "nobody")
    audit.record(because, "hook.refused", "hook", key, hook.place_id if hook else None, count=count + 1)
