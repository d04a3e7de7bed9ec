"""Who a bearer token belongs to. Only the SHA-256 of a token is kept: finding it by an index on that hash takes the
same time whatever the guess has in common with a real one, and 256 random bits need no slow hash."""

from __future__ import annotations

import hashlib
import time

from tongxin.access.models import Token

TTL_SECONDS = 5.0
MOST = 10_000
_cache: dict[str, tuple[float, Token | None]] = {}


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def forget() -> None:
    """Ask the database again at the next use, in this process."""
    _cache.clear()


def authenticate(authorization: str) -> Token | None:
    """The token of an ``Authorization`` header; None for a missing, unknown or revoked one.

    What the database said is believed for ``TTL_SECONDS``, so a revoked token works no longer than that.
    """
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    key, now = digest(secret.strip()), time.monotonic()
    known = _cache.get(key)
    if known is None or known[0] < now:
        if len(_cache) >= MOST:  # guesses must not fill the memory
            _cache.clear()
        known = now + TTL_SECONDS, Token.objects.filter(digest=key, revoked_at=None).first()
        _cache[key] = known
    return known[1]
