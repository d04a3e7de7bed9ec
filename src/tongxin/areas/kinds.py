"""The kinds of restriction and of work that areas give."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from tongxin.areas.rules import CONTROLLED, HIGH, KINDS, MEDIUM, SEALED, TEMPORARY
from tongxin.policy.parameters import AREA_LABELS
from tongxin.restrictions import kinds as restriction_kinds
from tongxin.tasks.kinds import Kind, declare

LABELS = {kind: AREA_LABELS[kind] for kind in KINDS}
LIMITS = {
    HIGH: _("stay home, services come to the door"),
    MEDIUM: _("stay in the compound, collect goods at staggered times"),
    SEALED: _("stay home, services come to the door"),
    CONTROLLED: _("stay in the compound, collect goods at staggered times"),
    TEMPORARY: _("stay in the building until it is decided"),
}
LIFT, SAMPLE, DECIDE, EXITS, UNBLOCK, OBJECTION, BARRIER, DISINFECT, TEST = (
    "area.lift", "area.sample", "area.decide", "area.exits", "area.unblock_exit", "area.objection", "area.remove_barrier",
    "area.disinfect", "area.test",
)  # fmt: skip

_TASKS = (
    Kind(
        LIFT, _("Lift an area"), "operations", "area.lift_within",
        {"lifted": _("lifted"), "extended": _("extended")}, "area",
        _("Every condition is met. Confirm the lift on the page of areas; many can be confirmed in one action."), True,
    ),
    Kind(
        SAMPLE, _("Sample who is missing on the last day"), "sampling", "area.sample_within",
        {"sampled": _("sampled"), "away": _("is away"), "not_possible": _("not possible")}, "person",
        _("This result is missing for the lift of an area. Go to the door, take the swab, or note since when the person is away."),
        True,
    ),
    Kind(
        DECIDE, _("Decide about the end of an area"), "operations", "area.lift_within",
        {"extended": _("extended"), "left": _("left to end")}, "area",
        _("The area ends before its conditions can be met. Extend it citing the case or the missing result, or let it end."),
        True,
    ),
    Kind(
        EXITS, _("Check the exits of an area"), "community", "area.exits_check_every",
        {"open": pgettext_lazy("exits", "open"), "blocked": _("blocked")}, "area",
        _("Look at every fire exit and unit door, and take a photo."),
    ),
    Kind(
        UNBLOCK, _("Open a blocked exit"), "community", "area.blocked_exit_within",
        {"opened": _("opened")}, "area",
        _("An exit is reported blocked. Open it at once; fire and ambulance must pass."), True,
    ),
    Kind(
        OBJECTION, _("Answer an objection"), "operations", "area.objection_within",
        {"answered": _("answered")}, "objection",
        _("A resident objects. Somebody other than the one who signed answers, in words that a resident understands."), True,
    ),
    Kind(
        DISINFECT, _("Disinfect an area after its last case"), "community", "area.disinfect_within",
        {"disinfected": _("disinfected")}, "area",
        _("The last case has left. The days count from the terminal disinfection: put on the area's page by whom and when."), True,
    ),
    Kind(
        TEST, _("Sample an area on its test day"), "sampling", "area.sample_within",
        {"sampled": _("sampled"), "not_possible": _("not possible")}, "area",
        _("Everybody in this area is to give a swab today. Its page counts who has not; the task is done when nobody is missing."),
    ),
    Kind(
        BARRIER, _("Take a barrier away"), "community", "area.lift_within",
        {"removed": _("removed")}, "area",
        _("The area is open again: take away every barrier that stands on its register."), True,
    ),
)  # fmt: skip


def in_both(said: Any) -> tuple[str, str]:
    """A text of the catalogue in Chinese and in English."""
    found = []
    for language in ("zh-hans", "en"):
        with override(language):
            found.append(str(said))
    return found[0], found[1]


def restriction_kind(kind: str) -> str:
    return f"area.{kind}"


def declare_kinds() -> None:
    for task in _TASKS:
        declare(task)
    for kind, label in LABELS.items():
        restriction_kinds.declare(
            restriction_kinds.Kind(
                key=restriction_kind(kind), label=label, subject_kinds=frozenset({"person", "facility"}), extend_capability="",
            )
        )  # fmt: skip
