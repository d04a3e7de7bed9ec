"""The kinds of work that the ledger gives. Their subject ``ledger`` is a person on it, ``place`` a building."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongxin.ledgers import rules
from tongxin.tasks.kinds import Kind, declare

CONTACT, VISIT, CHECK, HELP, OWNER = "ledger.contact", "ledger.visit", "ledger.check", "ledger.help", "ledger.owner"
SUBJECT = "ledger"
ABOUT_PERSON = (CONTACT, VISIT, CHECK)

_SPOKEN = {
    rules.SEEN: _("seen or heard, is well"), rules.NOT_REACHED: _("not reached"), rules.NEEDS_HELP: _("needs help"),
    rules.REFUSED: _("would not speak"),
}  # fmt: skip
_KINDS = (
    Kind(
        CONTACT, _("Ask after somebody on the ledger"), "steward", "ledger.contact_within", _SPOKEN, SUBJECT,
        _("Call or visit, ask how they are, which medicine is left for how many days, and what is lacking."),
    ),
    Kind(
        VISIT, _("Go to the door of somebody who was not reached"), "steward", "ledger.visit_within", _SPOKEN, SUBJECT,
        _("The phone was not answered. Knock, ask the neighbours and the door heads."), True,
    ),
    Kind(
        CHECK, _("Find out where somebody is whose door stays shut"), "community", "ledger.check_within",
        {**_SPOKEN, "elsewhere": _("is elsewhere and well"), "hospital": _("is in hospital")}, SUBJECT,
        _("Nobody answered the phone or the door. Ask relatives, hospital and neighbours; in danger of life call 120 and 119."),
        True, True,
    ),
    Kind(
        HELP, _("Help somebody on the ledger"), "community", "ledger.help_within",
        {"done": _("helped"), "not_needed": _("not needed any more")}, SUBJECT,
        _("Somebody asked for help at a contact or at the door; what they said stands in the contacts of their entry."), True, True,
    ),
    Kind(
        OWNER, _("Name who answers for people on the ledger"), "community", "ledger.owner_within",
        {"named": _("named"), "team": _("the community's team answers")}, "place",
        _("People here are on the ledger and nobody answers for them by name. Appoint stewards or name owners."),
    ),
)  # fmt: skip


def declare_kinds() -> None:
    for kind in _KINDS:
        declare(kind)
