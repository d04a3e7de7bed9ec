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
        """Days, counts and bytes are whole numbers; hours and minutes need not be."""
        return self.units not in (("minutes", "hours"),)


def _time(description: Any, low: dt.timedelta = ZERO, high: dt.timedelta = 30 * DAY) -> Spec:
    return Spec(("minutes", "hours"), low, high, description)


def _days(description: Any, low: dt.timedelta = ZERO, high: dt.timedelta = 3660 * DAY) -> Spec:
    return Spec(("days",), low, high, description)


def _count(description: Any, low: int = 0, high: int = 1_000_000) -> Spec:
    return Spec(("count",), low, high, description)


def _bytes(description: Any, low: int = 1024, high: int = 2**40) -> Spec:
    return Spec(("bytes",), low, high, description)


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


NEED_KINDS = (
    "medical", "medicine", "special_drug", "ride", "supplies", "parcel", "waste", "repair", "psychological", "violence",
    "stranded", "return", "question", "objection", "rumour", "price", "other",
)  # fmt: skip
"""The kinds of need (``needs.kinds`` says what each is; a test keeps the two alike)."""


def _needs() -> dict[str, Spec]:
    """The time limits of every kind of need."""
    urgent, routine = _("Time for an urgent need of this kind"), _("Time for any other need of this kind")
    return {
        f"need.{kind}_{name}": _time(format_lazy("{} ({})", meaning, kind), low=MINUTE)
        for kind in NEED_KINDS
        for name, meaning in (("urgent", urgent), ("routine", routine))
    }


LEDGER_CATEGORIES: dict[str, Any] = {
    "elderly_alone": _("old and living alone"), "disabled": _("disabled"), "dementia": _("dementia"),
    "bedridden": _("bed-bound"), "severe_illness": _("severe illness"), "dialysis": _("dialysis"), "pregnant": _("pregnant"),
    "infant": _("infant"), "minor_alone": _("minor alone at home"), "mental_illness": _("mental illness"),
    "exam_candidate": _("exam candidate"), "no_online": _("cannot shop online"),
}  # fmt: skip


def _rhythms() -> dict[str, Spec]:
    """How often each category of people on the ledger is contacted."""
    said = _("Longest time between two contacts with somebody on the ledger")
    return {
        f"ledger.rhythm_{key}": _time(format_lazy("{}: {}", said, label), low=HOUR) for key, label in LEDGER_CATEGORIES.items()
    }


