from collections.abc import Collection, Sequence
from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from tongxin.chase import queries
from tongxin.chase.views import act, board, figures, tube, words
from tongxin.web import home, labels, nav, subjects

app_name = "chase"
urlpatterns = [
    path("chase", board.board, name="board"),
    path("chase/members/<int:member_id>/call", act.call, name="call"),
    path("chase/members/<int:member_id>/judge", act.judge, name="judge"),
    path("chase/members/<int:member_id>/hand-over", act.hand_over, name="hand_over"),
    path("chase/members/<int:member_id>/phone", act.phone, name="phone"),
    path("chase/elsewhere/<int:tube_id>", tube.elsewhere, name="elsewhere"),
    path("chase/<path:barcode>", tube.tube, name="tube"),
]


def _tubes(ids: Collection[int], user: Any) -> dict[int, subjects.Link]:
    """A tube by its barcode; a chased one leads to its chase, any other to its page in screening."""
    found = queries.chased(list(ids))
    links = {}
    for key, (barcode, chased) in found.items():
        if chased and user.may("chase.view"):
            links[key] = subjects.Link(barcode, reverse("chase:tube", args=[barcode]))
        else:
            url = reverse("screening:tube", args=[barcode]) if user.may("screening.view") else ""
            links[key] = subjects.Link(barcode, url)
    return links


def _members(ids: Collection[int], user: Any) -> dict[int, subjects.Link]:
    """A member of a chase by the tube: the worklist names the person beside it."""
    if not user.may("chase.view"):
        return {}
    found = queries.tubes_of_members(list(ids))
    elsewhere = str(_("a tube from elsewhere"))
    return {
        key: subjects.Link(barcode or elsewhere, f"{board.address(tube_id, barcode)}#member-{key}")
        for key, tube_id, barcode in found
    }


def _find(user: Any, place: int) -> Sequence[home.Figure]:
    return figures.find(place) if user.may("chase.view") else []


nav.register(_("Chase"), "chase:board", "chase.view", order=10)
subjects.register("tube", _tubes)
subjects.register("member", _members)
home.register("find", _find)
labels.ACTIONS.update(words.ACTIONS)
labels.AUDIT_KINDS.setdefault("tube", _("tube"))
