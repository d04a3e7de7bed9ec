from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from tongxin.chase.tasks import BRING_HOME, TRANSFER
from tongxin.kit import clock
from tongxin.tasks import kinds, queries, views
from tongxin.tasks.views.worklist import SOON
from tongxin.web import home, nav

app_name = "tasks"
OTHER_CLOCKS = ("screening.", "chase.", "area.")
CARE_OF_CHASE = {TRANSFER, BRING_HOME}
urlpatterns = [
    path("tasks", views.worklist, name="worklist"),
    path("tasks/<int:task_id>", views.task, name="task"),
    path("tasks/<int:task_id>/claim", views.claim, name="claim"),
    path("tasks/<int:task_id>/put-back", views.put_back, name="put_back"),
    path("tasks/<int:task_id>/complete", views.complete, name="complete"),
    path("tasks/<int:task_id>/hand-over", views.hand_over, name="hand_over"),
]


def care_kinds() -> list[str]:
    """The kinds of work of the Care clock: whatever neither looks for infections nor lifts areas."""
    return [k.key for k in kinds.known() if k.key in CARE_OF_CHASE or not k.key.startswith(OTHER_CLOCKS)]


def _care(user: Any, place: int) -> Sequence[home.Figure]:
    """Care is people waiting for somebody to do something: the open tasks, by how late they are."""
    if not user.may("task.view"):
        return []
    wanted = care_kinds()
    seen = queries.Filter(place_id=place, kinds=wanted, without=kinds.hidden(user.may), own=queries.own_of(user))
    found = queries.counts(clock.now(), SOON, seen)
    url = f"{reverse('tasks:worklist')}?{urlencode({'place': place, 'kind': wanted}, doseq=True)}"
    return [
        home.Figure(_("Tasks overdue"), sum(c.overdue for c in found), f"{url}&overdue=1", overdue=True),
        home.Figure(_("Due within 2 hours"), sum(c.soon for c in found), url, soon=True),
        home.Figure(_("Open tasks"), sum(c.open for c in found), url, headline=True),
    ]


nav.register(_("Worklist"), "tasks:worklist", "task.view", order=40)
home.register("care", _care)
