from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.policy import views
from tongxin.web import nav

app_name = "policy"
urlpatterns = [
    path("policy", views.packs, name="packs"),
    path("policy/compare", views.compare, name="compare"),
    path("policy/adopt", views.adopt, name="adopt"),
    path("policy/roll-back", views.roll_back, name="roll_back"),
    path("policy/level", views.level, name="level"),
    path("policy/<str:name>", views.pack, name="pack"),
    path("policy/<str:name>/<str:key>", views.parameter, name="parameter"),
    path("policy/<str:name>/<str:key>/comment", views.comment, name="comment"),
]
nav.register(_("Policy"), "policy:packs", "policy.view", order=65)
