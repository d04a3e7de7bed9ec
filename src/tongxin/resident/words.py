"""What is on record about somebody, in the words of somebody who is no clerk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from tongxin.access.capabilities import role_label
from tongxin.areas import rules as areas
from tongxin.areas.kinds import LIMITS, restriction_kind
from tongxin.areas.models import Objection
from tongxin.areas.rules import Condition
from tongxin.chase import states as chase
from tongxin.kit import clock, crypto
from tongxin.needs import kinds as needs
from tongxin.needs import states
from tongxin.needs.models import NeedEvent
from tongxin.needs.rules import EMERGENCY
from tongxin.policy import words as policy
from tongxin.resident.forms import ObjectForm
from tongxin.resident.queries.needs import Mine, actor
from tongxin.resident.queries.record import Limit, Look, Resident, Result
from tongxin.restrictions import kinds, rules
from tongxin.restrictions.models import Restriction
from tongxin.web import labels

MEANINGS = {restriction_kind(kind): words for kind, words in LIMITS.items()}
POSITIVE, INCONCLUSIVE = 3, 2


def limit(one: Limit, now: dt.datetime, form: ObjectForm | None) -> dict[str, Any]:
    """A limit: what, why, since when, until when, what is still missing, under which rule, what was objected."""
    row = one.row
    met = one.standing.met_at if one.standing else row.conditions_met_at
    return {
        "row": row, "kind": _kind(row.kind), "means": MEANINGS.get(row.kind, ""),
        "reason": row.reason_en if labels.english() else row.reason_zh, "place": one.order.name if one.order else "",
        "earliest": _earliest(one, now), "met_at": met,
        "overdue": rules.is_overdue(now, row.due_at, row.conditions_met_at, row.released_at),
        "steps": _steps(one, now), "extended": _extended(one), "rule": policy.basis(row.basis), "form": form,
        "objections": [_objection(o) for o in one.objections],
    }  # fmt: skip


def _earliest(one: Limit, now: dt.datetime) -> dt.datetime | None:
    """The earliest lawful end that is still to come; None where only the conditions are waited for."""
    at = one.standing.earliest if one.standing else one.row.due_at
    return min(at, one.row.ends_at) if at > now else None


def _kind(key: str) -> Any:
    return next((k.label for k in kinds.known() if k.key == key), key)


def _steps(one: Limit, now: dt.datetime) -> list[dict[str, Any]]:
    """What must be so before it ends, each with whether it is."""
    if one.standing:
        late = one.standing.earliest > one.row.ends_at  # the last day's tests come after its end: they decide nothing
        said = [c for c in one.standing.conditions if c.key != areas.CLEAR_DAYS or c.values["days"]]
        said = [c for c in said if not late or c.key != areas.ALL_NEGATIVE]
        return [{"met": c.met, "text": _condition(c, one, now)} for c in said]
    return [{"met": False, "text": text} for text in [_next_step(one.node)] if text]


def _condition(one: Condition, limit: Limit, now: dt.datetime) -> str:
    values = one.values
    if one.key == areas.NO_CASE_LEFT:
        return _("Nobody infected is left there.") if one.met else _("Somebody infected is still there and is waiting to be moved.")
    if one.key == areas.CLEAR_DAYS:
        told = {"n": values["days"], "time": labels.moment(values["from"])}
        if one.met:
            return _("%(n)s days without a new infection are over, since %(time)s.") % told
        if values["late"]:
            return _("%(n)s days without a new infection would be over at %(time)s. It ends by itself before that, unless"
                     " somebody extends it by name and gives the reason.") % told  # fmt: skip
        return _("%(n)s days without a new infection: they are over at %(time)s, if there is none until then.") % told
    if one.key == areas.DISINFECTED:
        return _("It was disinfected after the last infected person left.") if one.met else _(
            "It is still to be disinfected after the last infected person has left.")  # fmt: skip
    if one.key == areas.CONTACTS_CLEAR:
        told = {"n": values["days"], "time": labels.moment(values["from"])}
        return _("%(n)s days since anybody there last met an infected person: over at %(time)s.") % told
    return _all_tested(one, limit, now)


def _all_tested(one: Condition, limit: Limit, now: dt.datetime) -> str:
    """Whether everybody is negative on the day that decides; of the others only how many are missing."""
    day = one.values["day"]
    told = {"day": day, "n": one.values["missing"]}
    if one.met and limit.own_result is not False:
        return _("Everybody there is negative on %(day)s.") % told
    if day and now.astimezone(clock.city_zone()).date() < day:
        return _("On %(day)s everybody there is tested. All of these results must be negative, yours too.") % told
    if limit.own_result:
        return _("Everybody there must be negative on %(day)s. Yours is; %(n)s are still missing.") % told
    return _("Everybody there must be negative on %(day)s. Yours is missing: please let yourself be tested today.") % told


def _next_step(node: str) -> str:
    if node in (chase.LISTED, chase.REACHED, chase.HELD):
        return _("A swab of your own is still to be taken. Somebody comes, or calls you.")
    if node in (chase.RESAMPLED, chase.RECEIVED):
        return _("Your own swab was taken; its result is awaited.")
    if node == chase.RESULTED:
        return _("Your own swab is negative. Within a day it is decided whether you were a close contact; if not, you are free.")
    return ""


def _extended(one: Limit) -> str:
    """Why it was prolonged; not by whom."""
    if one.order and (said := one.order.decision.get("extensions")):
        return str(said[-1].get("reason", ""))
    return one.row.extension_cause


def _objection(one: Objection) -> dict[str, Any]:
    return {"row": one, "open": one.answered_at is None}


def past(row: Restriction, objected: Sequence[Objection]) -> dict[str, Any]:
    return {
        "row": row, "kind": _kind(row.kind), "reason": row.reason_en if labels.english() else row.reason_zh,
        "ended_at": row.released_at or row.ends_at, "why": gettext(row.release_reason) if row.release_reason else "",
        "objections": [_objection(o) for o in objected],
    }  # fmt: skip


def result(one: Result) -> dict[str, Any]:
    """A swab and what came of it. Of a tube of several people the result is the tube's, and that is said."""
    together = one.members > 1
    note = ""
    if together and one.result in (INCONCLUSIVE, POSITIVE):
        note = _("Somebody in this tube may be infected. It need not be you: everybody in it is tested again, alone.")
    return {
        "row": one, "result": labels.of(labels.RESULTS, one.result), "tone": labels.RESULT_TONES.get(one.result, "todo"),
        "together": together, "note": note,
    }  # fmt: skip


