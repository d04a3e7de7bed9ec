"""The Find clock on the home page."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from tongxin.chase import queries
from tongxin.chase.queries import Period
from tongxin.chase.views import words
from tongxin.kit import clock
from tongxin.web.home import Figure
from tongxin.web.templatetags.tongxin import duration

SOON = dt.timedelta(hours=2)
SHOWN = ("sampled_reported", "reported_reached", "reached_retested", "retested_resulted", "resulted_resolved")


def today(now: dt.datetime) -> Period:
    """The chases that were reported since midnight of the city."""
    return Period(now.astimezone(clock.city_zone()).replace(hour=0, minute=0, second=0, microsecond=0), now)


def find(place: int) -> list[Figure]:
    """What is late, what falls due, how many are being chased, and how long each hop took today."""
    now = clock.now()
    seen = queries.overview(now, SOON, place)
    board = f"{reverse('chase:board')}?place={place}"
    tasks = f"{reverse('tasks:worklist')}?place={place}"
    kinds = "".join(f"&kind={kind}" for kind in queries.TASK_KINDS)
    spans = {hop.key: hop for hop in queries.hops(today(now), place)}
    whole = spans["sampled_resolved"]
    return [
        Figure(_("Chase tasks overdue"), seen.overdue, f"{tasks}{kinds}&overdue=1", overdue=True),
        Figure(_("Chase tasks due within 2 hours"), seen.soon, f"{tasks}{kinds}", soon=True),
        Figure(
            _("Tubes being chased"), seen.open, board, headline=True,
            note=_("%(n)s with an exception") % {"n": seen.exceptional} if seen.exceptional else "",
        ),
        Figure(_("Members not reached"), seen.not_reached, board, unit=_("of %(n)s") % {"n": seen.in_work}),
        Figure(
            _("Sampled → resolved, median today"), duration(whole.median), f"{board}&state=all",
            note=_("90 %% within %(p90)s, %(n)s members") % {"p90": duration(whole.p90), "n": whole.count},
        ),
        *(_hop(spans[key], board) for key in SHOWN),
    ]  # fmt: skip


def _hop(hop: queries.Hop, board: str) -> Figure:
    note = _("90 %% within %(p90)s") % {"p90": duration(hop.p90)} if hop.count else ""
    return Figure(words.of(words.HOPS, hop.key), duration(hop.median), f"{board}&state=all", note=note)
