"""One click per role to look around: only in a demo, which names its accounts in ``TONGXIN_DEMO_LOGINS``."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from tongxin.access.capabilities import role_label
from tongxin.access.models import User


@dataclass(frozen=True)
class Login:
    username: str
    password: str
    name: str
    role: str


def logins() -> list[Login]:
    """The accounts of the demo. The variable is a JSON object: user name → password."""
    try:
        known = json.loads(os.environ.get("TONGXIN_DEMO_LOGINS", "{}"))
    except ValueError:
        return []
    if not isinstance(known, dict) or not known:
        return []
    users = User.objects.filter(username__in=known, is_active=True).order_by("pk")
    return [Login(u.username, str(known[u.username]), u.name, role_label(u.role_id)) for u in users]
