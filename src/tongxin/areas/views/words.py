"""The words of areas in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongxin.areas import rules, states
from tongxin.areas.kinds import LABELS, LIMITS
from tongxin.kit import clock
from tongxin.policy.decisions import Refused
from tongxin.policy.words import SIZES
from tongxin.web import labels

KINDS = LABELS
MEANINGS = LIMITS
STATES = {
    states.IN_FORCE: _("in force"),
    states.LIFTED: _("lifted"),
    states.LAPSED: _("lapsed"),
    states.REPLACED: _("narrowed"),
    states.WITHDRAWN: _("withdrawn"),
    states.STEPPED: _("went on as a milder area"),
}
STATE_TONES = {
    states.IN_FORCE: "todo", states.LIFTED: "good", states.LAPSED: "good", states.STEPPED: "good", states.WITHDRAWN: "warn",
}  # fmt: skip
SOURCES = {"own": pgettext_lazy("area", "own order"), "list": _("published list")}
CAUSES = {
    "case": _("a case"),
    "result": _("a positive tube"),
    "exposure": _("an exposure"),
    "order": _("a decision of the headquarters"),
    "list": _("a published list"),
}
ONLY = {
    "overdue": _("lift overdue"),
    "soon": _("due soon"),
    "blocked": _("due, but blocked"),
    "lapsing": _("lapsing soon, undecided"),
}
EVENTS = {
    "issued": _("signed"),
    "listed": _("named by a published list"),
    "reworded": _("published in other words"),
    "settled": _("its address was settled"),
    "address_taken_back": _("its address was settled wrongly, and taken back"),
    "extended": _("extended"),
    "rederived": _("its end moved earlier under another rule pack"),
    "narrowed": _("narrowed from a larger area"),
    "replaced": _("replaced; what is left of it goes on under another order"),
    "stepped": _("went on as a milder area, as was said from the start"),
    "disinfected": _("disinfected"),
    "studied": _("a case was studied"),
    "untested": _("a test day is over"),
    "lifted": _("lifted"),
    "lapsed": _("lapsed: nobody extended it"),
    "withdrawn": _("withdrawn: its cause was none"),
    "exits_open": _("exits seen open"),
    "exits_blocked": _("an exit was blocked"),
    "barrier_placed": _("barrier placed"),
    "barrier_removed": _("barrier taken away"),
    "objection_answered": _("objection answered"),
}
MARKS = {
    "away": _("away"),
    "exempt": _("exempt"),
    "unregistered": _("here without being registered"),
}
ACTIONS = {
    "area.issued": _("signed an area"),
    "area.list": _("took in a list of risk areas"),
    "area.lifted": _("lifted areas"),
    "area.lapsed": _("areas lapsed"),
    "area.extended": _("extended an area"),
    "area.replaced": _("narrowed an area"),
    "area.withdrawn": _("withdrew an area"),
    "area.stepped": _("let areas go on as milder ones"),
    "area.disinfected": _("put a terminal disinfection on record"),
    "area.studied": _("put the study of a case on record"),
    "area.rederived": _("ended areas earlier, under another pack"),
    "area.exit_blocked": _("reported a blocked exit"),
    "area.barrier_placed": _("placed a barrier"),
    "area.roll.away": _("noted somebody as away"),
    "area.roll.exempt": _("noted somebody as exempt"),
    "area.roll.unregistered": _("noted somebody as here without being registered"),
    "area.roll.present": _("noted somebody as present again"),
    "restriction.objected": _("objected"),
    "restriction.objection_answered": _("answered an objection"),
    "address.settled": _("settled an address"),
    "area.roll.provisional": _("noted somebody whom the register does not know"),
    "view.area": _("saw the people of an area"),
    "view.sought": _("looked for somebody who is in an area"),
}
FINDINGS = {
    rules.HOME: _("in strict home isolation, no risk outside"),
    rules.ISOLATED: _("found in central isolation or closed loop, no risk outside"),
    rules.REPOSITIVE: _("recovered, and positive again"),
    rules.INBOUND: _("from abroad, with little virus"),
}
# What residents read. Offered when an order is written; whoever signs may say it better.
REASONS = {
    "case": (
        "这里发现了新冠病毒阳性感染者。为了阻断传播，从现在起：{zh}。符合解除条件后立即解除，最迟到期自动解除。",
        "A person with the coronavirus was found here. To stop it from spreading, from now on: {en}. It ends as soon as the "
        "conditions are met, and by itself at its end.",
    ),
    "near": (
        "这里附近发现了新冠病毒阳性感染者。为了阻断传播，从现在起：{zh}。符合解除条件后立即解除，最迟到期自动解除。",
        "A person with the coronavirus was found next to this place. To stop it from spreading, from now on: {en}. It ends as "
        "soon as the conditions are met, and by itself at its end.",
    ),
    "result": (
        "这里有居民所在的核酸混检管结果异常，正在复核。复核期间：{zh}。结果排除后立即解除，最迟到期自动解除。",
        "A mixed tube with residents of this place came back positive and is being checked. Until then: {en}. It ends as soon "
        "as the check is negative, and by itself at its end.",
    ),
    "order": (
        "根据疫情防控指挥部的决定，从现在起：{zh}。符合解除条件后立即解除，最迟到期自动解除。",
        "By decision of the headquarters, from now on: {en}. It ends as soon as the conditions are met, and by itself at its end.",
    ),
}  # fmt: skip


def of(table: Mapping[str, Any], code: str) -> Any:
    return table.get(code, code)


def refusal(reason: Refused) -> str:
    """Why a rule says no, in the reader's language; times and sizes as a person reads them."""
    return labels.refusal(reason, {**SIZES, **FINDINGS})


