"""Every request of a page runs in one transaction that is bound to the user's scope.

``SET LOCAL`` outside a transaction is lost, so the transaction is opened here; and with it alone a failed view's rows
would be committed, so ``ATOMIC_REQUESTS`` gives each view a savepoint inside. The event stream would hold its
transaction for hours: it is left out and filters by the user's ranges itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from tongxin.access import queries
from tongxin.access.models import User
from tongxin.kit import audit, db, security

WITHOUT_SCOPE = ("/static/", "/events", "/api/")


@contextlib.contextmanager
def acting_for(user: Any) -> Iterator[None]:
    """One transaction of the web role that sees what the user may see; nothing for one who is not signed in."""
    with db.acting_as(db.WEB), db.transaction_block():
        known = isinstance(user, User) and user.is_active
        security.set_scope(queries.fill(user).ranges() if known else [])
        with audit.viewing_as(user.actor if known else ""):
            yield


class ScopeMiddleware:
    """See the module. Comes after the session and the user, before everything that reads rows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(WITHOUT_SCOPE):
            return self.get_response(request)
        with db.acting_as(db.WEB), acting_for(request.user):
            return self.get_response(request)
