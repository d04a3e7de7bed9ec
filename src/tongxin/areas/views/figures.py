"""The Release clock on the home page, and the names of areas and objections on the pages of others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tongxin.areas import queries
from tongxin.areas.models import Objection, Order
from tongxin.areas.queries import Filter
from tongxin.areas.views.upkeep import may_read
from tongxin.kit import clock
from tongxin.web.home import Figure
from tongxin.web.subjects import Link


def release(user: Any, place: int) -> Sequence[Figure]:
    """The lifts that are late, whose goal is always zero, stand first; every figure opens its rows."""
    if not user.may("area.view"):
        return []
    found, url = queries.figures(Filter(place_id=place), clock.now()), f"{reverse('areas:areas')}?place={place}"
    return [
        Figure(_("Areas to be lifted, overdue"), found.overdue, f"{url}&only=overdue", overdue=True),
        Figure(_("Areas lapsing soon, undecided"), found.lapsing, f"{url}&only=lapsing", soon=True),
        Figure(_("Areas due soon"), found.soon, f"{url}&only=soon", soon=True),
        Figure(_("Areas due, but blocked"), found.blocked, f"{url}&only=blocked"),
        Figure(_("Areas in force"), found.in_force, url),
        Figure(_("People limited by areas"), found.persons, f"{url}&sort=persons"),
    ]


def areas(ids: Collection[int], user: Any) -> dict[int, Link]:
    """Areas by their published names."""
    may = user.may("area.view")
    found = Order.objects.filter(pk__in=ids).values_list("pk", "name")
    return {key: Link(name, reverse("areas:area", args=[key]) if may else "") for key, name in found}


def objections(ids: Collection[int], user: Any) -> dict[int, Link]:
    """Objections by the area they are against, if it is one; what they say is read on their page."""
    may = may_read(user)
    found = Objection.objects.filter(pk__in=ids).values_list("pk", "order__name")
    return {
        key: Link(
            _("an objection: %(area)s") % {"area": name} if name else _("an objection"),
            reverse("areas:objection", args=[key]) if may else "",
        )
        for key, name in found
    }