def conditions(standing: rules.Standing, now: dt.datetime) -> list[dict[str, Any]]:
    """The conditions of a lift: what is asked, whether it is so, the facts, and whose move it is."""
    said = [c for c in standing.conditions if c.key != rules.CLEAR_DAYS or c.values["days"]]
    return [{"key": c.key, "met": c.met, "team": c.team, **_condition(c, now)} for c in said]


def _condition(one: rules.Condition, now: dt.datetime) -> dict[str, Any]:
    values = one.values
    if one.key == rules.NO_CASE_LEFT:
        n = values["inside"]
        facts = gettext("%(n)s still inside") % {"n": n} if n else gettext("none inside")
        return {"label": gettext("no case inside"), "facts": facts}
    if one.key == rules.CLEAR_DAYS:
        said = gettext("complete since %(time)s") if one.met else gettext("complete on %(time)s")
        if values["late"] and not one.met:
            said = gettext("complete on %(time)s, after its end: it ends by itself before, unless it is extended")
        label = gettext("%(n)s days without a new case") % {"n": values["days"]}
        return {"label": label, "facts": said % {"time": labels.moment(values["from"])}}
    if one.key == rules.DISINFECTED:
        waits = gettext("when the last case has left") if values["inside"] else gettext("nobody has put it on record")
        return {"label": gettext("terminal disinfection"), "facts": gettext("on record") if one.met else waits}
    if one.key == rules.CONTACTS_CLEAR:
        label = gettext("the last contact inside is %(n)s days past exposure") % {"n": values["days"]}
        return {"label": label, "facts": gettext("since %(time)s") % {"time": labels.moment(values["from"])} if one.met
                else gettext("on %(time)s") % {"time": labels.moment(values["from"])}}  # fmt: skip
    return _all_negative(one, now)


def _all_negative(one: rules.Condition, now: dt.datetime) -> dict[str, Any]:
    values = one.values
    begun = values["day"] is None or now.astimezone(clock.city_zone()).date() >= values["day"]
    told = {"n": values["missing"], "all": values["present"]}
    if one.met and not values["present"]:
        facts = gettext("nobody is known to be on its roll")
    elif one.met:
        facts = gettext("all %(all)s negative") % told
    elif begun and not values["missing"]:
        facts = gettext("not judged yet")
    elif not begun:
        facts = gettext("the results of %(day)s decide") % {"day": values["day"]}
    else:
        facts = gettext("%(n)s of %(all)s without a result") % told
    label = gettext("everybody negative on the last day")
    if values["within"] > 1:
        label = gettext("everybody negative within the last %(n)s days") % {"n": values["within"]}
    return {"label": label, "facts": facts, "begun": begun}


def happened(event: str, values: Mapping[str, Any]) -> str:
    """More of a line of the timeline than its word: the new end, how many people."""
    if event == "extended" and "until" in values:
        until = dt.datetime.fromisoformat(values["until"])
        return gettext("until %(time)s") % {"time": labels.moment(until)}
    if event == "disinfected" and "at" in values:
        at = labels.moment(dt.datetime.fromisoformat(values["at"]))
        return gettext("%(time)s, by %(who)s") % {"time": at, "who": values["by"]}
    if event == "studied":
        return str(FINDINGS.get(values.get("finding", ""), gettext("the finding was taken back")))
    if event == "untested":
        return gettext("%(n)s not sampled on %(day)s") % {"n": values.get("missing"), "day": values.get("day")}
    if "persons" in values:
        return gettext("%(n)s people") % {"n": values["persons"]}
    if event == "reworded" and "before" in values:
        return gettext("before: %(text)s") % {"text": values["before"]}
    if event == "objection_answered":
        return gettext("found right") if values.get("upheld") else gettext("not found right")
    return ""

