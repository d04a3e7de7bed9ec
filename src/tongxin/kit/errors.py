"""Errors that a user can do something about."""

from __future__ import annotations


class UserError(Exception):
    """The message is one sentence that says what is wrong and what to do."""
