"""The kinds of need: who does each, what its form asks, by which steps it goes, and how it climbs when nobody does it.

One table. Time limits are the policy pack's (``need.KIND_urgent``, ``need.KIND_routine``), so that a city changes them
without touching the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

EMERGENCY, URGENT, ROUTINE = 0, 1, 2
URGENCIES: dict[int, Any] = {EMERGENCY: _("emergency"), URGENT: _("urgent"), ROUTINE: _("routine")}

TEAMS: dict[str, Any] = {
    "team_security": _("security"),
    "team_information": _("information"),
    "team_supplies": _("supplies"),
    "team_parcels": _("parcels"),
    "team_disinfection": _("disinfection and waste"),
    "team_medicine": _("medicine"),
    "team_complaints": _("complaints"),
}
"""The seven service teams of a closed compound (安全保障、宣传引导、物资保障、快递投放、消杀清运、问医送药、诉求保障), as roles."""


@dataclass(frozen=True)
class Ask:
    """One question of a kind's form. ``required`` holds for the operator who confirms, never for a caller in need."""

    name: str
    label: Any
    required: bool = False
    long: bool = False


@dataclass(frozen=True)
class Kind:
    """``steps`` are what the resident and the team see on the way; ``outcomes`` how the team's task may end.

    ``climbs``: "tree" is community → street → district; "commander" goes straight to the district. A ``silent`` need stands
    at the district, so that no community, steward or neighbour sees that it exists; ``health``: nothing of it may stand in a
    message to a group. ``shared`` needs of one stairwell are one (heating).
    """

    key: str
    label: Any
    team: str
    asks: tuple[Ask, ...] = ()
    steps: tuple[Any, ...] = ()
    outcomes: Mapping[str, Any] | None = None
    climbs: str = "tree"
    silent: bool = False
    health: bool = False
    shared: bool = False

    @property
    def task(self) -> str:
        return f"need.{self.key}"

    @property
    def urgent_key(self) -> str:
        return f"need.{self.key}_urgent"

    @property
    def routine_key(self) -> str:
        return f"need.{self.key}_routine"


_WHAT = Ask("what", _("What is needed"))
_HOW_MUCH = Ask("amount", _("How much, and for how many people"))
_UNTIL = Ask("enough_until", _("Until when what is there is enough"))
_DOOR = Ask("door", _("Where it is handed over"))

KINDS: tuple[Kind, ...] = (
    Kind("medical", _("Doctor or hospital"), "team_medicine",
         (Ask("complaint", _("What hurts, since when"), True, True), Ask("illness", _("Known illnesses and medicine"))),
         (_("call back"), _("decide where it can be treated"), _("appointment or visit")), health=True, climbs="commander"),
    Kind("medicine", _("Medicine"), "team_medicine",
         (Ask("what", _("Medicine, strength, how much"), True, True), _UNTIL, Ask("hospital", _("Where it is usually got")),
          Ask("card", _("Whether an insurance card is needed"))),
         (_("consult"), _("collect the card"), _("buy"), _("bring it to the door")), health=True),
    Kind("special_drug", _("Special drug"), "team_medicine",
         (Ask("what", _("Medicine, strength, how much"), True, True), _UNTIL, Ask("hospital", _("Where it is usually got"))),
         (_("find who has it"), _("buy"), _("bring it to the door")), health=True, climbs="commander"),
    Kind("ride", _("Ride to hospital"), "team_medicine",
         (Ask("where", _("To which hospital, when"), True), Ask("why", _("Dialysis, antenatal care, chemotherapy, other")),
          Ask("help", _("Wheelchair, stretcher, escort"))),
         (_("ask the fleet"), _("a car is assigned"), _("there and back")), health=True, climbs="commander"),
    Kind("supplies", _("Food and goods"), "team_supplies", (_WHAT, _HOW_MUCH, _UNTIL),
         (_("bought or packed"), _("at the gate"), _("at the door"))),
    Kind("parcel", _("Parcel"), "team_parcels", (Ask("number", _("Number and carrier of the parcel")), _DOOR),
         (_("found at the gate"), _("at the door"))),
    Kind("waste", _("Waste and disinfection"), "team_disinfection", (_WHAT,), (_("collected or disinfected"),), shared=True),
    Kind("repair", _("Repair: heating, water, power, lift"), "team_security", (Ask("what", _("What is broken, since when"), True),),
         (_("crew named"), _("crew at the door"), _("it works again")), shared=True),
    Kind("psychological", _("Somebody to talk to"), "team_medicine", (Ask("call_when", _("When a call is welcome")),),
         (_("a counsellor calls"),), health=True),
    Kind("violence", _("Violence at home"), "team_security", (Ask("safe_way", _("How and when it is safe to reach the person")),),
         (_("police and help are called"), _("the person is safe")), climbs="commander", silent=True, health=True),
    Kind("stranded", _("Stranded person"), "team_complaints",
         (Ask("where", _("Where the person is now"), True), Ask("home", _("Where home is"))),
         (_("lodging and relief"), _("the way home is agreed"))),
    Kind("return", _("Return transport"), "team_complaints",
         (Ask("where", _("Where to"), True), Ask("people", _("How many people"))),
         (_("the destination has accepted"), _("bus, test and list"), _("arrived"))),
    Kind("question", _("Question about the rules"), "team_information", (), (_("answered"),)),
    Kind("objection", _("Objection"), "team_complaints", (Ask("against", _("Against what"), True, True),),
         (_("passed to somebody who did not decide it"), _("answered"))),
    Kind("rumour", _("Rumour"), "team_information", (Ask("where", _("Where it was seen")),), (_("checked"), _("answered"))),
    Kind("price", _("Price complaint"), "team_complaints", (Ask("shop", _("Shop, goods, price"), True),),
         (_("passed to market supervision"), _("answered"))),
    Kind("other", _("Other"), "team_complaints", (), (_("seen to"),)),
)  # fmt: skip
_BY_KEY = {kind.key: kind for kind in KINDS}


def get(key: str) -> Kind:
    """The kind of that name; "other" for one that this program does not know (any more)."""
    return _BY_KEY.get(key, _BY_KEY["other"])


def known(key: str) -> bool:
    return key in _BY_KEY


CHANNELS: dict[str, Any] = {
    "web": _("resident's page"),
    "phone": _("telephone"),
    "hotline": _("12345 hotline"),
    "police": _("110"),
    "chat": _("chat group or mini-programme"),
    "door": _("at the door"),
    "letter": _("letter from another city"),
    "ledger": _("contact from the ledger"),
}
