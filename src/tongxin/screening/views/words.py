"""The words of screening in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

FLAGS = {
    "bad_id_number": _("wrong identity number"),
    "clock_suspect": _("clock suspect"),
    "header_conflict": _("headings disagree"),
    "over_capacity": _("overfull"),
    "person_in_two_tubes": _("person in two tubes"),
    "unknown_person": _("unknown person"),
}
STEPS = {
    0: _("at the table"),
    1: pgettext_lazy("tube", "closed"),
    2: _("boxed"),
    3: _("with the courier"),
    4: _("at the laboratory"),
    5: _("tested, not reported"),
}
HOPS = {
    "sampled_received": _("sampled → received"),
    "received_reported": _("received → reported"),
    "sampled_reported": _("sampled → reported"),
}
WHY = {
    "not_sampled": _("not sampled"),
    "waiting": _("waiting for the result"),
    "invalid": _("invalid, sample again"),
}
PURPOSES = {0: _("not scanned yet"), 1: _("screening"), 2: _("retest")}
ACTIONS = {"view.untested": _("saw who is not tested"), "view.tube": _("saw the people of a tube")}


def flags(codes: list[str]) -> list[Any]:
    return [FLAGS.get(code, code) for code in codes]
