"""Words for the codes that rows carry, in the reader's language; an unknown code is shown as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongxin.policy.decisions import Refused
from tongxin.policy.queries import in_words

CATEGORIES = {
    "elderly_alone": _("old and living alone"),
    "pregnant": _("pregnant"),
    "dialysis": _("dialysis"),
    "disabled": _("disabled"),
    "infant": _("infant"),
    "severe_illness": _("severe illness"),
}
SEXES = {"M": _("male"), "F": _("female")}
RESULTS = {
    None: _("pending"),
    -1: _("pending"),
    0: _("invalid"),
    1: _("negative"),
    2: _("inconclusive"),
    3: _("positive"),
}
RESULT_TONES = {None: "todo", -1: "todo", 0: "warn", 1: "good", 2: "warn", 3: "bad"}
TUBE_KINDS = {1: _("single tube"), 2: _("household tube"), 3: _("mixed tube")}
LEVELS = {
    1: _("province"), 2: _("city"), 3: _("district"), 4: _("street"), 5: _("community"), 6: _("compound"),
    7: _("building"), 8: _("unit"),
}  # fmt: skip
SUBJECTS = {"person": _("person"), "home": _("home"), "place": _("place"), "facility": _("facility")}
FACILITIES = {
    "sampling_site": _("sampling site"),
    "lab": _("laboratory"),
    "hospital": _("hospital"),
    "pharmacy": _("pharmacy"),
    "hotel": _("isolation hotel"),
    "depot": _("depot"),
    "market": _("market"),
    "checkpoint": _("checkpoint"),
    "school": _("school"),
    "dormitory": _("dormitory"),
    "enterprise": _("enterprise"),
}
ACTIONS = {
    "view.person": _("opened the record"),
    "view.phone": _("saw the phone number"),
    "view.message": _("read a message"),
    "view.search": _("searched the register"),
    "view.list": _("saw a list of residents"),
    "view.restrictions": _("saw a list of who is limited"),
    "view.objection": _("read an objection"),
    "view.compare": _("saw whom a change of the rules concerns"),
    "user.created": _("created an account"),
    "user.changed": _("changed an account"),
    "user.activated": _("opened an account again"),
    "user.deactivated": _("closed an account"),
    "user.password": _("set a password"),
    "token.added": _("added a token"),
    "token.revoked": _("revoked a token"),
    "task.opened": _("opened tasks"),
    "task.done": _("did a task"),
    "task.cancelled": _("cancelled tasks"),
    "task.handed_over": _("handed over a task"),
    "task.reopened": _("opened a task again"),
    "task.escalated": _("passed tasks up"),
    "restriction.imposed": _("imposed restrictions"),
    "restriction.released": _("lifted restrictions"),
    "restriction.withdrawn": _("withdrew restrictions"),
    "restriction.lapsed": _("restrictions lapsed"),
    "restriction.extended": _("extended a restriction"),
    "restriction.rederived": _("ended restrictions earlier, under another pack"),
    "message.queued": _("wrote messages"),
    "message.withdrawn": _("took a message back"),
    "message.worded": _("changed the words of a message"),
    "message.channel": _("set up a channel"),
    "message.group": _("set up a group"),
    "policy.adopted": _("adopted a rule pack"),
    "policy.rolled_back": _("rolled a rule pack back"),
    "policy.withdrawn": _("withdrew the plan for a rule pack"),
    "policy.derived": _("derived anew what is in force"),
    "policy.commented": _("commented on a parameter"),
    "policy.level": _("set the response level"),
    "import.uploaded": _("gave in a file"),
}
AUDIT_KINDS = {
    "person": _("person"),
    "user": _("user"),
    "token": _("token"),
    "task": _("task"),
    "restriction": _("restriction"),
    "import": _("import"),
    "message": _("message"),
    "channel": _("channel"),
    "group": _("group"),
    "template": _("words of a message"),
    "policy": _("rule pack"),
}
IMPORT_KINDS = {
    "places": _("places"),
    "people": _("residents"),
    "rounds": _("rounds"),
    "scans": _("scans"),
    "results": _("results"),
    "handovers": _("hand-overs"),
}


def of(table: Mapping[Any, Any], code: Any) -> Any:
    return table.get(code, code if code is not None else "–")


def action(code: str) -> Any:
    """What an entry of the audit trail says was done."""
    return ACTIONS.get(code, code)


ACTORS = {"system": _("by itself"), "clock": _("by the clock"), "cli": _("command line"), "resident": _("the resident")}


def actor(text: str) -> str:
    """Who acts, as a person reads it: the name without its ``user:``; of residents not which one."""
    who = text.partition(":")[0]
    return str(ACTORS[who]) if who in ACTORS else text.removeprefix("user:")


def moment(at: dt.datetime | None) -> str:
    """A moment of the city, to the minute."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def english() -> bool:
    """Whether the reader's language is English: for texts that a record holds in both languages."""
    return (get_language() or "").startswith("en")


def refusal(reason: Refused, words: Mapping[str, Any] | None = None) -> str:
    """Why a rule says no, in the reader's language: times as they are read, numbers without idle zeros, and the codes that
    ``words`` names in its words."""
    return in_words(reason.sentence, {name: _told(value, words or {}) for name, value in reason.values.items()})


def _told(value: Any, words: Mapping[str, Any]) -> Any:
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else float(f"{value:g}")
    return words.get(value, value) if isinstance(value, str) else value


SENSITIVE_CATEGORIES: set[str] = set()
"""Those that only whoever may see sensitive ones is shown; the ledger says which."""


def categories(text: str, user: Any) -> list[Any]:
    """The register's categories of a person, as far as the user may see them; several are separated by ``|``."""
    hidden: set[str] = set() if user.may("ledger.sensitive") else SENSITIVE_CATEGORIES
    return [of(CATEGORIES, code) for code in text.split("|") if code and code not in hidden]
