"""The kinds of work that screening gives: one for each flag of a tube."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongxin.tasks.kinds import Kind, declare

_FLAGS = {
    "bad_id_number": (
        _("Check an identity number"),
        _("A member was scanned with a wrong or empty identity number. Ask the person and correct the register."),
    ),
    "clock_suspect": (
        _("Check a device's clock"),
        _("A scan is later than the laboratory's report. Check the clock of the device, and whether the tube was used twice."),
    ),
    "header_conflict": (
        _("Check a tube's heading"),
        _("The scans of this tube disagree about its round, kind or capacity. Ask the table."),
    ),
    "over_capacity": (
        _("Check an overfull tube"),
        _("More people were scanned than the tube holds. Count its list against the tube."),
    ),
    "person_in_two_tubes": (
        _("Check a person in two tubes"),
        _("A person is in two tubes of one round. Find out which one holds the swab."),
    ),
    "unknown_person": (
        _("Find an unknown person"),
        _("A person in this tube is not in the register. Find out who it is."),
    ),
}


def flag_kind(flag: str) -> str:
    """The kind of the task that a flag gives."""
    return f"screening.{flag}"


def declare_kinds() -> None:
    for flag, (label, instruction) in _FLAGS.items():
        declare(
            Kind(
                key=flag_kind(flag),
                label=label,
                team="sampling",
                due_key="screening.flag_within",
                outcomes={"settled": _("settled"), "cannot_tell": _("cannot be told any more")},
                subject_kind="tube",
                instruction=instruction,
            )
        )
