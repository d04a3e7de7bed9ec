from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.places import views
from tongxin.web import nav

app_name = "places"
urlpatterns = [
    path("places", views.index, name="index"),
    path("places/<str:code>", views.place, name="place"),
]
nav.register(_("Places"), "places:index", "place.view", order=60)