PARAMETERS: dict[str, Spec] = {
    "screening.mixed_result_within": _time(_("From sampling to the result of a tube of several people"), low=MINUTE),
    "screening.single_result_within": _time(_("From sampling to the result of a tube of one person"), low=MINUTE),
    "screening.report_positive_within": _time(_("From the result to the report of a positive tube"), low=MINUTE),
    "screening.untested_reminder_after": _time(_("From the start of a round until those not tested are listed")),
    "screening.untested_within": _time(_("Time to knock at the door of a person who was not tested"), low=MINUTE),
    "screening.untested_yellow_code": _flag(_("Whether a person who was not tested gets a yellow code")),
    "screening.flag_within": _time(_("Time to clear up a flag on a tube"), low=MINUTE),
    "screening.unmatched_report_within": _time(_("Time to find the scans of a tube that was reported"), low=MINUTE),
    "screening.box_closed_within": _time(_("How long before a step of a box its tubes were put in at most"), low=MINUTE),
    "screening.max_clock_skew": _time(_("How far a device's clock may be ahead of the city's")),
    "api.max_scans_per_batch": _count(_("Most scans in one batch"), low=1),
    "api.max_reports_per_batch": _count(_("Most laboratory reports in one batch"), low=1),
    "files.max_upload": _bytes(_("Largest file that may be sent through a page")),
    "files.max_unpacked": _bytes(_("Largest size of a spreadsheet once unpacked")),
    "files.max_row": _bytes(_("Longest row of a file"), low=256),
    "chase.reach_within": _time(_("From listed to reached, by phone or at the door"), low=MINUTE),
    "chase.calls_before_no_answer": _count(_("Calls without an answer before somebody goes to the door"), 1, 20),
    "chase.held_within": _time(_("From reached to held in place"), low=MINUTE),
    "chase.retest_within": _time(_("From listed to sampled again, alone"), low=MINUTE),
    "chase.retest_result_within": _time(_("From the retest to its result"), low=MINUTE),
    "chase.missing_retest_within": _time(_("Time to find a retest that is missing after its limit"), low=MINUTE),
    "chase.hand_over_accept_within": _time(_("Time for another community to take over a member"), low=MINUTE),
    "chase.decision_within": _time(_("From a negative retest to the close-contact decision"), low=MINUTE),
    "chase.binding_recheck_within": _time(_("Time to find who was in a tube without a positive retest"), low=MINUTE),
    "chase.apology_within": _time(_("Time to apologise after a positive was corrected"), low=MINUTE),
    "chase.retest_lookback": _time(_("How much earlier than the tube a retest may have been taken and still count")),
    "chase.neighbours_before": _count(_("Tubes before a positive one at its table that are listed"), 0, 100),
    "chase.neighbours_after": _count(_("Tubes after a positive one at its table that are listed"), 0, 100),
    "chase.watch_for": _time(_("How long the site and table of a positive tube are watched")),
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
    "area.disinfect_within": _time(_("Time for the terminal disinfection after the last case has left an area"), low=MINUTE),
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
    "area.sample_within": _time(_("Time to sample who is missing on the last day of an area"), low=MINUTE),
    "area.knock_up_to": _count(_("How few may be missing for each to become a task at once"), 0, 10_000),
    "area.knock_from": _time(_("How far into the last day the first door is knocked at"), high=DAY),
    "area.knock_after": _time(_("How far into the last day everybody who is missing becomes a task"), high=DAY),
    "area.exits_check_valid": _time(_("How old the check of the open exits may be when an order is signed"), low=MINUTE),
    "area.exits_check_every": _time(_("How often the exits of an area are checked"), low=HOUR),
    "area.blocked_exit_within": _time(_("Time to open an exit that is reported blocked"), low=MINUTE),
    "area.restudy_extends": _days(_("Longest single extension of an area"), low=DAY, high=30 * DAY),
    "area.objection_within": _time(_("Time to answer an objection"), low=MINUTE),
    "contact.close_central": _days(_("Days of central isolation of a close contact")),
    "contact.central_by_choice": _flag(_("Whether a close contact may choose central isolation instead of the home")),
    "contact.close_home": _days(_("Days at home of a close contact, after the central ones")),
    "contact.close_test_days": _day_list(_("Days on which a close contact is tested, from the last exposure")),
    "contact.secondary_home": _days(_("Days at home of a contact's contact; 0 for none")),
    "contact.secondary_test_days": _day_list(_("Days on which a contact's contact is tested")),
    "contact.moved_within": _time(_("From the report of a case to its close contacts in isolation"), low=MINUTE),
    "contact.left_high_central": _days(_("Days of central isolation of a person who left a high area; 0 for none")),
    "contact.left_high_home": _days(_("Days at home of a person who left a high area; 0 for none")),
    "contact.left_high_test_days": _day_list(_("Days on which a person who left a high area is tested")),
    "contact.left_medium_home": _days(_("Days at home of a person who left a medium area; 0 for none")),
    "contact.window_before": _days(_("Days before onset, or before the positive sample, from which contacts count")),
    "case.care": _choice(_("Where a mild or symptom-free case is cared for"), "hospital", "home"),
    "case.released_ct": _count(_("The Ct value from which on a result releases a case"), 20, 45),
    "case.released_tests": _count(_("How many such results in a row release a case"), 1, 5),
    "case.released_tests_apart": _time(_("Least time between these results")),
    "case.repositive_ct": _count(_("The Ct value from which on a symptom-free re-positive is left in peace"), 20, 45),
    "case.released_test_days": _day_list(_("Days on which a case at home is tested for release")),
    "case.after_care_home": _days(_("Days of monitoring at home after discharge")),
    "screening.tube_sealed": _count(_("Persons in a tube in a sealed zone"), 1, 20),
    "screening.tube_controlled": _count(_("Persons in a tube in a controlled zone"), 1, 20),
    "screening.tube_precaution": _count(_("Persons in a tube in a precaution zone"), 1, 20),
    "screening.tube_isolation": _count(_("Persons in a tube at an isolation site"), 1, 20),
    "screening.by_area_allowed": _flag(_("Whether everybody of an administrative area may be sampled")),
    "screening.by_area_when_unclear": _flag(_("Whether that is allowed while sources and chains are unclear")),
    "screening.area_round_within": _time(_("Time for one round of an area, from the decision"), low=HOUR),
    "screening.area_clean_rounds": _count(_("Daily rounds without a case from the community before the pause"), 1, 30),
    "screening.area_pause": _days(_("Days of the pause after these rounds"), high=30 * DAY),
    "screening.area_rounds_after_pause": _count(_("Rounds after the pause"), 0, 30),
    "screening.voluntary": _flag(_("Whether everybody decides for themselves to be tested, and nobody is asked why not")),
    "entry.travel_test_within": _time(_("How old a negative result may be to travel by rail or air; 0: none is asked for")),
    "entry.hotel_test_within": _time(_("How old a negative result may be to stay at a hotel; 0: none is asked for")),
    "entry.public_test_within": _time(_("How old a negative result may be to enter public places; 0: none is asked for")),
    "entry.care_test_within": _time(
        _("How old a negative result may be to enter care homes, hospitals, nurseries and schools; 0: none is asked for")
    ),
    "hold.mixed_positive_due": _time(_("From the start of a tube member's hold to its earliest lawful release")),
    "hold.mixed_positive_ends": _time(_("From the start of a tube member's hold until it lapses"), low=MINUTE),
    "hold.mixed_positive_ceiling": _time(_("Longest hold of a tube member, all extensions counted"), low=MINUTE),
    **_needs(),
    "need.emergency_within": _time(_("Time to answer an emergency"), low=MINUTE, high=2 * HOUR),
    "need.confirm_within": _time(_("Time to read and confirm a need"), low=MINUTE),
    "need.word_within": _time(_("Time to ask the resident whether it is solved"), low=MINUTE),
    "need.phone_within": _time(_("Time to phone somebody whom a message did not reach"), low=MINUTE),
    "need.vulnerable_percent": _count(_("Share of the time limit that a vulnerable person waits, in percent"), 1, 100),
    "need.duplicate_window": _time(_("How far apart two needs may be raised and still be one"), low=HOUR),
    "need.webhook_clock": _time(_("How old a signed message of a chat group may be"), low=MINUTE, high=HOUR),
    "medicine.consult_within": _time(_("Time for a pharmacist or doctor to look at a medicine order"), low=MINUTE),
    "medicine.card_within": _time(_("Time to collect an insurance card, or to bring it back"), low=MINUTE),
    "medicine.buy_within": _time(_("Time to buy medicine, where its need gives none"), low=MINUTE),
    "medicine.deliver_within": _time(_("Time to bring medicine to the door, where its need gives none"), low=MINUTE),
    "medicine.source_within": _time(_("Time to find a special drug"), low=MINUTE),
    "medicine.asked_again_before": _days(_("How long before it runs out a prescription is asked for again"), high=30 * DAY),
    "medicine.buying_from": _time(_("Hour of the day from which medicine is bought"), high=24 * HOUR),
    "medicine.buying_until": _time(_("Hour of the day until which medicine is bought"), high=24 * HOUR),
    "medicine.shift_until": _time(_("Hour of the day until which buyers bring what they bought"), high=24 * HOUR),
    "medicine.visit_hospital": _time(_("Time a visit to a hospital takes, whatever is bought"), high=4 * HOUR),
    "medicine.visit_pharmacy": _time(_("Time a visit to a pharmacy takes, whatever is bought"), high=4 * HOUR),
    "medicine.per_order": _time(_("Time at the counter for each order"), high=HOUR),
    "medicine.sorting": _time(_("Time to sort what was bought"), high=2 * HOUR),
    "medicine.per_gate": _time(_("Time at the gate of a compound"), high=HOUR),
    "medicine.bag": _count(_("Orders that a buyer carries at a time"), 1, 1000),
    "medicine.hospitals_a_day": _count(_("Hospitals that a buyer visits in a day"), 0, 20),
    "medicine.metres_a_minute": _count(_("Metres that a buyer covers in a minute, as the crow flies"), 10, 2000),
    "medicine.way_community": _time(_("Way between two places of one community"), high=4 * HOUR),
    "medicine.way_street": _time(_("Way between two places of one street"), high=4 * HOUR),
    "medicine.way_district": _time(_("Way between two places of one district"), high=4 * HOUR),
    "medicine.way_beyond": _time(_("Way to a place in another district"), high=8 * HOUR),
    "api.max_needs_per_batch": _count(_("Most needs in one batch"), low=1),
    "task.escalation_grace": _time(_("Time that each level gets before a task goes one level up"), low=MINUTE),
    "task.escalation_levels": _count(_("Levels a task can go up: community, street, district"), 0, 2),
    "task.due_soon": _time(_("How near a due time is to count as soon")),
    "messages.quiet_from": _time(_("From when in the evening messages wait that are not urgent, from midnight on"), high=DAY),
    "messages.quiet_until": _time(_("Until when in the morning they wait, from midnight on"), high=DAY),
    "messages.attempts": _count(_("How often a gateway is tried before somebody phones instead"), 1, 100),
    "messages.retry_first": _time(
        _("Time until a message is tried again; each further wait is twice as long"), low=MINUTE, high=DAY
    ),
    "messages.retry_longest": _time(_("Longest wait before a message is tried again"), low=MINUTE, high=DAY),
    "messages.unknown_after": _time(
        _("How long a message may be on its way to the gateway before nobody knows whether it was sent"), low=MINUTE, high=DAY
    ),
    "api.max_receipts_per_batch": _count(_("Most receipts of messages in one batch"), low=1),
    "retention.messages": _days(_("How long a message is kept after it was sent or given up"), low=DAY),
    **_rhythms(),
    "ledger.contact_lead": _time(_("How long before a contact is due its task is opened")),
    "ledger.contact_within": _time(_("Time for a contact that is not bound to a rhythm"), low=MINUTE),
    "ledger.visit_within": _time(_("Time to go to the door of somebody who was not reached"), low=MINUTE),
    "ledger.check_within": _time(_("Time to find out where somebody is whose door stays shut"), low=MINUTE),
    "ledger.help_within": _time(_("Time to help somebody on the ledger who asked for it"), low=MINUTE),
    "ledger.owner_within": _time(_("Time to name who answers for people on the ledger"), low=MINUTE),
    "ledger.round_within": _time(_("Time for a door-knocking round"), low=HOUR),
    "ledger.sheet_valid": _time(_("How long a printed or exported list of residents may be kept"), low=HOUR),
    "ledger.offer_valid": _days(_("How long a neighbour's offer stands"), low=DAY, high=365 * DAY),
    "retention.tubes": _days(_("How long tubes and their members are kept"), low=DAY),
    "retention.chases": _days(_("How long a chase is kept after its end"), low=DAY),
    "retention.check_ins": _days(_("How long check-ins are kept")),
    "retention.needs": _days(_("How long a need is kept after its end"), low=DAY),
    "retention.audit": _days(_("How long the audit trail is kept"), low=DAY),
    "access.session": _time(_("Time until a user must sign in again"), low=MINUTE),
    "access.login_failures": _count(_("Wrong passwords before an account is locked for a while"), 1, 100),
    "access.lockout": _time(_("How long an account stays locked after wrong passwords")),
    "access.token_valid": _days(_("How long a bearer token is valid"), low=DAY),
    "access.code_valid": _time(_("How long a one-time code of a resident is valid"), low=MINUTE, high=HOUR),
    "access.code_tries": _count(_("How many wrong one-time codes, and how many codes in that time, before one must wait"), 1, 20),
    "policy.backdate_within": _time(_("How far back a pack may be adopted"), high=24 * HOUR),
}  # fmt: skip

