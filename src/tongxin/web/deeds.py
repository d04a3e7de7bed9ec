"""Doing something for a page: the jobs role does it whole, and a refusal is told in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tongxin.kit import db
from tongxin.policy.decisions import Refused
from tongxin.web import labels


def done(deed: Callable[[], Any], words: Mapping[str, Any] | None = None) -> str:
    """Do it, in a transaction of its own; the reason where it was refused (with its codes in these words), else nothing."""
    try:
        with db.acting_as_jobs():
            deed()
    except Refused as reason:
        return labels.refusal(reason, words)
    return ""
