"""The kinds of work and of restriction that a chase gives."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongxin.restrictions import kinds as restriction_kinds
from tongxin.tasks.kinds import Kind, declare

CALL, RETEST, JUDGE, TRANSFER = "chase.call", "chase.retest", "chase.judge", "chase.transfer"
WATCH, RECHECK, BRING_HOME = "chase.watch_table", "chase.recheck_binding", "chase.bring_home"
HOLD = "mixed_positive_hold"
OF_MEMBER = (CALL, RETEST, JUDGE, TRANSFER)

_DONE = {"done": _("done")}
_KINDS = (
    Kind(
        CALL, _("Reach a tube member"), "tracer", "chase.reach_within",
        {"reached": _("reached"), "seen": _("seen at the retest"), "not_reachable": _("cannot be reached")}, "member",
        _("Call, give the call-back code, ask the person to stay in place, and log the call on the tube's page."), True,
    ),
    Kind(
        RETEST, _("Retest a tube member"), "sampling", "chase.retest_within",
        {"sampled": _("sampled"), "not_possible": _("not possible")}, "member",
        _("Take a single swab at the door and scan it as a retest."), True,
    ),
    Kind(
        JUDGE, _("Judge a negative tube member"), "tracer", "chase.decision_within",
        {"released": _("not a contact, released"), "contact": _("close contact")}, "member",
        _("The retest is negative: decide whether this is a close contact. If not, the person is free at once."), True,
    ),
    Kind(
        TRANSFER, _("Bring a positive person into care"), "operations", "screening.report_positive_within",
        {"removed": _("in care"), "home_care": _("cared for at home")}, "member",
        _("The retest is positive: arrange the transfer and see to who is left at home."), True,
    ),
    Kind(
        WATCH, _("Watch a sampling table"), "sampling", "screening.flag_within",
        {"checked": _("checked")}, "tube",
        _("This table took a positive tube. Disinfect it, check its protection, and look at the tubes before and after."),
    ),
    Kind(
        RECHECK, _("Find out who was in the tube"), "tracer", "chase.binding_recheck_within",
        {"settled": _("settled"), "others_found": _("others were in it")}, "tube",
        _("The tube is positive and everyone in it was retested negative. Check its list, its neighbours and the laboratory."),
        True,
    ),
    Kind(
        BRING_HOME, _("Bring somebody home and apologise"), "operations", "chase.apology_within",
        {"home": _("is at home")}, "member",
        _("The result was corrected to negative after the person was taken into care. Bring them home at once."), True,
    ),
)  # fmt: skip


def declare_kinds() -> None:
    for kind in _KINDS:
        declare(kind)
    restriction_kinds.declare(
        restriction_kinds.Kind(
            key=HOLD,
            label=_("Stay in place until the retest"),
            subject_kinds=frozenset({"person"}),
            extend_capability="restriction.extend",
            due_key="hold.mixed_positive_due",
            ends_key="hold.mixed_positive_ends",
            ceiling_key="hold.mixed_positive_ceiling",
        )
    )
