"""The timeline of a tube in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxin.chase import queries
from tongxin.chase.queries import Happening, MemberRow
from tongxin.chase.views import words
from tongxin.screening.models import OUTSIDE
from tongxin.tasks import kinds as task_kinds
from tongxin.web import labels

STEPS = {
    "1": gettext_lazy("tube closed"),
    "2": gettext_lazy("boxed"),
    "3": gettext_lazy("with the courier"),
    "4": gettext_lazy("received by the laboratory"),
    "5": gettext_lazy("tested"),
}


def lines(subject: Any, members: Sequence[MemberRow], may_name: bool) -> list[dict[str, Any]]:
    """What happened, the latest first; members by name for those who may know it."""
    if subject.tube is None:
        found = queries.timeline(subject.tube_id, OUTSIDE)
    else:
        found = queries.timeline(subject.tube_id, subject.tube.day)
    names = {m.id: (m.name or m.person_no or m.call_code) if may_name else m.call_code for m in members}
    return [
        {
            "at": one.at,
            "what": _SAID[one.what](one),
            "member": names.get(one.member_id or 0, ""),
            "member_id": one.member_id,
            "who": labels.actor(one.actor),
            "note": one.note,
        }
        for one in found
    ]


def _task(one: Happening) -> str:
    kind, _colon, event = one.detail.partition(":")
    names: Mapping[str, Any] = {k.key: k.label for k in task_kinds.known()}
    return f"{names.get(kind, kind)}: {task_kinds.EVENT_LABELS.get(event, event)}"


def _call(one: Happening) -> str:
    channel, _dot, outcome = one.detail.partition(".")
    return _("called %(how)s: %(outcome)s") % {
        "how": words.of(words.CHANNELS, channel), "outcome": words.of(words.CALL_OUTCOMES, outcome),
    }  # fmt: skip


def _result(code: str) -> str:
    return str(labels.of(labels.RESULTS, int(code)))


_SAID: dict[str, Callable[[Happening], str]] = {
    "first_scan": lambda one: _("first person scanned"),
    "last_scan": lambda one: _("last person scanned"),
    "handover": lambda one: str(STEPS.get(one.detail, one.detail)),
    "report": lambda one: _("reported: %(result)s") % {"result": _result(one.detail)},
    "listed": lambda one: _("chase opened, %(n)s members listed") % {"n": one.detail},
    "call": _call,
    "resampled": lambda one: _("sampled again"),
    "resulted": lambda one: _("retest: %(result)s") % {"result": _result(one.detail)},
    "resolved": lambda one: _("resolved: %(how)s") % {"how": words.of(words.RESOLUTIONS, one.detail)},
    "task": _task,
}
