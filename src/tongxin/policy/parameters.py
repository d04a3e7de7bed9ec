"""Every parameter that a policy pack may set: its units, its bounds and what it means. The one place that knows.

Keys are ``section.name``. Durations are in minutes or hours, calendar spans in days; the bounds of both are held as
``timedelta``. Later stages add their parameters here, not in code of their own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
ZERO = dt.timedelta(0)
SPANS = {"minutes": MINUTE, "hours": HOUR, "days": DAY}
CONFIDENCES = ("stated", "reported", "assumed")

Bound = dt.timedelta | int


@dataclass(frozen=True)
class Spec:
    """One parameter: the units in which it may be given, the least and the greatest value, and its meaning. A choice has
    ``choices`` instead of bounds; a list of days holds days counted from an anchor, each once, in order."""

    units: tuple[str, ...]
    low: Bound
    high: Bound
    description: Any
    choices: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Days and counts are whole numbers; hours and minutes need not be."""
        return self.units not in (("minutes", "hours"),)


def _time(description: Any, low: dt.timedelta = ZERO, high: dt.timedelta = 30 * DAY) -> Spec:
    return Spec(("minutes", "hours"), low, high, description)


def _days(description: Any, low: dt.timedelta = ZERO, high: dt.timedelta = 3660 * DAY) -> Spec:
    return Spec(("days",), low, high, description)


def _count(description: Any, low: int = 0, high: int = 1_000_000) -> Spec:
    return Spec(("count",), low, high, description)


def _day_list(description: Any) -> Spec:
    return Spec(("day list",), 1, 60, description)


def _choice(description: Any, *choices: str) -> Spec:
    return Spec(("choice",), 0, 0, description, choices)


def _flag(description: Any) -> Spec:
    return Spec(("flag",), 0, 1, description)


SIZES = ("home", "floor", "unit", "building", "compound", "community", "street", "district")
"""How large an area may be, from the smallest on."""
AREA_KINDS = ("high", "medium", "low", "sealed", "controlled", "precaution", "temporary")
CLOCKED_KINDS = ("high", "medium", "sealed", "controlled")
"""Kinds of area that end by counting days without a case; precaution and low are advice, temporary control has hours."""

BECOMES = {"high": ("low", "medium"), "medium": ("low",), "sealed": ("precaution", "controlled"), "controlled": ("precaution",)}
"""What an area of a kind may become when its days are over, besides being lifted: advice, or the milder kind for some days."""
AREA_LABELS: dict[str, Any] = {
    "high": _("high-risk area"), "medium": _("medium-risk area"), "low": _("low-risk area"), "sealed": _("sealed zone"),
    "controlled": _("controlled zone"), "precaution": _("precaution zone"), "temporary": _("temporary control"),
}  # fmt: skip


def _areas() -> dict[str, Spec]:
    """The parameters of the kinds of area whose clock counts days."""
    found: dict[str, Spec] = {}
    for kind in CLOCKED_KINDS:
        one: dict[str, Spec] = {
            "used": _flag(_("Whether there are such areas")),
            "largest": _choice(_("How large such an area may be without a justification"), *SIZES),
            "clear_days": _days(_("Whole days without a new case before such an area ends"), low=DAY, high=60 * DAY),
            "all_negative": _flag(_("Whether everybody present must be negative on the last of these days")),
            "test_days": _day_list(_("The days on which everybody present is tested")),
            "then": _choice(_("What such an area becomes"), "lifted", *BECOMES[kind]),
            "ceiling": _days(_("Longest time of such an area, all extensions counted"), low=DAY, high=180 * DAY),
        }
        for name, spec in one.items():
            meaning = format_lazy("{}: {}", AREA_LABELS[kind], spec.description)
            found[f"area.{kind}_{name}"] = replace(spec, description=meaning)
    return found


