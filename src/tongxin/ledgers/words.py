"""The ledger's codes in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SEXES = {"M": _("male"), "F": _("female")}
SOURCES: dict[str, Any] = {
    "register": _("register"), "hospital": _("hospital's list"), "door": _("found at the door"), "self": _("asked for it"),
    "sheet": _("street's sheet"),
}  # fmt: skip
HOWS: dict[str, Any] = {"door": _("at the door"), "phone": _("by phone"), "video": _("by video")}
OUTCOMES: dict[str, Any] = {
    "seen": _("seen or heard, is well"), "not_reached": _("not reached"), "needs_help": _("needs help"),
    "refused": _("would not speak"),
}  # fmt: skip
RESULTS: dict[str, Any] = {
    "seen": pgettext_lazy("door", "seen"), "nobody": pgettext_lazy("door", "nobody home"),
    "needs": pgettext_lazy("door", "needs help"), "refused": pgettext_lazy("door", "refused"),
}  # fmt: skip
TONES = {"seen": "good", "nobody": "warn", "needs": "bad", "refused": "warn", "": "todo"}
DUTIES: dict[str, Any] = {"steward": _("steward"), "deputy": _("deputy")}
OFFERS: dict[str, Any] = {
    "goods": _("goods to spare"), "ride": _("a ride"), "errand": _("an errand"), "company": _("company by phone"),
    "skill": _("a skill"), "other": _("something else"),
}  # fmt: skip
OFFER_STATES: dict[str, Any] = {"open": _("open"), "claimed": _("taken"), "done": _("done"), "withdrawn": _("withdrawn")}
PATIENTS: dict[str, Any] = {
    "ambiguous": _("to be chosen"), "unknown": _("unknown here"), "matched": _("matched"), "dismissed": _("not of here"),
    "unlisted": _("on no hospital's list"),
}  # fmt: skip
BY = {
    "identity": _("by identity number"), "phone": _("by phone"), "birth": _("by name and birthday"), "chosen": _("chosen by hand"),
}  # fmt: skip
ONLY: dict[str, Any] = {"overdue": _("overdue"), "ownerless": _("nobody answers by name"), "never": _("never seen")}
ACTIONS: dict[str, Any] = {
    "view.ledger": _("opened the entry on the ledger"),
    "view.ledger_list": _("saw the ledger"),
    "view.ledger_export": _("took the ledger along as a file"),
    "view.round": _("saw the doors of a round"),
    "view.round_print": _("printed the doors of a round"),
    "view.hospital_list": _("saw patients of a hospital's list"),
    "view.stewards": _("saw stewards and door heads"),
    "view.offer_phone": _("saw the phone number of an offer"),
    "ledger.derived": _("kept the ledger up with the register"),
    "ledger.moved": _("let entries follow who moved"),
    "ledger.put_on": _("put somebody on the ledger"),
    "ledger.ended": _("took somebody off the ledger"),
    "ledger.planned": _("wrote a plan of care"),
    "ledger.owner": _("named who answers"),
    "ledger.seen": _("saw or heard somebody on the ledger"),
    "ledger.not_reached": _("did not reach somebody on the ledger"),
    "ledger.needs_help": _("noted that somebody needs help"),
    "ledger.refused": _("noted that somebody would not speak"),
    "ledger.handed_over": _("handed over what somebody answered for"),
    "ledger.hospital_list": _("took in a hospital's list"),
    "ledger.hospital_chosen": _("chose who a patient is"),
    "steward.steward": _("appointed a steward"),
    "steward.deputy": _("appointed a deputy"),
    "steward.ended": _("ended a deputy's post"),
    "steward.door_head": _("made somebody a door head"),
    "steward.door_head_ended": _("ended a door head's duty"),
    "round.planned": _("planned a round"),
    "round.knocked": _("noted the result at a door"),
    "round.closed": _("closed a round"),
    "offer.made": _("noted an offer"),
    "offer.claim": _("took an offer"),
    "offer.release": _("put an offer back"),
    "offer.complete": _("used an offer"),
    "offer.withdraw": _("withdrew an offer"),
    "task.passed_on": _("passed tasks on to somebody else"),
    "columns.confirmed": _("said which column of a sheet is which"),
}
