"""The Care clock on the home page, and the names of needs on the pages of others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tongxin.kit import clock
from tongxin.needs import desk, kinds, queries
from tongxin.needs.queries import WAITING
from tongxin.needs.views.asked import share
from tongxin.needs.views.listing import SOON
from tongxin.web.home import Figure
from tongxin.web.subjects import Link
from tongxin.web.templatetags.tongxin import duration


def care(user: Any, place: int) -> Sequence[Figure]:
    """What is late, what falls due, how long the oldest has waited, how many were done in time; each opens its rows."""
    if not user.may("need.view"):
        return []
    now = clock.now()
    found, url = queries.figures(user, place, now, SOON), f"{reverse('needs:desk')}?place={place}&team=all"
    part, waiting = share(found.in_time, found.done), f"{url}&state={WAITING}"
    return [
        Figure(_("Needs overdue"), found.overdue, f"{url}&when=overdue", overdue=True),
        Figure(_("Needs due within 2 hours"), found.soon, f"{url}&when=soon", soon=True),
        Figure(
            _("Needs done in time"), "–" if part is None else f"{part} %", f"{url}&state=asked&done=in_time&lately=1",
            headline=True, note=_("%(n)s of %(all)s done in the last 24 hours") % {"n": found.in_time, "all": found.done},
        ),
        Figure(_("Emergencies"), found.emergencies, f"{waiting}&urgency=0"),
        Figure(
            _("Needs not done yet"), found.waiting, waiting,
            note=_("%(n)s nobody has read") % {"n": found.unread} if found.unread else "",
        ),
        Figure(_("The oldest has waited"), duration(now - found.oldest if found.oldest else None), f"{waiting}&sort=oldest"),
        Figure(_("Waiting for the resident's word"), found.to_ask, f"{url}&state=done"),
    ]  # fmt: skip


def needs(ids: Collection[int], user: Any) -> dict[int, Link]:
    """Needs by their kind; silent ones only for whoever may see them."""
    if not user.may("need.view"):
        return {}
    return {
        one.pk: Link(
            _("%(kind)s, need %(n)s") % {"kind": kinds.get(one.kind).label, "n": one.pk}, reverse("needs:need", args=[one.pk]),
            one.place_id,
        )
        for one in desk.links(user, ids)
    }  # fmt: skip
