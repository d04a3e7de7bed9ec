"""The words of the chase in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.chase import rules, states

CHASE_STATES = {"open": pgettext_lazy("chase", "open"), "resolved": _("resolved"), "corrected": _("corrected")}
STATE_TONES = {"open": "todo", "resolved": "good", "corrected": "warn"}


@dataclass(frozen=True)
class Group:
    """A part of the segmented bar: what it is called, one letter for it, and its tone (``parts.css``)."""

    label: Any
    letter: Any
    tone: str


GROUPS = {
    "listed": Group(_("not reached"), pgettext_lazy("one letter: not reached", "N"), "todo"),
    "refused": Group(_("refused"), pgettext_lazy("one letter: refused", "X"), "bad"),
    "reached": Group(_("reached"), pgettext_lazy("one letter: reached", "R"), "a"),
    "held": Group(_("stays in place"), pgettext_lazy("one letter: stays in place", "H"), "b"),
    "sampled": Group(_("sampled again"), pgettext_lazy("one letter: sampled again", "S"), "c"),
    "resulted": Group(_("negative, to be judged"), pgettext_lazy("one letter: to be judged", "J"), "d"),
    "positive": Group(_("positive"), pgettext_lazy("one letter: positive", "P"), "bad"),
    "free": Group(_("resolved"), pgettext_lazy("one letter: resolved", "F"), "done"),
    "ended": Group(_("ended otherwise"), pgettext_lazy("one letter: ended otherwise", "E"), "done"),
}
NODES = {
    states.LISTED: _("not reached"),
    states.REACHED: _("reached"),
    states.HELD: _("stays in place"),
    states.RESAMPLED: _("sampled again"),
    states.RECEIVED: _("swab at the laboratory"),
    states.RESULTED: _("negative, to be judged"),
    states.RESOLVED: _("resolved"),
    states.MOVED_AWAY: _("moved away"),
    states.WRONG_PERSON: _("wrong person"),
    states.REFUSED: _("refused"),
    states.DECEASED: _("deceased"),
    states.ISOLATED: _("already in isolation"),
}
RESOLUTIONS = {
    "positive": _("positive, to be taken into care"),
    "released": _("released"),
    "contact": _("close contact"),
    "corrected": _("result corrected"),
    states.MOVED_AWAY: _("moved away"),
    states.WRONG_PERSON: _("wrong person"),
    states.DECEASED: _("deceased"),
    states.ISOLATED: _("already in isolation"),
}
EXCEPTIONS = {
    rules.NO_PHONE: _("no phone number that works"),
    rules.NO_ANSWER: _("no answer"),
    rules.RETEST_MISSING: _("retest missing"),
    rules.ELSEWHERE: _("handed over"),
    states.REFUSED: _("refused"),
}
CALL_OUTCOMES = {
    "stays": _("reached, stays in place"),
    "reached": _("reached"),
    "no_answer": _("no answer"),
    "wrong_number": _("wrong number"),
    "moved_away": _("has moved away"),
    "wrong_person": _("is not the person"),
    "refused": _("refuses"),
    "already_isolated": _("is in isolation already"),
    "deceased": _("has died"),
}
CHANNELS = {"phone": _("by phone"), "door": _("at the door")}
HOPS = {
    "sampled_received": _("sampled → received"),
    "received_reported": _("received → reported"),
    "sampled_reported": _("sampled → reported"),
    "reported_reached": _("reported → reached"),
    "reached_retested": _("reached → sampled again"),
    "retested_resulted": _("sampled again → result"),
    "resulted_resolved": _("result → resolved"),
    "sampled_resolved": _("sampled → resolved, all the way"),
}
ACTIONS = {
    "chase.handed_over": _("handed over a tube member"),
    "chase.removed": _("noted somebody as taken into care"),
    "chase.judged.released": _("judged: no close contact"),
    "chase.judged.contact": _("judged: close contact"),
    "view.tube": _("saw the people of a tube"),
    **{f"chase.call.{outcome}": label for outcome, label in CALL_OUTCOMES.items()},
}


def of(table: Mapping[str, Any], code: str) -> Any:
    return table.get(code, code)


def state_of(node: str, resolution: str) -> Any:
    """Where a member is, in words: how it ended, once it has."""
    return of(RESOLUTIONS, resolution) if node == states.RESOLVED and resolution else of(NODES, node)
