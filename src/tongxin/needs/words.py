"""The words of needs in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.needs import rules, states
from tongxin.needs.kinds import EMERGENCY, ROUTINE, URGENT

STATES = {
    states.NEW: pgettext_lazy("need", "to be read"),
    states.OPEN: pgettext_lazy("need", "being worked on"),
    states.DONE: pgettext_lazy("need", "done, to be asked"),
    states.CLOSED: pgettext_lazy("need", "solved"),
    states.MERGED: pgettext_lazy("need", "merged"),
    states.WITHDRAWN: pgettext_lazy("need", "withdrawn"),
}
STATE_TONES = {states.NEW: "todo", states.OPEN: "todo", states.DONE: "warn", states.CLOSED: "good", states.MERGED: "good",
               states.WITHDRAWN: "good"}  # fmt: skip
LISTS = {
    "live": _("all that wait"),
    "waiting": _("not done yet"),
    **STATES,
    "asked": _("all, merged ones once"),
    "all": _("all"),
}
URGENCY_TONES = {EMERGENCY: "bad", URGENT: "warn", ROUTINE: "todo"}
TOPICS = {
    "heating": _("heating"),
    "water": _("water"),
    "power": _("power"),
    "lift": pgettext_lazy("building", "lift"),
    "drains": _("drains"),
    "gas": _("gas"),
    "network": _("network"),
    "insulin": _("insulin"),
    "blood_pressure": _("blood pressure"),
    "diabetes": _("diabetes"),
    "milk_powder": _("milk powder"),
    "dialysis": _("dialysis"),
    "vegetables": _("vegetables"),
    "kettle": _("kettle"),
    "garbage": _("garbage"),
}
EVENTS = {
    "raised": pgettext_lazy("need", "raised"),
    "confirmed": _("read and sent to its team"),
    "done": _("done"),
    "closed": _("solved, by the resident's word"),
    "reopened": _("not solved: opened again"),
    "withdrawn": _("withdrawn"),
    "merged": _("merged into another need"),
    "joined": _("another need was merged into it"),
    "promised": _("promised to the caller"),
    "noted": _("noted"),
    "step": _("a step is taken"),
    "watched": _("to be watched"),
    "unwatched": _("no longer to be watched"),
    "district": _("the district was called"),
    "stuck": _("the team could not do it"),
    "nobody": _("nobody could be asked"),
    "no_emergency": _("no emergency"),
}
WAYS = {
    rules.REPLY: _("the resident wrote or said so"),
    rules.CALL_BACK: _("they said so when called back"),
    rules.DEPUTY: _("nobody can be asked: the deputy's reason"),
}
SATISFACTION = {5: _("very satisfied"), 4: _("satisfied"), 3: _("so so"), 2: _("not satisfied"), 1: _("not at all")}
WHEN = {"overdue": _("overdue"), "soon": _("due within 2 hours")}
DONE = {"any": _("done"), "in_time": _("done in time"), "late": _("done too late")}
ACTIONS = {
    "view.need": _("opened a need"),
    "view.needs": _("saw a list of needs"),
    "view.caller": _("looked up a caller"),
    "need.raised": _("took in needs"),
    "need.confirmed": _("confirmed a need"),
    "need.done": _("said that a need is done"),
    "need.closed": _("closed a need by the resident's word"),
    "need.reopened": _("opened a need again"),
    "need.withdrawn": _("withdrew a need"),
    "need.merged": _("merged a need into another"),
    "need.joined": _("merged another need into a need"),
    "need.two": _("kept two needs apart"),
    "need.promised": _("promised something to a caller"),
    "need.noted": _("wrote down what was said of a need"),
    "need.step": _("took a step of a need"),
    "need.watched": _("let a need be watched"),
    "need.unwatched": _("ended the watch on a need"),
    "need.district": _("called the district about a need"),
    "need.stuck": _("could not do what was needed"),
    "need.nobody": _("could ask nobody whether a need is solved"),
    "need.no_emergency": _("found no emergency"),
    "need.exported": _("exported a list of needs"),
    "need.glossary": _("changed a word of the glossary"),
    "hook.added": _("let a chat group raise needs"),
    "hook.ended": _("ended the hook of a chat group"),
    "hook.refused": _("messages that were not signed rightly"),
    "retention.needs": _("old needs deleted"),
}


def of(table: Mapping[Any, Any], code: Any) -> Any:
    return table.get(code, code)
