from collections.abc import Sequence
from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from tongxin.kit import clock
from tongxin.restrictions import queries, views
from tongxin.restrictions.views.listing import SOON
from tongxin.web import home, nav
from tongxin.web.templatetags.tongxin import in_words

app_name = "restrictions"
urlpatterns = [
    path("restrictions", views.restrictions, name="restrictions"),
    path("restrictions/<int:restriction_id>", views.restriction, name="restriction"),
    path("restrictions/<int:restriction_id>/release", views.release, name="release"),
    path("restrictions/<int:restriction_id>/extend", views.extend, name="extend"),
]
CAPABILITIES = ("restriction.release", "restriction.extend", "person.view")


def _release(user: Any, place: int) -> Sequence[home.Figure]:
    """The release clock: the number overdue, whose goal is always zero, stands first."""
    if not any(user.may(c) for c in CAPABILITIES):
        return []
    now = clock.now()
    found = queries.release_clock(now, SOON, place)
    url = f"{reverse('restrictions:restrictions')}?place={place}"
    oldest = found.oldest_overdue
    note = _("the oldest for %(time)s") % {"time": in_words(now - oldest)} if oldest else _("the goal is always zero")
    return [
        home.Figure(
            _("Releases overdue"), found.overdue, f"{url}&only=overdue", overdue=True, headline=True, note=note
        ),
        home.Figure(_("Ending within 2 hours"), found.ending_soon, f"{url}&only=ending", soon=True),
        home.Figure(_("In force"), found.in_force, url),
    ]


nav.register(_("Restrictions"), "restrictions:restrictions", *CAPABILITIES, order=45)
home.register("release", _release)