def look(one: Look) -> dict[str, Any]:
    """Who it was by role, what was done."""
    who = {"resident": _("you"), "device": _("a device of the sampling or the laboratory")}.get(one.actor_kind, _("the program"))
    if one.actor_kind == "user":
        who = role_label(one.role) if one.role else _("a member of staff")
    what = gettext(LOOKED_AT_NEED) if one.action == "view.need" else labels.action(one.action)
    return {"at": one.at, "who": who, "what": what, "is_you": one.actor_kind == "resident"}


LOOKED_AT_NEED = gettext_lazy("read what you asked for")
PLAIN = {
    "medicine": gettext_lazy("Medicine"),
    "medical": gettext_lazy("A doctor"),
    "ride": gettext_lazy("A ride to hospital"),
    "supplies": gettext_lazy("Food and daily goods"),
    "repair": gettext_lazy("Something is broken"),
    "psychological": gettext_lazy("I feel low, I want to talk"),
    "parcel": gettext_lazy("My parcel"),
    "waste": gettext_lazy("Rubbish, disinfection"),
    "special_drug": gettext_lazy("A special drug"),
    "stranded": gettext_lazy("I have nowhere to stay"),
    "return": gettext_lazy("A way back home"),
    "question": gettext_lazy("A question"),
    "objection": gettext_lazy("I object"),
    "rumour": gettext_lazy("Is it true what they say?"),
    "price": gettext_lazy("Prices are too high"),
    "other": gettext_lazy("Something else"),
}
"""The kinds of need as one says them at the door, the most frequent first. What is asked quietly is none of them."""
LARGE = 8
STATES: dict[str, Any] = {
    states.NEW: gettext_lazy("We have it. Somebody is reading it."),
    states.OPEN: gettext_lazy("It is being worked on."),
    states.DONE: gettext_lazy("It is said to be done. Is it solved?"),
    states.CLOSED: gettext_lazy("Solved."),
    states.WITHDRAWN: gettext_lazy("Taken back."),
    states.MERGED: gettext_lazy("It goes on together with the same request of others."),
}
TONES = {states.DONE: "warn", states.CLOSED: "good"}
HAPPENED: dict[str, Any] = {
    "raised": gettext_lazy("asked"),
    "confirmed": gettext_lazy("read, and passed to those who do it"),
    "stuck": gettext_lazy("it could not be done so; another way is being looked for"),
    "district": gettext_lazy("passed to the district"),
    "promised": gettext_lazy("a time was promised"),
    "merged": gettext_lazy("joined with the same request of others; you are told when it is done"),
    "no_emergency": gettext_lazy("it is no emergency; it is read like any other request"),
    "done": gettext_lazy("said to be done"),
    "closed": gettext_lazy("said to be solved"),
    "reopened": gettext_lazy("not solved: it goes on, sooner than before"),
    "withdrawn": gettext_lazy("taken back"),
}
"""What of a need's history is told; by whom, and what was noted, is not."""
AMBULANCE, FIRE, POLICE = "120", "119", "110"


