"""The kinds of work that needs give: one for each kind of need, and what happens around it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongxin.needs import kinds
from tongxin.tasks.kinds import Kind, declare

EMERGENCY, SILENT, CONFIRM, ASK, STUCK, PHONE = (
    "need.emergency", "need.silent", "need.confirm", "need.ask", "need.stuck", "need.phone",
)  # fmt: skip
SEES_SILENT = "need.silent"
_DONE, _NOT_POSSIBLE = {"done": _("done")}, {"not_possible": _("not possible")}
_KINDS = (
    Kind(
        EMERGENCY, _("Emergency: call 120 and stay with the caller"), "operations", "need.emergency_within",
        {"handed_over": _("handed over to 120, fire or police"), "no_emergency": _("no emergency")}, "need",
        _("Call back at once. If it is one, 120 (119, 110) goes now, with or without a test; open the gate and guide them in."),
        True, True,
    ),
    Kind(
        SILENT, _("Silent call for help"), "desk", "need.emergency_within",
        {"safe": _("the person is safe"), "no_danger": _("no danger")}, "need",
        _("Do not call the number back unless the page says that it is safe. Send help that comes for another reason."),
        True, True, seen_with=SEES_SILENT,
    ),
    Kind(
        CONFIRM, _("Read and confirm a need"), "operations", "need.confirm_within",
        {"confirmed": _("confirmed"), "merged": _("merged"), "withdrawn": _("withdrawn")}, "need",
        _("Read the text, check kind, urgency, person and place, and look at what may be the same need."),
    ),
    Kind(
        ASK, _("Ask whether it is solved"), "community", "need.word_within",
        {"solved": _("solved"), "not_solved": _("not solved"), "nobody": _("nobody could be asked")}, "need",
        _("Only the resident's word closes a need. Call, or ask at the door."),
    ),
    Kind(
        STUCK, _("Decide how else"), "operations", "need.confirm_within",
        {"routed": _("another way was found"), "withdrawn": _("withdrawn")}, "need",
        _("The team could not do it. Find another way, another team or another place, and tell the resident."), True,
    ),
    Kind(
        PHONE, _("Phone somebody whom a message did not reach"), "community", "need.phone_within",
        {"told": _("told"), "not_reachable": _("cannot be reached")}, "message",
        _("A message could not be delivered, or nobody knows whether it was. Call and say what it said."),
    ),
)  # fmt: skip


def declare_kinds() -> None:
    for task in _KINDS:
        declare(task)
    for kind in kinds.KINDS:
        declare(
            Kind(
                kind.task, kind.label, kind.team, kind.routine_key, kind.outcomes or {**_DONE, **_NOT_POSSIBLE}, "need",
                _("Open the need, take its steps one by one, and say when it is done; the resident is asked then."),
                medical=kind.health, straight=kind.climbs == "commander", seen_with=SEES_SILENT if kind.silent else "",
            )
        )  # fmt: skip
