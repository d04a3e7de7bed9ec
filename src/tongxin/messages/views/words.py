"""Words for what the outbox holds."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.messages import rules, states, templates

STATES: dict[str, Any] = {
    states.QUEUED: pgettext_lazy("message", "waiting"),
    states.SENDING: pgettext_lazy("message", "on its way"),
    states.SENT: pgettext_lazy("message", "sent"),
    states.DELIVERED: pgettext_lazy("message", "delivered"),
    states.FAILED: pgettext_lazy("message", "not delivered"),
    states.UNKNOWN: pgettext_lazy("message", "unknown"),
    states.WITHDRAWN: pgettext_lazy("message", "taken back"),
}
TONES = {states.SENT: "good", states.DELIVERED: "good", states.FAILED: "warn", states.UNKNOWN: "warn"}
AUDIENCES: dict[str, Any] = {
    rules.PERSON: _("a resident"),
    rules.GROUP: _("a group"),
    rules.NUMBER: _("a number"),
}
REASONS: dict[str, Any] = {
    rules.REFUSED: _("the gateway did not take it"),
    rules.DOWN: _("the gateway cannot be reached"),
    rules.NO_CHANNEL: _("no channel serves this place"),
    rules.NO_PHONE: _("no phone number is on file"),
    rules.LOST: _("nobody knows whether the gateway has it; it is not sent again"),
    rules.DENIED: _("the gateway could not deliver it"),
    rules.BAD_CHANNEL: _("the address of the channel is no good"),
    rules.NO_WORDS: _("its words could not be made"),
}


def template(key: str) -> Any:
    """The name of a template; one that is no more keeps its key."""
    return next((t.label for t in templates.known() if t.key == key), key)