WAITING = frozenset({
    "access.lockout", "access.login_failures", "access.session", "access.token_valid", "case.after_care_home", "case.care",
    "case.released_ct", "case.released_test_days", "case.released_tests", "case.released_tests_apart", "case.repositive_ct",
    "chase.hand_over_accept_within", "chase.held_within", "chase.missing_retest_within", "chase.retest_result_within",
    "chase.watch_for", "contact.central_by_choice", "contact.close_central", "contact.close_home", "contact.close_test_days",
    "contact.left_high_central", "contact.left_high_home", "contact.left_high_test_days", "contact.left_medium_home",
    "contact.moved_within", "contact.secondary_home", "contact.secondary_test_days", "contact.window_before",
    "entry.care_test_within", "entry.hotel_test_within", "entry.public_test_within", "entry.travel_test_within",
    "files.max_row", "files.max_unpacked", "files.max_upload", "retention.audit", "retention.check_ins",
    "screening.area_clean_rounds", "screening.area_pause", "screening.area_round_within", "screening.area_rounds_after_pause",
    "screening.by_area_allowed", "screening.by_area_when_unclear", "screening.max_clock_skew", "screening.mixed_result_within",
    "screening.single_result_within", "screening.tube_controlled", "screening.tube_isolation", "screening.tube_precaution",
    "screening.tube_sealed", "screening.unmatched_report_within", "screening.untested_reminder_after",
    "screening.untested_within", "screening.untested_yellow_code", "screening.voluntary",
})  # fmt: skip
"""What the rule sets say and no part of the program reads yet: packs hold it for the stages to come, and wherever it is shown
it is said that it decides nothing."""

PARAMETERS |= {
    key: replace(PARAMETERS[key], description=format_lazy("{} – {}", PARAMETERS[key].description, _("nothing reads it yet")))
    for key in WAITING
}

# In a pack as it holds (with what it extends), the first of each pair may not exceed the second.
NOT_LONGER_THAN = (
    *((f"area.{kind}_clear_days", f"area.{kind}_ceiling") for kind in CLOCKED_KINDS),
    ("area.medium_after_high_days", "area.medium_ceiling"),
    ("area.controlled_after_sealed_days", "area.controlled_ceiling"),
    ("messages.retry_first", "messages.retry_longest"),
    ("hold.mixed_positive_due", "hold.mixed_positive_ends"),
    ("hold.mixed_positive_ends", "hold.mixed_positive_ceiling"),
)
