from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.screening.views import rounds, tubes, untested, uploads, words
from tongxin.web import labels, nav

app_name = "screening"
urlpatterns = [
    path("screening", rounds.rounds, name="rounds"),
    path("screening/unmatched", tubes.unmatched, name="unmatched"),
    path("screening/<int:round_id>", rounds.one, name="round"),
    path("screening/<int:round_id>/progress", rounds.progress, name="progress"),
    path("screening/<int:round_id>/times", rounds.times, name="times"),
    path("screening/<int:round_id>/transit", rounds.transit, name="transit"),
    path("screening/<int:round_id>/untested", untested.untested, name="untested"),
    path("screening/<int:round_id>/doors", untested.doors, name="doors"),
    path("screening/<int:round_id>/tubes", tubes.tubes, name="tubes"),
    path("screening/tubes/<path:barcode>", tubes.tube, name="tube"),
]
nav.register(_("Screening"), "screening:rounds", "screening.view", order=20)
labels.ACTIONS.update(words.ACTIONS)
labels.AUDIT_KINDS.setdefault("place", _("place"))
uploads.register()
