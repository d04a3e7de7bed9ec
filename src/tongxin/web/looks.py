"""Looks at people in the audit trail, by pages that ask again by themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest

from tongxin.kit import audit, clock
from tongxin.kit.audit import Because
from tongxin.kit.models import AuditEntry

LOOKED_LATELY = dt.timedelta(minutes=10)


def note(
    request: HttpRequest, action: str, kind: str, subject: int | str, place: int | None, count: int, **details: Any
) -> None:  # fmt: skip
    """One entry a look; a page that stays open and asks again by itself is one look in ten minutes. That needs a place in
    the viewer's scope: an earlier look without one is not found."""
    actor = request.user.actor
    same = {"actor": actor, "action": action, "subject_kind": kind, "subject_id": str(subject)}
    lately = AuditEntry.objects.filter(**same, at__gt=clock.now() - LOOKED_LATELY)
    if not (request.headers.get("HX-Request") and lately.exists()):
        audit.record(Because(actor, details=details), action, kind, subject, place, count=count)
