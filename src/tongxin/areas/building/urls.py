from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.areas.building import views, words
from tongxin.web import labels

app_name = "building"
urlpatterns = [
    path("buildings/<str:code>", views.building, name="building"),
    path("buildings/<str:code>/doors", views.doors, name="doors"),
]
labels.ACTIONS.update(words.ACTIONS)
labels.AUDIT_KINDS.setdefault("place", _("place"))
labels.AUDIT_KINDS.setdefault("home", _("home"))
