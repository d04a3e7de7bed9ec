"""Medicine in the reader's words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATES: dict[str, Any] = {
    "registered": _("to be looked at"),
    "cleared": _("card to be collected"),
    "ready": _("ready to be bought"),
    "planned": _("on a tour"),
    "bought": _("bought, to the door"),
    "searched": _("being searched for"),
    "delivered": pgettext_lazy("medicine", "at the door"),
    "cancelled": _("cancelled"),
}
TONES = {"delivered": "good", "searched": "warn", "cancelled": "todo"}
CARD: dict[str, Any] = {"collected": _("collected"), "passed_on": _("passed on"), "returned": _("returned")}
PAYERS: dict[str, Any] = {"resident": _("the resident"), "insurance": _("the insurance"), "relief": _("relief")}
SHOPS: dict[str, Any] = {"hospital": _("hospital"), "pharmacy": _("pharmacy")}
STOPS: dict[str, Any] = {"buy": _("buy"), "hub": _("hand in and sort"), "hand": _("bring to the gate")}
LEFT: dict[str, Any] = {
    "no_place": _("nobody here sells it"),
    "no_time": _("no time left before it closes"),
    "no_capacity": _("too few buyers for today"),
}
ACTIONS: dict[str, Any] = {
    "medicine.consulted": _("medicine looked at"),
    "medicine.searched": _("medicine searched for"),
    "medicine.found": _("medicine found"),
    "medicine.no_card": _("no insurance card needed"),
    "medicine.card_collected": _("insurance card collected"),
    "medicine.card_passed_on": _("insurance card passed on"),
    "medicine.card_returned": _("insurance card returned"),
    "medicine.bought": _("medicine bought"),
    "medicine.delivered": _("medicine at the door"),
    "medicine.given_back": _("medicine given back"),
    "medicine.refunded": _("refund noted"),
    "medicine.advanced": _("advance noted"),
    "medicine.settled": _("purse settled"),
    "medicine.prescribed": _("prescription comes back by itself"),
    "medicine.planned": _("purchase tour planned"),
    "view.medicine": _("opened a medicine order"),
}
