"""The steps of the medicine chain as work for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.tasks.kinds import Kind, declare

CONSULT, CARD, BUY, DELIVER, CARD_BACK, SOURCE = (
    "medicine.consult", "medicine.card", "medicine.buy", "medicine.deliver", "medicine.card_back", "medicine.source",
)  # fmt: skip
STEPS = (CONSULT, CARD, BUY, DELIVER, SOURCE)
_KINDS = (
    Kind(
        CONSULT, _("Look at a medicine order"), "team_medicine", "medicine.consult_within",
        {"cleared": _("may be bought"), "see_doctor": _("needs a doctor instead")}, "medicine",
        _("Pharmacist or doctor: call, ask what is taken and since when, check strength and amount, say what is bought."),
        medical=True,
    ),
    Kind(
        CARD, _("Collect an insurance card"), "community", "medicine.card_within",
        {"collected": _("collected"), "not_needed": _("not needed after all")}, "medicine",
        _("Fetch the card at the door, contactless, and note who has it."), medical=True,
    ),
    Kind(
        BUY, _("Buy medicine"), "team_medicine", "medicine.buy_within",
        {"bought": _("bought"), "not_there": _("not to be had")}, "medicine",
        _("Buy what the order says, keep the receipt, note the price and who pays."), medical=True,
    ),
    Kind(
        DELIVER, _("Bring medicine to the door"), "community", "medicine.deliver_within",
        {"delivered": pgettext_lazy("medicine", "at the door"), "not_delivered": _("not delivered")}, "medicine",
        _("Put it at the door, knock, step back, wait until it is taken in."), medical=True,
    ),
    Kind(
        CARD_BACK, _("Bring an insurance card back"), "community", "medicine.card_within",
        {"returned": _("returned")}, "medicine", _("The medicine is bought: bring the card back to its owner."),
    ),
    Kind(
        SOURCE, _("Find a special drug"), "team_medicine", "medicine.source_within",
        {"found": _("found"), "not_found": _("not found")}, "medicine",
        _("Ask hospitals, pharmacies and the other communities of the district who has it; write where."),
        urgent=True, medical=True, straight=True,
    ),
)  # fmt: skip


def declare_kinds() -> None:
    for task in _KINDS:
        declare(task)