PARAMETERS: dict[str, Spec] = {
    "screening.report_positive_within": _time(_("From the result to the report of a positive tube"), low=MINUTE),
    "screening.flag_within": _time(_("Time to clear up a flag on a tube"), low=MINUTE),
    "screening.box_closed_within": _time(_("How long before a step of a box its tubes were put in at most"), low=MINUTE),
    "api.max_scans_per_batch": _count(_("Most scans in one batch"), low=1),
    "api.max_reports_per_batch": _count(_("Most laboratory reports in one batch"), low=1),
    "chase.reach_within": _time(_("From listed to reached, by phone or at the door"), low=MINUTE),
    "chase.calls_before_no_answer": _count(_("Calls without an answer before somebody goes to the door"), 1, 20),
    "chase.retest_within": _time(_("From listed to sampled again, alone"), low=MINUTE),
    "chase.decision_within": _time(_("From a negative retest to the close-contact decision"), low=MINUTE),
    "chase.binding_recheck_within": _time(_("Time to find who was in a tube without a positive retest"), low=MINUTE),
    "chase.apology_within": _time(_("Time to apologise after a positive was corrected"), low=MINUTE),
    "chase.retest_lookback": _time(_("How much earlier than the tube a retest may have been taken and still count")),
    "chase.neighbours_before": _count(_("Tubes before a positive one at its table that are listed"), 0, 100),
    "chase.neighbours_after": _count(_("Tubes after a positive one at its table that are listed"), 0, 100),
    **_areas(),
    "area.medium_after_high_days": _days(
        _("Whole days without a new case before a medium area ends that was a high one"), low=DAY, high=60 * DAY
    ),
    "area.controlled_after_sealed_days": _days(
        _("Whole days without a new case before a controlled zone ends that was a sealed one"), low=DAY, high=60 * DAY
    ),
    "area.high_antigen_days": _day_list(_("Those of the test days in a high area on which an antigen test is enough")),
    "area.sealed_negative_within": _days(
        _("Within how many last days everybody in a sealed area must be negative"), low=DAY, high=14 * DAY
    ),
    "area.sealed_contact_days": _days(_("Days since the exposure of the last contact before a sealed area ends"), high=60 * DAY),
    "area.anchor": _choice(
        _("From what on the days of an area count: the last case has left it, or it was disinfected after that"),
        "removed", "disinfected",
    ),
    "area.temporary_longest": _time(_("Longest temporary control; 0 forbids it"), high=72 * HOUR),
    "area.home_case_draws_area": _flag(_("Whether a case in strict home isolation draws an area")),
    "area.home_case_restarts": _flag(_("Whether a case in strict home isolation restarts the days of an area around it")),
    "area.isolated_case_draws_area": _flag(
        _("Whether a case found in central isolation, or in closed loop without risk outside, draws an area")
    ),
    "area.repositive_draws_area": _flag(_("Whether a recovered person who is positive again draws an area")),
    "area.inbound_ct": _count(_("The Ct value from which on the result of somebody from abroad draws no area"), 20, 45),
    "area.mixed_positive_closes": _flag(_("Whether unit and building are closed until a positive mixed tube is resolved")),
    "area.propose_lift_before": _time(_("How long before its hour a lift is proposed")),
    "area.lift_within": _time(_("Time to lift an area that is due with its conditions met"), low=MINUTE),
    "area.disinfect_within": _time(_("Time for the terminal disinfection after the last case has left an area"), low=MINUTE),
    "area.sample_within": _time(_("Time to sample who is missing on the last day of an area"), low=MINUTE),
    "area.knock_up_to": _count(_("How few may be missing for each to become a task at once"), 0, 10_000),
    "area.knock_from": _time(_("How far into the last day the first door is knocked at"), high=DAY),
    "area.knock_after": _time(_("How far into the last day everybody who is missing becomes a task"), high=DAY),
    "area.exits_check_valid": _time(_("How old the check of the open exits may be when an order is signed"), low=MINUTE),
    "area.exits_check_every": _time(_("How often the exits of an area are checked"), low=HOUR),
    "area.blocked_exit_within": _time(_("Time to open an exit that is reported blocked"), low=MINUTE),
    "area.restudy_extends": _days(_("Longest single extension of an area"), low=DAY, high=30 * DAY),
    "area.objection_within": _time(_("Time to answer an objection"), low=MINUTE),
    "hold.mixed_positive_due": _time(_("From the start of a tube member's hold to its earliest lawful release")),
    "hold.mixed_positive_ends": _time(_("From the start of a tube member's hold until it lapses"), low=MINUTE),
    "hold.mixed_positive_ceiling": _time(_("Longest hold of a tube member, all extensions counted"), low=MINUTE),
    "task.escalation_grace": _time(_("Time that each level gets before a task goes one level up"), low=MINUTE),
    "task.escalation_levels": _count(_("Levels a task can go up: community, street, district"), 0, 2),
    "task.due_soon": _time(_("How near a due time is to count as soon")),
    "retention.tubes": _days(_("How long tubes and their members are kept"), low=DAY),
    "retention.chases": _days(_("How long a chase is kept after its end"), low=DAY),
    "access.code_valid": _time(_("How long a one-time code of a resident is valid"), low=MINUTE, high=HOUR),
    "access.code_tries": _count(_("How many wrong one-time codes, and how many codes in that time, before one must wait"), 1, 20),
    "policy.backdate_within": _time(_("How far back a pack may be adopted"), high=24 * HOUR),
}  # fmt: skip

# In a pack as it holds (with what it extends), the first of each pair may not exceed the second.
NOT_LONGER_THAN = (
    *((f"area.{kind}_clear_days", f"area.{kind}_ceiling") for kind in CLOCKED_KINDS),
    ("area.medium_after_high_days", "area.medium_ceiling"),
    ("area.controlled_after_sealed_days", "area.controlled_ceiling"),
    ("hold.mixed_positive_due", "hold.mixed_positive_ends"),
    ("hold.mixed_positive_ends", "hold.mixed_positive_ceiling"),
)
