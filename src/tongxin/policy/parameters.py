"""Every parameter that a policy pack may set: its units, its bounds and what it means. The one place that knows.

Keys are ``section.name``. Durations are in minutes or hours, calendar spans in days; the bounds of both are held as
``timedelta``. Later stages add their parameters here, not in code of their own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
ZERO = dt.timedelta(0)
SPANS = {"minutes": MINUTE, "hours": HOUR, "days": DAY}
CONFIDENCES = ("stated", "reported", "assumed")

Bound = dt.timedelta | int


@dataclass(frozen=True)
class Spec:
    """One parameter: the units in which it may be given, the least and the greatest value, and its meaning."""

    units: tuple[str, ...]
    low: Bound
    high: Bound
    description: Any

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


def _flag(description: Any) -> Spec:
    return Spec(("flag",), 0, 1, description)


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
    "hold.mixed_positive_due": _time(_("From the start of a tube member's hold to its earliest lawful release")),
    "hold.mixed_positive_ends": _time(_("From the start of a tube member's hold until it lapses"), low=MINUTE),
    "hold.mixed_positive_ceiling": _time(_("Longest hold of a tube member, all extensions counted"), low=MINUTE),
    "task.escalation_grace": _time(_("Time that each level gets before a task goes one level up"), low=MINUTE),
    "task.escalation_levels": _count(_("Levels a task can go up: community, street, district"), 0, 2),
    "task.due_soon": _time(_("How near a due time is to count as soon")),
    "retention.tubes": _days(_("How long tubes and their members are kept"), low=DAY),
    "retention.chases": _days(_("How long a chase is kept after its end"), low=DAY),
    "retention.check_ins": _days(_("How long check-ins are kept")),
    "retention.audit": _days(_("How long the audit trail is kept"), low=DAY),
    "access.session": _time(_("Time until a user must sign in again"), low=MINUTE),
    "access.login_failures": _count(_("Wrong passwords before an account is locked for a while"), 1, 100),
    "access.lockout": _time(_("How long an account stays locked after wrong passwords")),
    "access.token_valid": _days(_("How long a bearer token is valid"), low=DAY),
}  # fmt: skip

# In a pack as it holds (with what it extends), the first of each pair may not exceed the second.
NOT_LONGER_THAN = (
    ("hold.mixed_positive_due", "hold.mixed_positive_ends"),
    ("hold.mixed_positive_ends", "hold.mixed_positive_ceiling"),
)