def offered(more: bool = False) -> list[tuple[str, Any]]:
    """The kinds that are offered as large buttons, or the others."""
    found = list(PLAIN.items())
    return found[LARGE:] if more else found[:LARGE]


def plain(kind: needs.Kind | None) -> Any:
    return PLAIN.get(kind.key, kind.label) if kind else ""


def on_file(number: str) -> str:
    return _("call %(number)s, the number on file") % {"number": number}


def numbers(kind: str) -> tuple[str, str]:
    """Whom to call first in an emergency of that kind, and what that is."""
    found = {"repair": (FIRE, _("fire")), "violence": (POLICE, _("police"))}
    return found.get(kind, (AMBULANCE, _("ambulance")))


def need(one: Mine) -> dict[str, Any]:
    """A need: what was asked, how far it is, by when. Nothing of whoever else asked for the same."""
    kind, stands = needs.get(one.asked.kind), one.stands
    waits = stands.state in (states.NEW, states.OPEN)
    return {
        "pk": one.asked.pk, "kind": PLAIN.get(kind.key, kind.label), "text": one.text, "own": one.own, "shared": one.shared,
        "at": one.asked.raised_at, "state": STATES[stands.state], "tone": TONES.get(stands.state, "todo"), "key": stands.state,
        "live": stands.state in states.LIVE, "waits": waits, "due_at": stands.due_at if waits else None,
        "emergency": stands.urgency == EMERGENCY and waits, "numbers": numbers(stands.kind),
        "team": needs.TEAMS.get(needs.get(stands.kind).team) if stands.state == states.OPEN else "",
        "promised_at": stands.promised_at if waits else None,
        "promise": one.promise if waits else "", "ended": stands.state in (states.CLOSED, states.WITHDRAWN),
        "can_withdraw": waits and not one.shared and stands.urgency != EMERGENCY and stands.pk == one.asked.pk,
        "stars": "★" * (stands.satisfaction or 0) if not one.shared else "",
    }  # fmt: skip


def steps(one: Mine, events: Sequence[NeedEvent]) -> list[dict[str, Any]]:
    """The steps of the kind, each with whether it was taken since the need was last passed to its team."""
    if one.stands.state not in (states.NEW, states.OPEN):
        return []
    taken: set[str] = set()
    for event in events:
        if event.event in ("confirmed", "reopened"):
            taken.clear()
        elif event.event == "step":
            taken.add(crypto.decrypt(event.note))
    return [{"text": text, "met": str(n) in taken} for n, text in enumerate(needs.get(one.stands.kind).steps)]


def history(me: Resident, events: Sequence[NeedEvent]) -> list[dict[str, Any]]:
    """What happened to a need, the latest last, with the resident's own words."""
    told = []
    for event in events:
        words = crypto.decrypt(event.note) if event.actor == actor(me) else ""
        if event.event in HAPPENED or words:
            told.append({"at": event.at, "what": HAPPENED.get(event.event, _("you added")), "words": words})
    return told
