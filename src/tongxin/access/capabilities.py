"""What anybody may be allowed to do, and the names of the default roles. Which role may do what is data."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

CAPABILITIES: dict[str, Any] = {
    "place.view": _("see places and how many live there"),
    "person.find": _("search the register"),
    "person.view": _("open a person's record"),
    "screening.view": _("see rounds, sites and tubes"),
    "chase.view": _("see the chase board"),
    "chase.act": _("call, hold, retest and hand over the members of a chased tube"),
    "chase.judge": _("judge whether a member is a close contact"),
    "task.view": _("see the worklist"),
    "task.act": _("take, do and hand over tasks"),
    "task.others": _("see the work of other teams"),
    "area.view": _("see areas, their clocks and what blocks them"),
    "area.order": _("sign, narrow and split orders of areas"),
    "area.lift": _("lift areas"),
    "area.extend": _("extend an area, signed"),
    "area.roll": _("note who is away, exempt or not registered in an area"),
    "area.exits": _("check exits and keep the register of barriers"),
    "address.settle": _("say which places an address means"),
    "objection.answer": _("answer objections"),
    "need.view": _("see needs"),
    "need.act": _("take in, confirm, route, merge and close needs"),
    "need.silent": _("see silent calls for help"),
    "need.glossary": _("change the words that tell what a need is about"),
    "ledger.view": _("see the ledger of people in need of care, stewards, rounds and offers"),
    "ledger.act": _("note contacts, plans and results at doors"),
    "ledger.assign": _("name who answers for people, appoint stewards, hand over"),
    "ledger.sensitive": _("see the sensitive categories of the ledger"),
    "restriction.release": _("lift a restriction"),
    "restriction.extend": _("extend a restriction, signed"),
    "message.view": _("see which messages went out, and open one"),
    "message.send": _("write to the groups of buildings, take messages back that still wait"),
    "message.admin": _("set up channels and groups, word the templates of messages"),
    "policy.view": _("see the rule packs and where they hold"),
    "policy.comment": _("comment on a parameter of a rule pack"),
    "policy.adopt": _("adopt rule packs, roll them back, set response levels"),
    "import.view": _("see imports and their rejected rows"),
    "import.run": _("take in files"),
    "user.admin": _("manage users, their roles and places"),
    "audit.view": _("read the audit trail"),
    "scan.write": _("send scans (devices)"),
    "report.write": _("send laboratory reports (devices)"),
    "need.write": _("send needs (hotlines, programmes)"),
    "handover.write": _("send hand-overs of tubes (devices)"),
    "receipt.write": _("report what became of messages (gateways)"),
}

ROLE_LABELS: dict[str, Any] = {
    "administrator": _("administrator"),
    "operations": _("operations centre"),
    "tracer": _("tracer"),
    "community": _("community worker"),
    "steward": _("building steward"),
    "sampling": _("site manager"),
    "lab": _("laboratory"),
    "hospital": _("hospital desk"),
    "desk": _("needs desk"),
    "team_security": _("team: security"),
    "team_information": _("team: information"),
    "team_supplies": _("team: supplies"),
    "team_parcels": _("team: parcels"),
    "team_disinfection": _("team: disinfection and waste"),
    "team_medicine": _("team: medicine"),
    "team_complaints": _("team: complaints"),
    "auditor": _("auditor"),
    "outsider": _("no duties"),
}


def role_label(key: str) -> str:
    """The name of a role in the reader's language; a role that a city added itself keeps its key."""
    return str(ROLE_LABELS.get(key, key))


def capability_label(key: str) -> str:
    return str(CAPABILITIES.get(key, key))
